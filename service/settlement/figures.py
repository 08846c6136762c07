"""What a shop's month is made of, read from the ledger up to a mark: later it reads the same.

A statement takes what no signed statement before it took: the transfers of its month, and those of
earlier months that were recorded after the mark of the last signature. So the closing that was
signed is the opening of the next, whatever comes late.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service.settlement.rules import Family, Move

MARK = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
PATIENCE = text("SET LOCAL statement_timeout = '60s'")
MOVES = text(
    """WITH places AS (
  SELECT id, split_part(address, ':', 1) AS family FROM ledger_accounts
  WHERE programme_id = :programme AND address = ANY (CAST(:addresses AS text[]))),
sums AS (
  SELECT e.transfer_id AS id,
    coalesce(sum(e.amount) FILTER (WHERE p.family = 'pledge'), 0)::bigint AS pledge_fen,
    coalesce(sum(e.amount) FILTER (WHERE p.family = 'given-goods'), 0)::bigint AS goods_fen,
    coalesce(sum(e.amount) FILTER (WHERE p.family = 'given-discount'), 0)::bigint AS discount_fen,
    coalesce(sum(e.amount) FILTER (WHERE p.family = 'redeemed'), 0)::bigint AS points,
    coalesce(sum(e.amount) FILTER (WHERE p.family IN ('suspense', 'rounding')), 0)::bigint
      AS other_fen,
    coalesce(sum(e.amount) FILTER (WHERE p.family = 'payable'), 0)::bigint AS payable_fen
  FROM places p JOIN ledger_entries e ON e.account_id = p.id GROUP BY e.transfer_id)
SELECT t.id AS transfer, coalesce(o.kind, t.kind) AS kind, t.business_day AS day,
  to_char(t.occurred_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI') AS at,
  s.pledge_fen, s.goods_fen, s.discount_fen, s.points, s.other_fen, s.payable_fen,
  t.reverses_id AS of, o.business_day AS of_day, r.id AS receipt,
  coalesce(o.memo, t.memo) ->> 'good' AS item,
  coalesce((coalesce(o.memo, t.memo) ->> 'qty')::integer, 0) AS qty,
  coalesce(r.tail, d.tail, '') AS tail, coalesce(d.bill_fen, 0)::bigint AS bill_fen,
  coalesce(d.pct, 0) AS pct, coalesce(g.document, t.memo ->> 'note', '') AS note
FROM sums s JOIN ledger_transfers t ON t.id = s.id
  LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
  LEFT JOIN LATERAL (SELECT CASE split_part(coalesce(o.source, t.source), ':', 1)
    WHEN 'redemption' THEN split_part(coalesce(o.source, t.source), ':', 2)::bigint END AS id
    OFFSET 0) named ON true
  LEFT JOIN redemptions r ON r.id = named.id
  LEFT JOIN redemptions_discounts d
    ON d.transfer_id = CASE WHEN o.id IS NULL THEN t.id ELSE o.id END
    AND d.shop_id = :shop_id AND s.discount_fen <> 0
  LEFT JOIN shops_pledges g ON g.transfer_id = t.id AND g.shop_id = :shop_id
WHERE t.xid < CAST(:mark AS xid8) AND t.business_day <= :last
  AND CASE WHEN CAST(:signed_mark AS text) IS NULL THEN t.business_day >= :first
      ELSE NOT (t.business_day <= :signed_last AND t.xid < CAST(:signed_mark AS xid8)) END
ORDER BY t.business_day, t.occurred_at, t.id"""
)
# Before the first signature a month opens with all that lies before its first day.
BEFORE = text(
    """SELECT coalesce(sum(e.amount), 0)::bigint FROM ledger_accounts a
  JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_transfers t ON t.id = e.transfer_id
WHERE a.programme_id = :programme AND a.address = :address AND a.unit = 'CNY'
  AND t.business_day < :first AND t.xid < CAST(:mark AS xid8)"""
)


@dataclass(frozen=True, slots=True)
class Signed:
    """What the statement before was signed with; nothing before the first."""

    last: date | None = None
    mark: str | None = None
    closing_fen: int | None = None
    owed_fen: int = 0


@dataclass(frozen=True, slots=True)
class ShopMonth:
    """Whose month is added up, and of what it follows."""

    programme_id: int
    shop_id: int
    shop: str
    first: date
    last: date
    signed: Signed = Signed()

    @property
    def addresses(self) -> list[str]:
        """The accounts of the shop."""
        return [f"{family}:{self.shop}" for family in Family]


@dataclass(frozen=True, slots=True)
class Read:
    """A month's moves up to a mark."""

    mark: str
    opening_fen: int
    moves: list[Move]


def read(session: Session, of: ShopMonth) -> Read:
    """Read what a statement is made of; whatever is still being written comes in the next."""
    session.execute(PATIENCE)
    mark: str = session.execute(MARK).scalar_one()
    return Read(mark, opening(session, of, mark), list(moves(session, of, mark)))


def opening(session: Session, of: ShopMonth, mark: str) -> int:
    """Return the pledge with which the month opens: what was signed last."""
    if of.signed.closing_fen is not None:
        return of.signed.closing_fen
    asked = {"programme": of.programme_id, "address": f"pledge:{of.shop}", "first": of.first}
    return int(session.execute(BEFORE, {**asked, "mark": mark}).scalar_one())


def moves(session: Session, of: ShopMonth, mark: str) -> Iterator[Move]:
    """Read the transfers on the shop's accounts, in the order in which they happened."""
    asked: dict[str, Any] = {"programme": of.programme_id, "shop_id": of.shop_id, "mark": mark}
    asked |= {"addresses": of.addresses, "first": of.first, "last": of.last}
    asked |= {"signed_mark": of.signed.mark, "signed_last": of.signed.last}
    for row in session.execute(MOVES, asked):
        said = dict(row._mapping)
        said["receipt"] = f"{said['receipt']:06d}" if said["receipt"] else ""
        yield Move(**{**said, "item": said["item"] or ""})
