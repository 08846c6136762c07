// A service worker: what a gate's or a till's pages are made of, kept so that they open without a
// network. It keeps pages without people (?shell=1) and built files, and never an answer of the API.
//
// One cache per build. A new build fills its own cache first, the pages it takes over among them, and
// only then takes the place of the old one; a build that cannot be fetched whole changes nothing.

declare const __SHELL__: readonly string[];
declare const __VERSION__: string;

interface Lasting extends Event { waitUntil(work: Promise<unknown>): void }
interface Asked extends Lasting { readonly request: Request; respondWith(answer: Promise<Response>): void }
interface Told extends Lasting { readonly data: unknown }
interface Worker {
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", heard: (event: Lasting) => void): void;
  addEventListener(type: "fetch", heard: (event: Asked) => void): void;
  addEventListener(type: "message", heard: (event: Told) => void): void;
}

declare const __PREFIX__: string;
declare const __PAGES__: string;

const worker = self as unknown as Worker;
const PREFIX = __PREFIX__;
const CACHE = PREFIX + __VERSION__;
const PATIENCE_MS = 4000;

const pages = new RegExp(__PAGES__);
const isPage = (path: string): boolean => pages.test(path);
const isPart = (path: string): boolean => path.startsWith("/static/");
const isPicture = (path: string): boolean => path.startsWith("/pictures/");
const isBuilt = (path: string): boolean => path.startsWith("/static/dist/");

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("message", (event) => event.waitUntil(told(event.data)));
worker.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate" && isPage(url.pathname)) event.respondWith(page(event, url.pathname));
  else if (isPart(url.pathname)) event.respondWith(part(event.request, url.pathname));
  else if (isPicture(url.pathname)) event.respondWith(picture(event.request, url.pathname));
});

async function install(): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.addAll(__SHELL__.map((path) => new Request(path, { cache: "no-cache" })));
  for (const path of await oldPages()) await keepPage(path);
  await worker.skipWaiting();
}

async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  await worker.clients.claim();
}

async function oldPages(): Promise<string[]> {
  const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  const kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  return [...new Set(kept.flat().map((request) => new URL(request.url).pathname))].filter(isPage);
}

/** The pages say: keep this one, or forget them all because the place is closed to us. */
async function told(message: unknown): Promise<void> {
  const { keep, forget } = message as { keep?: readonly string[]; forget?: boolean };
  if (forget) await forgetPages();
  for (const path of keep ?? []) if (isPage(path)) await keepPage(path).catch(() => undefined);
}

async function forgetPages(): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const request of await cache.keys()) if (isPage(new URL(request.url).pathname)) await cache.delete(request);
}

async function keepPage(path: string): Promise<void> {
  const answer = await fetch(`${path}?shell=1`, { cache: "no-store", credentials: "same-origin" });
  const cache = await caches.open(CACHE);
  if (answer.ok && !answer.redirected) await cache.put(path, answer);
  else if (answer.status < 500) await cache.delete(path);
}

/** The network for four seconds, then what was kept. */
async function page(event: Asked, path: string): Promise<Response> {
  const kept = await caches.match(path);
  if (!kept) return fetch(event.request);
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(kept), PATIENCE_MS));
  const answer = await Promise.race([fetch(event.request).catch(() => kept), late]);
  if (answer.status >= 500) return kept;
  if (answer !== kept) event.waitUntil(refresh());
  return answer;
}

/** Built files are named by their content, so the kept one is right; others are looked at with every new page. */
async function part(request: Request, path: string): Promise<Response> {
  return (await caches.match(path)) ?? fetch(request);
}

/** A picture's address names its content: fetched once, kept for the time without a network. */
async function picture(request: Request, path: string): Promise<Response> {
  const kept = await caches.match(path);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(CACHE)).put(path, answer.clone());
  return answer;
}

async function refresh(): Promise<void> {
  const cache = await caches.open(CACHE);
  const changing = __SHELL__.filter((path) => !isBuilt(path)).map((path) => new Request(path, { cache: "no-cache" }));
  await cache.addAll(changing).catch(() => undefined);
}
