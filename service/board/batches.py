"""Batches as their readers see them: the list, one shop's day, and its lines with the reason why.

A line of ours shows its receipt and the tail of a booklet; one of the shop's shows where it stands
in the file.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from service.batches import UnknownBatch
from service.board.reach import Reach
from service.db import Database

PAGE = 50
HEAD = """SELECT b.id, b.day, b.status, b.nth, s.code, s.name, d.step, b.totals, b.said, b.rules,
  b.inputs, b.digest, b.high_water, b.files, b.frozen_at, b.checked_at, b.closed_at,
  (b.said->'word'->>'agrees')::boolean AS agrees, w.n AS waiting
FROM reconciliation_batches b JOIN shops s ON s.id = b.shop_id
  LEFT JOIN settlement_days d ON d.shop_id = b.shop_id AND d.day = b.day
  CROSS JOIN LATERAL (SELECT count(*) AS n FROM reconciliation_exceptions x
    WHERE x.batch_id = b.id AND x.status <> 'resolved') w
WHERE b.shop_id = ANY (%(shops)s) """
ONE = HEAD + "AND b.id = %(id)s"
LIST = (
    HEAD
    + """AND (%(shop)s = '' OR s.code = %(shop)s) AND (%(status)s = '' OR b.status = %(status)s)
  AND (%(day)s::date IS NULL OR b.day = %(day)s)
  AND (%(before)s::bigint IS NULL
    OR (b.day, b.id) < (SELECT day, id FROM reconciliation_batches WHERE id = %(before)s))
ORDER BY b.day DESC, b.id DESC LIMIT %(limit)s"""
)
# What theirs is more than ours, by where it stands; all of it, or the batch is wrong.
APART = """SELECT
  (SELECT coalesce(sum(coalesce(theirs_fen, 0) - coalesce(ours_fen, 0)), 0)
   FROM reconciliation_exceptions WHERE batch_id = %(id)s AND resolution IS DISTINCT FROM 'gone'
  )::bigint AS exceptions_fen,
  (SELECT coalesce(sum(fen), 0) FROM reconciliation_pool WHERE batch_id = %(id)s
  )::bigint AS pool_fen,
  (SELECT coalesce(sum(diff_fen), 0) FROM reconciliation_matches
   WHERE batch_id = %(id)s AND status = 'confirmed')::bigint AS rounding_fen"""
EXCEPTIONS, POOL, SUGGESTED, MATCHED = 1, 2, 3, 4  # parts of the list, what is odd first
STARTS = "batch_id = %(id)s AND ({part}, id) > (%(part)s, %(after)s)"
SOURCES = {
    EXCEPTIONS: """kind AS why, status, ours_kind, ours_id, theirs_id, amount_fen AS diff_fen
    FROM reconciliation_exceptions WHERE resolution IS DISTINCT FROM 'gone' AND """,
    POOL: """why, CASE WHEN taken_by IS NULL THEN 'waiting' ELSE 'taken' END, ours_kind, ours_id,
      theirs_id, fen FROM reconciliation_pool WHERE """,
    SUGGESTED: """pass::text, status, ours_kind, ours_id, theirs_id, diff_fen
    FROM reconciliation_matches WHERE status = 'suggested' AND """,
    MATCHED: """pass::text, status, ours_kind, ours_id, theirs_id, diff_fen
    FROM reconciliation_matches WHERE status = 'confirmed' AND """,
}
PICKED = " UNION ALL ".join(
    f"(SELECT {part} AS part, id, {source}{STARTS.format(part=part)} ORDER BY id LIMIT %(limit)s)"
    for part, source in SOURCES.items()
)
LINES = f"""WITH picked AS (SELECT * FROM ({PICKED}) u ORDER BY part, id LIMIT %(limit)s)
SELECT p.part, p.id, p.why, p.status, p.ours_kind, p.ours_id, p.diff_fen,
  coalesce(r.occurred_at, d.occurred_at, t.occurred_at) AS at, coalesce(r.tail, d.tail) AS tail,
  g.name AS good, r.qty - r.returned_qty AS qty, d.pct, r.status AS state,
  CASE p.ours_kind WHEN 'good' THEN r.value_fen / r.qty * (r.qty - r.returned_qty)
    WHEN 'discount' THEN d.discount_fen END AS ours_fen,
  e.id AS theirs_id, e.file_id, e.line, e.reference, e.short_code, e.item, e.qty AS theirs_qty,
  e.occurred_at AS theirs_at, e.amount_fen AS theirs_fen, e.status AS theirs_state,
  xo.id AS ours_exception, xt.id AS theirs_exception,
  coalesce(xt.status <> 'resolved' AND row_number() OVER (PARTITION BY p.part, p.theirs_id
    ORDER BY p.id) = 1, false) AS asks
FROM picked p LEFT JOIN redemptions r ON p.ours_kind = 'good' AND r.id = p.ours_id
  LEFT JOIN shops_goods g ON g.id = r.good_id
  LEFT JOIN redemptions_discounts d ON p.ours_kind = 'discount' AND d.id = p.ours_id
  LEFT JOIN ledger_transfers t ON p.ours_kind = 'reversal' AND t.id = p.ours_id
  LEFT JOIN evidence_rows e ON e.id = p.theirs_id
  LEFT JOIN reconciliation_exceptions xo ON p.part = {SUGGESTED} AND xo.ours_id = p.ours_id
    AND xo.ours_kind = p.ours_kind AND xo.resolution IS DISTINCT FROM 'gone'
  LEFT JOIN reconciliation_exceptions xt ON p.part = {SUGGESTED} AND xt.theirs_id = p.theirs_id
    AND xt.resolution IS DISTINCT FROM 'gone'
ORDER BY p.part, p.id"""
RUNS = """SELECT nth, digest, totals, at FROM reconciliation_batch_runs WHERE batch_id = %(id)s
ORDER BY nth DESC LIMIT 20"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which batches are looked for; empty means all."""

    shop: str = ""
    status: str = ""
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and how the next one is asked for."""

    rows: list[dict[str, Any]]
    following: str | None


def batches(database: Database, reach: Reach, wanted: Wanted, *, before: int | None = None) -> Page:
    """Return one page of the batches of a reader's shops, the newest day first."""
    asked = {"shop": wanted.shop, "status": wanted.status, "day": wanted.day, "before": before}
    rows = database.rows(LIST, {**reach.params, **asked, "limit": PAGE + 1})
    return Page(rows[:PAGE], str(rows[PAGE - 1]["id"]) if len(rows) > PAGE else None)


def batch(database: Database, reach: Reach, batch_id: int) -> dict[str, Any]:
    """Return one batch with what its two sides differ by, and where that stands.

    Raises UnknownBatch for one of another reader's shops.
    """
    row = database.call(ONE, {**reach.params, "id": batch_id})
    if row is None:
        raise UnknownBatch
    apart = database.call(APART, {"id": batch_id})
    assert apart is not None
    return {**row, **apart, **added_up(row["totals"], apart)}


def added_up(totals: dict[str, Any], apart: dict[str, int]) -> dict[str, Any]:
    """Say what each side comes to, and whether every fen between them is accounted for."""
    ours, theirs = (totals.get(side, {}).get("fen", 0) for side in ("ours", "theirs"))
    return {
        "ours_fen": ours,
        "theirs_fen": theirs,
        "balanced": ours + sum(apart.values()) == theirs,
    }


def lines(database: Database, batch_id: int, *, after: str = "") -> Page:
    """Return one page of a batch's lines: exceptions, what waits, suggestions, then matches."""
    part, _, number = after.partition("-")
    at = {"part": int(part or 0), "after": int(number or 0)}
    rows = database.rows(LINES, {"id": batch_id, **at, "limit": PAGE + 1})
    more = f"{rows[PAGE - 1]['part']}-{rows[PAGE - 1]['id']}" if len(rows) > PAGE else None
    return Page(rows[:PAGE], more)


def runs(database: Database, batch_id: int) -> list[dict[str, Any]]:
    """Return the newest runs that found something new, the last one first."""
    return database.rows(RUNS, {"id": batch_id})
