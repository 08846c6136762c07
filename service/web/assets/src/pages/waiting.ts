// What waits for the volunteer's word at a till: asked for every three seconds while the page is seen.

const EVERY_MS = 3000;

async function refresh(place: HTMLElement, address: string): Promise<void> {
  const response = await fetch(address, { credentials: "same-origin", cache: "no-store", redirect: "error" });
  if (!response.ok) return;
  const fresh = new DOMParser().parseFromString(await response.text(), "text/html").body;
  if (keyOf(fresh) !== keyOf(place)) place.replaceChildren(...fresh.childNodes);
}

/** The forms' addresses tell whether anything changed; an unchanged block keeps its focus. */
function keyOf(block: ParentNode): string {
  return [...block.querySelectorAll("form")].map((form) => form.getAttribute("action")).join(" ");
}

for (const place of document.querySelectorAll<HTMLElement>("[data-waiting]")) {
  const ask = (): void => {
    if (!document.hidden) refresh(place, place.dataset["waiting"] ?? "").catch((error: unknown) => console.warn("not asked", error));
  };
  ask();
  setInterval(ask, EVERY_MS);
}

export {};
