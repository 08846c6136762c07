"""The ledger as a secretary reads it: accounts, transfers, the trial balance.

A wallet or a shop of another community is not there at all; accounts of the whole programme
(issued, expired) are there for everybody who may read its ledger.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from service.db import Database
from service.reports.scope import NoSuchTransfer, Scope
from service.scope import everywhere

PAGE = 50
# A wallet is seen with its community only; what is no wallet is the programme's.
SEEN = """(v.id IS NULL OR v.community_id = ANY (%(communities)s))"""
# So is an account of a shop; in the trial balance those of the others are one line a kind.
SHOP_SEEN = "(s.id IS NULL OR s.community_id = ANY (%(communities)s))"
# Found by the codes' own indexes: a page asks for every leg of its transfers.
OWNER = """LEFT JOIN people_holders v ON v.programme_id = a.programme_id
  AND split_part(a.address, ':', 1) = 'volunteer' AND v.code = split_part(a.address, ':', 2)"""
SHOP = """LEFT JOIN shops s
  ON s.programme_id = a.programme_id AND s.code = split_part(a.address, ':', 2)"""
# What a transfer moves, sets aside or sets free again: a release has no legs of its own.
MOVED = """(SELECT account_id, amount FROM ledger_entries WHERE transfer_id = t.id
  UNION ALL SELECT account_id, amount FROM ledger_hold_legs
  WHERE transfer_id = CASE t.kind WHEN 'hold' THEN t.id WHEN 'release' THEN t.pending_id END)"""
# Where a wallet moved, its community may see it; else whose shop it is: a pledge has no wallet.
HIDDEN = f"""(SELECT coalesce(bool_or(v.community_id <> ALL (%(communities)s)), false)
    OR count(v.id) = 0 AND coalesce(bool_or(NOT {SHOP_SEEN}), false)
  FROM {MOVED} e JOIN ledger_places a ON a.id = e.account_id {OWNER} {SHOP})"""
# An untracked account holds what the log has; what still waits for the sealer comes on top.
BALANCE = """(a.posted + CASE WHEN a.tracked THEN 0 ELSE (
  SELECT coalesce(sum(e.amount), 0) FROM ledger_unsealed u
    JOIN ledger_entries e ON e.account_id = a.id AND e.seq = u.transfer_id) END)::bigint"""

ACCOUNTS = f"""SELECT a.id, a.address, a.unit, a.tracked, {BALANCE} AS balance,
  (a.closed_at IS NOT NULL) AS closed, v.code AS volunteer, s.name AS shop
FROM ledger_accounts a {OWNER}
  {SHOP}
WHERE a.programme_id = %(programme)s AND {SEEN} AND {SHOP_SEEN}
  AND (a.address, a.unit) > (%(after)s, %(unit)s)
  AND (%(search)s = '' OR a.address ILIKE '%%' || %(search)s || '%%'
       OR s.name ILIKE '%%' || %(search)s || '%%')
  AND (%(family)s = '' OR split_part(a.address, ':', 1) = %(family)s)
ORDER BY a.address, a.unit LIMIT %(limit)s"""
# What a search may mean, each by its index: whose wallet moved, whose points are set aside, which
# key begins so. What was found is read by number, never the other way round.
NAMED = """(SELECT DISTINCT n.id FROM (
    SELECT e.transfer_id AS id FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
    WHERE a.programme_id = %(programme)s AND a.address = 'volunteer:' || upper(%(search)s)
    UNION ALL SELECT h.transfer_id FROM ledger_holds h JOIN ledger_hold_legs l USING (transfer_id)
      JOIN ledger_accounts a ON a.id = l.account_id
    WHERE h.programme_id = %(programme)s AND a.address = 'volunteer:' || upper(%(search)s)
    UNION ALL SELECT k.id
    FROM (SELECT o.kind || %(search)s AS key, o.kind || %(search)s || chr(1114111) AS beyond
          FROM unnest(ARRAY['', 'award:', 'redeem:']) AS o (kind) OFFSET 0) p
      CROSS JOIN LATERAL (SELECT x.id, x.key FROM ledger_transfers x
        WHERE x.programme_id = %(programme)s AND x.key >= p.key AND x.key < p.beyond LIMIT 1000) k
    WHERE starts_with(k.key, p.key)) n) found
  CROSS JOIN LATERAL (SELECT * FROM ledger_transfers x WHERE x.id = found.id OFFSET 0) t"""


def listing(source: str) -> str:
    """Return the query of a page of transfers from where they are to be read."""
    return f"""SELECT t.id, t.kind, t.key, t.actor, t.source, t.occurred_at, t.recorded_at,
  t.business_day, t.reverses_id, p.points, p.volunteer, p.fen
FROM {source} CROSS JOIN LATERAL (
  SELECT max(abs(e.amount)) FILTER (WHERE a.unit = 'PTS') AS points,
    max(abs(e.amount)) FILTER (WHERE a.unit = 'CNY') AS fen,
    max(split_part(a.address, ':', 2)) FILTER (WHERE a.by_lots) AS volunteer
  FROM {MOVED} e JOIN ledger_places a ON a.id = e.account_id) p
WHERE t.programme_id = %(programme)s AND (%(before)s::bigint IS NULL OR t.id < %(before)s)
  AND (%(kind)s = '' OR t.kind = %(kind)s) AND (%(day)s::date IS NULL OR t.business_day = %(day)s)
  AND NOT {HIDDEN}
ORDER BY t.id DESC LIMIT %(limit)s"""


TRANSFERS, TRANSFERS_NAMED = listing("ledger_transfers t"), listing(NAMED)
TRANSFER = f"""SELECT t.id, t.kind, t.key, t.actor, t.source, t.occurred_at, t.recorded_at, t.memo,
  t.business_day, t.effective_on, t.reverses_id, o.source AS reverses_source,
  b.id AS reversed_by_id, b.key AS reversed_by_key, b.recorded_at AS reversed_at,
  t.pending_id, t.expires_at, s.id AS settled_by_id, s.kind AS settled_by_kind,
  s.recorded_at AS settled_at,
  EXISTS (SELECT FROM ledger_holds h WHERE h.transfer_id = t.id) AS held
FROM ledger_transfers t LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
  LEFT JOIN ledger_transfers b ON b.reverses_id = t.id
  LEFT JOIN ledger_transfers s ON s.pending_id = t.id
WHERE t.id = %(transfer)s AND t.programme_id = %(programme)s AND NOT {HIDDEN}"""
LEGS = f"""SELECT a.address, a.unit, e.amount, e.balance, a.by_lots, s.name AS shop
FROM ledger_entries e JOIN ledger_places a ON a.id = e.account_id
  {SHOP}
WHERE e.transfer_id = %(transfer)s ORDER BY a.unit DESC, e.amount, a.address"""
SET_ASIDE = f"""SELECT a.address, a.unit, e.amount, a.by_lots, s.name AS shop
FROM ledger_transfers t CROSS JOIN LATERAL {MOVED} e JOIN ledger_places a ON a.id = e.account_id
  {SHOP}
WHERE t.id = %(transfer)s AND t.kind IN ('hold', 'release')
ORDER BY a.unit DESC, e.amount, a.address"""
LOT_MOVES = """SELECT expires_on, amount FROM ledger_lot_moves WHERE transfer_id = %(transfer)s
ORDER BY expires_on"""
TRIAL = everywhere(f"""SELECT CASE WHEN a.by_lots THEN 'volunteer' WHEN {SHOP_SEEN} THEN a.address
    ELSE split_part(a.address, ':', 1) END AS address, a.unit, NOT {SHOP_SEEN} AS others,
  count(DISTINCT a.id) AS accounts, coalesce(sum(e.amount), 0)::bigint AS balance,
  CASE WHEN bool_and({SHOP_SEEN}) THEN max(s.name) END AS shop
FROM ledger_accounts a LEFT JOIN ledger_entries e ON e.account_id = a.id
  {SHOP}
WHERE a.programme_id = %(programme)s GROUP BY 1, 2, 3 ORDER BY a.unit DESC, 1, 3""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader looks for among accounts or transfers; empty means all."""

    search: str = ""
    kind: str = ""  # of a transfer, or the family of an account: volunteer, redeemed, pledge …
    day: date | None = None


def accounts(
    database: Database, scope: Scope, wanted: Wanted, *, after: str = "", unit: str = ""
) -> list[dict[str, Any]]:
    """Return a page of accounts by address, after (`after`, `unit`), with their balances."""
    params = {**scope.params, "after": after, "unit": unit, "limit": PAGE + 1}
    return database.rows(ACCOUNTS, {**params, "search": wanted.search, "family": wanted.kind})


def transfers(
    database: Database, scope: Scope, wanted: Wanted, *, before: int | None = None
) -> list[dict[str, Any]]:
    """Return a page of transfers, newest first, below the id `before`."""
    params = {**scope.params, "before": before, "limit": PAGE + 1, "day": wanted.day}
    query = TRANSFERS_NAMED if wanted.search else TRANSFERS
    return database.rows(query, {**params, "search": wanted.search, "kind": wanted.kind})


def transfer(database: Database, scope: Scope, transfer_id: int) -> dict[str, Any]:
    """Return one transfer with its legs, lots, and what it set aside. Raises NoSuchTransfer."""
    params = {**scope.params, "transfer": transfer_id}
    row = database.call(TRANSFER, params)
    if row is None:
        raise NoSuchTransfer
    parts = {"legs": LEGS, "lots": LOT_MOVES, "set_aside": SET_ASIDE}
    return {**row, **{name: database.rows(sql, params) for name, sql in parts.items()}}


def trial_balance(database: Database, scope: Scope) -> list[dict[str, Any]]:
    """Return every account's balance from its entries, all wallets as one line.

    The lines of a unit sum to zero, or the books are wrong.
    """
    return database.rows(TRIAL, scope.params)


def sums(lines: list[dict[str, Any]]) -> dict[str, int]:
    """Return what the lines of each unit sum to."""
    return {
        unit: sum(line["balance"] for line in lines if line["unit"] == unit)
        for unit in ("PTS", "CNY")
    }
