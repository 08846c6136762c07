// Who is expected, for the time without a network: salted hashes and the tails of booklet numbers,
// no names, no codes. Kept 48 hours at most; wiped when the activity is over or the gate is closed to us.

import { get } from "../api";
import type { Clock } from "../offline/clock";
import { salted } from "../offline/fingerprint";
import type { Store } from "./store";

export interface Person { readonly tail: string; readonly hashes: readonly string[]; readonly in_at: string | null; readonly out_at: string | null }
export interface Roster {
  readonly salt: string;
  readonly made_at: string;
  readonly expires_at: string;
  readonly server_time: string;
  readonly closes_at: string;
  readonly present: number;
  readonly people: readonly Person[];
}

const LONGEST_MS = 48 * 3_600_000;
const PATIENCE_MS = 4000;

export class Rosters {
  private held: Roster | null = null;
  private known = new Map<string, Person>();

  constructor(private readonly store: Store, private readonly clock: Clock, private readonly activity: string) {}

  /** Take up what was kept, unless its time is over. */
  async load(): Promise<void> {
    await this.expire();
    this.take((await this.store.get("rosters", this.activity)) ?? null);
  }

  /** Ask for today's roster, and the server's time with it. Throws Problem, NoAnswer. */
  async fetch(): Promise<Roster> {
    const asked = this.clock.device();
    const { data } = await get<Roster>(`/api/v1/activities/${encodeURIComponent(this.activity)}/offline-roster`, { timeoutMs: PATIENCE_MS });
    await this.clock.heard(data.server_time, asked);
    await this.store.put("rosters", data, this.activity);
    this.take(data);
    await this.expire();
    return data;
  }

  /** Whose code it is, if the roster knows. */
  async find(code: string): Promise<Person | null> {
    await this.expire();
    const key = this.held && (await salted(code, this.held.salt));
    return (key && this.known.get(key)) || null;
  }

  /** Drop every roster whose time is over, of whichever activity. */
  async expire(): Promise<void> {
    const now = this.clock.now();
    for (const activity of await this.store.getAllKeys("rosters")) {
      const one = await this.store.get("rosters", activity);
      if (one && now < Math.min(Date.parse(one.expires_at), Date.parse(one.made_at) + LONGEST_MS)) continue;
      await this.store.delete("rosters", activity);
      if (activity === this.activity) this.take(null);
    }
  }

  /** All is sent and the gate is closed: nobody is expected any more. */
  async over(unsent: number): Promise<void> {
    if (unsent || !this.held || this.clock.now() < Date.parse(this.held.closes_at)) return;
    await this.store.delete("rosters", this.activity);
    this.take(null);
  }

  /** Forget it in this page; the store is wiped elsewhere. */
  forget(): void {
    this.take(null);
  }

  private take(roster: Roster | null): void {
    this.held = roster;
    this.known = new Map((roster?.people ?? []).flatMap((one) => one.hashes.map((hash) => [hash, one] as const)));
  }
}
