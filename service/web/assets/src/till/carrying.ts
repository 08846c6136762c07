// One act on its way: sent, answered; without an answer asked for again by its key, until there is one
// or it is put aside. It never gets another key.

import { need, points } from "../dom";
import { deliver, uncertain } from "./sync";
import type { Told } from "./answers";
import type { Draft } from "./queue";
import type { Act } from "./store";
import type { Till } from "./till";
import { dayOf } from "./allowance";

export type Tell = (till: Till, act: Act, data: Told) => void;

const ASK_MS = 2000;
const ASIDE_MS = 30_000;

/** What all drafts share; the caller says what it is and where it goes. */
export function draft(till: Till, key: string, path: string, body: Act["body"], about: Pick<Draft, "name" | "points" | "tail">): Draft {
  const { clock } = till.kit;
  const at = till.customer?.at ?? new Date(clock.device()).toISOString();
  return { key, path, body, ...about, at, offset: clock.offset, left: false, who: till.customer?.who ?? null };
}

/** Store an act, then send it. */
export async function begin(till: Till, what: Draft, tell: Tell): Promise<void> {
  till.leave();
  till.kit.screens.mood = "checking"; // a second tap or scan in between is nobody's
  till.kit.sync.inHand = what.key;
  const act = await till.kit.queue.add(what, dayOf(till.kit.clock.now()));
  await carry(till, act, tell);
}

/** Send an act and show its answer. */
export async function carry(till: Till, act: Act, tell: Tell): Promise<void> {
  till.hold(act);
  till.kit.screens.mood = "checking";
  try {
    const data = await deliver(act, till.kit.clock);
    till.kit.sync.reached();
    await answered(till, act, data, tell);
  } catch (error) {
    await notAnswered(till, act, error, tell, performance.now());
  }
}

/** The server has said what became of it: it leaves the queue, unless it waits for a word. */
export async function answered(till: Till, act: Act, data: Told, tell: Tell): Promise<void> {
  till.leave();
  const settled = data.status === "needs_input" ? null : till.kit.queue.settle(act); // before anybody reads the queue
  tell(till, act, data);
  await settled;
  await till.strip();
}

async function notAnswered(till: Till, act: Act, error: unknown, tell: Tell, since: number): Promise<void> {
  if (uncertain(error)) return check(till, act, tell, since);
  const shift = (error as { slug?: string }).slug === "shift-needed";
  if (!shift) await till.kit.queue.settle(act); // it was read and refused: nothing has happened
  await till.failed(error, () => void carry(till, act, tell));
}

function check(till: Till, act: Act, tell: Tell, since: number): void {
  const { screens, words, clock, sync } = till.kit;
  till.showNetwork("away");
  const waited = Math.round((performance.now() - since) / 1000);
  if (waited * 1000 >= ASIDE_MS) return putAside(till);
  if (screens.view !== "result" || waited === 0) {
    const detail = words("checking_text", { good: act.name });
    till.flood({ meaning: "info", title: words("checking"), detail, figure: "0", unit: words("seconds") }, "checking");
    screens.next(words("checking_next"), words("checking_next_text"));
  }
  const figure = need("[data-result] .num.big", HTMLElement);
  if (figure.firstChild) figure.firstChild.textContent = String(waited);
  till.after(ASK_MS, () => {
    deliver(act, clock).then(
      (data) => (sync.reached(), till.showNetwork(sync.state), answered(till, act, data, tell)),
      (error: unknown) => notAnswered(till, act, error, tell, since),
    );
  });
}

/** Nobody knows: it waits in the strip, and the next customer may come. */
function putAside(till: Till): void {
  const { words, sync } = till.kit;
  till.leave();
  till.hold(null);
  till.flood({ meaning: "info", title: words("put_aside"), detail: words("put_aside_text") }, "refused");
  till.sayNext();
  sync.missed();
  void till.strip();
}

/** How an amount of points is written that goes: −60. */
export const taken = (amount: number): string => points(-amount);
