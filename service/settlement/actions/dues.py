"""What an association owes its shops, as the books say it.

close    payable:SHOP -over, pledge:SHOP +over   what was given beyond the pledge is owed
reopen   the mirror image of it, once no payment stands

The account is below zero by what is owed; at nothing all is paid. Within a pledge nothing is owed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from service import ledger, shops
from service.clock import business_day
from service.ledger import Kind, Leg, Place, Transfer, Unit
from service.settlement.models import Statement
from service.settlement.payment_models import STANDING, UNDECIDED, Payment, PaymentsStand
from service.settlement.rules import Step

# What was taken over of a shop and is in no statement up to this one: it is not owed twice.
AHEAD = text(
    """SELECT coalesce(-sum(e.amount), 0)::bigint FROM ledger_accounts a
  JOIN ledger_entries e ON e.account_id = a.id JOIN ledger_transfers t ON t.id = e.transfer_id
WHERE a.programme_id = :programme AND a.address = :address AND a.unit = 'CNY'
  AND t.source LIKE 'statement:%'
  AND NOT (t.business_day <= :last AND t.xid < CAST(:mark AS xid8))"""
)


@dataclass(frozen=True, slots=True)
class Due:
    """Under one statement: what was paid, and what still is to be paid."""

    paid_fen: int
    left_fen: int


def take_over(session: Session, row: Statement, *, by: str, now: datetime) -> int | None:
    """Put what a closed statement says was given beyond the pledge into what is owed.

    Return the transfer, or None where the pledge covered it all or an earlier statement did.
    """
    assert row.content is not None
    shop = shops.shop_by_id(session, row.shop_id)
    asked = {"programme": shop.programme_id, "address": f"payable:{shop.code}"}
    asked |= {"last": date.fromisoformat(row.content["last"]), "mark": row.mark}
    ahead = int(session.execute(AHEAD, asked).scalar_one())
    fen = max(0, -(row.closing_fen or 0)) - ahead
    if fen <= 0:
        return None
    open_accounts(session, shop, now=now)
    legs = (Leg(f"payable:{shop.code}", Unit.CNY, -fen), Leg(f"pledge:{shop.code}", Unit.CNY, fen))
    reason = because(row, f"statement:{row.number}", "due", by=by, now=now)
    return ledger.post(session, reason, kind=Kind.ADJUST, legs=legs, now=now).transfer_id


def give_back(session: Session, row: Statement, *, by: str, now: datetime) -> int | None:
    """Undo what closing a statement took over, before it is made anew. Raises PaymentsStand."""
    asked = select(func.count()).where(
        Payment.statement_id == row.id, col(Payment.status).in_({*STANDING, *UNDECIDED})
    )
    if session.exec(asked).one():
        raise PaymentsStand
    source = f"statement:{row.number}"
    known = select(Transfer.id).where(
        Transfer.programme_id == row.programme_id, Transfer.key == f"{source}:due"
    )
    taken = session.exec(known).one_or_none()
    if taken is None:
        return None
    reason = because(row, source, "due:back", by=by, now=now)
    return ledger.reverse(session, reason, transfer_id=taken, now=now).transfer_id


def due(session: Session, row: Statement) -> Due:
    """Say what was paid under a statement, and what is left of it that the books still owe."""
    asked = select(func.coalesce(func.sum(Payment.fen), 0)).where(
        Payment.statement_id == row.id, col(Payment.status).in_(STANDING)
    )
    paid = int(session.exec(asked).one())
    if row.status != Step.CLOSED or row.content is None:
        return Due(paid, 0)
    shop = shops.shop_by_id(session, row.shop_id)
    return Due(paid, max(0, min(row.content["dues"]["balance"] - paid, owed(session, shop))))


def owed(session: Session, shop: shops.Shop) -> int:
    """Return what the books owe a shop."""
    address = f"payable:{shop.code}"
    return -ledger.balance(session, programme_id=shop.programme_id, address=address, unit=Unit.CNY)


def payer(session: Session, shop: shops.Shop) -> str:
    """Return the account out of which a shop is paid: its association's money."""
    return f"fund:{shops.association_of(session, shop).code}"


def open_accounts(session: Session, shop: shops.Shop, *, now: datetime) -> None:
    """Open what a payment moves: what is owed is kept as a balance, money is only summed."""
    places = {
        f"payable:{shop.code}": Place(tracked=True),
        payer(session, shop): ledger.HOT_END,
    }
    for address, place in places.items():
        of: dict[str, Any] = {"programme_id": shop.programme_id, "address": address}
        ledger.open_account(session, **of, unit=Unit.CNY, place=place, now=now)


def because(
    row: Statement, source: str, of: str, *, by: str, now: datetime, **said: Any
) -> ledger.Reason:
    """Return the reason of a posting that is about a statement; its key is the source's own."""
    return ledger.Reason(
        programme_id=row.programme_id,
        key=f"{source}:{of}",
        actor=by,
        source=source,
        occurred_at=now,
        business_day=business_day(now),
        memo={"statement": row.number, **said},
    )
