// What the strip opens: what the server could not take as it was, until somebody has seen it; and what
// waits to be sent, each with the one thing that can be done about it.

import { icon, make, need } from "../dom";
import { clock } from "./today";
import { rowButton } from "./screens";
import { soldOf } from "./selling";
import type { Act, Note } from "./store";
import type { Till } from "./till";
import { askUndo } from "./undoing";

export async function showWaiting(till: Till): Promise<void> {
  till.leave();
  till.hold(null);
  till.kit.screens.show("waiting");
  await drawWaiting(till);
}

/** Draw it again where it is open: an act was sent, a note was made. */
export async function drawWaiting(till: Till): Promise<void> {
  void till.strip();
  if (till.kit.screens.view !== "waiting") return;
  const { queue, words } = till.kit;
  const [acts, notes] = await Promise.all([queue.all(), queue.notes()]);
  need("[data-waiting]", HTMLElement).replaceChildren(...notes.map((note) => noteRow(till, note)), ...acts.map((act) => actRow(till, act)));
  till.kit.screens.say("[data-waiting-none]", acts.length + notes.length ? "" : words("all_sent"));
}

function row(kind: string, picture: string, title: string, detail: string, button: HTMLElement | null): HTMLElement {
  const said = make("div", "grow", make("b", "", title), make("p", "dim", detail));
  return make("li", "", make("span", kind, icon(picture)), said, button);
}

function noteRow(till: Till, note: Note): HTMLElement {
  const { queue, words } = till.kit;
  const seen = rowButton("ok", words("seen"), note.title, () => void queue.seen(note.key).then(() => drawWaiting(till)));
  return row(note.meaning, note.meaning, note.title, [clock(note.at), note.detail].filter(Boolean).join(" · "), seen);
}

function actRow(till: Till, act: Act): HTMLElement {
  const { words } = till.kit;
  const state = act.undo ? "undone" : act.left ? "left" : "unsure";
  const detail = [clock(act.at), words(`wait_${state}`), act.stuck?.title, act.stuck?.detail].filter(Boolean).join(" · ");
  return row(act.stuck ? "warn" : "info", act.stuck ? "warn" : "wait", act.name, detail, undoButton(till, act));
}

function undoButton(till: Till, act: Act): HTMLElement | null {
  const { queue, words, sync } = till.kit;
  if (act.undo || act.path === "/api/v1/discounts") return null;
  if (act.left) return rowButton("undo", words("undo"), act.name, () => askUndo(till, soldOf(act)));
  return rowButton("bad", words("not_now"), act.name, () => {
    void queue.undo(act, { key: `${act.key}.up`, code: null, at: act.at }).then(() => drawWaiting(till)).then(() => sync.now());
  });
}
