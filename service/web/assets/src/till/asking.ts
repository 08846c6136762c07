// S4: the clerk's own answer, the customer's four digits, or the customer's own phone.

import { get } from "../api";
import { Digits } from "../digits";
import { need, points } from "../dom";
import type { Told } from "./answers";
import { answered, carry } from "./carrying";
import type { Tell } from "./carrying";
import type { Act } from "./store";
import type { Till } from "./till";

const ASK_MS = 2000;
const LONGEST_MS = 15 * 60_000; // that anything waits

let pad: Digits | null = null;
let typed: (digits: string) => void = () => undefined;

/** The same good to the same person within the hour: the clerk decides, it is flagged. */
export function doubt(till: Till, good: string, go: () => void): void {
  const { words, screens } = till.kit;
  till.flood({ meaning: "info", icon: "flag", title: words("t_possible_duplicate", { good }) }, "ask");
  till.onNext = go;
  screens.next(words("d_possible_duplicate"), words("now_do"), words("duplicate_go"));
}

/** The tablet is turned to the customer; where the phone may confirm too, look whether it did. */
export function askPin(till: Till, act: Act, answer: Told, tell: Tell, good: string): void {
  const { screens, scanner, words } = till.kit;
  const phone = (answer.ask ?? []).includes("phone");
  pad ??= new Digits(need("[data-pin]", HTMLElement), { onFull: (digits) => typed(digits) });
  typed = (digits) => void send(till, act, tell, digits);
  screens.show("pin");
  scanner.paused = true;
  pad.clear();
  screens.say("[data-pin-why]", words(phone ? "pin_phone" : "pin_booklet"));
  screens.say("[data-pin-title]", words(phone ? "phone_title" : "pin_title"));
  screens.say("[data-pin-good]", good);
  screens.say("[data-pin-points]", `${points(answer.points)} ${words("points")}`);
  screens.say("[data-pin-wrong]", "");
  if (answer.reason === "pin_wrong") {
    pad.refuse();
    screens.say("[data-pin-wrong]", words("pin_wrong", { left: answer.tries_left ?? 0 }));
  }
  till.after(phone ? ASK_MS : untilOver(till, answer), () => watch(till, act, tell));
}

/** How long nobody but the customer at this tablet can change anything: until what waits is over. */
function untilOver(till: Till, answer: Told): number {
  const over = Date.parse(answer.expires_at ?? "");
  return Number.isFinite(over) ? Math.max(0, over - till.kit.clock.now()) + ASK_MS : LONGEST_MS;
}

async function send(till: Till, act: Act, tell: Tell, digits: string): Promise<void> {
  if (till.open?.key !== act.key || till.kit.screens.mood !== "pin") return;
  till.leave();
  await carry(till, { ...act, body: { ...act.body, pin: digits } }, (same, _sent, data) => tell(same, act, data));
}

/** The volunteer may confirm on the phone, and what waits comes to its end: look every two seconds. */
function watch(till: Till, act: Act, tell: Tell): void {
  const here = (): boolean => till.open?.key === act.key && till.kit.screens.mood === "pin";
  const again = (): void => till.after(ASK_MS, () => watch(till, act, tell));
  if (!here()) return;
  get<Told>(`/api/v1/redemptions/${act.key}`).then(
    ({ data }) => {
      if (!here()) return;
      if (data.status === "needs_input") again();
      else void answered(till, act, data, tell);
    },
    () => here() && again(),
  );
}

/** The customer changes their mind: what waits is given up on the server too, now or when it hears. */
export async function giveUp(till: Till): Promise<void> {
  const act = till.open;
  till.ready();
  if (!act) return;
  await till.kit.queue.undo(act, { key: `${act.key}.up`, code: null, at: act.at });
  till.kit.sync.poke();
}
