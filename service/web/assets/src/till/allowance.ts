// What the till may give without a network: the shop's own goods as they last stood, so many points a
// pass and day, so many points until all is sent. The rule set says how many.

import { fingerprint } from "../offline/fingerprint";
import type { Clock } from "../offline/clock";
import type { Code } from "../scanner";
import type { Shelf, Tile } from "./answers";
import type { Queue } from "./queue";

const STEP_MS = 30_000;
const STEPS_OFF = 3; // a phone shows this step or the next, and a clock may be a little off

/** The day in Shanghai, as the limits count it. */
export function dayOf(moment: number): string {
  return new Date(moment).toLocaleDateString("sv-SE", { timeZone: "Asia/Shanghai" });
}

/** Why a code cannot be taken without a network, or null. The server looks at it again later. */
export async function against(code: Code, queue: Queue, clock: Clock): Promise<string | null> {
  if (code.kind === "number") return "number_offline";
  if (code.kind !== "card" && code.kind !== "pass") return "unknown_code";
  const step = /\.(\d+)\./.exec(code.path)?.[1];
  const late = step !== undefined && clock.offset !== null && Math.abs(Number(step) - clock.now() / STEP_MS) > STEPS_OFF;
  if (late) return "code_expired";
  const used = code.kind === "pass" && (await queue.all()).some((act) => act.body?.["code"] === code.path && !act.undo);
  return used ? "code_used" : null;
}

/** The tiles for a code without a network: what its day and this batch still allow. */
export async function offered(code: Code, shelf: Shelf, queue: Queue, clock: Clock): Promise<{ who: string | null; tiles: Tile[] }> {
  const who = await fingerprint(code.path);
  const given = (await queue.spent(dayOf(clock.now()))).filter((row) => who === null || row.who === null || row.who === who);
  const waiting = (await queue.all()).filter((act) => act.left && !act.undo);
  const own = shelf.limits.card_day - sum(given);
  const batch = shelf.limits.batch - sum(waiting);
  const tiles = shelf.tiles.map((tile) => {
    const lack = tile.points > batch ? "offline_batch" : tile.points > own ? "offline_day" : null;
    return { ...tile, can: tile.can && !lack, reason: tile.reason ?? lack };
  });
  return { who, tiles };
}

const sum = (rows: readonly { points: number }[]): number => rows.reduce((total, row) => total + row.points, 0);
