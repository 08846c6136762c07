// Undo: one tap, and the same code shown again. What the network does not take now is sent later.

import { newKey } from "../api";
import { points } from "../dom";
import { fingerprint } from "../offline/fingerprint";
import type { Code } from "../scanner";
import type { Sold } from "./answers";
import { draft } from "./carrying";
import { deliver, unreachable } from "./sync";
import { BACK_MS } from "./till";
import type { Till } from "./till";

export function askUndo(till: Till, what: Sold): void {
  const { words, screens, scanner } = till.kit;
  till.leave();
  till.hold(null);
  till.undoing = what;
  scanner.forget();
  till.flood({ meaning: "info", icon: "undo", title: words("undo_title", { good: what.name }) }, "undo");
  screens.next(words("undo_text"), words("now_do"));
  till.after(BACK_MS * 2, () => till.ready());
}

/** Write the undo down, then send it: it wins over its act, also when that was never sent. */
export async function undo(till: Till, what: Sold, code: Code): Promise<void> {
  const { queue, clock, screens, sync } = till.kit;
  till.leave();
  screens.mood = "checking";
  sync.inHand = what.key;
  const waiting = await queue.find(what.key);
  if (waiting?.left && waiting.who && waiting.who !== (await fingerprint(code.path))) return till.refuse("other_pass", "");
  const at = new Date(clock.device()).toISOString();
  const known = draft(till, what.key, "/api/v1/redemptions", null, what);
  const act = await queue.undo(known, { key: newKey(), code: code.path, at });
  if (sync.state === "away" || !navigator.onLine) return undoneLater(till, what);
  try {
    const data = await deliver(act, clock);
    sync.reached();
    await queue.settle(act);
    if (data.status !== "ok") return till.refuse(data.reason ?? "failed", "");
    undone(till, what);
  } catch (error) {
    if (unreachable(error)) return undoneLater(till, what, error);
    await till.failed(error, () => askUndo(till, what));
  }
}

function undone(till: Till, what: Sold): void {
  const { words } = till.kit;
  till.sold = null;
  till.hold(null);
  till.flood({ meaning: "ok", icon: "undo", title: words("undone", { good: what.name }), detail: words("undone_text"), figure: `+${points(what.points)}`, unit: words("points") }, "noted");
  till.sayNext();
  void till.strip();
  void till.count();
}

function undoneLater(till: Till, what: Sold, error: unknown = null): void {
  const { words, sync } = till.kit;
  till.sold = null;
  till.hold(null);
  if (error) sync.missed(error);
  till.flood({ meaning: "ok", icon: "undo", title: words("undone", { good: what.name }), detail: words("undone_later") }, "noted");
  till.sayNext();
  void till.strip();
}
