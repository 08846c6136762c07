// Names for codes that tell nothing: hashes of what a card, a phone or a number is, the same at every
// reading, though a phone shows another code every half minute.

const encoder = new TextEncoder();

async function sha256(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a code names, as the roster's hashes do: `kind|id`; null for codes of no person. */
async function named(code: string): Promise<string | null> {
  const pass = /^\/p\/([^.]+)\./.exec(code)?.[1];
  if (pass) return `pass|${pass.toLowerCase()}`;
  const card = /^\/c\/(.+)$/.exec(code)?.[1];
  if (card) return `card|${await sha256(`aixin-card|${card.toLowerCase()}`)}`;
  return /^\d{8}$/.test(code) ? `number|${code}` : null;
}

/** The hash under which this device knows a card or phone; null on plain http, which has no hashing. */
export async function fingerprint(code: string): Promise<string | null> {
  if (!globalThis.crypto.subtle) return null;
  const name = await named(code);
  return name && sha256(name);
}

/** The hash under which a roster with this salt would hold the code. */
export async function salted(code: string, salt: string): Promise<string | null> {
  if (!globalThis.crypto.subtle) return null;
  const name = await named(code);
  return name && (await sha256(`${salt}|${name}`)).slice(0, 32);
}
