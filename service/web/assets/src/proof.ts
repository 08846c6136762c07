// The log's arithmetic on the reader's own device: leaf of an entry, root of the tree, text of a head.
//
//   const leaf = await leafOf(fields);                  // bytes version 1: 0x00 0x01, then each field after its length
//   const root = await rootFrom({ leaf, index, size, path });
//   readHead(note) -> { origin, size, root }            // C2SP checkpoint; the root in base64
//
// Nothing here touches the page. WebCrypto is asked for by the caller: it is missing without HTTPS.

const LEAF = 0x00;
const NODE = 0x01;
const VERSION = 0x01;

export interface Place {
  leaf: Uint8Array;
  index: bigint;
  size: bigint;
  path: Uint8Array[];
}

export interface Head {
  origin: string;
  size: bigint;
  root: string;
}

/** Why a proof cannot be right whatever its hashes say: it has too many steps, too few, or no place in the tree. */
export class WrongShape extends Error {}

export function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function lengthOf(field: Uint8Array): Uint8Array {
  const four = new Uint8Array(4);
  new DataView(four.buffer).setUint32(0, field.length);
  return four;
}

/** The hash under which an entry stands in the log. */
export async function leafOf(fields: readonly string[]): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const written = fields.map((field) => encoder.encode(field)).flatMap((field) => [lengthOf(field), field]);
  return sha256(joined(Uint8Array.of(LEAF, VERSION), ...written));
}

/** The root that a leaf at this place leads to (RFC 9162, 2.1.3.2). Throws WrongShape. */
export async function rootFrom({ leaf, index, size, path }: Place): Promise<Uint8Array> {
  if (index < 0n || index >= size) throw new WrongShape("the place lies outside the log");
  let [here, last, root] = [index, size - 1n, leaf];
  for (const beside of path) {
    if (last === 0n) throw new WrongShape("the path is too long");
    if (here % 2n === 1n || here === last) {
      root = await sha256(joined(Uint8Array.of(NODE), beside, root));
      while (here % 2n === 0n && here !== 0n) [here, last] = [here / 2n, last / 2n];
    } else {
      root = await sha256(joined(Uint8Array.of(NODE), root, beside));
    }
    [here, last] = [here / 2n, last / 2n];
  }
  if (last !== 0n) throw new WrongShape("the path is too short");
  return root;
}

/** The three lines of a head's note; its signatures stand below an empty line. Throws WrongShape. */
export function readHead(note: string): Head {
  const [origin, size, root] = note.split("\n");
  if (!origin || !root || !/^(0|[1-9]\d*)$/.test(size ?? "")) throw new WrongShape("the head cannot be read");
  return { origin, size: BigInt(size ?? ""), root };
}

export function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
