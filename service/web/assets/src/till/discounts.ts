// A discount: the amount, and the scan before or after it.

import { newKey } from "../api";
import { make, need, points, yuan } from "../dom";
import type { Code } from "../scanner";
import { begin, draft } from "./carrying";
import type { Told } from "./answers";
import { keypad } from "./screens";
import type { Act } from "./store";
import type { Till } from "./till";

/** Let the amount's keypad work; returned is what empties it. */
export function amountPad(till: Till): () => void {
  return keypad(need("[data-amount]", HTMLElement), 7, (digits) => {
    till.bill = Number(digits);
    till.kit.screens.say("[data-amount-shown]", yuan(till.bill));
  });
}

export function askAmount(till: Till, clear: () => void): void {
  const { screens, words } = till.kit;
  const known = till.customer && screens.view === "pick" ? till.customer : null;
  till.leave();
  clear();
  till.customer = known;
  screens.show("amount", known ? "amount-for" : "amount");
  screens.say("[data-amount-who]", known?.looked ? words("amount_for", { tail: known.looked.tail }) : words("amount_first"));
  const left_out = known?.looked?.standing.excluded_kinds ?? [];
  const hint = words(known ? "amount_hint" : "amount_scan");
  screens.say("[data-amount-hint]", left_out.length ? `${words("left_out", { kinds: left_out.join("、") })} ${hint}` : hint);
}

export async function discount(till: Till, code: Code): Promise<void> {
  if (till.bill === 0) return;
  if (till.kit.sync.state === "away" || !navigator.onLine) return till.refuse("discount_offline", "");
  const known = till.customer;
  const scanned = known?.looked ? { scanned_at: known.looked.scanned_at } : {};
  const body = { code: code.path, bill_fen: till.bill, ...scanned };
  const about = { name: till.kit.words("discount_of", { yuan: yuan(till.bill) }), points: 0, tail: known?.looked?.tail ?? "" };
  await begin(till, draft(till, known?.key ?? newKey(), "/api/v1/discounts", body, about), tellDiscount);
}

function tellDiscount(till: Till, _act: Act, data: Told): void {
  const { words } = till.kit;
  till.hold(null);
  if (data.status !== "ok") {
    till.bill = data.bill_fen;
    return till.refuse(data.status === "not_eligible" ? "not_eligible" : (data.reason ?? "failed"), "");
  }
  const detail = words("saved", { pct: data.pct, yuan: yuan(data.discount_fen), tail: data.tail });
  till.flood({ meaning: "ok", title: words("collect", { yuan: yuan(data.pay_fen) }), detail, figure: points(0) }, "noted");
  const figure = need("[data-result] .num.big", HTMLElement);
  figure.replaceChildren(`−${yuan(data.discount_fen)}`, make("span", "unit", words("yuan")));
  till.sayNext();
  void till.count();
}
