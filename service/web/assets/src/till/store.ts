// What the till keeps on the device, in IndexedDB: acts that the server has not answered yet, what was
// given without a network today, what needs a look, and the shop's own shelf. Never a list of members.

import { deleteDB, openDB } from "idb";
import type { DBSchema, IDBPDatabase } from "idb";
import type { Measured } from "../offline/clock";
import type { Said } from "../offline/sending";
import type { Shelf } from "./answers";

/** The undo of an act, under a key of its own; it wins over the act itself. */
export interface Undo { readonly key: string; readonly code: string | null; readonly at: string }

/** One thing that the clerk did, under the key that was made at the scan. */
export interface Act {
  readonly seq: number;
  readonly key: string;
  readonly path: string;
  /** What is sent; null when the server has answered and only the undo is left to send. */
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly name: string;
  readonly points: number;
  readonly tail: string;
  /** The device's time; with `offset`, if it was known, the server's. */
  readonly at: string;
  readonly offset: number | null;
  /** The goods left the shop without an answer: it is recorded whatever the server thinks of it. */
  readonly left: boolean;
  /** The same for every code of one card or phone; null where the browser cannot hash. */
  readonly who: string | null;
  readonly undo: Undo | null;
  /** The server refused to read it; it is sent again when somebody asks. */
  readonly stuck: Said | null;
}

/** Points that were given without a network, kept for the day's limit after they were sent. */
export interface Spent { readonly key: string; readonly who: string | null; readonly day: string; readonly points: number }

/** What became of something that nobody saw at the time, until somebody has seen it. */
export interface Note extends Said { readonly key: string; readonly at: string; readonly meaning: "ok" | "warn" | "bad" }

interface Shelves extends DBSchema {
  acts: { key: number; value: Act; indexes: { key: string } };
  spent: { key: string; value: Spent };
  notes: { key: string; value: Note };
  shelf: { key: "shelf"; value: Shelf };
  clock: { key: "clock"; value: Measured };
}

export type Store = IDBPDatabase<Shelves>;

const NAME = "aixin-till";
const VERSION = 1;

/** Open the device's store. Rejects where the browser keeps nothing (private windows of some). */
export function openStore(): Promise<Store> {
  return openDB<Shelves>(NAME, VERSION, {
    upgrade(db) {
      db.createObjectStore("acts", { keyPath: "seq", autoIncrement: true }).createIndex("key", "key", { unique: true });
      for (const keyed of ["spent", "notes"] as const) db.createObjectStore(keyed, { keyPath: "key" });
      for (const plain of ["shelf", "clock"] as const) db.createObjectStore(plain);
    },
    blocking(_from, _to, event) {
      (event.target as IDBDatabase).close(); // a newer page changes the shelves, or all is purged: it goes first
    },
  });
}

/** The tablet was shut out: nothing stays on it. */
export async function purge(store: Store): Promise<void> {
  store.close();
  await deleteDB(NAME);
}
