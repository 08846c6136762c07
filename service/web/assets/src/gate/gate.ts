// One gate on one device: what is read here is kept first, then sent, then answered; without a network
// it is answered from what the device knows, and sent later with the same nonce.

import { get, Problem } from "../api";
import type { Words } from "../dom";
import type { Meaning } from "../feedback";
import { follow } from "../live";
import { Clock } from "../offline/clock";
import { fingerprint } from "../offline/fingerprint";
import { passing, refusedUs, said, sendWithToken } from "../offline/sending";
import type { Said, State } from "../offline/sending";
import { Queue } from "./queue";
import type { Answered, Draft } from "./queue";
import { Rosters } from "./roster";
import { forgetBefore, openStore, selfOf, wipe } from "./store";
import type { Action, Done, Item, Store } from "./store";
import { Sync } from "./sync";

export type Shown = Said & { readonly meaning: Meaning };
export interface GateEvents {
  /** Something on the device changed, here or in another tab: draw it again. */
  onChange(): void;
  onState(state: State): void;
}

const FIRST_TRY_MS = 4000;
const REFRESH_MS = 5 * 60_000;
const LOOKED_AT_MS = 48 * 3_600_000;
const CHANNEL = "aixin-gate";

export class Gate {
  readonly clock: Clock;
  readonly queue: Queue;
  readonly sync: Sync;
  readonly rosters: Rosters;
  private readonly flying = new Set<string>();
  private readonly others = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(CHANNEL);

  private constructor(
    private readonly store: Store,
    readonly activity: string,
    simulated: boolean,
    private readonly words: Words,
    private readonly events: GateEvents,
  ) {
    this.clock = new Clock({ get: () => store.get("clock", "clock"), put: (measured) => store.put("clock", measured, "clock") }, simulated);
    this.queue = new Queue(store, this.clock);
    this.rosters = new Rosters(store, this.clock, activity);
    this.sync = new Sync(this.queue, this.clock, activity, {
      onState: (state) => events.onState(state),
      onMoved: () => this.changed(),
      onClosed: () => this.closed(),
      probe: () => this.refresh(),
    });
    this.others?.addEventListener("message", () => events.onChange());
  }

  /** Take up what the device kept. Rejects where the browser keeps nothing. */
  static async open(activity: string, simulated: boolean, words: Words, events: GateEvents): Promise<Gate> {
    const store = await openStore();
    const gate = new Gate(store, activity, simulated, words, events);
    await selfOf(store);
    await gate.clock.load();
    await gate.rosters.load();
    await forgetBefore(store, gate.clock.device() - LOOKED_AT_MS);
    void navigator.storage?.persist?.().catch(() => false);
    return gate;
  }

  /** Learn who is expected and send what waits; again every few minutes. */
  async start(): Promise<void> {
    setInterval(() => void this.greet(), REFRESH_MS);
    await this.greet();
    await follow(() => this.count());
  }

  private async greet(): Promise<void> {
    try {
      await this.refresh();
      this.sync.reached();
      this.sync.poke();
    } catch (failure) {
      if (refusedUs(failure)) await this.sync.close();
      else this.sync.missed();
    }
  }

  /** Ask who is expected and how many came. A server that has no answer to that is there all the same. */
  private async refresh(): Promise<void> {
    try {
      const { present } = await this.rosters.fetch();
      await this.store.put("present", present, this.activity);
    } catch (failure) {
      if (passing(failure) || refusedUs(failure) || !(failure instanceof Problem)) throw failure;
    }
    await this.rosters.over((await this.queue.all()).length);
    this.changed();
  }

  /** Ask how many came by all gates together; returns where to hear of the next. */
  private async count(): Promise<string | null> {
    const { data, live } = await get<{ present: number }>(`/api/v1/activities/${encodeURIComponent(this.activity)}/present`);
    await this.store.put("present", data.present, this.activity);
    this.events.onChange();
    return live;
  }

  /** How many came, as far as this device knows; null when it never heard. */
  async present(): Promise<number | null> {
    return (await this.store.get("present", this.activity)) ?? null;
  }

  /** One reading: kept, sent, answered. Never rejects for want of a network. */
  async scan(code: string, action: Action, post = ""): Promise<Shown> {
    const [who, person] = await Promise.all([fingerprint(code), this.rosters.find(code)]);
    const again = await this.queue.repeats(this.activity, who, action);
    const known = person ? this.words("person", { tail: person.tail }) : "";
    const shown = await this.pass({ activity: this.activity, action, code, ...(post && { post }), who, name: known });
    if (shown) return shown;
    const name = known || this.words("somebody");
    if (action === "in" && !again && !person?.in_at) await this.arrived();
    if (again) return { meaning: "warn", title: this.words("kept_again", { name }), detail: this.words("kept") };
    const title = this.words(`kept_${action}`, { name });
    return { meaning: person ? "ok" : "warn", title, detail: this.words(person ? "kept" : "unverified") };
  }

  /** Take the last reading back, now or when the network is. */
  async undo(row: Item | Done): Promise<Shown> {
    const undoes = "reading" in row ? row.reading.nonce : row.nonce;
    const draft: Draft = { activity: this.activity, action: "undo", undoes, who: null, name: "" };
    return (await this.pass(draft)) ?? { meaning: "ok", title: this.words("undone_later"), detail: this.words("kept") };
  }

  /** Keep it, then try the network unless others wait there already. null: it waits now. */
  private async pass(draft: Draft): Promise<Shown | null> {
    const free = await this.free();
    const item = await this.queue.add(draft);
    this.changed();
    if (free) return this.firstTry(item);
    this.sync.poke();
    return null;
  }

  private async free(): Promise<boolean> {
    if (!navigator.onLine || this.sync.state === "away" || this.sync.state === "closed") return false;
    const waiting = await this.queue.next(this.activity, this.flying.size + 1);
    return waiting.every((item) => this.flying.has(item.reading.nonce));
  }

  private async firstTry(item: Item): Promise<Shown | null> {
    this.flying.add(item.reading.nonce);
    try {
      const answer = await sendWithToken<Answered>(...first(item), FIRST_TRY_MS);
      await this.queue.settle(item, { ...answer, nonce: item.reading.nonce }, true);
      this.sync.reached();
      if (item.reading.action === "undo") void this.greet(); // how many came is now another number
      else if (item.reading.action === "in" && answer.status === "ok" && !answer.already) await this.arrived();
      return answer.text;
    } catch (failure) {
      return await this.notAnswered(item, failure);
    } finally {
      this.flying.delete(item.reading.nonce);
      this.changed();
    }
  }

  private async notAnswered(item: Item, failure: unknown): Promise<Shown | null> {
    if (passing(failure)) this.sync.missed(failure);
    else if (refusedUs(failure)) await this.sync.close();
    else if (failure instanceof Problem) {
      await this.queue.stick(item, said(failure));
      return { meaning: "bad", ...said(failure) };
    } else throw failure;
    return null;
  }

  private async arrived(): Promise<void> {
    const before = await this.present();
    await this.store.put("present", (before ?? 0) + 1, this.activity);
    this.changed();
  }

  private changed(): void {
    this.others?.postMessage("changed");
    this.events.onChange();
  }

  private async closed(): Promise<void> {
    await wipe(this.store);
    this.rosters.forget();
    this.changed();
  }
}

/** The first try is not late: it counts when it arrives, so it tells no time of its own. */
function first({ activity, reading }: Item): [string, object] {
  const { occurred_at: _at, ...rest } = reading;
  if (reading.action !== "undo") return ["/api/v1/scans", { activity, ...rest }];
  const { action: _undo, ...undo } = rest;
  return ["/api/v1/scans/undo", { activity, ...undo }];
}
