// What to say later of an answer that came while nobody stood before it: nothing where all is well.

import { yuan } from "../dom";
import type { Words } from "../dom";
import type { Told } from "./answers";
import type { Act, Note } from "./store";

/** Flags that are the association's to look at, and nothing to the clerk. */
const QUIET = new Set(["unverified", "off_hours", "proxy", "helper", "no_shift"]);

export function noteOf(words: Words, act: Act, data: Told, at: string): Note | null {
  const note = (meaning: Note["meaning"], title: string, detail = ""): Note => ({ key: act.key, at, meaning, title, detail });
  const good = act.name;
  const why = words(`t_${data.reason ?? "failed"}`, { good, yuan: yuan(data.bill_fen ?? 0) }, "t_failed");
  if (act.undo) {
    const done = data.status === "ok" || data.reason === "already_reversed" || data.reason === "nothing_to_void";
    return done ? null : note("bad", words("undo_refused", { good }), why);
  }
  if (data.status === "ok") {
    if (!act.left) return note("ok", words("settled", { good }));
    const flags = (data.flags ?? []).filter((flag) => !QUIET.has(flag));
    return flags.length ? note("warn", words("flagged", { good }), flags.map((flag) => words(`flag_${flag}`, {}, "flag_other")).join(" ")) : null;
  }
  if (data.reason === "voided_first" || data.reason === "given_up") return null;
  if (data.status === "needs_input") return note("bad", words("not_given", { good }), words("t_expired"));
  return note("bad", words(act.left ? "left_refused" : "not_given", { good }), why);
}
