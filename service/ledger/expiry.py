"""Points that reach the last day of their lot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from service.ledger.actions import Leg, Posted, Reason, post
from service.ledger.models import Account, Kind, Lot, Unit

EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Expiring:
    """One lot that ends: so many points of this wallet, spendable up to and including the day."""

    address: str
    points: int
    expires_on: date


def expiring(session: Session, *, programme_id: int, upto: date) -> list[Expiring]:
    """List the lots with points in them that end on `upto` or earlier, soonest first."""
    found = session.exec(
        select(col(Account.address), col(Lot.amount), col(Lot.expires_on))
        .join(Lot, col(Lot.account_id) == col(Account.id))
        .where(col(Account.programme_id) == programme_id)
        .where(col(Lot.expires_on) <= upto, col(Lot.amount) > 0)
        .order_by(col(Lot.expires_on), col(Account.address))
    )
    return [Expiring(*row) for row in found]


def expire(session: Session, lots: Iterable[Expiring], *, programme_id: int, now: datetime) -> int:
    """Move every one of these lots to `expired` and return how many points that were.

    The key is made of the wallet and the day, so a second run of the job adds nothing.
    """
    return sum(
        lot.points for lot in lots if not expire_lot(session, lot, programme_id, now).replayed
    )


def expire_lot(session: Session, lot: Expiring, programme_id: int, now: datetime) -> Posted:
    """Post the end of one lot, effective on its last day."""
    reason = Reason(
        programme_id=programme_id,
        key=f"expire:{lot.address}:{lot.expires_on}",
        actor="system",
        source=f"lot:{lot.address}:{lot.expires_on}",
        occurred_at=now,
        business_day=lot.expires_on,
        lot_expires_on=lot.expires_on,
    )
    legs = (Leg(lot.address, Unit.PTS, -lot.points), Leg(EXPIRED, Unit.PTS, lot.points))
    return post(session, reason, kind=Kind.EXPIRE, legs=legs, now=now)
