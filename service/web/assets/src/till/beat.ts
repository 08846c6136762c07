// Once a minute the association hears that this till is there, what waits on it and how its clock goes.

import { postRenewed } from "../offline/sending";
import type { Shift } from "./answers";
import type { Shifts } from "./shift";
import type { Till } from "./till";

const EVERY_MS = 60_000;
const PATIENCE_MS = 4000;

interface Beat { server_time: string; shift?: Shift }

export function keepBeat(till: Till, shifts: Shifts): void {
  const once = (): void => void beat(till, shifts);
  once();
  setInterval(once, EVERY_MS);
  window.addEventListener("online", once);
}

async function beat(till: Till, shifts: Shifts): Promise<void> {
  const { queue, clock, sync } = till.kit;
  const waiting = await queue.all();
  const asked = clock.device();
  const said = { queued: waiting.length, oldest_at: waiting[0]?.at ?? null, sent_at: new Date(asked).toISOString() };
  try {
    const { data } = await postRenewed<Beat>("/api/v1/till/heartbeat", said, { timeoutMs: PATIENCE_MS });
    await clock.heard(data.server_time, asked);
    sync.reached();
    if (data.shift) shifts.heard(data.shift);
  } catch (failure) {
    await sync.met(failure);
  }
}
