// A scan becomes tiles, a tile becomes a sale: S1 to S3, with a network and without.

import { newKey } from "../api";
import { need, points } from "../dom";
import { postRenewed } from "../offline/sending";
import type { Code } from "../scanner";
import { against, dayOf, offered } from "./allowance";
import type { Answer, Looked, Sold, Tile, Told } from "./answers";
import { askPin, doubt } from "./asking";
import { begin, carry, draft, taken } from "./carrying";
import type { Act } from "./store";
import { unreachable } from "./sync";
import { BACK_MS } from "./till";
import type { Till } from "./till";
import { clock } from "./today";

const PATIENCE_MS = 4000;
const COUNT_MS = 300; // what to hand over is painted first

const named = (answer: Answer): string => (answer.qty > 1 ? `${answer.good_name} × ${answer.qty}` : answer.good_name);

/** Ask what may be offered to whoever's code was shown; without a network, the shelf as it last stood. */
export async function look(till: Till, code: Code): Promise<void> {
  const { clock, sync } = till.kit;
  till.leave();
  till.proxy = null;
  const turn = ++till.turn; // an old answer never hides a new customer
  const at = new Date(clock.device()).toISOString();
  if (sync.state === "away" || !navigator.onLine) return lookOffline(till, code, at);
  const asked = clock.device();
  try {
    const { data } = await postRenewed<Looked>("/api/v1/till/lookups", { code: code.path }, { timeoutMs: PATIENCE_MS });
    sync.reached();
    void clock.heard(data.scanned_at, asked); // nobody waits for the clock
    if (turn !== till.turn) return;
    if (data.status !== "ok") return till.refuse(data.reason ?? "failed", "");
    till.customer = { code, key: newKey(), at, looked: data, who: null, tiles: data.tiles };
    if (data.intent) return await collect(till, data.intent.key);
    pick(till);
  } catch (error) {
    if (turn !== till.turn) return;
    if (!unreachable(error)) return till.failed(error, () => void look(till, code));
    sync.missed(error);
    await lookOffline(till, code, at);
  }
}

async function lookOffline(till: Till, code: Code, at: string): Promise<void> {
  const { queue, clock, sync } = till.kit;
  sync.now(); // each scan is a try: the network may be back
  const reason = till.shelf ? await against(code, queue, clock) : "offline";
  if (reason) return till.refuse(reason, "");
  const { who, tiles } = await offered(code, till.shelf!, queue, clock);
  till.customer = { code, key: newKey(), at, looked: null, who, tiles };
  pick(till);
}

function pick(till: Till): void {
  const { screens, words } = till.kit;
  const { looked, tiles } = till.customer!;
  till.leave();
  till.hold(null);
  screens.show("pick");
  const tail = looked?.tail ?? "";
  screens.say("[data-pick-title]", words(looked ? (looked.via === "helper" ? "pick_helper" : "pick") : "pick_offline", { tail }));
  const { discount_pct: pct = 0, discount_used: used = false } = looked?.standing ?? {};
  need("[data-standing]", HTMLElement).hidden = pct === 0;
  screens.say("[data-standing] > span", used ? words("discount_gone") : words("can_discount", { pct }));
  need("[data-proxy]", HTMLElement).hidden = true;
  for (const each of document.querySelectorAll("[data-relation]")) each.setAttribute("aria-pressed", "false");
  screens.tiles(tiles, (tile) => void redeem(till, tile).catch((error: unknown) => till.broken(error)));
  till.after(BACK_MS, () => till.ready());
}

/** One tap on a tile. */
async function redeem(till: Till, tile: Tile): Promise<void> {
  const customer = till.customer;
  if (!customer || till.kit.screens.mood !== "pick") return;
  const { looked, code, key } = customer;
  const body = { code: code.path, good: tile.good, ...(till.proxy && { proxy: till.proxy }), ...(looked && { scanned_at: looked.scanned_at }) };
  const what = draft(till, key, "/api/v1/redemptions", body, { name: tile.name, points: tile.points, tail: looked?.tail ?? "" });
  if (looked) return begin(till, what, tell);
  till.kit.screens.mood = "checking";
  const act = await till.kit.queue.add({ ...what, left: true }, dayOf(till.kit.clock.now()));
  givenOffline(till, act);
}

/** The goods leave now; the server hears of it when it can be reached. */
function givenOffline(till: Till, act: Act): void {
  const { screens, words, sync } = till.kit;
  till.leave();
  till.hold(null);
  till.sold = soldOf(act);
  till.flood({ meaning: "ok", icon: "nonet", before: words("give"), title: act.name, detail: words("kept_offline"), figure: taken(act.points), unit: words("points") }, "done");
  till.sayNext();
  screens.say("[data-foot]", words("undo_offline"));
  screens.say("[data-stock]", "");
  sync.poke();
  void till.strip();
}

export const soldOf = (act: Act): Sold => ({ key: act.key, name: act.name, points: act.points, tail: act.tail });

/** What was chosen on the phone is collected by the scan alone. */
async function collect(till: Till, key: string): Promise<void> {
  const { looked, code } = till.customer!;
  const { name, qty, points: cost } = looked!.intent!;
  const body = { code: code.path, scanned_at: looked!.scanned_at };
  const about = { name: qty > 1 ? `${name} × ${qty}` : name, points: cost, tail: looked!.tail };
  await begin(till, draft(till, key, `/api/v1/redemptions/${key}/capture`, body, about), tell);
}

/** Show what the server answered to a sale. */
export function tell(till: Till, act: Act, data: Told): void {
  if (data.status === "ok") return done(till, data);
  if (data.status === "refused") return till.refuse(data.reason ?? "failed", data.good_name || act.name);
  till.hold(act); // it waits for a word: the key must not be lost
  const good = named(data) || act.name;
  if (data.reason !== "possible_duplicate") return askPin(till, act, data, tell, good);
  doubt(till, good, () => void carry(till, { ...act, body: { ...act.body, override_duplicate: true } }, tell));
}

function done(till: Till, answer: Answer): void {
  const { screens, words } = till.kit;
  till.hold(null);
  till.sold = { key: answer.key, name: named(answer), points: answer.points, tail: answer.tail };
  const detail = words(answer.flags.includes("helper") ? "tail_receipt_helper" : "tail_receipt", { tail: answer.tail, receipt: answer.receipt });
  till.flood({ meaning: "ok", before: words("give"), title: named(answer), detail, figure: taken(answer.points), unit: words("points") }, "done");
  till.sayNext();
  if (answer.void_until) screens.say("[data-foot]", words("undo_until", { time: clock(answer.void_until) }));
  screens.say("[data-stock]", answer.remaining_stock === null ? "" : words("stock", { good: answer.good_name, left: points(answer.remaining_stock) }));
  window.setTimeout(() => void till.count(), COUNT_MS);
}
