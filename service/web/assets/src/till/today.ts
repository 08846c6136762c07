// S6: the day's list, with undo while its minutes last and a proposal to reverse after that; one sale by
// the last six of its receipt; and the shop's word at the end of the day.

import { get, newKey } from "../api";
import { make, need, points } from "../dom";
import type { Words } from "../dom";
import { postRenewed } from "../offline/sending";
import type { Day, DayWord, Line, Sold, Totals } from "./answers";
import { keypad, rowButton } from "./screens";
import type { Till } from "./till";
import { askUndo } from "./undoing";

/** The time of day in Shanghai, as people say it. */
export const clock = (moment: string): string => new Date(moment).toLocaleTimeString("zh-CN", { timeZone: "Asia/Shanghai", hour: "numeric", minute: "2-digit" });

const PAGE = 50;
const FIRST = `limit=${PAGE}`;
const WHY = ["damaged", "mistaken", "wrong_person", "other"] as const;

interface Presses { undo(what: Sold): void; reverse(what: Sold): void }

/** A sale's row, with the one thing that can still be done about it. */
function lineRow(line: Line, words: Words, press: Presses): HTMLElement {
  const name = line.qty > 1 ? `${line.good} × ${line.qty}` : line.good;
  const cells = [clock(line.occurred_at), line.receipt, name, line.tail].map((text) => make("td", "", text));
  const what = { key: line.key, name, points: line.points, tail: line.tail };
  const last = make("td", "");
  if (line.can_void) last.append(rowButton("undo", words("undo"), line.receipt, () => press.undo(what)));
  else if (line.state === "captured") last.append(rowButton("stamp", words("reverse"), line.receipt, () => press.reverse(what)));
  const state = [words(`state_${line.state}`, {}, "state_other"), line.flags.includes("helper") && words("by_helper")].filter(Boolean).join(" · ");
  return make("tr", "", ...cells, make("td", "r num", points(line.points)), make("td", "", state), last);
}

export class Today {
  private seen: Totals | null = null;
  private reversing: Sold | null = null;
  private readonly clearFind: () => void;
  private readonly clearCount: () => void;
  private counted = "";
  /** What the lines on the screen are. */
  private asked = "";

  constructor(private readonly till: Till) {
    const { screens } = till.kit;
    this.clearFind = keypad(need("[data-find]", HTMLElement), 6, (digits) => {
      screens.say("[data-find-shown]", digits.replace(/(.{3})(?=.)/, "$1 ") || "– – –");
      if (digits.length === 6) void this.list(`receipt=${digits}`);
    });
    this.clearCount = keypad(need("[data-count-typed]", HTMLElement), 4, (digits) => {
      this.counted = digits;
      screens.say("[data-count-shown]", digits || "–");
    });
    for (const why of WHY) need(`[data-why="${why}"]`, HTMLButtonElement).addEventListener("click", (event) => void this.reverse((event.currentTarget as HTMLElement).innerText.trim()));
  }

  /** Open the list, or say that there is no network. */
  async open(): Promise<void> {
    this.till.ready();
    await this.list(FIRST);
  }

  /** Something was sold elsewhere: draw the day's first page again, unless somebody is about to press in it. */
  async again(): Promise<void> {
    const lines = need("[data-lines]", HTMLElement);
    if (this.till.kit.screens.view !== "today" || this.asked !== FIRST || lines.contains(document.activeElement)) return;
    await this.list(FIRST);
  }

  find(): void {
    this.clearFind();
    this.till.kit.screens.show("find");
  }

  count(): void {
    this.clearCount();
    this.till.kit.screens.show("count");
  }

  /** The shop agrees with the day's figures, or says how many it counted itself. */
  async say(differs: boolean): Promise<void> {
    if (!this.seen || (differs && !this.counted)) return;
    const { sync } = this.till.kit;
    try {
      const said = { seen: this.seen, ...(differs && { counted: Number(this.counted) }) };
      const { data } = await postRenewed<DayWord>("/api/v1/till/day", said, { key: newKey() });
      sync.reached();
      await this.open();
      this.tellWord(data);
    } catch (error) {
      await this.till.failed(error, () => void this.open());
    }
  }

  private async list(asked: string, after: readonly Line[] = []): Promise<void> {
    const { sync, screens } = this.till.kit;
    try {
      const [{ data }, word] = await Promise.all([get<Day>(`/api/v1/redemptions?${asked}`), get<DayWord>("/api/v1/till/day")]);
      sync.reached();
      this.seen = data.totals;
      this.asked = asked;
      this.till.totals(data.totals);
      if (screens.view !== "today") screens.show("today");
      this.draw([...after, ...data.items], asked.startsWith("receipt") ? null : data.next);
      this.tellWord(word.data);
    } catch (error) {
      await this.till.failed(error, () => void this.list(asked, after));
    }
  }

  private draw(lines: readonly Line[], next: string | null): void {
    const press: Presses = { undo: (what) => askUndo(this.till, what), reverse: (what) => this.askWhy(what) };
    need("[data-lines]", HTMLElement).replaceChildren(...lines.map((line) => lineRow(line, this.till.kit.words, press)));
    need("[data-none]", HTMLElement).hidden = lines.length > 0;
    const more = need("[data-more]", HTMLButtonElement);
    more.hidden = next === null;
    more.onclick = () => void this.list(`limit=${PAGE}&before=${next}`, lines);
  }

  private tellWord({ status, agrees, counted, at }: DayWord): void {
    const { words, screens } = this.till.kit;
    const key = status !== "ok" && at === null ? status : agrees ? "agrees" : "differs";
    screens.say("[data-day-word]", words(`day_${key}`, { time: at ? clock(at) : "", n: counted ?? 0 }));
  }

  private askWhy(what: Sold): void {
    this.reversing = what;
    this.till.kit.screens.show("why");
    this.till.kit.screens.say("[data-why-good]", what.name);
  }

  private async reverse(reason: string): Promise<void> {
    const { words, sync } = this.till.kit;
    const what = this.reversing;
    if (!what) return;
    this.reversing = null; // a second tap is nobody's
    try {
      await postRenewed(`/api/v1/redemptions/${what.key}/reversal`, { reason }, { key: newKey() });
      sync.reached();
      this.till.flood({ meaning: "info", icon: "stamp", title: words("proposed", { good: what.name }), detail: words("proposed_text") }, "noted");
      this.till.sayNext();
    } catch (error) {
      await this.till.failed(error, () => this.askWhy(what));
    }
  }
}
