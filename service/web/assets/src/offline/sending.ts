// What a queue needs to know of sending, whatever it holds: which failures pass, when to try again,
// and that one tab of a device sends at a time.

import { NoAnswer, post, Problem } from "../api";
import type { Answer, Options } from "../api";
import { renewToken } from "./token";

export interface Said { readonly title: string; readonly detail: string }

/** calm: nothing to do · busy: uploading · away: no network, tried again later · closed: sign in again */
export type State = "calm" | "busy" | "away" | "closed";

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

/** Whether asking again may help: nobody knows what became of it, or the server is busy. */
export function passing(failure: unknown): boolean {
  if (failure instanceof NoAnswer) return true;
  return failure instanceof Problem && (failure.status >= 500 || [408, 423, 425, 429].includes(failure.status) || failure.slug === "key-in-flight");
}

/** Whether the server no longer lets us stand here. */
export function refusedUs(failure: unknown): boolean {
  return failure instanceof Problem && (failure.status === 401 || (failure.status === 403 && failure.slug !== "csrf"));
}

/** Send with this page's token; if the page is older than the sign-in, with a new one. */
export async function postRenewed<T>(path: string, data: unknown, options: Options = {}): Promise<Answer<T>> {
  try {
    return await post<T>(path, data, options);
  } catch (failure) {
    if (!(failure instanceof Problem) || failure.slug !== "csrf") throw failure;
    await renewToken();
    return post<T>(path, data, options);
  }
}

/** The same for who needs the answer's data only. */
export async function sendWithToken<T>(path: string, data: unknown, timeoutMs: number): Promise<T> {
  return (await postRenewed<T>(path, data, { timeoutMs })).data;
}

/** What the server says of what it could not read. */
export function said({ title, detail, errors }: Problem): Said {
  return { title, detail: [detail, ...errors.map((fault) => fault.detail)].filter(Boolean).join(" ") };
}

/** Do it unless another tab of this device is at it. */
export async function alone(lock: string, work: () => Promise<void>, busy: () => void): Promise<void> {
  if (!navigator.locks) return work();
  await navigator.locks.request(lock, { ifAvailable: true }, async (held) => (held ? work() : busy()));
}

/** When to try next: at once, or after a failure twice as late as before, and never all devices together. */
export class Pace {
  private failures = 0;
  private notBefore = 0;
  private timer = 0;

  constructor(private readonly due: () => void) {}

  /** There is something to send: soon, or when the back-off is over. */
  poke(): void {
    this.wake(Math.max(0, this.notBefore - performance.now()));
  }

  /** The network may be back, or a person asks: without waiting. */
  now(): void {
    this.notBefore = 0;
    this.wake(0);
  }

  missed(failure: unknown = null): void {
    const stated = failure instanceof Problem ? (failure.retryAfter ?? 0) : 0;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures++);
    const wait = Math.max(longest * (0.5 + Math.random() / 2), stated * 1000);
    this.notBefore = performance.now() + wait;
    this.wake(wait);
  }

  reached(): void {
    this.failures = this.notBefore = 0;
  }

  wake(inMs: number): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(this.due, inMs);
  }
}
