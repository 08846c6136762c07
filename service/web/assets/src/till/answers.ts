// What the service answers to a till; the schemas of redemptions say the same.

import type { Tile } from "./screens";

export interface Looked { status: string; reason: string | null; tail: string; scanned_at: string; standing: { discount_pct: number; discount_used: boolean }; tiles: Tile[] }
export interface Answer {
  status: string; reason: string | null; state: string; key: string; receipt: string; good: string; good_name: string;
  qty: number; points: number; tail: string; via: string; remaining_stock: number | null; void_until: string | null; tries_left: number | null;
}
export interface Discounted { status: string; reason: string | null; pct: number; bill_fen: number; discount_fen: number; pay_fen: number; tail: string }
export interface Line { key: string; receipt: string; good: string; qty: number; points: number; tail: string; state: string; occurred_at: string; can_void: boolean }
export interface Totals { redemptions: number; points: number; discounts: number; discount_fen: number }

/** A sale that "undo" means. */
export interface Sold { readonly key: string; readonly name: string; readonly points: number }
