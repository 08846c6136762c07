// The queue of one device: a reading is numbered and stored in one transaction before it is first
// sent, in whichever tab it happened, and leaves only when the server has answered for it.

import { newKey } from "../api";
import type { Meaning } from "../feedback";
import type { Clock } from "../offline/clock";
import type { Said } from "../offline/sending";
import type { Action, Done, Item, Reading, Store, Unusable } from "./store";

/** What was read at the gate, before it has a number. */
export interface Draft {
  readonly activity: string;
  readonly action: Action;
  readonly code?: string;
  readonly post?: string;
  readonly undoes?: string;
  readonly who: string | null;
  readonly name: string;
}

/** What the server said of one item, alone or in a batch. */
export interface Answered {
  readonly nonce: string;
  readonly status: "ok" | "refused";
  readonly already: boolean;
  readonly kind?: string | null;
  readonly text: Said & { readonly meaning: Meaning };
}

export interface Counts { readonly waiting: number; readonly stuck: number; readonly elsewhere: number }

export class Queue {
  constructor(private readonly store: Store, private readonly clock: Clock) {}

  /** Number and keep one reading. The number and the item are stored together or not at all. */
  async add(draft: Draft): Promise<Item> {
    const { activity, who, name, ...rest } = draft;
    const stamp = this.clock.stamp();
    const work = this.store.transaction(["self", "queue"], "readwrite", { durability: "strict" }); // a flat battery loses none
    const before = (await work.objectStore("self").get("self")) ?? { device: newKey(), seq: 0 };
    const seq = before.seq + 1;
    const reading: Reading = { nonce: newKey(), ...rest, ...stamp, device: before.device, device_seq: seq };
    const item: Item = { seq, activity, reading, who, name, stuck: null };
    void work.objectStore("self").put({ device: before.device, seq }, "self");
    void work.objectStore("queue").put(item);
    await work.done;
    return item;
  }

  /** All that waits, oldest first. */
  all(): Promise<Item[]> {
    return this.store.getAll("queue");
  }

  /** The oldest of an activity that can be sent. */
  async next(activity: string, atMost: number): Promise<Item[]> {
    const waiting = await this.store.getAllFromIndex("queue", "activity", activity);
    return waiting.filter((item) => !item.stuck).slice(0, atMost);
  }

  /** The server has answered: the item goes, its code with it; the answer stays for the list. */
  async settle(item: Item, answer: Answered, alone: boolean): Promise<void> {
    const work = this.store.transaction(["queue", "done", "unusable"], "readwrite");
    void work.objectStore("queue").delete(item.seq);
    void work.objectStore("done").put(doneOf(item, answer));
    if (!alone && (answer.status === "refused" || answer.kind)) void work.objectStore("unusable").put(unusableOf(item, answer.text));
    const undone = item.reading.undoes;
    const first = undone && answer.status === "ok" ? await work.objectStore("done").get(undone) : undefined;
    if (first) void work.objectStore("done").put({ ...first, undone: true });
    await work.done;
  }

  /** The server cannot read it: keep it, say why, and let the others pass. */
  async stick(item: Item, stuck: Said): Promise<void> {
    await this.store.put("queue", { ...item, stuck });
  }

  /** Let all that stuck be sent again. */
  async loosen(): Promise<void> {
    const work = this.store.transaction("queue", "readwrite");
    for (const item of await work.store.getAll()) if (item.stuck) void work.store.put({ ...item, stuck: null });
    await work.done;
  }

  async counts(activity: string): Promise<Counts> {
    const items = await this.all();
    const own = items.filter((item) => item.activity === activity);
    return { waiting: items.length, stuck: items.filter((item) => item.stuck).length, elsewhere: items.length - own.length };
  }

  /** The last readings of an activity at this device, newest first: those that wait and those answered. */
  async last(activity: string, atMost: number): Promise<(Item | Done)[]> {
    const [waiting, done] = await Promise.all([
      this.store.getAllFromIndex("queue", "activity", activity),
      this.store.getAllFromIndex("done", "activity", activity),
    ]);
    const readings = [...waiting.filter((item) => item.reading.action !== "undo"), ...done.filter((row) => row.action !== "undo")];
    return readings.sort((a, b) => b.seq - a.seq).slice(0, atMost);
  }

  /** Whether this card or phone did the same here before and nothing since. */
  async repeats(activity: string, who: string | null, action: Action): Promise<boolean> {
    if (!who) return false;
    const [latest] = (await this.last(activity, Infinity)).filter((row) => row.who === who && !("undone" in row && (row.undone || !row.counts)));
    return latest !== undefined && actionOf(latest) === action;
  }

  unusable(activity: string): Promise<Unusable[]> {
    return this.store.getAllFromIndex("unusable", "activity", activity);
  }

  /** A person has seen what the server could not use. */
  async seen(nonce: string): Promise<void> {
    await this.store.delete("unusable", nonce);
  }
}

/** What a row of the list did. */
export function actionOf(row: Item | Done): Action {
  return "reading" in row ? row.reading.action : row.action;
}

function doneOf(item: Item, { status, already, text }: Answered): Done {
  const { nonce, action, occurred_at: at } = item.reading;
  return { nonce, seq: item.seq, activity: item.activity, action, who: item.who, name: item.name, at, ...text, counts: status === "ok" && !already, undone: false };
}

function unusableOf(item: Item, text: Said): Unusable {
  const { nonce, occurred_at: at } = item.reading;
  return { nonce, activity: item.activity, name: item.name, at, title: text.title, detail: text.detail };
}
