// Requests to our own JSON API.
//
//   const answer = await post<Scan>("/api/v1/scans", { code, action: "in" }, { key });
//   answer.data, answer.status, answer.retryAfter
//
// - key: the Idempotency-Key; make it once with newKey() and keep it for every retry of one act.
// - throws Problem (problem+json: status, slug, title, detail, reason, errors, retryAfter) or
//   NoAnswer (kind "timeout" | "network" | "garbled": nobody knows whether it was done; ask again by the same key).
// - a till's page says so in X-Aixin-Surface: the tablet's cookie then goes before a person's.
// - cookies stay on this site; the CSRF token is read from <meta name="csrf-token">.

export interface Fault { readonly pointer: string; readonly detail: string }
/** `live`: where to hear of changes of what was answered; see live.ts. */
export interface Answer<T> { readonly status: number; readonly data: T; readonly retryAfter: number | null; readonly live: string | null }
export interface Options {
  readonly key?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

interface ProblemBody {
  type?: string; title?: string; detail?: string; reason?: string; errors?: Fault[];
}

/** The server said no, in problem+json. */
export class Problem extends Error {
  readonly slug: string;
  readonly title: string;
  readonly detail: string;
  readonly reason: string | null;
  readonly errors: readonly Fault[];

  constructor(readonly status: number, body: ProblemBody, readonly retryAfter: number | null) {
    super(body.detail || body.title || `status ${status}`);
    this.slug = (body.type ?? "").split("/").pop() ?? "";
    this.title = body.title ?? "";
    this.detail = body.detail ?? "";
    this.reason = body.reason ?? null;
    this.errors = body.errors ?? [];
  }
}

/** No usable answer came: the act may or may not have happened. */
export class NoAnswer extends Error {
  constructor(readonly kind: "timeout" | "network" | "garbled", options?: ErrorOptions) {
    super(kind, options);
  }
}

const PATIENCE_MS = 5000;

/** A new idempotency key (a random UUID; also on plain http, where crypto.randomUUID is missing). */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function headers(method: string, options: Options): Headers {
  const set = new Headers({ Accept: "application/json" });
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
  if (method !== "GET") set.set("Content-Type", "application/json");
  if (method !== "GET" && token) set.set("X-CSRF-Token", token);
  if (options.key) set.set("Idempotency-Key", options.key);
  if (document.body.dataset["surface"] === "till") set.set("X-Aixin-Surface", "till");
  return set;
}

function seconds(response: Response): number | null {
  const stated = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  return Number.isFinite(stated) ? stated : null;
}

async function body(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text ? JSON.parse(text) : {};
  } catch (cause) {
    if (response.ok) throw new NoAnswer("garbled", { cause });
    return {};
  }
}

async function exchange(method: string, path: string, data: unknown, options: Options, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(path, {
      method,
      headers: headers(method, options),
      body: data === undefined ? null : JSON.stringify(data),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
      signal,
    });
  } catch (cause) {
    throw new NoAnswer(signal.aborted ? "timeout" : "network", { cause });
  }
}

/** Send one request and read its answer; see the top of this file. */
export async function call<T>(method: string, path: string, data?: unknown, options: Options = {}): Promise<Answer<T>> {
  if (!/^\/(?!\/)/.test(path)) throw new TypeError(`not a path of this site: ${path}`);
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), options.timeoutMs ?? PATIENCE_MS);
  options.signal?.addEventListener("abort", () => abort.abort());
  try {
    const response = await exchange(method, path, data, options, abort.signal);
    const read = await body(response).catch((cause: unknown) => {
      throw cause instanceof NoAnswer ? cause : new NoAnswer(abort.signal.aborted ? "timeout" : "network", { cause });
    });
    if (!response.ok) throw new Problem(response.status, read as ProblemBody, seconds(response));
    return { status: response.status, data: read as T, retryAfter: seconds(response), live: response.headers.get("Aixin-Live") };
  } finally {
    clearTimeout(timer);
  }
}

export const get = <T>(path: string, options?: Options): Promise<Answer<T>> => call<T>("GET", path, undefined, options);
export const post = <T>(path: string, data: unknown, options?: Options): Promise<Answer<T>> => call<T>("POST", path, data, options);
export const remove = <T>(path: string, options?: Options): Promise<Answer<T>> => call<T>("DELETE", path, undefined, options);
