// S6, the day's list: one line a sale, with its undo while the window is open.

import { icon, make, points } from "../dom";
import type { wordsOf } from "../dom";
import type { Line, Sold } from "./answers";

/** The time of day in Shanghai, as people say it. */
export const clock = (moment: string): string => new Date(moment).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour: "numeric", minute: "2-digit" });

/** Return a sale's row; `onUndo` is told which one when its button is pressed. */
export function lineRow(line: Line, words: ReturnType<typeof wordsOf>, onUndo: (what: Sold) => void): HTMLElement {
  const name = line.qty > 1 ? `${line.good} × ${line.qty}` : line.good;
  const cells = [clock(line.occurred_at), line.receipt, name, line.tail].map((text) => make("td", "", text));
  const cost = make("td", "r num", points(line.points));
  const last = make("td", "");
  if (line.can_void) {
    const button = make("button", "btn", icon("undo"), ` ${words("undo")}`, make("span", "vh", ` ${line.receipt}`));
    button.type = "button";
    button.addEventListener("click", () => onUndo({ key: line.key, name, points: line.points }));
    last.append(button);
  }
  return make("tr", "", ...cells, cost, make("td", "", words(`state_${line.state}`)), last);
}
