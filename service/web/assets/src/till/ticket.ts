// A good's own code on the tablet: the volunteer scans it with the phone and confirms there.

import { get, newKey } from "../api";
import { need, points } from "../dom";
import { postRenewed } from "../offline/sending";
import type { Told } from "./answers";
import { draft } from "./carrying";
import { tell } from "./selling";
import type { Act } from "./store";
import type { Tile } from "./answers";
import type { Till } from "./till";

interface Ticket { status: string; reason: string | null; state: string; key: string; good_name: string; qty: number; points: number; image?: string | null; expires_at: string; answer?: Told | null }

const ASK_MS = 2000;

/** Let the clerk choose the good: the shelf, for whoever comes. */
export async function chooseGood(till: Till): Promise<void> {
  const { screens, words, sync } = till.kit;
  till.leave();
  if (!till.shelf) await till.count(); // the page has only just opened
  if (!till.shelf || sync.state === "away") return till.refuse("offline", "");
  screens.show("pick", "goods");
  screens.say("[data-pick-title]", words("ticket_pick"));
  need("[data-standing]", HTMLElement).hidden = true;
  need("[data-proxy]", HTMLElement).hidden = true;
  screens.tiles(till.shelf.tiles, (tile) => void show(till, tile));
}

async function show(till: Till, tile: Tile): Promise<void> {
  const { screens, words, sync } = till.kit;
  if (screens.mood !== "goods") return;
  screens.mood = "checking";
  const key = newKey();
  try {
    const { data } = await postRenewed<Ticket>("/api/v1/till/tickets", { good: tile.good, qty: 1 }, { key });
    sync.reached();
    if (data.status !== "ok" || !data.image) return till.refuse(data.reason ?? "failed", tile.name);
    screens.show("ticket");
    screens.say("[data-ticket-good]", data.good_name);
    screens.say("[data-ticket-points]", `${points(data.points)} ${words("points")}`);
    screens.say("[data-ticket-state]", words("ticket_open"));
    need("[data-ticket-image]", HTMLImageElement).src = data.image;
    watch(till, key, tile);
  } catch (error) {
    await till.failed(error, () => void chooseGood(till));
  }
}

function watch(till: Till, key: string, tile: Tile): void {
  const { screens, words } = till.kit;
  const again = (): void => till.after(ASK_MS, () => watch(till, key, tile));
  till.ticket = key;
  get<Ticket>(`/api/v1/till/tickets/${key}`).then(
    ({ data }) => {
      if (screens.view !== "ticket" || till.ticket !== key) return;
      if (data.state === "asked") screens.say("[data-ticket-state]", words("ticket_asked"));
      if (data.state === "over") return till.refuse("ticket_over", "");
      if (data.state !== "done" || !data.answer) return again();
      till.ticket = null;
      tell(till, actOf(till, key, tile), data.answer);
    },
    () => screens.view === "ticket" && again(),
  );
}

function actOf(till: Till, key: string, tile: Tile): Act {
  const about = { name: tile.name, points: tile.points, tail: "" };
  return { ...draft(till, key, "/api/v1/redemptions", null, about), seq: 0, undo: null, stuck: null };
}

/** Nobody scanned it: the shop takes its code back, now or when the server hears. */
export async function takeBack(till: Till): Promise<void> {
  const key = till.ticket;
  till.ready();
  if (!key) return;
  till.ticket = null;
  const what = draft(till, key, "/api/v1/redemptions", null, { name: till.kit.words("ticket"), points: 0, tail: "" });
  await till.kit.queue.undo(what, { key: `${key}.up`, code: null, at: what.at });
  till.kit.sync.poke();
}
