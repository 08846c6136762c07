// Once a minute the community hears that this tablet is there, what waits on it and how its clock goes.
// A leader's own phone says nothing of itself.

import { refusedUs, sendWithToken } from "../offline/sending";
import type { Gate } from "./gate";

const EVERY_MS = 60_000;
const PATIENCE_MS = 4000;

export function keepBeat(gate: Gate): void {
  const once = (): void =>
    void beat(gate).catch((failure: unknown) => (refusedUs(failure) ? gate.sync.close() : gate.sync.missed(failure)));
  once();
  setInterval(once, EVERY_MS);
  window.addEventListener("online", once);
}

async function beat({ queue, clock, sync }: Gate): Promise<void> {
  const waiting = await queue.all();
  const asked = clock.device();
  const said = { queued: waiting.length, oldest_at: waiting[0]?.reading.occurred_at ?? null, sent_at: new Date(asked).toISOString() };
  const { server_time } = await sendWithToken<{ server_time: string }>("/api/v1/gate/heartbeat", said, PATIENCE_MS);
  await clock.heard(server_time, asked);
  sync.reached();
  if (waiting.length) sync.poke();
}
