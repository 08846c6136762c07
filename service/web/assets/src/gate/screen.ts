// What the gate's page shows of the device: the strip, the last readings, what waits, what the server
// could not use.

import { icon, make, need } from "../dom";
import type { Words } from "../dom";
import type { Said, State } from "../offline/sending";
import type { Gate } from "./gate";
import { actionOf } from "./queue";
import type { Done, Item } from "./store";

export interface ScreenEvents {
  undo(row: Item | Done): void;
  seen(nonce: string): void;
}

/** What the server could not use, or could not even read: the latter is still in the queue. */
interface Trouble extends Said { readonly nonce: string; readonly name: string; readonly at: string; readonly stuck: boolean }

const SHOWN = 3;
const UNDO_MS = 15 * 60_000;

/** The time of day in Shanghai, as people say it. */
const timeOf = (moment: string): string =>
  new Date(moment).toLocaleTimeString("zh-CN", { hour: "numeric", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });

export class Screen {
  private readonly strip = need("#strip", HTMLElement);
  private readonly last = need("#last", HTMLUListElement);
  private readonly waiting = need("#waiting", HTMLElement);
  private readonly problems = need("#problems", HTMLElement);
  private turn = 0;

  constructor(private readonly gate: Gate, private readonly words: Words, private readonly events: ScreenEvents) {}

  /** Draw all of it as it stands on the device; an older drawing never covers a newer one. */
  async draw(): Promise<void> {
    const turn = ++this.turn;
    const { queue, activity } = this.gate;
    const [counts, rows, unusable, present, all] = await Promise.all([
      queue.counts(activity), queue.last(activity, SHOWN), queue.unusable(activity), this.gate.present(), queue.all(),
    ]);
    if (turn !== this.turn) return;
    this.drawStrip(this.gate.sync.state, counts.waiting);
    this.drawWaiting(counts);
    if (rows.length) this.last.replaceChildren(...rows.map((row, at) => this.row(row, at === 0, all)));
    this.drawProblems([...all.filter((item) => item.stuck && item.activity === activity).map(stuckRow), ...unusable.map((row) => ({ ...row, stuck: false }))]);
    if (present !== null) need("#present", HTMLElement).textContent = String(present);
  }

  private drawStrip(state: State, waiting: number): void {
    const away = state === "away" || !navigator.onLine;
    const said = state === "closed" ? "closed" : away ? "away" : state === "busy" ? "sending" : "";
    const hidden = !waiting && state !== "closed" && !away;
    const sentence = [said && this.words(said), waiting ? this.words("unsent_count", { n: waiting }) : ""].filter(Boolean).join(" · ");
    if (this.strip.hidden !== hidden) this.strip.hidden = hidden;
    if (this.strip.textContent?.trim() === sentence) return; // a screen reader says it once
    this.strip.replaceChildren(icon(away ? "nonet" : state === "closed" ? "lock" : "sync"), make("span", "grow", sentence));
  }

  private drawWaiting({ waiting, stuck, elsewhere }: { waiting: number; stuck: number; elsewhere: number }): void {
    this.waiting.hidden = waiting === 0;
    need("#waiting-count", HTMLElement).textContent = this.words("unsent_count", { n: waiting });
    const other = need("#waiting-elsewhere", HTMLElement);
    other.hidden = elsewhere === 0;
    other.textContent = this.words("elsewhere", { n: elsewhere });
    need("#sign-in", HTMLElement).hidden = this.gate.sync.state !== "closed";
    need("#retry", HTMLElement).hidden = stuck === 0 && this.gate.sync.state !== "away";
  }

  private row(row: Item | Done, newest: boolean, queue: readonly Item[]): HTMLLIElement {
    const kept = "reading" in row;
    const meaning = kept ? "wait" : row.meaning;
    const nonce = kept ? row.reading.nonce : row.nonce;
    const undone = (!kept && row.undone) || queue.some((item) => item.reading.undoes === nonce);
    const title = kept ? row.name || this.words("somebody") : row.title;
    const whose = kept || row.title.includes(row.name) ? "" : row.name;
    const notes = [whose, kept ? this.words(actionOf(row)) : "", undone ? this.words("undone") : kept ? this.words("kept_short") : ""];
    const said = make("div", "grow", make("b", "", title), make("small", "dim", ` ${notes.filter(Boolean).join(" · ")}`));
    const at = kept ? row.reading.occurred_at : row.at;
    const line = make("li", "", make("span", kept ? "info" : meaning, icon(meaning)), said, make("span", "num", timeOf(at)));
    const young = this.gate.clock.device() - Date.parse(at) < UNDO_MS;
    if (newest && young && !undone && (kept || row.counts)) line.append(this.undoButton(row, title));
    return line;
  }

  private undoButton(row: Item | Done, title: string): HTMLButtonElement {
    const button = make("button", "btn bare", icon("undo"), make("span", "", this.words("undo")), make("span", "vh", ` ${title}`));
    button.type = "button";
    button.addEventListener("click", () => {
      button.disabled = true;
      this.events.undo(row);
    });
    return button;
  }

  private drawProblems(rows: readonly Trouble[]): void {
    this.problems.hidden = rows.length === 0;
    const list = need("ul", HTMLUListElement, this.problems);
    list.replaceChildren(...rows.map((row) => this.problem(row)));
  }

  private problem(row: Trouble): HTMLLIElement {
    const said = make("div", "grow", make("b", "", row.title), make("p", "dim", [timeOf(row.at), row.name, row.detail].filter(Boolean).join(" · ")));
    const line = make("li", "", make("span", "warn", icon("warn")), said);
    if (row.stuck) return line;
    const button = make("button", "btn", this.words("seen"), make("span", "vh", ` ${row.title}`));
    button.type = "button";
    button.addEventListener("click", () => this.events.seen(row.nonce));
    line.append(button);
    return line;
  }
}

function stuckRow(item: Item): Trouble {
  const { title, detail } = item.stuck ?? { title: "", detail: "" };
  return { nonce: item.reading.nonce, name: item.name, at: item.reading.occurred_at, title, detail, stuck: true };
}
