// What a person sees, hears and feels after an act: never colour alone, and it stays until the next one.
//
//   const feedback = new Feedback(need("#result", HTMLElement));          // an empty <div role="status" aria-live="assertive">
//   feedback.show({ meaning: "ok", title: "志愿者 002 签到成功", detail: "8:12 · 手机码" });       // .result (gate)
//   feedback.flood({ meaning: "ok", before: "请给顾客", title: "洗衣液 1kg × 1", detail: "…",
//                    figure: "−60", unit: "分", closing: ["剩 ", "82", " 分"] });                 // .flood (till)
//   feedback.clear();
//   signal("bad");                                                        // sound and vibration alone
//
// The panel element must be in the page from the start (screen readers announce changes of a region they know).

import { icon, make } from "./dom";

export type Meaning = "ok" | "warn" | "bad" | "info";
export interface Result { readonly meaning: Meaning; readonly title: string; readonly detail?: string; readonly icon?: string }
export interface Flood extends Result {
  readonly before?: string;
  readonly figure?: string;
  readonly unit?: string;
  /** Text, the closed figure (double rule), text: ["剩 ", "82", " 分"]. */
  readonly closing?: readonly [string, string, string];
}

type Tone = readonly [pitch: number, startMs: number, lengthMs: number];

const TONES: Readonly<Record<Meaning, readonly Tone[]>> = {
  ok: [[880, 0, 90], [1320, 100, 140]],
  warn: [[660, 0, 110], [660, 170, 110]],
  bad: [[220, 0, 380]],
  info: [[740, 0, 90]],
};
const PULSES: Readonly<Record<Meaning, number[]>> = { ok: [60], warn: [60, 80, 60], bad: [220, 80, 220], info: [30] };

const AFTER_KEYS_MS = 60;

let audio: AudioContext | null = null;

/** Browsers allow sound only after a touch or a key: take the first one. */
function unlock(): void {
  audio ??= new AudioContext();
  if (audio.state === "suspended") void audio.resume().catch(() => undefined);
}
window.addEventListener("pointerdown", unlock, { capture: true, passive: true });

/** Making the first sound's device takes a slow tablet long: not between the keys of a scan. */
let typing = 0;
window.addEventListener("keydown", () => {
  clearTimeout(typing);
  if (audio?.state !== "running") typing = window.setTimeout(unlock, AFTER_KEYS_MS);
}, { capture: true, passive: true });

function tone(context: AudioContext, [pitch, start, length]: Tone): void {
  const from = context.currentTime + start / 1000;
  const oscillator = new OscillatorNode(context, { frequency: pitch, type: "triangle" });
  const volume = new GainNode(context, { gain: 0 });
  volume.gain.setValueAtTime(0.35, from);
  volume.gain.exponentialRampToValueAtTime(0.001, from + length / 1000);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(from);
  oscillator.stop(from + length / 1000);
}

/** The sound and the vibration of a meaning. */
export function signal(meaning: Meaning): void {
  if (audio?.state === "running") for (const each of TONES[meaning]) tone(audio, each);
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(PULSES[meaning]);
}

function figureOf(flood: Flood): HTMLElement | null {
  if (flood.figure === undefined) return null;
  const number = make("span", "num big", flood.figure, flood.unit ? make("span", "unit", flood.unit) : null);
  const closing = flood.closing;
  const rest = closing ? make("p", "", closing[0], make("span", "num closed", closing[1]), closing[2]) : null;
  return make("div", "end", number, rest);
}

export class Feedback {
  constructor(private readonly panel: HTMLElement) {}

  show(result: Result): void {
    const words = make("div", "", result.title, result.detail ? make("small", "", result.detail) : null);
    this.put(make("div", `result ${result.meaning}`, icon(result.icon ?? result.meaning), words), result.meaning);
  }

  flood(flood: Flood): void {
    const before = flood.before ? make("p", "", flood.before) : null;
    const words = make("div", "", before, make("h1", "", flood.title), flood.detail ? make("p", "", flood.detail) : null);
    const meaning = flood.meaning;
    const box = make("section", `flood ${meaning}`, icon(flood.icon ?? (meaning === "info" ? "wait" : meaning)), words, figureOf(flood));
    this.put(box, meaning);
  }

  clear(): void {
    this.panel.replaceChildren();
  }

  private put(box: HTMLElement, meaning: Meaning): void {
    this.panel.replaceChildren(box);
    signal(meaning);
  }
}
