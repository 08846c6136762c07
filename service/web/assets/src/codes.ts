// What a scanned or typed text means. Pure: no page, no network, nothing is ever opened.
//
//   readCode(text) -> { ok: true, code: { kind, tail, path } }     one of our own codes
//                   | { ok: false, reason: "foreign" | "unknown" | "check", text }
//
// `code.path` ("/c/7k…", "/p/12.3456.ab…") is what goes to the server as `code`; it is also what
// two readings of one card have in common. "foreign" = another site's address, "unknown" = not a
// code of ours, "check" = ours by shape, but misread or mistyped (the check character differs).
// A card number (8 digits) is read only where a person typed it: readTyped(text). A barcode may look like one.

export type Kind = "card" | "number" | "pass" | "onsite" | "activity" | "shop" | "ticket" | "bind" | "claim" | "certificate";
export interface Code { readonly kind: Kind; readonly tail: string; readonly path: string }
export type Refusal = "foreign" | "unknown" | "check";
export type Reading = { readonly ok: true; readonly code: Code } | { readonly ok: false; readonly reason: Refusal; readonly text: string };

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHECKS = `${ALPHABET}*~$=U`;
const CARD = /^[0-9a-z]{13}[0-9a-z*~$=]$/i;
const STAMPED = /^[0-9a-z_-]{1,40}\.\d{1,11}\.[0-9a-hjkmnp-tv-z]{12}$/i;
const PUBLIC = /^[0-9a-z_-]{1,40}$/i;
const SECRET = /^[0-9a-z_.*~$=-]{1,64}$/i;
const NUMBER = /^\d{4}[ -]?\d{4}$/;
const DAMM = [
  "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
  "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
];
const SHAPES: Readonly<Record<string, readonly [Kind, RegExp]>> = {
  c: ["card", CARD],
  p: ["pass", STAMPED],
  s: ["onsite", STAMPED],
  e: ["activity", PUBLIC],
  m: ["shop", PUBLIC],
  r: ["ticket", SECRET],
  b: ["bind", SECRET],
  d: ["claim", SECRET],
  v: ["certificate", SECRET],
};
const LONGEST = 512;

/** Remove what scanners add: symbology and ECI prefixes, control and invisible characters. */
export function clean(raw: string): string {
  const visible = raw.slice(0, LONGEST).normalize("NFKC").replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "");
  return visible.trim().replace(/^\][A-Za-z][0-9A-Za-z]/, "").replace(/^(?:\\\d{6})+/, "").trim();
}

/** The value of a 13-character card id modulo 37, as Crockford's check character. */
export function checkCharacter(id: string): string {
  let rest = 0;
  for (const symbol of canonicalSymbols(id)) rest = (rest * 32 + ALPHABET.indexOf(symbol)) % 37;
  return CHECKS.charAt(rest);
}

function canonicalSymbols(text: string): string {
  return text.toUpperCase().replace(/O/g, "0").replace(/[IL]/g, "1");
}

function card(tail: string): string | null {
  const id = canonicalSymbols(tail.slice(0, 13));
  const check = tail.slice(13).toUpperCase();
  const known = [...id].every((symbol) => ALPHABET.includes(symbol));
  return known && checkCharacter(id) === check ? (id + check).toLowerCase() : null;
}

function ours(letter: string, tail: string, text: string): Reading {
  const shape = SHAPES[letter];
  if (!shape || !shape[1].test(tail)) return { ok: false, reason: "unknown", text };
  const [kind] = shape;
  const kept = kind === "card" ? card(tail) : tail;
  if (kept === null) return { ok: false, reason: "check", text };
  return { ok: true, code: { kind, tail: kept, path: `/${letter}/${kept}` } };
}

function address(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function fromAddress(url: URL, text: string, hosts: readonly string[]): Reading {
  const web = url.protocol === "https:" || url.protocol === "http:";
  if (!web || !hosts.includes(url.host) || url.username || url.password) return { ok: false, reason: "foreign", text };
  const path = /^\/([a-z])\/([^/]+)$/i.exec(url.pathname);
  if (!path || url.search || url.hash) return { ok: false, reason: "unknown", text };
  return ours((path[1] ?? "").toLowerCase(), decodedTail(path[2] ?? ""), text);
}

function decodedTail(tail: string): string {
  return tail.replace(/%(2A|7E|24|3D)/gi, (escape) => decodeURIComponent(escape));
}

function fromTail(text: string): Reading {
  const path = /^\/?([a-z])\/([^/]+)$/i.exec(text);
  if (path) return ours((path[1] ?? "").toLowerCase(), path[2] ?? "", text);
  if (CARD.test(text)) return ours("c", text, text);
  if (STAMPED.test(text)) return ours("p", text, text);
  return { ok: false, reason: "unknown", text };
}

/** The hosts whose codes are ours: this page's own, and the public one printed on paper. */
export function ownHosts(): readonly string[] {
  const stated = document.querySelector<HTMLMetaElement>('meta[name="public-url"]')?.content ?? "";
  const host = address(stated)?.host;
  return host ? [location.host, host] : [location.host];
}

/** Say which of our codes a text is, or why it is none. */
export function readCode(raw: string, hosts: readonly string[] = ownHosts()): Reading {
  const text = clean(raw);
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) {
    const url = address(text);
    return url ? fromAddress(url, text, hosts) : { ok: false, reason: "unknown", text };
  }
  return fromTail(text);
}

/** A card number without its space, or null when its check digit (Damm's) says it was mistyped. */
export function cardNumber(text: string): string | null {
  if (!NUMBER.test(text)) return null;
  const digits = text.replace(/\D/g, "");
  let interim = 0;
  for (const digit of digits) interim = Number(DAMM[interim]?.charAt(Number(digit)));
  return interim === 0 ? digits : null;
}

/** The same for what a person typed, who may also type the number that is printed on the card. */
export function readTyped(raw: string, hosts: readonly string[] = ownHosts()): Reading {
  const text = clean(raw);
  if (!NUMBER.test(text)) return readCode(raw, hosts);
  const number = cardNumber(text);
  if (number === null) return { ok: false, reason: "check", text };
  return { ok: true, code: { kind: "number", tail: number, path: number } };
}
