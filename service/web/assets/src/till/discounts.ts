// A discount: the amount, and the scan before or after it.

import { newKey } from "../api";
import { make, need, points, yuan } from "../dom";
import type { Code } from "../scanner";
import { begin, draft } from "./carrying";
import type { Told } from "./answers";
import { keypad } from "./screens";
import type { Act } from "./store";
import type { Till } from "./till";

/** The amount's keypad: the bill first, and where the shop leaves kinds of goods out, what of it those cost. */
export interface Pad { clear(): void; turn(): void }

export function amountPad(till: Till): Pad {
  const { screens, words } = till.kit;
  let excluded = false;
  const kinds = (): readonly string[] => till.customer?.looked?.standing.excluded_kinds ?? till.shelf?.excluded_kinds ?? [];
  const empty = keypad(need("[data-amount]", HTMLElement), 7, (digits) => {
    if (excluded) till.excluded = Number(digits);
    else till.bill = Number(digits);
    screens.say("[data-amount-shown]", yuan(excluded ? till.excluded : till.bill));
    screens.say("[data-amount-rest]", excluded ? words("of_bill", { yuan: yuan(till.bill) }) : "");
  });
  const title = (): void => screens.say("#amount-h", excluded ? words("amount_excluded", { kinds: kinds().join("、") }) : words("amount_bill"));
  return {
    clear: () => {
      excluded = false;
      till.excluded = 0;
      empty();
      title();
      need('[data-do="excluded"]', HTMLElement).hidden = kinds().length === 0;
    },
    turn: () => {
      if (till.bill === 0 || excluded) return;
      excluded = true;
      empty();
      title();
    },
  };
}

export function askAmount(till: Till, pad: Pad): void {
  const { screens, words } = till.kit;
  const known = till.customer && screens.view === "pick" ? till.customer : null;
  till.leave();
  till.customer = known;
  screens.show("amount", known ? "amount-for" : "amount");
  pad.clear();
  screens.say("[data-amount-who]", known?.looked ? words("amount_for", { tail: known.looked.tail }) : words("amount_first"));
  screens.say("[data-amount-hint]", words(known ? "amount_hint" : "amount_scan"));
}

export async function discount(till: Till, code: Code): Promise<void> {
  if (till.bill === 0 || till.excluded > till.bill) return;
  if (till.kit.sync.state === "away" || !navigator.onLine) return till.refuse("discount_offline", "");
  const known = till.customer;
  const scanned = known?.looked ? { scanned_at: known.looked.scanned_at } : {};
  const body = { code: code.path, bill_fen: till.bill, ...(till.excluded && { excluded_fen: till.excluded }), ...scanned };
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
