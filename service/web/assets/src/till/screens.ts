// The till's screens: one <main data-view> at a time, and what of the foot belongs to it.

import { icon, make, need, points } from "../dom";
import type { Words } from "../dom";
import type { Tile } from "./answers";

export type View = "ready" | "pick" | "result" | "pin" | "amount" | "number" | "today" | "waiting" | "find" | "count" | "why" | "shift" | "ticket";
/** What the foot offers: more than one mood shares a screen. */
export type Mood = View | "done" | "noted" | "refused" | "ask" | "undo" | "checking" | "amount-for" | "goods";

export class Screens {
  view: View = "ready";
  mood: Mood = "ready";

  constructor(private readonly words: Words) {}

  show(view: View, mood: Mood = view): void {
    this.view = view;
    this.mood = mood;
    for (const main of document.querySelectorAll<HTMLElement>("main[data-view]")) main.hidden = main.dataset["view"] !== view;
    for (const part of document.querySelectorAll<HTMLElement>("[data-on]")) part.hidden = !(part.dataset["on"] ?? "").split(" ").includes(mood);
    this.say("[data-foot]", "");
  }

  say(selector: string, text: string): void {
    need(selector, HTMLElement).textContent = text;
  }

  /** The card below a result: what to do now, and at most one button. */
  next(title: string, text: string, button = ""): void {
    this.say("[data-next-title]", title);
    this.say("[data-next-text]", text);
    const press = need('[data-do="next"]', HTMLButtonElement);
    press.textContent = button;
    press.hidden = !button;
  }

  tiles(tiles: readonly Tile[], tapped: (tile: Tile) => void): void {
    need("[data-tiles]", HTMLElement).replaceChildren(...tiles.map((tile) => this.tile(tile, tapped)));
  }

  private tile(tile: Tile, tapped: (tile: Tile) => void): HTMLElement {
    const cost = make("span", "num mid", points(tile.points), make("span", "unit", this.words("points")));
    const lack = tile.can ? null : make("span", "lack", icon("lock"), ` ${this.words(`lack_${tile.reason}`, {}, "lack_not_now")}`);
    const button = make("button", "tile", face(tile), make("span", "name", tile.name), make("span", "cost", cost, lack));
    button.type = "button";
    if (tile.can) button.addEventListener("click", () => tapped(tile));
    else button.setAttribute("aria-disabled", "true");
    return button;
  }
}

/** A good's picture, or the first character of its name where it has none. */
function face(tile: Tile): HTMLElement {
  const initial = make("span", tile.can ? "pic" : "pic off", tile.picture ? null : tile.name.slice(0, 1));
  initial.setAttribute("aria-hidden", "true");
  if (tile.picture) {
    const image = make("img", "");
    image.src = tile.picture;
    image.alt = "";
    initial.append(image);
  }
  return initial;
}

/** A button of a list: its icon, its word, and for who does not see, what it is about. */
export function rowButton(picture: string, word: string, about: string, pressed: () => void): HTMLButtonElement {
  const button = make("button", "btn", icon(picture), ` ${word}`, make("span", "vh", ` ${about}`));
  button.type = "button";
  button.addEventListener("click", () => {
    button.disabled = true; // a second tap is nobody's
    pressed();
  });
  return button;
}

/** Digits of our own keypad: 7, "clear" and "back" come in, the whole text goes out. */
export function keypad(root: HTMLElement, longest: number, typed: (digits: string) => void): () => void {
  let digits = "";
  const set = (next: string): void => {
    digits = next.slice(0, longest);
    typed(digits);
  };
  for (const key of root.querySelectorAll<HTMLElement>("[data-digit]")) {
    const said = key.dataset["digit"] ?? "";
    key.addEventListener("click", () => set(said === "clear" ? "" : said === "back" ? digits.slice(0, -1) : digits + said));
  }
  return () => set("");
}
