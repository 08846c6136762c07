// Blocks that the server draws and that change by themselves: <div data-live="/desk/part">…</div>.
// An unchanged block is left alone, and one in which somebody stands waits until they have left it.
import { follow } from "../live";

async function look(place: HTMLElement, shown: { html: string }): Promise<string | null> {
  const response = await fetch(place.dataset["live"] ?? "", { credentials: "same-origin", cache: "no-store", redirect: "error" });
  if (!response.ok) return null;
  const html = await response.text();
  if (html !== shown.html && !place.contains(document.activeElement)) {
    shown.html = html;
    place.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
  }
  return response.headers.get("Aixin-Live");
}

for (const place of document.querySelectorAll<HTMLElement>("[data-live]")) {
  const shown = { html: "" };
  void follow(() => look(place, shown));
}
