// The device's clock and how far it is from the server's. Readings carry the device's own time and
// the difference as it was last known: the server does the sum, and sees a clock that was moved.

import { newKey } from "../api";

/** When something happened, as the device says it, and what a doubter needs to check that. */
export interface Stamp {
  readonly occurred_at: string;
  readonly clock_offset_ms: number | null;
  readonly uptime_ms: number;
  readonly boot: string;
}
export interface Measured { readonly offset: number | null; readonly shift: number }
/** Where the last measurement is kept on the device. */
export interface Shelf {
  get(): Promise<Measured | undefined>;
  put(measured: Measured): Promise<unknown>;
}

const SLOWEST_MS = 4000;
const NOTABLE_MS = 60_000;
const HALF_A_DAY_MS = 12 * 3_600_000;

export class Clock {
  /** Server minus device, in milliseconds; null: never heard the server's time. */
  offset: number | null = null;
  private shift = 0;
  private boot = newKey();
  private awake = { wall: Date.now(), uptime: performance.now() };

  /** `simulated`: the service lives in a day of its own, and this device goes there with it. */
  constructor(private readonly shelf: Shelf, private readonly simulated: boolean) {}

  async load(): Promise<void> {
    const known = await this.shelf.get();
    if (known) ({ offset: this.offset, shift: this.shift } = known);
  }

  /** What the device believes. */
  device(): number {
    return Date.now() + this.shift;
  }

  /** The best guess of the server's present. */
  now(): number {
    return this.device() + (this.offset ?? 0);
  }

  /** The server told its time; it was true about half way between asking and hearing. */
  async heard(serverTime: string, asked: number): Promise<void> {
    const took = this.device() - asked;
    const server = Date.parse(serverTime);
    if (!Number.isFinite(server) || took < 0 || took > SLOWEST_MS) return;
    const before = this.offset;
    this.offset = Math.round(server - (asked + took / 2));
    if (before !== null && Math.abs(this.offset - before) < NOTABLE_MS && this.leapt()) this.wakeUp();
    if (this.simulated && Math.abs(this.offset) > HALF_A_DAY_MS) {
      this.shift += this.offset;
      this.offset = 0;
    }
    await this.shelf.put({ offset: this.offset, shift: this.shift });
  }

  /** The clock went otherwise than the uptime: somebody set it, or the device slept, which stops the uptime. */
  leapt(): boolean {
    return Math.abs(Date.now() - this.awake.wall - (performance.now() - this.awake.uptime)) > NOTABLE_MS;
  }

  /** The server's time says that the clock is as it was, so the device slept: the uptime counts anew. */
  private wakeUp(): void {
    this.boot = newKey();
    this.awake = { wall: Date.now(), uptime: performance.now() };
  }

  /** When something happened, in the four figures that the server wants to know. */
  stamp(): Stamp {
    return {
      occurred_at: new Date(this.device()).toISOString(),
      clock_offset_ms: this.offset,
      uptime_ms: Math.round(performance.now()),
      boot: this.boot,
    };
  }

  /** The same for the moment of sending. */
  sending(): { sent_at: string; sent_uptime_ms: number; sent_boot: string } {
    const { occurred_at, uptime_ms, boot } = this.stamp();
    return { sent_at: occurred_at, sent_uptime_ms: uptime_ms, sent_boot: boot };
  }
}
