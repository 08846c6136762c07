// The till: scan, tap, hand over. Screens S0 to S6 of one page; the scanner hears all day.

import { need, wordsOf } from "../dom";
import { Feedback } from "../feedback";
import { follow } from "../live";
import { Clock } from "../offline/clock";
import { installWorker, offerInstall, tellWorker, TILL } from "../offline/install";
import { Scanner } from "../scanner";
import type { Code, CodeEvent, ForeignEvent } from "../scanner";
import { giveUp } from "../till/asking";
import { keepBeat } from "../till/beat";
import { amountPad, askAmount, discount } from "../till/discounts";
import { noteOf } from "../till/outcome";
import { Queue } from "../till/queue";
import { keypad, Screens } from "../till/screens";
import { look } from "../till/selling";
import { Shifts } from "../till/shift";
import { openStore, purge } from "../till/store";
import { Sync } from "../till/sync";
import { chooseGood, takeBack } from "../till/ticket";
import { Till } from "../till/till";
import { Today } from "../till/today";
import { askUndo, undo } from "../till/undoing";
import { drawWaiting, showWaiting } from "../till/waiting";

const words = wordsOf();
const page = need("[data-till]", HTMLElement);
const screens = new Screens(words);
let till: Till | null = null;
let today: Today | null = null;
let early: CodeEvent | null = null; // who was scanned before the store was open

const scanner = new Scanner({ onCode, onForeign, onCamera: (state) => screens.say("[data-camera]", words(`camera_${state}`)) });

function onCode(event: CodeEvent): Promise<void> | void {
  const { code } = event;
  if (!till) early = event;
  if (!till || screens.mood === "checking" || screens.view === "ticket") return;
  if (!["card", "pass", "number"].includes(code.kind)) return till.refuse("unknown_code", "");
  return take(till, code).catch((error: unknown) => till?.broken(error));
}

async function take(here: Till, code: Code): Promise<void> {
  if (here.undoing) return undo(here, here.undoing, code);
  if (screens.mood === "amount" && here.bill > 0) return discount(here, code);
  return look(here, code);
}

function onForeign({ reason }: ForeignEvent): void {
  if (screens.mood !== "checking") till?.refuse(reason === "unknown" ? "unknown_code" : reason, "");
}

/** Take up what the device kept. Rejects where the browser keeps nothing. */
async function unpack(): Promise<Till> {
  const store = await openStore();
  const shop = need("[data-shop]", HTMLElement).dataset["shop"] ?? "";
  if ((localStorage.getItem("till-shop") ?? shop) !== shop) for (const name of store.objectStoreNames) await store.clear(name); // never another shop's
  localStorage.setItem("till-shop", shop);
  const shelf = { get: () => store.get("clock", "clock"), put: (measured: { offset: number | null; shift: number }) => store.put("clock", measured, "clock") };
  const clock = new Clock(shelf, page.dataset["simulated"] === "yes");
  const [kept] = await Promise.all([store.get("shelf", "shelf"), clock.load()]);
  const queue = new Queue(store);
  const sync = new Sync(queue, clock, {
    onState: (state) => made.showNetwork(state),
    onAnswered: (act, answer) => noteOf(words, act, answer, new Date(clock.device()).toISOString()),
    onMoved: () => void drawWaiting(made),
    onClosed: (forget) => (forget ? shutOut(made) : location.replace("/till/pair")), // a lost token alone loses no sale
    probe: async () => void (await made.refresh()),
  });
  const made = new Till({ words, screens, feedback: new Feedback(need("[data-result]", HTMLElement)), scanner, store, queue, clock, sync });
  made.shelf = kept ?? null;
  made.lookAgain = (code) => void look(made, code);
  return made;
}

/** Revoked: nothing stays on this tablet; what had not been sent is told on the next page. */
function shutOut(here: Till): void {
  const sum = here.unsent.reduce((total, act) => total + act.points, 0);
  tellWorker({ forget: true });
  purge(here.kit.store).catch((failure: unknown) => console.warn("the browser has purged it", failure));
  location.replace(sum ? `/till/pair?unsent=${here.unsent.length}&points=${sum}` : "/till/pair");
}

function wire(here: Till): void {
  const list = new Today(here);
  today = list;
  const shifts = new Shifts(here);
  const pad = amountPad(here);
  const clearNumber = keypad(need("[data-number]", HTMLElement), 8, (digits) => {
    screens.say("[data-number-shown]", digits.replace(/(.{4})(?=.)/, "$1 ") || "– – – –");
    if (digits.length === 8) scanner.take(digits, "typed");
  });
  const doing: Readonly<Record<string, () => void>> = {
    ready: () => here.ready(),
    cancel: () => void giveUp(here),
    today: () => void list.open(),
    find: () => list.find(),
    agree: () => void list.say(false),
    differ: () => list.count(),
    counted: () => void list.say(true),
    next: () => here.onNext(),
    undo: () => here.sold && askUndo(here, here.sold),
    discount: () => askAmount(here, pad),
    excluded: () => pad.turn(),
    amount: () => here.customer && void discount(here, here.customer.code),
    waiting: () => void showWaiting(here),
    retry: () => void here.kit.queue.loosen().then(() => here.kit.sync.now()),
    shift: () => shifts.ask(),
    "end-shift": () => void shifts.end(),
    goods: () => void chooseGood(here),
    "take-back": () => void takeBack(here),
    proxy: () => {
      need("[data-proxy]", HTMLElement).hidden = false;
      need("[data-standing]", HTMLElement).hidden = true; // one row holds one of them
      screens.say("[data-pick-title]", words("proxy_who"));
    },
    number: () => {
      here.leave();
      clearNumber();
      screens.show("number");
    },
  };
  for (const button of document.querySelectorAll<HTMLElement>("[data-do]")) {
    button.addEventListener("click", () => doing[button.dataset["do"] ?? ""]?.());
  }
  for (const button of document.querySelectorAll<HTMLElement>("[data-relation]")) {
    button.addEventListener("click", () => {
      here.proxy = button.dataset["relation"] ?? null;
      for (const each of document.querySelectorAll("[data-relation]")) each.setAttribute("aria-pressed", String(each === button));
    });
  }
  keepBeat(here, shifts);
}

/** The camera's own script may not come now; the scanner and typed numbers do without it. */
function openCamera(): void {
  scanner.openCamera(need("video", HTMLVideoElement)).catch((failure: unknown) => {
    console.warn("no camera yet", failure);
    screens.say("[data-camera]", words("camera_off"));
  });
}

/** A tablet that is shut out loses its store while something may still be reading it. */
function forgiveClosing(event: PromiseRejectionEvent): void {
  const closed = event.reason instanceof DOMException && ["AbortError", "InvalidStateError", "UnknownError"].includes(event.reason.name);
  if (!closed) return;
  event.preventDefault();
  console.warn("the store is closed", event.reason);
}

/** What others sell and choose in this shop changes the shelf, the figures and the day's list. */
async function followShop(here: Till): Promise<void> {
  await follow(async () => {
    const live = await here.count();
    if (live) await today?.again();
    return live;
  });
}

async function start(): Promise<void> {
  window.addEventListener("unhandledrejection", forgiveClosing);
  offerInstall(need("#install", HTMLButtonElement));
  scanner.listen();
  till = await unpack();
  wire(till);
  if (till.shelf) till.totals(till.shelf.totals);
  void navigator.storage?.persist?.().catch(() => false);
  window.addEventListener("online", openCamera);
  for (const turn of ["online", "offline"]) window.addEventListener(turn, () => till?.showNetwork(till.kit.sync.state));
  document.documentElement.dataset["ready"] = "yes";
  if (early) void onCode(early);
  openCamera(); // the scanner and the tiles need not wait for it
  await till.kit.queue.loosen(); // a new page is a new try
  void till.strip();
  await followShop(till);
  till.kit.sync.now();
  await installWorker(TILL, ["/till"]);
}

start().catch((failure: unknown) => {
  console.error("this browser keeps nothing", failure);
  need("[data-ready-note]", HTMLElement).replaceChildren(words("no_store"));
});
