// The gate: camera, keyboard scanner and typed numbers become scans; the answer is shown, heard and felt.
// A scan is kept on the device before it is sent, and its nonce stays the same for every retry.
import { newKey, post, Problem } from "../api";
import { need, wordsOf } from "../dom";
import { Feedback } from "../feedback";
import { download, exported } from "../gate/export";
import { keepBeat } from "../gate/beat";
import { Gate } from "../gate/gate";
import type { Shown } from "../gate/gate";
import { Screen } from "../gate/screen";
import type { Action } from "../gate/store";
import { GATE, installWorker, offerInstall, tellWorker } from "../offline/install";
import { Scanner } from "../scanner";
import type { CameraState, CodeEvent, ForeignEvent } from "../scanner";

const words = wordsOf();
const toggle = need("[data-gate]", HTMLFormElement);
const activity = toggle.dataset["gate"] ?? "";
const feedback = new Feedback(need("#result", HTMLElement));
const note = need("#view-note", HTMLElement);
const typed = need("#typed", HTMLFormElement);
const number = need("#code", HTMLInputElement);
let action = (toggle.querySelector<HTMLButtonElement>('[aria-pressed="true"]')?.value ?? "in") as Action;
let latest = 0;
let gate: Gate | null = null;
let screen: Screen | null = null;

const scanner = new Scanner({ onCode: scanned, onForeign: foreign, onCamera: showCamera });

function scanned({ code }: CodeEvent): Promise<void> {
  return send(code.path);
}

function foreign({ reason, text, source }: ForeignEvent): Promise<void> | void {
  const plain = text.replace(/[ -]/g, "");
  if (/^\d{8}$/.test(plain) && source !== "photo") return send(plain); // a booklet's printed number
  feedback.show({ meaning: "bad", title: words(reason), detail: words("show") });
}

/** Take one scan; a later scan never waits for an earlier one, and an old answer never hides a new one. */
function send(code: string): Promise<void> {
  const did = action;
  const post = document.querySelector<HTMLSelectElement>("#post")?.value ?? "";
  return show(() => (gate ? gate.scan(code, did, post) : sendUnkept(code, did, post)));
}

async function show(act: () => Promise<Shown>): Promise<void> {
  const turn = ++latest;
  const shown = await act().catch((failure: unknown) => {
    scanner.forget();
    console.error("a scan was not taken", failure);
    return failed(failure);
  });
  if (turn === latest) feedback.show(shown);
}

/** A browser that keeps nothing: the answer comes, or a person scans once more. */
async function sendUnkept(code: string, did: Action, to: string): Promise<Shown> {
  const scan = { code, activity, action: did, post: to || null, nonce: newKey() };
  return (await post<{ text: Shown }>("/api/v1/scans", scan)).data.text;
}

function failed(failure: unknown): Shown {
  if (failure instanceof Problem) return { meaning: "bad", title: failure.title, detail: failure.detail };
  return { meaning: "warn", title: words("unsent"), detail: words("again") };
}

function showCamera(state: CameraState): void {
  note.hidden = state === "on";
  note.textContent = words(state === "on" || state === "off" ? "aim" : state);
}

for (const button of toggle.querySelectorAll("button")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    action = button.value as Action;
    for (const each of toggle.querySelectorAll("button")) each.setAttribute("aria-pressed", String(each === button));
    need('[name="action"]', HTMLInputElement, typed).value = action;
    scanner.forget();
  });
}

typed.addEventListener("submit", (event) => {
  event.preventDefault();
  scanner.take(number.value, "typed");
  number.value = "";
});

async function keepBooks(): Promise<void> {
  const simulated = toggle.dataset["simulated"] === "yes";
  const draw = (): void => void screen?.draw().catch((failure: unknown) => console.error("not drawn", failure));
  const opened = await Gate.open(activity, simulated, words, {
    onChange: draw,
    onState: (state) => {
      if (state === "closed") tellWorker({ forget: true });
      draw();
    },
  });
  screen = new Screen(opened, words, {
    undo: (row) => void show(() => opened.undo(row)),
    seen: (nonce) => void opened.queue.seen(nonce).then(draw),
  });
  gate = opened;
  for (const turn of ["online", "offline"]) window.addEventListener(turn, draw);
  need("#export", HTMLButtonElement).addEventListener("click", () => void save(opened));
  need("#retry", HTMLButtonElement).addEventListener("click", () => void opened.queue.loosen().then(() => opened.sync.now()));
  draw();
  void opened.start();
  if (toggle.dataset["tablet"]) keepBeat(opened);
}

async function save(opened: Gate): Promise<void> {
  const day = new Date(opened.clock.device()).toISOString().slice(0, 10);
  download(`aixin-gate-${activity}-${day}.json`, exported(await opened.queue.all(), opened.clock));
}

async function open(): Promise<void> {
  scanner.listen();
  offerInstall(need("#install", HTMLButtonElement));
  void scanner.openCamera(need("#camera", HTMLVideoElement));
  await keepBooks().catch((failure: unknown) => console.error("this browser keeps nothing", failure));
  document.documentElement.dataset["ready"] = "yes";
  await installWorker(GATE, ["/gate/", location.pathname]);
}

void open();
