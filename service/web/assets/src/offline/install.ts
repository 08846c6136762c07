// The page on the home screen, and its service worker.

interface InstallOffer extends Event { prompt(): Promise<void> }

/** Where a service worker is fetched from, and the pages that it looks after. */
export interface Place { readonly script: string; readonly scope: string }
export const GATE: Place = { script: "/gate/worker.js", scope: "/gate/" };
export const TILL: Place = { script: "/till/worker.js", scope: "/till" };

/** Register the worker and let it keep these pages. Plain http and old browsers go on without one. */
export async function installWorker(place: Place, pages: readonly string[]): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(place.script, { scope: place.scope, updateViaCache: "none" });
    const { active } = await navigator.serviceWorker.ready;
    active?.postMessage({ keep: pages });
  } catch (failure) {
    console.warn("no offline page on this device", failure);
  }
}

export function tellWorker(message: { keep?: readonly string[]; forget?: boolean }): void {
  navigator.serviceWorker?.controller?.postMessage(message);
}

/** Show a button as soon as the browser would install the page. */
export function offerInstall(button: HTMLButtonElement): void {
  window.addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    button.hidden = false;
    button.onclick = () => void (event as InstallOffer).prompt().finally(() => (button.hidden = true));
  });
  window.addEventListener("appinstalled", () => (button.hidden = true));
}
