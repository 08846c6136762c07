// How far a long work is, asked for every second; at its end the page is loaded again with the result.
import { need, points, wordsOf } from "../dom";

const EVERY_MS = 1000;

interface Progress {
  finished: boolean;
  started_at: string | null;
  done: number;
  total?: number;
  transfers?: number; // what a verification counts
}

const place = need("[data-work]", HTMLElement);
const bar = need("progress", HTMLProgressElement, place);
const line = need("[data-progress]", HTMLElement, place);
const words = wordsOf("#work-words");

function show(found: Progress): void {
  const all = found.total ?? found.transfers ?? 0;
  bar.max = Math.max(1, all);
  bar.value = found.done;
  const values = { done: points(found.done), all: points(all) };
  line.textContent = found.started_at ? words("progress", values) : words("waiting");
}

async function ask(): Promise<void> {
  const address = place.dataset["work"] ?? "";
  const response = await fetch(address, { credentials: "same-origin", cache: "no-store", redirect: "error" });
  if (!response.ok) return;
  const found = (await response.json()) as Progress;
  show(found);
  if (found.finished) location.reload();
}

setInterval(() => {
  if (!document.hidden) ask().catch((error: unknown) => console.warn("not asked", error));
}, EVERY_MS);
