"""What a statement holds beside the ledger's figures: of whom it is, and how it was reconciled."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service import people, programmes, shops
from service.clock import month_end
from service.settlement.figures import ShopMonth, Signed, read
from service.settlement.models import Statement
from service.settlement.rules import FORMAT, figures

RECONCILED = text(
    """SELECT (SELECT jsonb_build_object('days', count(*),
    'closed', count(*) FILTER (WHERE b.status = 'closed'))
  FROM reconciliation_batches b WHERE b.shop_id = :shop AND b.day BETWEEN :first AND :last) AS days,
  (SELECT jsonb_build_object('confirmed', count(*) FILTER (WHERE m.status = 'confirmed'),
    'suggested', count(*) FILTER (WHERE m.status = 'suggested'))
  FROM reconciliation_batches b JOIN reconciliation_matches m ON m.batch_id = b.id
  WHERE b.shop_id = :shop AND b.day BETWEEN :first AND :last) AS matches,
  coalesce((SELECT jsonb_agg(jsonb_build_object('kind', k.kind, 'count', k.count, 'open', k.open,
      'carried', k.carried, 'resolved', k.resolved, 'fen', k.fen) ORDER BY k.kind)
    FROM (SELECT e.kind, count(*) AS count,
        count(*) FILTER (WHERE e.status IN ('open', 'assigned')) AS open,
        count(*) FILTER (WHERE e.status = 'carried') AS carried,
        count(*) FILTER (WHERE e.status = 'resolved') AS resolved,
        coalesce(sum(e.amount_fen), 0)::bigint AS fen
      FROM reconciliation_exceptions e WHERE e.shop_id = :shop AND e.day BETWEEN :first AND :last
        AND e.resolution IS DISTINCT FROM 'gone' GROUP BY e.kind) k), '[]') AS exceptions,
  coalesce((SELECT jsonb_object_agg(w.business_day, w.agrees) FROM (
      SELECT DISTINCT ON (business_day) business_day, agrees FROM redemptions_day_words
      WHERE shop_id = :shop AND business_day BETWEEN :first AND :last
      ORDER BY business_day, id DESC) w), '{}') AS words,
  coalesce((SELECT jsonb_agg(DISTINCT f.sha256) FROM reconciliation_batches b
      CROSS JOIN LATERAL jsonb_array_elements_text(b.files) AS f (sha256)
    WHERE b.shop_id = :shop AND b.day BETWEEN :first AND :last), '[]') AS files"""
)
# All that ever moved the pledge and what is owed, up to the mark: what the signed closings must
# come to.
BOOKED = text(
    """SELECT coalesce(sum(e.amount), 0)::bigint FROM ledger_accounts a
  JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_transfers t ON t.id = e.transfer_id
WHERE a.programme_id = :programme AND a.unit = 'CNY'
  AND a.address = ANY (CAST(:addresses AS text[]))
  AND t.business_day <= :last AND t.xid < CAST(:mark AS xid8)"""
)


@dataclass(frozen=True, slots=True)
class Made:
    """A statement's content, and the mark of the ledger up to which it reads."""

    said: dict[str, Any]
    mark: str


def make(session: Session, row: Statement, follows: Statement | None) -> Made:
    """Add a shop's month up; the same ledger up to the same mark gives the same content."""
    shop = shops.shop_by_id(session, row.shop_id)
    last = month_end(row.month)
    signed = Signed()
    if follows is not None:
        owed = (follows.content or {})["dues"].get("owed", 0)
        signed = Signed(month_end(follows.month), follows.mark, follows.closing_fen, owed)
    of = ShopMonth(shop.programme_id, row.shop_id, shop.code, row.month, last, signed)
    found = read(session, of)
    added = figures(found.opening_fen, found.moves, owed_fen=signed.owed_fen)
    asked = {"programme": of.programme_id, "last": last, "mark": found.mark}
    asked |= {"addresses": [f"pledge:{shop.code}", f"payable:{shop.code}"]}
    booked = int(session.execute(BOOKED, asked).scalar_one())
    said = {
        "format": FORMAT,
        "number": row.number,
        "version": row.version,
        "month": f"{row.month:%Y-%m}",
        "first": row.month.isoformat(),
        "last": last.isoformat(),
        "follows": {"number": follows.number, "digest": follows.digest} if follows else None,
        "mark": found.mark,
        "difference_fen": booked - added["pledge"]["closing"] + added["dues"]["owed"],
        **parties(session, shop, last),
        **added,
        "reconciliation": reconciled(session, of),
    }
    return Made(said, found.mark)


def parties(session: Session, shop: shops.Shop, day: date) -> dict[str, Any]:
    """Say whose statement it is, and by which rules."""
    try:
        rules = programmes.rule_set(session, shop.programme_id, day).code
    except programmes.NoRuleSet:
        rules = ""
    return {
        "shop": shop.code,
        "shop_name": shop.name,
        "association": shops.association_of(session, shop).name,
        "community": people.unit_by_id(session, shop.community_id).name,
        "rules": rules,
    }


def reconciled(session: Session, of: ShopMonth) -> dict[str, Any]:
    """Say how the month was compared with what the shop said."""
    asked = {"shop": of.shop_id, "first": of.first, "last": of.last}
    return dict(session.execute(RECONCILED, asked).one()._mapping)
