// Signed notes on the reader's own device: does a head carry the signature of a key that we were told of?
//
//   await signedBy(note, keys)      // "yes" | "no" | "unable": older browsers know no Ed25519
//
// A note is its text, an empty line, and lines "— name base64(4 bytes of the key's hash, 64 of signature)".
// A key reads "name+hash+base64(0x01, 32 bytes)".
import { fromBase64, hex, joined } from "./proof";

const ED25519 = 0x01;
const SIGNATURE = /^\u2014 (\S+) (\S+)$/gm;

interface Key {
  name: string;
  hash: string;
  bytes: Uint8Array<ArrayBuffer>;
}

function readKey(text: string): Key {
  const [, name = "", hash = "", rest = ""] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  return { name, hash, bytes: fromBase64(rest) };
}

async function verified(key: Key, signature: Uint8Array<ArrayBuffer>, text: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (key.bytes[0] !== ED25519) return false;
  const known = await crypto.subtle.importKey("raw", key.bytes.slice(1), { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, known, signature, text);
}

export async function signedBy(note: string, keys: readonly string[]): Promise<"yes" | "no" | "unable"> {
  const text = joined(new TextEncoder().encode(note.slice(0, note.lastIndexOf("\n\n") + 1)));
  try {
    for (const [, name, written] of note.matchAll(SIGNATURE)) {
      const bytes = fromBase64(written ?? "");
      for (const key of keys.map(readKey)) {
        const meant = key.name === name && key.hash === hex(bytes.slice(0, 4));
        if (meant && (await verified(key, bytes.slice(4), text))) return "yes";
      }
    }
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError") return "unable";
    throw error;
  }
  return "no";
}
