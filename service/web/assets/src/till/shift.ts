// Whose shift it is: a clerk's label and four digits once, and the name of the shift in the head.

import { get, remove } from "../api";
import { Digits } from "../digits";
import { make, need } from "../dom";
import { postRenewed } from "../offline/sending";
import type { Shift, ShiftAnswer } from "./answers";
import type { Till } from "./till";

export class Shifts {
  private known: Shift | null = null;
  private chosen = "";
  private then: () => void;
  private readonly pad: Digits;

  constructor(private readonly till: Till) {
    this.then = () => till.ready();
    this.pad = new Digits(need("[data-shift]", HTMLElement), { onFull: (digits) => void this.begin(digits) });
    till.onShiftNeeded = (then) => this.ask(then);
  }

  /** The server said whose shift it is. */
  heard(shift: Shift): void {
    this.known = shift;
    const head = need("[data-clerk]", HTMLElement);
    head.hidden = !shift.needed;
    this.till.kit.screens.say("[data-clerk] > span", shift.clerk ?? this.till.kit.words("no_shift"));
    const { view } = this.till.kit.screens;
    if (shift.needed && !shift.clerk && view === "ready") this.ask();
  }

  /** Ask who stands here; what was interrupted goes on after that. */
  ask(then: () => void = () => this.till.ready()): void {
    const { screens, scanner } = this.till.kit;
    this.then = then;
    this.till.leave();
    screens.show("shift");
    scanner.paused = true;
    this.pad.clear();
    this.chosen = "";
    this.draw();
    get<Shift>("/api/v1/till/shift").then(({ data }) => this.learn(data), (error: unknown) => this.till.kit.sync.met(error));
  }

  /** Whoever was hired a minute ago has a label too. */
  private learn(shift: Shift): void {
    this.heard(shift);
    if (this.till.kit.screens.view === "shift") this.draw();
  }

  private draw(): void {
    const { screens, words } = this.till.kit;
    const clerks = this.known?.clerks ?? [];
    this.chosen = clerks.length === 1 ? (clerks[0]?.label ?? "") : this.chosen;
    need("[data-clerks]", HTMLElement).replaceChildren(...clerks.map(({ label }) => this.label(label)));
    screens.say("[data-shift-wrong]", "");
    screens.say("[data-shift-now]", this.known?.clerk ? words("shift_now", { clerk: this.known.clerk }) : "");
    need('[data-do="end-shift"]', HTMLElement).hidden = !this.known?.clerk;
  }

  async end(): Promise<void> {
    try {
      this.heard((await remove<Shift>("/api/v1/till/shift")).data);
      this.ask();
    } catch (error) {
      await this.till.failed(error, () => this.ask());
    }
  }

  private label(label: string): HTMLElement {
    const button = make("button", "btn", label);
    button.type = "button";
    button.setAttribute("aria-pressed", String(label === this.chosen));
    button.addEventListener("click", () => {
      this.chosen = label;
      for (const each of need("[data-clerks]", HTMLElement).children) each.setAttribute("aria-pressed", String(each === button));
      if (this.pad.value.length === this.pad.length) void this.begin(this.pad.value);
    });
    return button;
  }

  private async begin(pin: string): Promise<void> {
    const { screens, words, queue, sync } = this.till.kit;
    if (!this.chosen) return screens.say("[data-shift-wrong]", words("shift_who"));
    try {
      const { data } = await postRenewed<ShiftAnswer>("/api/v1/till/shift", { clerk: this.chosen, pin });
      sync.reached();
      if (data.status !== "ok") return this.refuse(data);
      const { then } = this;
      this.then = () => this.till.ready();
      this.heard(data);
      this.till.leave();
      await queue.loosen();
      then();
    } catch (error) {
      await this.till.failed(error, () => this.ask());
    }
  }

  private refuse({ reason, tries_left }: ShiftAnswer): void {
    this.pad.refuse();
    const { screens, words } = this.till.kit;
    screens.say("[data-shift-wrong]", reason === "pin_locked" ? words("shift_locked") : words("pin_wrong", { left: tries_left ?? 0 }));
  }
}
