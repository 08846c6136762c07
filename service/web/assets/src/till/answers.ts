// What the service answers to a till; the schemas of redemptions say the same.

export interface Tile { readonly good: string; readonly name: string; readonly points: number; readonly can: boolean; readonly reason: string | null; readonly picture?: string | null }
export interface Intent { readonly key: string; readonly good: string; readonly name: string; readonly qty: number; readonly points: number; readonly needs_pin: boolean }
export interface Standing { readonly discount_pct: number; readonly discount_used: boolean; readonly excluded_kinds?: readonly string[] }
export interface Looked { status: string; reason: string | null; tail: string; via: string; scanned_at: string; standing: Standing; tiles: Tile[]; intent?: Intent | null }
export interface Answer {
  status: string; reason: string | null; state: string; key: string; receipt: string; good: string; good_name: string;
  qty: number; points: number; tail: string; via: string; flags: string[]; ask: string[]; remaining_stock: number | null; void_until: string | null; expires_at?: string | null; tries_left: number | null;
}
export interface Discounted { status: string; reason: string | null; pct: number; bill_fen: number; discount_fen: number; pay_fen: number; tail: string }
/** A sale or a discount: which, its act knows. */
export type Told = Answer & Discounted;
export interface Line { key: string; receipt: string; good: string; qty: number; points: number; tail: string; state: string; flags: string[]; occurred_at: string; can_void: boolean }
export interface Totals { redemptions: number; points: number; discounts: number; discount_fen: number }
export interface Day { items: Line[]; next: string | null; totals: Totals }
export interface Shelf { server_time: string; limits: { card_day: number; batch: number }; excluded_kinds: string[]; tiles: Tile[]; totals: Totals }
export interface DayWord { status: "ok" | "open" | "moved"; agrees: boolean | null; counted: number | null; at: string | null; totals: Totals }
export interface Shift { needed: boolean; clerk: string | null; role: string | null; until: string | null; clerks: { label: string; role: string }[] }
export interface ShiftAnswer extends Shift { status: "ok" | "refused"; reason: string | null; tries_left: number | null }

/** A sale that "undo" means. */
export interface Sold { readonly key: string; readonly name: string; readonly points: number; readonly tail: string }
