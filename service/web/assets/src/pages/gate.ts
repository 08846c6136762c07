// The gate: camera, keyboard scanner and typed numbers become scans; the answer is shown, heard and felt.
// A nonce is made at the scan and kept for every retry, so a lost answer never counts twice.
import { NoAnswer, newKey, post, Problem } from "../api";
import { icon, make, need, wordsOf } from "../dom";
import { Feedback } from "../feedback";
import type { Meaning } from "../feedback";
import { Scanner } from "../scanner";
import type { CameraState, CodeEvent, ForeignEvent } from "../scanner";

interface Scanned {
  readonly status: "ok" | "refused";
  readonly already: boolean;
  readonly action: string;
  readonly at: string;
  readonly text: { readonly meaning: Meaning; readonly title: string; readonly detail: string };
}

const RETRIES_MS = [700, 1500];
const SHOWN = 3;

const words = wordsOf();
const toggle = need("[data-gate]", HTMLFormElement);
const activity = toggle.dataset["gate"] ?? "";
const feedback = new Feedback(need("#result", HTMLElement));
const last = need("#last", HTMLUListElement);
const present = need("#present", HTMLElement);
const note = need("#view-note", HTMLElement);
const typed = need("#typed", HTMLFormElement);
const number = need("#code", HTMLInputElement);
let action = toggle.querySelector<HTMLButtonElement>('[aria-pressed="true"]')?.value ?? "in";
let latest = 0;

const scanner = new Scanner({ onCode: scanned, onForeign: foreign, onCamera: showCamera });

function scanned({ code }: CodeEvent): Promise<void> {
  return send(code.path);
}

function foreign({ reason, text, source }: ForeignEvent): Promise<void> | void {
  const plain = text.replace(/[ -]/g, "");
  if (/^\d{8}$/.test(plain) && source !== "photo") return send(plain); // a booklet's printed number
  feedback.show({ meaning: "bad", title: words(reason), detail: words("show") });
}

/** Send one scan; a later scan never waits for an earlier one, and an old answer never hides a new one. */
async function send(code: string): Promise<void> {
  const turn = ++latest;
  const body = { code, activity, action, nonce: newKey() };
  try {
    const answer = await tryAgain(body);
    if (turn === latest) feedback.show(answer.text);
    noteDown(answer);
  } catch (failure) {
    scanner.forget();
    if (turn === latest) feedback.show(failed(failure));
  }
}

async function tryAgain(body: object): Promise<Scanned> {
  for (const wait of RETRIES_MS) {
    try {
      return (await post<Scanned>("/api/v1/scans", body)).data;
    } catch (failure) {
      if (!(failure instanceof NoAnswer)) throw failure;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  return (await post<Scanned>("/api/v1/scans", body)).data;
}

function failed(failure: unknown): { meaning: Meaning; title: string; detail: string } {
  if (failure instanceof Problem) return { meaning: "bad", title: failure.title, detail: failure.detail };
  return { meaning: "warn", title: words("unsent"), detail: words("again") };
}

function noteDown(answer: Scanned): void {
  const clock = new Date(answer.at).toLocaleTimeString("zh-CN", { hour: "numeric", minute: "2-digit", hour12: false, timeZone: "Asia/Shanghai" });
  const sign = make("span", answer.text.meaning, icon(answer.text.meaning));
  const said = make("div", "grow", make("b", "", answer.text.title));
  if (!last.querySelector(".num")) last.replaceChildren();
  last.prepend(make("li", "", sign, said, make("span", "num", clock)));
  while (last.children.length > SHOWN) last.lastElementChild?.remove();
  if (answer.status === "ok" && answer.action === "in" && !answer.already) {
    present.textContent = String(Number(present.textContent) + 1);
  }
}

function showCamera(state: CameraState): void {
  note.hidden = state === "on";
  note.textContent = words(state === "on" || state === "off" ? "aim" : state);
}

for (const button of toggle.querySelectorAll("button")) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    action = button.value;
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

scanner.listen();
void scanner.openCamera(need("#camera", HTMLVideoElement));
document.documentElement.dataset["ready"] = "yes";
