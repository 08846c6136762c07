// The till: scan, tap, hand over. Screens S0 to S6 of one page; the scanner hears all day.

import { get, newKey, post, Problem } from "../api";
import { Digits } from "../digits";
import { make, need, points, wordsOf, yuan } from "../dom";
import { Feedback, type Flood } from "../feedback";
import { Scanner, type CodeEvent, type ForeignEvent } from "../scanner";
import * as acts from "../till/acts";
import type { Answer, Discounted, Line, Looked, Sold, Totals } from "../till/answers";
import { clock, lineRow } from "../till/today";
import type { Act } from "../till/acts";
import { keypad, Screens, type Tile } from "../till/screens";

interface Customer { readonly code: string; readonly looked: Looked }

const BACK_MS = 15_000;
const ASK_MS = 2000;
const ASIDE_MS = 30_000;
const RESEND_MS = 10_000;
const BETTER_CHOICE = new Set(["insufficient", "daily_limit", "person_limit", "not_now", "out_of_stock", "not_offered"]);

const words = wordsOf();
const screens = new Screens(words);
const feedback = new Feedback(need("[data-result]", HTMLElement));
const pin = new Digits(need("[data-pin]", HTMLElement), { onFull: (digits) => void typedPin(digits) });
const scanner = new Scanner({ onCode, onForeign, onCamera: (state) => screens.say("[data-camera]", words(`camera_${state}`)) });

let customer: Customer | null = null;
let open: Act | null = null; // the act that a question or an answer is about
let sold: Sold | null = null; // what "undo this one" means
let undoing: Sold | null = null;
let bill = 0;
let onNext: () => void = ready;
let timer = 0;

const named = (answer: Answer): string => (answer.qty > 1 ? `${answer.good_name} × ${answer.qty}` : answer.good_name);

/** Every way to another screen goes through here: whatever the last one waited for is over. */
function leave(): void {
  clearTimeout(timer);
  scanner.paused = false;
  undoing = null;
}

function after(ms: number, act: () => void): void {
  clearTimeout(timer);
  timer = window.setTimeout(act, ms);
}

function ready(): void {
  leave();
  customer = null;
  open = null;
  bill = 0;
  screens.show("ready");
}

function flood(shown: Flood, mood: "done" | "refused" | "ask" | "undo" | "checking"): void {
  screens.show("result", mood);
  feedback.flood(shown);
}

/** Any failure that is not an answer of the domain: a revoked tablet, no network, a fault of ours. */
function failed(error: unknown): void {
  if (error instanceof Problem && error.status === 401) return location.replace("/till/pair");
  console.warn("not done", error);
  leave();
  const reason = error instanceof Problem ? "failed" : "offline";
  const detail = error instanceof Problem ? error.title : "";
  flood({ meaning: "bad", title: words(`t_${reason}`), detail }, "refused");
  screens.next(words(`d_${reason}`), words("now_do"));
}

async function onCode({ code }: CodeEvent): Promise<void> {
  if (screens.mood === "checking") return;
  if (undoing) return undo(undoing, code.path);
  if (screens.mood === "amount" && bill > 0) return discount(code.path, words("amount_first"));
  return look(code.path);
}

function onForeign({ reason }: ForeignEvent): void {
  if (screens.mood === "checking") return;
  refuse(reason === "unknown" ? "unknown_code" : reason, "");
}

async function look(code: string): Promise<void> {
  leave();
  try {
    const { data } = await post<Looked>("/api/v1/till/lookups", { code });
    online(true);
    if (data.status !== "ok") return refuse(data.reason ?? "failed", "");
    customer = { code, looked: data };
    pick(customer);
  } catch (error) {
    online(error instanceof Problem);
    failed(error);
  }
}

function pick({ looked }: Customer): void {
  leave();
  open = null;
  screens.show("pick");
  screens.say("[data-pick-title]", words("pick", { tail: looked.tail }));
  const { discount_pct: pct, discount_used: used } = looked.standing;
  need("[data-standing]", HTMLElement).hidden = pct === 0;
  screens.say("[data-standing] > span", used ? words("discount_gone") : words("can_discount", { pct }));
  screens.tiles(looked.tiles, (tile) => void redeem(tile));
  after(BACK_MS, ready);
}

async function redeem(tile: Tile): Promise<void> {
  if (!customer || screens.mood !== "pick") return;
  leave();
  const body = { code: customer.code, good: tile.good, scanned_at: customer.looked.scanned_at };
  await carry(acts.begin("/api/v1/redemptions", body, tile.name));
}

/** Send an act and show its answer; without one, ask by its key until there is one. */
async function carry(act: Act): Promise<void> {
  open = act;
  screens.mood = "checking"; // a second tap or scan in between is nobody's
  try {
    const data = await acts.send<Answer & Discounted>(act);
    online(true);
    tell(act, data);
  } catch (error) {
    if (acts.uncertain(error)) return check(act, performance.now());
    failed(error);
  }
}

function check(act: Act, since: number): void {
  online(false);
  const waited = Math.round((performance.now() - since) / 1000);
  if (waited * 1000 >= ASIDE_MS) return putAside();
  if (screens.view !== "result" || waited === 0) {
    const detail = words("checking_text", { good: act.name });
    flood({ meaning: "info", title: words("checking"), detail, figure: "0", unit: words("seconds") }, "checking");
    screens.next(words("checking_next"), words("checking_next_text"));
  }
  const figure = document.querySelector("[data-result] .num.big");
  if (figure?.firstChild) figure.firstChild.textContent = String(waited);
  pending();
  after(ASK_MS, () => {
    acts.ask<Answer & Discounted>(act).then(
      (data) => (online(true), tell(act, data)),
      (error: unknown) => (acts.uncertain(error) ? check(act, since) : failed(error)),
    );
  });
}

function putAside(): void {
  leave();
  open = null;
  flood({ meaning: "info", title: words("put_aside"), detail: words("put_aside_text") }, "refused");
  screens.next(words("next"), words("next_text"));
  pending();
}

function tell(act: Act, data: Answer & Discounted): void {
  leave();
  if (data.status !== "needs_input") acts.settle(act);
  pending();
  if (act.path === "/api/v1/discounts") return tellDiscount(data);
  if (data.status === "ok") return done(data);
  if (data.status === "refused") return refuse(data.reason ?? "failed", data.good_name || act.name);
  acts.keep(act); // it waits for a word: the key must not be lost
  if (data.reason === "possible_duplicate") return doubt(act, data);
  askPin(data);
}

function done(answer: Answer): void {
  open = null;
  sold = { key: answer.key, name: named(answer), points: answer.points };
  const detail = words("tail_receipt", { tail: answer.tail, receipt: answer.receipt });
  const figure = points(-answer.points);
  flood({ meaning: "ok", before: words("give"), title: named(answer), detail, figure, unit: words("points") }, "done");
  screens.next(words("next"), words("next_text"));
  if (answer.void_until) screens.say("[data-foot]", words("undo_until", { time: clock(answer.void_until) }));
  screens.say("[data-stock]", answer.remaining_stock === null ? "" : words("stock", { good: answer.good_name, left: answer.remaining_stock }));
  void count();
}

function refuse(reason: string, good: string): void {
  leave();
  open = null;
  const detail = good ? words("nothing_taken", { good }) : "";
  flood({ meaning: "bad", title: words(`t_${reason}`, { good, yuan: yuan(bill) }), detail }, "refused");
  const again = customer && BETTER_CHOICE.has(reason) ? customer : null;
  onNext = again ? () => void look(again.code) : ready;
  screens.next(words(`d_${reason}`), words("now_do"), again ? words("change") : "");
}

/** The same good to the same person within the hour: the clerk decides, it is flagged. */
function doubt(act: Act, answer: Answer): void {
  flood({ meaning: "info", icon: "flag", title: words("t_possible_duplicate", { good: named(answer) }) }, "ask");
  onNext = () => void carry({ ...act, body: { ...act.body, override_duplicate: true } });
  screens.next(words("d_possible_duplicate"), words("now_do"), words("duplicate_go"));
}

function askPin(answer: Answer): void {
  const phone = answer.via === "pass";
  screens.show("pin");
  scanner.paused = true;
  pin.clear();
  screens.say("[data-pin-why]", words(phone ? "pin_phone" : "pin_booklet"));
  screens.say("[data-pin-title]", words(phone ? "phone_title" : "pin_title"));
  screens.say("[data-pin-good]", named(answer));
  screens.say("[data-pin-points]", `${points(answer.points)} ${words("points")}`);
  screens.say("[data-pin-wrong]", "");
  if (answer.reason === "pin_wrong") {
    pin.refuse();
    screens.say("[data-pin-wrong]", words("pin_wrong", { left: answer.tries_left ?? 0 }));
  }
  if (phone) after(ASK_MS, watchPhone);
}

/** While the PIN is asked for, the volunteer may confirm on the phone: look every two seconds. */
function watchPhone(): void {
  const act = open;
  if (!act || screens.view !== "pin") return;
  get<Answer & Discounted>(`${act.path}/${act.key}`).then(
    ({ data }) => {
      if (open !== act || screens.view !== "pin") return;
      if (data.state === "waiting") return after(ASK_MS, watchPhone);
      tell(act, data);
    },
    () => after(ASK_MS, watchPhone),
  );
}

async function typedPin(digits: string): Promise<void> {
  if (!open || screens.view !== "pin") return;
  clearTimeout(timer);
  const act = open;
  try {
    const { data } = await post<Answer & Discounted>(act.path, { ...act.body, pin: digits }, { key: act.key });
    tell(act, data);
  } catch (error) {
    if (acts.uncertain(error)) return check(act, performance.now());
    failed(error);
  }
}

/** The customer changes their mind: what waits is given up on the server too. */
function cancel(): void {
  const act = open;
  if (act) {
    acts.settle(act);
    post(`/api/v1/redemptions/${act.key}/void`, {}).catch((error: unknown) => console.warn("it will expire", error));
  }
  ready();
}

function askUndo(what: Sold): void {
  leave();
  undoing = what;
  scanner.forget();
  flood({ meaning: "info", icon: "undo", title: words("undo_title", { good: what.name }) }, "undo");
  screens.next(words("undo_text"), words("now_do"));
  after(BACK_MS * 2, ready);
}

async function undo(what: Sold, code: string): Promise<void> {
  leave();
  screens.mood = "checking";
  try {
    const { data } = await post<Answer>(`/api/v1/redemptions/${what.key}/void`, { code }, { key: newKey() });
    if (data.status !== "ok") return refuse(data.reason ?? "failed", "");
    sold = null;
    const figure = `+${points(what.points)}`;
    flood({ meaning: "ok", icon: "undo", title: words("undone", { good: what.name }), detail: words("undone_text"), figure, unit: words("points") }, "refused");
    screens.next(words("next"), words("next_text"));
    void count();
  } catch (error) {
    failed(error);
  }
}

function askAmount(): void {
  const known = customer && screens.view === "pick" ? customer : null;
  leave();
  clearAmount();
  screens.show("amount", known ? "amount-for" : "amount");
  screens.say("[data-amount-who]", known ? words("amount_for", { tail: known.looked.tail }) : words("amount_first"));
  screens.say("[data-amount-hint]", words(known ? "amount_hint" : "amount_scan"));
}

async function discount(code: string, name: string): Promise<void> {
  if (bill === 0) return;
  leave();
  const scanned = customer ? { scanned_at: customer.looked.scanned_at } : {};
  await carry(acts.begin("/api/v1/discounts", { code, bill_fen: bill, ...scanned }, name));
}

function tellDiscount(data: Discounted): void {
  open = null;
  if (data.status !== "ok") {
    bill = data.bill_fen;
    return refuse(data.status === "not_eligible" ? "not_eligible" : (data.reason ?? "failed"), "");
  }
  const detail = words("saved", { pct: data.pct, yuan: yuan(data.discount_fen), tail: data.tail });
  flood({ meaning: "ok", title: words("collect", { yuan: yuan(data.pay_fen) }), detail, figure: points(-data.discount_fen / 100) }, "refused");
  const figure = need("[data-result] .num.big", HTMLElement);
  figure.replaceChildren(`−${yuan(data.discount_fen)}`, make("span", "unit", words("yuan")));
  screens.next(words("next"), words("next_text"));
  void count();
}

async function today(): Promise<void> {
  ready();
  try {
    const { data } = await get<{ items: Line[]; totals: Totals }>("/api/v1/redemptions?limit=100");
    totals(data.totals);
    need("[data-lines]", HTMLElement).replaceChildren(...data.items.map((line) => lineRow(line, words, askUndo)));
    need("[data-none]", HTMLElement).hidden = data.items.length > 0;
    screens.show("today");
  } catch (error) {
    failed(error);
  }
}

async function count(): Promise<void> {
  const found = await get<{ totals: Totals }>("/api/v1/redemptions?limit=1").catch(() => null);
  if (found) totals(found.data.totals);
}

function totals(day: Totals): void {
  screens.say("[data-count]", points(day.redemptions));
  screens.say("[data-given]", words("given", { count: points(day.redemptions), points: points(day.points) }));
  screens.say("[data-off]", words("off", { count: points(day.discounts), yuan: yuan(day.discount_fen) }));
}

function online(yes: boolean): void {
  need("#net", HTMLElement).dataset["net"] = yes && navigator.onLine ? "on" : "off";
}

function pending(): void {
  const waiting = acts.stored().filter((act) => act.key !== open?.key).length;
  need("[data-pending]", HTMLElement).hidden = waiting === 0;
  screens.say("[data-pending] > span", words("pending", { n: waiting }));
}

/** What was put aside is asked for again, oldest first, until the server has said what became of it. */
async function resend(): Promise<void> {
  for (const act of acts.stored()) {
    if (act.key === open?.key) continue;
    try {
      const { status } = await acts.ask<{ status: string }>(act);
      online(true);
      if (status === "ok" && screens.mood === "ready") screens.say("[data-foot]", words("settled", { good: act.name }));
      void count();
    } catch (error) {
      if (acts.uncertain(error)) break;
      acts.settle(act);
    }
  }
  pending();
}

const doing: Readonly<Record<string, () => void>> = {
  ready,
  cancel,
  today: () => void today(),
  next: () => onNext(),
  undo: () => sold && askUndo(sold),
  discount: askAmount,
  amount: () => customer && void discount(customer.code, words("amount_first")),
  number: () => {
    leave();
    clearNumber();
    screens.show("number");
  },
};

const clearAmount = keypad(need("[data-amount]", HTMLElement), 7, (digits) => {
  bill = Number(digits);
  screens.say("[data-amount-shown]", yuan(bill));
});
const clearNumber = keypad(need("[data-number]", HTMLElement), 8, (digits) => {
  screens.say("[data-number-shown]", digits.replace(/(.{4})(?=.)/, "$1 ") || "– – – –");
  if (digits.length === 8) void look(digits);
});

for (const button of document.querySelectorAll<HTMLElement>("[data-do]")) {
  button.addEventListener("click", () => doing[button.dataset["do"] ?? ""]?.());
}
for (const event of ["online", "offline"]) window.addEventListener(event, () => (online(navigator.onLine), void resend()));

const [redemptions = 0, spent = 0, discounts = 0, off = 0] = (document.querySelector<HTMLElement>("[data-totals]")?.dataset["totals"] ?? "").split(",").map(Number);
totals({ redemptions, points: spent, discounts, discount_fen: off });
pending();
online(true);
scanner.listen();
void scanner.openCamera(need("video", HTMLVideoElement));
void resend();
setInterval(() => void resend(), RESEND_MS);
document.documentElement.dataset["ready"] = "yes";
