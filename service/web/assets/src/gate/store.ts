// What the gate keeps on the device, in IndexedDB: what was scanned and not yet answered, the last
// answers, what the server could not use, the roster, and who this device is.
//
// The queue is never emptied but by the server's answer to each item; everything else may be wiped.

import { openDB } from "idb";
import type { DBSchema, IDBPDatabase } from "idb";
import { newKey } from "../api";
import type { Meaning } from "../feedback";
import type { Measured, Stamp } from "../offline/clock";
import type { Said } from "../offline/sending";
import type { Roster } from "./roster";

export type Action = "in" | "out" | "audience" | "undo";

/** One reading, or one undo, in the words of the batch: it is sent as it stands here. */
export interface Reading extends Stamp {
  readonly nonce: string;
  readonly action: Action;
  /** The code itself: it goes with the item as soon as the server has answered. */
  readonly code?: string;
  /** Where somebody without a sign-up is to help, if the gate says so. */
  readonly post?: string;
  readonly undoes?: string;
  readonly device: string;
  readonly device_seq: number;
}

/** A reading in the queue, with what only this device needs to know of it. */
export interface Item {
  readonly seq: number;
  readonly activity: string;
  readonly reading: Reading;
  /** The same for every code of one card or phone, whatever its step; null where the browser cannot hash. */
  readonly who: string | null;
  /** "Volunteer 001", or nothing when the roster does not know. */
  readonly name: string;
  /** The server refused to read it; a person must look. It is sent again when asked. */
  readonly stuck: Said | null;
}

/** What the server answered, as long as it may be undone or looked at; without the code. */
export interface Done extends Said {
  readonly nonce: string;
  readonly seq: number;
  readonly activity: string;
  readonly action: Action;
  readonly who: string | null;
  readonly name: string;
  readonly at: string;
  readonly meaning: Meaning;
  readonly counts: boolean;
  readonly undone: boolean;
}

export interface Unusable extends Said {
  readonly nonce: string;
  readonly activity: string;
  readonly name: string;
  readonly at: string;
}
export interface Self { readonly device: string; readonly seq: number }

interface Shelves extends DBSchema {
  queue: { key: number; value: Item; indexes: { activity: string } };
  done: { key: string; value: Done; indexes: { activity: string } };
  unusable: { key: string; value: Unusable; indexes: { activity: string } };
  rosters: { key: string; value: Roster };
  present: { key: string; value: number };
  clock: { key: "clock"; value: Measured };
  self: { key: "self"; value: Self };
}

export type Store = IDBPDatabase<Shelves>;

const VERSION = 1;

/** Open the device's store. Rejects where the browser keeps nothing (private windows of some). */
export function openStore(): Promise<Store> {
  return openDB<Shelves>("aixin-gate", VERSION, {
    upgrade(db) {
      db.createObjectStore("queue", { keyPath: "seq" }).createIndex("activity", "activity");
      db.createObjectStore("done", { keyPath: "nonce" }).createIndex("activity", "activity");
      db.createObjectStore("unusable", { keyPath: "nonce" }).createIndex("activity", "activity");
      for (const plain of ["rosters", "present", "clock", "self"] as const) db.createObjectStore(plain);
    },
    blocking(_from, _to, event) {
      (event.target as IDBDatabase).close(); // a newer page changes the shelves: it goes first
    },
  });
}

/** This device's name and the last number it gave; made at the first call. */
export async function selfOf(store: Store): Promise<Self> {
  const shelf = store.transaction("self", "readwrite").store;
  const known = await shelf.get("self");
  if (known) return known;
  const made = { device: newKey(), seq: 0 };
  await shelf.put(made, "self");
  return made;
}

/** Forget whatever tells of people: the roster, the answers, the counts. What is unsent stays. */
export async function wipe(store: Store): Promise<void> {
  await Promise.all([store.clear("rosters"), store.clear("done"), store.clear("present")]);
}

/** Forget answers from before a moment; nobody looks at them any more. */
export async function forgetBefore(store: Store, moment: number): Promise<void> {
  const work = store.transaction("done", "readwrite");
  for (const row of await work.store.getAll()) if (Date.parse(row.at) < moment) void work.store.delete(row.nonce);
  await work.done;
}
