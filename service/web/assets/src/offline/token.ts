// The page's CSRF token dies with the sign-in that it belongs to; a page that stayed open, or was
// reloaded without a network, asks for a new one.

/** Read the token of a page that is loaded now. Without one the old stays, and the server says why. */
export async function renewToken(): Promise<void> {
  const held = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  const answer = await fetch(location.pathname, { cache: "no-store", credentials: "same-origin" }).catch(() => null);
  const page = new DOMParser().parseFromString((await answer?.text()) ?? "", "text/html");
  const token = page.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
  if (held && token) held.content = token;
}
