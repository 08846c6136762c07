// A receipt checks itself: leaf, path and head are computed again here, and what differs is named.
import { icon, make, need, wordsOf } from "../dom";
import { signedBy } from "../notes";
import { base64, fromBase64, hex, leafOf, readHead, rootFrom, WrongShape } from "../proof";

interface Receipt {
  fields: string[];
  leaf: string;
  index: string;
  size: string;
  path: string[];
  note: string;
  keys: string[];
  shown: { address: string; unit: string; amount: string } | null;
}

type Fault = "words" | "figure" | "head" | "path" | "signature";

const HEADER = 15; // fields before the entries
const ENTRY = 5; // address, unit, seq, amount, balance

/** What the entry moved at an address, as its hashed words say it. */
function amountAt(fields: readonly string[], address: string, unit: string): string | null {
  const count = Number(fields[HEADER]);
  for (let at = HEADER + 1; at < HEADER + 1 + count * ENTRY; at += ENTRY) {
    if (fields[at] === address && fields[at + 1] === unit) return fields[at + 3] ?? null;
  }
  return null;
}

async function leadsTo(receipt: Receipt, root: string): Promise<boolean> {
  const [leaf, index, size] = [await leafOf(receipt.fields), BigInt(receipt.index), BigInt(receipt.size)];
  try {
    return base64(await rootFrom({ leaf, index, size, path: receipt.path.map(fromBase64) })) === root;
  } catch (error) {
    if (error instanceof WrongShape || error instanceof DOMException) return false; // or a step that is no base 64
    throw error;
  }
}

/** The first thing that is not as it should be, from the entry up to the signature; null when all is well. */
async function fault(receipt: Receipt): Promise<Fault | null> {
  const { shown } = receipt;
  if (hex(await leafOf(receipt.fields)) !== receipt.leaf) return "words";
  if (shown && amountAt(receipt.fields, shown.address, shown.unit) !== shown.amount) return "figure";
  const head = readHead(receipt.note);
  if (head.size !== BigInt(receipt.size)) return "head";
  if (!(await leadsTo(receipt, head.root))) return "path";
  return (await signedBy(receipt.note, receipt.keys)) === "no" ? "signature" : null;
}

function say(kind: "ok" | "bad" | "info", title: string, text: string): void {
  const note = make("div", `note ${kind}`, icon(kind), make("div", "", make("b", "", title), text));
  need("[data-check]", HTMLElement).replaceChildren(note);
}

async function check(): Promise<void> {
  const words = wordsOf("#check-words");
  if (!globalThis.crypto?.subtle) return say("info", words("unable"), words("unable_why"));
  const text = need("#receipt", HTMLTemplateElement).content.textContent ?? "";
  const receipt = JSON.parse(text) as Receipt;
  const found = await fault(receipt);
  if (found) return say("bad", words("differs"), words(found));
  const unsigned = (await signedBy(receipt.note, receipt.keys)) === "unable";
  say("ok", words("checked"), words(unsigned ? "checked_without_signature" : "checked_how"));
}

void check();
