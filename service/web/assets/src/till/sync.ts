// Brings the till's acts to the server: in order, one at a time, one tab at a time, with back-off and
// jitter. An act leaves the queue by its own answer and by nothing else.

import { NoAnswer, Problem } from "../api";
import type { Clock } from "../offline/clock";
import { alone, Pace, passing, postRenewed, refusedUs, said } from "../offline/sending";
import type { State } from "../offline/sending";
import type { Told } from "./answers";
import type { Queue } from "./queue";
import type { Act, Note } from "./store";

export interface SyncEvents {
  onState(state: State): void;
  /** An act was answered while nobody stood before it: what is there to note? */
  onAnswered(act: Act, answer: Told): Note | null;
  /** Acts left the queue, or were put aside in it. */
  onMoved(): void;
  /** The server does not let this tablet stand here any more; `forget` says that it was shut out for good. */
  onClosed(forget: boolean): void | Promise<void>;
  /** Ask the server for something small: is it there, what is new. Throws Problem, NoAnswer. */
  probe(): Promise<void>;
}

const PATIENCE_MS = 5000;
const OTHER_TAB_MS = 2000;
const LOCK = "aixin-till-sync";

/** Send an act, or its undo where it has one. `late`: it happened before, so it says when. */
export async function deliver(act: Act, clock: Clock, late = false): Promise<Told> {
  const { undo } = act;
  if (undo) {
    const said = { ...(undo.code && { code: undo.code }), ...(late && { occurred_at: moment(undo.at, act.offset, clock) }) };
    return (await postRenewed<Told>(`/api/v1/redemptions/${act.key}/void`, said, { key: undo.key, timeoutMs: PATIENCE_MS })).data;
  }
  const body = act.left ? { ...act.body, offline: true, occurred_at: moment(act.at, act.offset, clock) } : (act.body ?? {});
  return (await postRenewed<Told>(act.path, body, { key: act.key, timeoutMs: PATIENCE_MS })).data;
}

/** A moment of the device as the server would have said it; what lies in the future is now. */
function moment(at: string, offset: number | null, clock: Clock): string {
  return new Date(Math.min(Date.parse(at) + (offset ?? clock.offset ?? 0), clock.now())).toISOString();
}

/** Whether it is not known if it was done: the same key must be asked again. */
export function uncertain(failure: unknown): boolean {
  return failure instanceof NoAnswer || (failure instanceof Problem && (failure.status >= 500 || failure.slug === "key-in-flight"));
}

/** Whether the network, or all of the service behind it, is away; an answer that means no is not that. */
export function unreachable(failure: unknown): boolean {
  return failure instanceof NoAnswer || (failure instanceof Problem && failure.slug === "" && failure.status >= 502 && failure.status <= 504);
}

export class Sync {
  state: State = "calm";
  /** The act that the clerk stands before: its own screen sends it. */
  inHand: string | null = null;
  private readonly pace = new Pace(() => void this.run());
  private running = false;
  private again = false;

  constructor(private readonly queue: Queue, private readonly clock: Clock, private readonly events: SyncEvents) {
    window.addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.hidden || this.now());
  }

  poke(): void {
    this.pace.poke();
  }

  now(): void {
    if (this.state !== "closed") this.pace.now();
  }

  missed(failure: unknown = null): void {
    this.become("away");
    this.pace.missed(failure);
  }

  /** The server answered somebody: whatever waits may go. */
  reached(): void {
    this.pace.reached();
    if (this.state !== "away") return;
    this.become("calm");
    this.pace.poke();
  }

  /** A failure that a screen met: the tablet may be shut out, or the network gone. */
  async met(failure: unknown): Promise<void> {
    if (refusedUs(failure)) await this.close(failure);
    else if (unreachable(failure)) this.missed(failure);
    else if (failure instanceof Problem) this.reached();
  }

  private become(state: State): void {
    if (this.state === "closed" || this.state === state) return;
    this.state = state;
    this.events.onState(state);
  }

  private async run(): Promise<void> {
    this.again = this.running;
    if (this.running || this.state === "closed") return;
    this.running = true;
    try {
      await alone(LOCK, () => this.drain(), () => this.pace.wake(OTHER_TAB_MS));
    } catch (failure) {
      await this.failed(failure);
    } finally {
      this.running = false;
    }
    if (this.again) this.poke();
  }

  private async failed(failure: unknown): Promise<void> {
    if (refusedUs(failure)) return this.close(failure);
    if (!passing(failure)) console.error("the queue was not sent; it stays and is tried again", failure);
    if (!(failure instanceof Problem && [423, 429].includes(failure.status))) return this.missed(failure);
    this.become("calm"); // the server is there and stops us, or everybody: no reason to sell without it
    this.pace.missed(failure);
  }

  private async drain(): Promise<void> {
    if (this.state === "away" || this.clock.leapt()) await this.events.probe();
    let moved = false;
    for (let act = await this.next(); act; act = await this.next()) {
      this.become("busy");
      await this.send(act);
      moved = true;
    }
    if (moved) await this.events.probe(); // the day's figures are others now
    this.pace.reached();
    this.become("calm");
  }

  private async next(): Promise<Act | undefined> {
    return (await this.queue.all()).find((act) => !act.stuck && act.key !== this.inHand);
  }

  private async send(act: Act): Promise<void> {
    try {
      const answer = await deliver(act, this.clock, true);
      if (act.key === this.inHand) return;
      await this.queue.settle(act, this.events.onAnswered(act, answer));
    } catch (failure) {
      const fault = failure instanceof Problem && failure.status === 500; // of ours: it must not hold up the others
      if ((passing(failure) && !fault) || refusedUs(failure) || !(failure instanceof Problem)) throw failure;
      await this.queue.stick(act, said(failure));
    }
    this.events.onMoved();
  }

  /** The server does not let this tablet stand here any more. */
  private async close(failure: unknown): Promise<void> {
    if (this.state === "closed") return; // several requests may hear it at once
    this.become("closed");
    await this.events.onClosed(failure instanceof Problem && failure.slug === "till-revoked");
  }
}
