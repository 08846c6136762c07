// Acts of the till: each has one key, made when the clerk acts and stored before it is first sent.
// An act leaves the store only when the server has said what became of it; until then it is sent
// again with the same key, so that it counts once however often it is sent.

import { get, newKey, NoAnswer, post, Problem } from "../api";

export interface Act<Body = Record<string, unknown>> {
  readonly key: string;
  readonly path: "/api/v1/redemptions" | "/api/v1/discounts";
  readonly body: Body;
  readonly name: string;
  readonly at: number;
}

const SHELF = "aixin-till-acts";
const PATIENCE_MS = 5000;

export function begin(path: Act["path"], body: Record<string, unknown>, name: string): Act {
  const act = { key: newKey(), path, body, name, at: Date.now() };
  keep(act);
  return act;
}

export function stored(): Act[] {
  try {
    return JSON.parse(localStorage.getItem(SHELF) ?? "[]") as Act[];
  } catch {
    return [];
  }
}

export function keep(act: Act): void {
  write([...stored().filter((other) => other.key !== act.key), act]);
}

export function settle(act: Act): void {
  write(stored().filter((other) => other.key !== act.key));
}

function write(acts: readonly Act[]): void {
  localStorage.setItem(SHELF, JSON.stringify(acts));
}

/** True when nobody knows whether it was done: the same key must be asked again. */
export function uncertain(error: unknown): boolean {
  return error instanceof NoAnswer || (error instanceof Problem && (error.status >= 500 || error.slug === "key-in-flight"));
}

/** Send an act; what the server has answered is forgotten here, what it may not have heard is kept. */
export async function send<Answer>(act: Act): Promise<Answer> {
  try {
    const answer = await post<Answer>(act.path, act.body, { key: act.key, timeoutMs: PATIENCE_MS });
    settle(act);
    return answer.data;
  } catch (error) {
    if (!uncertain(error)) settle(act);
    throw error;
  }
}

/** Ask what became of a key; a key that never arrived is sent again. */
export async function ask<Answer>(act: Act): Promise<Answer> {
  if (act.path === "/api/v1/discounts") return send<Answer>(act);
  try {
    const { data } = await get<Answer>(`${act.path}/${act.key}`, { timeoutMs: PATIENCE_MS });
    settle(act);
    return data;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return send<Answer>(act);
    throw error;
  }
}
