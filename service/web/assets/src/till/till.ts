// One till: what it is about at this moment, and the ways from screen to screen that all of its acts share.

import { get, Problem } from "../api";
import { need, points, yuan } from "../dom";
import type { Words } from "../dom";
import type { Feedback, Flood } from "../feedback";
import type { Clock } from "../offline/clock";
import type { State } from "../offline/sending";
import type { Code, Scanner } from "../scanner";
import type { Looked, Shelf, Sold, Tile, Totals } from "./answers";
import type { Queue } from "./queue";
import type { Mood, Screens } from "./screens";
import type { Act, Store } from "./store";
import { uncertain } from "./sync";
import type { Sync } from "./sync";

/** Whose code was shown, what may be offered, and the key of the one act that this scan is good for. */
export interface Customer {
  readonly code: Code;
  readonly key: string;
  readonly at: string;
  /** null: there was no network, and the shelf as it last stood is offered. */
  readonly looked: Looked | null;
  readonly who: string | null;
  readonly tiles: readonly Tile[];
}

export interface Kit {
  readonly words: Words;
  readonly screens: Screens;
  readonly feedback: Feedback;
  readonly scanner: Scanner;
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly sync: Sync;
}

export const BACK_MS = 15_000;
const PATIENCE_MS = 4000;
const BETTER_CHOICE = new Set(["insufficient", "daily_limit", "person_limit", "not_now", "out_of_stock", "not_offered"]);

export class Till {
  customer: Customer | null = null;
  /** The act that a question or an answer is about. */
  open: Act | null = null;
  /** What "undo this one" means. */
  sold: Sold | null = null;
  undoing: Sold | null = null;
  /** The key of the ticket on the screen. */
  ticket: string | null = null;
  bill = 0;
  /** What of the bill has no discount. */
  excluded = 0;
  proxy: string | null = null;
  /** Which scan is the last one. */
  turn = 0;
  shelf: Shelf | null = null;
  /** What left the shop and the server does not know yet, as last looked at. */
  unsent: readonly Act[] = [];
  /** What the button below an answer does. */
  onNext: () => void = () => this.ready();
  /** Somebody's shift is needed first: set by the page. */
  onShiftNeeded: (then: () => void) => void = () => undefined;
  /** Looks the same code up again: set by the page. */
  lookAgain: (code: Code) => void = () => undefined;
  private timer = 0;

  constructor(readonly kit: Kit) {}

  /** Every way to another screen goes through here: whatever the last one waited for is over. */
  leave(): void {
    clearTimeout(this.timer);
    this.kit.scanner.paused = false;
    this.undoing = null;
  }

  after(ms: number, act: () => void): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(act, ms);
  }

  ready(): void {
    this.leave();
    this.hold(null);
    this.customer = null;
    this.bill = 0;
    this.excluded = 0;
    this.proxy = null;
    this.kit.screens.show("ready");
  }

  /** The clerk stands before an act, or before none: the queue leaves that one to its screen. */
  hold(act: Act | null): void {
    this.open = act;
    this.kit.sync.inHand = act?.key ?? null;
    if (!act) this.kit.sync.poke();
  }

  flood(shown: Flood, mood: Mood): void {
    this.kit.screens.show("result", mood);
    this.kit.feedback.flood(shown);
  }

  /** The next customer may come: said below every answer that needs nothing more. */
  sayNext(): void {
    const { screens, words } = this.kit;
    screens.next(words("next"), words("next_text"));
  }

  refuse(reason: string, good: string): void {
    const { words, screens } = this.kit;
    this.leave();
    this.hold(null);
    const detail = good ? words("nothing_taken", { good }) : "";
    this.flood({ meaning: "bad", title: words(`t_${reason}`, { good, yuan: yuan(this.bill) }, "t_failed"), detail }, "refused");
    const again = this.customer && BETTER_CHOICE.has(reason) ? this.customer.code : null;
    this.onNext = again ? () => this.lookAgain(again) : () => this.ready();
    screens.next(words(`d_${reason}`, {}, "d_failed"), words("now_do"), again ? words("change") : "");
  }

  /** A failure that is not an answer of the domain; `again` is done once a shift was begun. */
  async failed(error: unknown, again: () => void): Promise<void> {
    await this.kit.sync.met(error);
    if (this.kit.sync.state === "closed") return;
    if (error instanceof Problem && error.slug === "shift-needed") return this.onShiftNeeded(again);
    console.warn("not done", error);
    this.leave();
    this.hold(null);
    const { words, screens } = this.kit;
    const known = error instanceof Problem && !uncertain(error);
    const reason = error instanceof Problem ? "failed" : "offline";
    const title = known && error.title ? error.title : words(`t_${reason}`);
    this.flood({ meaning: "bad", title, detail: known ? error.detail : "" }, "refused");
    screens.next(words(`d_${reason}`), words("now_do"));
  }

  /** The device did not keep it: nothing was sent, and the scanner hears on. */
  broken(error: unknown): void {
    if (this.kit.sync.state === "closed") return;
    console.error("this device keeps nothing", error);
    this.leave();
    this.hold(null);
    this.flood({ meaning: "bad", title: this.kit.words("t_failed"), detail: this.kit.words("no_store") }, "refused");
    this.kit.screens.next(this.kit.words("d_failed"), this.kit.words("now_do"));
  }

  /** Learn what the shop offers now and what the day's figures are; the device keeps it for later. */
  async refresh(): Promise<string | null> {
    const asked = this.kit.clock.device();
    const { data, live } = await get<Shelf>("/api/v1/till/shelf", { timeoutMs: PATIENCE_MS });
    await this.kit.clock.heard(data.server_time, asked);
    this.shelf = data;
    await this.kit.store.put("shelf", data, "shelf");
    this.totals(data.totals);
    return live;
  }

  /** The same, where nobody waits for it; returns where to hear of what changes in the shop. */
  async count(): Promise<string | null> {
    try {
      const live = await this.refresh();
      this.kit.sync.reached();
      return live;
    } catch (error) {
      await this.kit.sync.met(error);
      return null;
    }
  }

  totals(day: Totals): void {
    const { screens, words } = this.kit;
    screens.say("[data-count]", points(day.redemptions));
    screens.say("[data-given]", words("given", { count: points(day.redemptions), points: points(day.points) }));
    screens.say("[data-off]", words("off", { count: points(day.discounts), yuan: yuan(day.discount_fen) }));
  }

  showNetwork(state: State): void {
    need("#net", HTMLElement).dataset["net"] = state === "away" || !navigator.onLine ? "off" : "on";
  }

  /** The strip: what waits to be sent, what needs a look. */
  async strip(): Promise<void> {
    const { queue, words } = this.kit;
    const [acts, notes] = await Promise.all([queue.all(), queue.notes()]);
    this.unsent = acts.filter((act) => act.left && !act.undo);
    const waiting = acts.filter((act) => act.key !== this.open?.key).length;
    const strip = need("[data-strip]", HTMLElement);
    const said = [waiting ? words("pending", { n: waiting }) : "", notes.length ? words("to_see", { n: notes.length }) : ""];
    const sentence = said.filter(Boolean).join(" · ");
    strip.hidden = !sentence;
    const held = need("[data-strip] > span", HTMLElement);
    if (held.textContent !== sentence) held.textContent = sentence;
  }
}
