// The volunteer's rotating pass (会员码): shows the code of this moment, works 10 minutes without network.
//
//   new Pass(need("[data-pass]", HTMLElement)).start();      // markup: macro pass_card
//
// GET <data-pass> answers {server_time, step_seconds, codes: [{step, url, svg}, …]}: the server's time
// decides, so a wrong phone clock does not matter. Pictures are fetched ahead and kept as blobs.
// States (data-state on the card): live | offline (still valid) | expired (covered, 换新码).

import { get } from "./api";
import { need, wordsOf } from "./dom";
import type { Words } from "./dom";

interface PassCode { readonly step: number; readonly url: string; readonly svg: string }
interface Passes { readonly server_time: string; readonly step_seconds: number; readonly codes: readonly PassCode[] }

const REFILL_BELOW = 12;
const RETRY_MS = 5000;

/** Milliseconds since the start that neither a sleeping phone nor a corrected clock can hide. */
class Stopwatch {
  private readonly wall = Date.now();
  private readonly steady = performance.now();

  elapsed(): number {
    return Math.max(Date.now() - this.wall, performance.now() - this.steady);
  }
}

async function pictureOf(source: string): Promise<string> {
  if (source.startsWith("data:")) return source;
  if (source.trimStart().startsWith("<")) return URL.createObjectURL(new Blob([source], { type: "image/svg+xml" }));
  const response = await fetch(source, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`picture ${response.status}`);
  return URL.createObjectURL(await response.blob());
}

export class Pass {
  private readonly pictures = new Map<number, string>();
  private readonly image: HTMLImageElement;
  private readonly life: HTMLProgressElement;
  private readonly note: HTMLElement;
  private readonly renew: HTMLButtonElement;
  private readonly words: Words;
  private startedAt = 0;
  private watch = new Stopwatch();
  private stepMs = 30_000;
  private shown = -1;
  private filling = false;
  private nextTry = 0;

  constructor(private readonly card: HTMLElement) {
    this.image = need("[data-pass-image]", HTMLImageElement, card);
    this.life = need("[data-pass-life]", HTMLProgressElement, card);
    this.note = need("[data-pass-note]", HTMLElement, card);
    this.renew = need("[data-pass-renew]", HTMLButtonElement, card);
    this.words = wordsOf("#pass-words");
  }

  start(): void {
    this.renew.addEventListener("click", () => void this.fill());
    window.addEventListener("online", () => void this.fill());
    document.addEventListener("visibilitychange", () => document.hidden || this.tick());
    setInterval(() => this.tick(), 1000);
    void this.fill();
  }

  private now(): number {
    return this.startedAt + this.watch.elapsed();
  }

  private step(): number {
    return Math.floor(this.now() / this.stepMs);
  }

  /** Ask for the next codes; the answer's age is at most the time it travelled. */
  private async fill(): Promise<void> {
    if (this.filling) return;
    this.filling = true;
    this.nextTry = performance.now() + RETRY_MS;
    try {
      const watch = new Stopwatch();
      const { data } = await get<Passes>(this.card.dataset["pass"] ?? "/api/v1/me/passes");
      this.startedAt = Date.parse(data.server_time) - watch.elapsed() / 2;
      this.watch = watch;
      this.stepMs = data.step_seconds * 1000;
      await this.fetchPictures(data.codes);
    } catch (error) {
      console.warn("no new codes", error);
    } finally {
      this.filling = false;
      this.tick();
    }
  }

  private async fetchPictures(codes: readonly PassCode[]): Promise<void> {
    for (const code of codes) {
      if (this.pictures.has(code.step) || code.step < this.step()) continue;
      this.pictures.set(code.step, await pictureOf(code.svg));
      if (code.step === this.step()) this.tick();
    }
  }

  private tick(): void {
    if (!this.startedAt) return this.late();
    const step = this.step();
    for (const [old, picture] of this.pictures) if (old < step - 1) this.drop(old, picture);
    if (this.pictures.size < REFILL_BELOW) this.late();
    const picture = this.pictures.get(step);
    if (picture) this.show(step, picture);
    else if (!this.filling) this.expire();
  }

  private late(): void {
    if (performance.now() >= this.nextTry) void this.fill();
  }

  private drop(step: number, picture: string): void {
    this.pictures.delete(step);
    if (picture.startsWith("blob:")) URL.revokeObjectURL(picture);
  }

  private show(step: number, picture: string): void {
    if (step !== this.shown) this.image.src = picture;
    this.shown = step;
    const left = Math.ceil(((step + 1) * this.stepMs - this.now()) / 1000);
    const minutes = Math.floor((Math.max(...this.pictures.keys()) + 1 - step) * this.stepMs / 60_000);
    this.life.max = this.stepMs / 1000;
    this.life.value = left;
    this.say(navigator.onLine ? "live" : "offline", { left, minutes });
  }

  private expire(): void {
    this.shown = -1;
    this.say("expired", {});
  }

  private say(state: "live" | "offline" | "expired", values: Record<string, number>): void {
    this.card.dataset["state"] = state;
    this.image.hidden = this.life.hidden = state === "expired";
    this.renew.hidden = state !== "expired";
    const still = state === "live" && document.documentElement.hasAttribute("data-elder");
    this.note.textContent = still ? this.words("plain") : this.words(state, values);
    if (state !== "expired") this.life.setAttribute("aria-label", this.words("renews", values));
  }
}
