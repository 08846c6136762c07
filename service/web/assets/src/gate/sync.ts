// Brings the queue to the server: in order, at most 200 at a time, one tab at a time, with back-off
// and jitter. An item leaves the queue by its own answer and by nothing else.

import { NoAnswer, Problem } from "../api";
import type { Clock } from "../offline/clock";
import { alone, Pace, passing, refusedUs, said, sendWithToken } from "../offline/sending";
import type { Said, State } from "../offline/sending";
import type { Answered, Queue } from "./queue";
import type { Item } from "./store";

export interface SyncEvents {
  onState(state: State): void;
  /** Items left the queue, or were put aside in it. */
  onMoved(): void;
  /** The gate is closed to us: revoked, signed out, or no longer ours. */
  onClosed(): void | Promise<void>;
  /** Ask the server for something small: is it there, what is new. Throws Problem, NoAnswer. */
  probe(): Promise<void>;
}

const BATCH = 200;
const PATIENCE_MS = 20_000;
const OTHER_TAB_MS = 2000;
const LOCK = "aixin-gate-sync";

export class Sync {
  state: State = "calm";
  private readonly pace = new Pace(() => void this.run());
  private running = false;
  private again = false;
  /** Activities whose gate is another person's: their items wait for that person. */
  private readonly held = new Set<string>();

  constructor(
    private readonly queue: Queue,
    private readonly clock: Clock,
    private readonly activity: string,
    private readonly events: SyncEvents,
  ) {
    window.addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => document.hidden || this.now());
  }

  /** There is something to send: soon, or when the back-off is over. */
  poke(): void {
    this.pace.poke();
  }

  /** The network may be back, or a person asks: without waiting. */
  now(): void {
    this.held.clear();
    this.pace.now();
  }

  /** A single reading got no answer: the queue waits a moment too. */
  missed(failure: unknown = null): void {
    this.become("away");
    this.pace.missed(failure);
  }

  /** The server answered: whatever waits may go. */
  reached(): void {
    this.pace.reached();
    this.held.delete(this.activity); // it lets us stand here, so what we hold for it may go
    if (this.state !== "calm") this.become("calm");
  }

  private become(state: State): void {
    this.state = state;
    this.events.onState(state);
  }

  private async run(): Promise<void> {
    this.again = this.running;
    if (this.running) return;
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

  /** Whatever went wrong, what waits stays and is tried again. */
  private async failed(failure: unknown): Promise<void> {
    if (refusedUs(failure)) return this.close();
    if (!passing(failure)) console.error("the queue was not sent; it stays and is tried again", failure);
    this.missed(failure);
  }

  private async drain(): Promise<void> {
    if (this.clock.leapt()) await this.events.probe();
    for (let batch = await this.batch(); batch.length; batch = await this.batch()) {
      this.become("busy");
      await this.upload(batch);
    }
    if (this.state === "calm") return;
    await this.events.probe();
    this.reached();
  }

  private async batch(): Promise<Item[]> {
    const oldest = (await this.queue.all()).find((item) => !item.stuck && !this.held.has(item.activity));
    return oldest ? this.queue.next(oldest.activity, BATCH) : [];
  }

  /** Send one batch. One item that the server cannot read is found by halving, and kept aside. */
  private async upload(items: readonly Item[]): Promise<void> {
    try {
      const answers = await this.send(items);
      await this.settle(items, answers);
    } catch (failure) {
      if (passing(failure) || !(failure instanceof Problem)) throw failure;
      const whole = failure.status === 404;
      if (refusedUs(failure)) return this.hold(items, failure);
      if (whole || items.length === 1) return this.stick(items, said(failure));
      const half = Math.ceil(items.length / 2);
      await this.upload(items.slice(0, half));
      await this.upload(items.slice(half));
    }
  }

  private async send(items: readonly Item[]): Promise<readonly Answered[]> {
    const activity = items[0]?.activity;
    const body = { activity, scans: items.map((item) => item.reading), ...this.clock.sending() };
    const done = await sendWithToken<{ answers: Answered[] }>("/api/v1/scans/batches", body, PATIENCE_MS);
    return done.answers;
  }

  private async settle(items: readonly Item[], answers: readonly Answered[]): Promise<void> {
    const told = new Map(answers.map((answer) => [answer.nonce, answer]));
    const settled = items.filter((item) => told.has(item.reading.nonce));
    if (!settled.length) throw new NoAnswer("garbled");
    for (const item of settled) await this.queue.settle(item, told.get(item.reading.nonce)!, false);
    this.events.onMoved();
  }

  private async stick(items: readonly Item[], why: Said): Promise<void> {
    for (const item of items) await this.queue.stick(item, why);
    this.events.onMoved();
  }

  /** Signed out, or not our gate: another's items wait for that person, our own close this page. */
  private async hold(items: readonly Item[], failure: Problem): Promise<void> {
    const activity = items[0]?.activity ?? this.activity;
    this.held.add(activity);
    if (failure.status === 401 || activity === this.activity) await this.close();
  }

  /** The server does not let us stand here any more. */
  async close(): Promise<void> {
    this.held.add(this.activity);
    this.become("closed");
    await this.events.onClosed();
  }
}
