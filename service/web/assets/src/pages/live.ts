// Blocks that the server draws and that change by themselves: <div data-live="/desk/part">…</div>.
// An unchanged block is left alone; what a reader had opened stays open and keeps its focus; a block in which
// somebody is about to press or type waits until they have left it.
import { follow } from "../live";

const BUSY = "input, select, textarea, button";
const HELD = "a, summary, [tabindex]";

async function look(place: HTMLElement, shown: { html: string | null }): Promise<string | null> {
  const response = await fetch(place.dataset["live"] ?? "", { credentials: "same-origin", cache: "no-store", redirect: "error" });
  if (!response.ok) return null;
  const html = await response.text();
  if (html !== shown.html && draw(place, html, shown.html === null)) shown.html = html;
  return response.headers.get("Aixin-Live");
}

/** Put a block in the place of the one that stands there; false where somebody is busy in that one. */
function draw(place: HTMLElement, html: string, first: boolean): boolean {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  if (first && fresh.innerHTML.trim() === place.innerHTML.trim()) return true; // the page came with it
  const active = document.activeElement;
  const within = active !== null && place.contains(active);
  if (within && active.matches(BUSY)) return false;
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  const turn = within ? [...place.querySelectorAll(HELD)].indexOf(active) : -1;
  place.replaceChildren(...fresh.childNodes);
  for (const [n, one] of place.querySelectorAll("details").entries()) one.open ||= open[n] ?? false;
  place.querySelectorAll<HTMLElement>(HELD)[turn]?.focus({ preventScroll: true });
  return true;
}

for (const place of document.querySelectorAll<HTMLElement>("[data-live]")) {
  const shown = { html: null };
  void follow(() => look(place, shown));
}
