// The acts of one till, in the order in which the clerk did them. Each is stored before it is first sent
// and leaves only by the server's answer; an undo is written onto its act, so that it wins.

import type { Said } from "../offline/sending";
import type { Act, Note, Spent, Store, Undo } from "./store";

export type Draft = Omit<Act, "seq" | "undo" | "stuck">;

export class Queue {
  constructor(private readonly store: Store) {}

  /** Keep an act; what leaves without an answer counts for the day's limit in the same transaction. */
  async add(draft: Draft, day: string): Promise<Act> {
    const act = { ...draft, undo: null, stuck: null };
    // What leaves now must outlive a flat battery; of what is sent at once the server knows too.
    const work = this.store.transaction(["acts", "spent"], "readwrite", { durability: act.left ? "strict" : "relaxed" });
    const seq = await work.objectStore("acts").add(act as unknown as Act);
    if (act.left) void work.objectStore("spent").put({ key: act.key, who: act.who, day, points: act.points });
    await work.done;
    return { ...act, seq };
  }

  /** Write down that something is undone: the act itself, if it was not answered yet, is never sent again. */
  async undo(what: Draft, undo: Undo): Promise<Act> {
    const work = this.store.transaction(["acts", "spent"], "readwrite", { durability: "strict" });
    const acts = work.objectStore("acts");
    const found = await acts.index("key").get(what.key);
    const act = found ? { ...found, undo, stuck: null } : { ...what, body: null, undo, stuck: null };
    const seq = await acts.put(act as unknown as Act);
    void work.objectStore("spent").delete(what.key);
    await work.done;
    return { ...act, seq };
  }

  /** All that waits, oldest first. */
  all(): Promise<Act[]> {
    return this.store.getAll("acts");
  }

  find(key: string): Promise<Act | undefined> {
    return this.store.getFromIndex("acts", "key", key);
  }

  /** The server has answered: the act goes, unless it was undone while the answer was on its way. */
  async settle(act: Act, note: Note | null = null): Promise<void> {
    const work = this.store.transaction(["acts", "notes"], "readwrite");
    const acts = work.objectStore("acts");
    const now = await acts.index("key").get(act.key);
    if (now && now.undo?.key === act.undo?.key) void acts.delete(now.seq);
    else if (now) void acts.put({ ...now, body: null });
    if (note) void work.objectStore("notes").put(note);
    await work.done;
  }

  /** The server cannot read it: keep it, say why, and let the others pass. */
  async stick(act: Act, stuck: Said): Promise<void> {
    await this.store.put("acts", { ...act, stuck });
  }

  /** Let all that stuck be sent again. */
  async loosen(): Promise<void> {
    const work = this.store.transaction("acts", "readwrite");
    for (const act of await work.store.getAll()) if (act.stuck) void work.store.put({ ...act, stuck: null });
    await work.done;
  }

  notes(): Promise<Note[]> {
    return this.store.getAll("notes");
  }

  /** A person has seen what became of it. */
  async seen(key: string): Promise<void> {
    await this.store.delete("notes", key);
  }

  /** What was given without a network on a day; other days are forgotten. */
  async spent(day: string): Promise<Spent[]> {
    const work = this.store.transaction("spent", "readwrite");
    const rows = await work.store.getAll();
    for (const row of rows) if (row.day < day) void work.store.delete(row.key);
    await work.done;
    return rows.filter((row) => row.day === day);
  }
}
