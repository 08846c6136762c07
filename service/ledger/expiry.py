"""Points that reach the last day of their lot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from service.clock import SHANGHAI
from service.ledger.actions import Leg, Posted, Reason, post
from service.ledger.models import Account, Kind, Lot, Transfer, Unit

EXPIRED = "expired"
LAST_MINUTE = time(23, 59)  # when a lot ends; not when the job runs, so that a rerun says the same


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
    """Post the end of one lot, effective on its last day.

    A reversal may put points back into a lot that is over: its second end has its own key.
    """
    source = f"lot:{lot.address}:{lot.expires_on}"
    ended = session.exec(
        select(func.count()).where(Transfer.programme_id == programme_id, Transfer.source == source)
    ).one()
    reason = Reason(
        programme_id=programme_id,
        key=f"expire:{lot.address}:{lot.expires_on}" + (f":{ended + 1}" if ended else ""),
        actor="system",
        source=source,
        occurred_at=datetime.combine(lot.expires_on, LAST_MINUTE, ZoneInfo(SHANGHAI)),
        business_day=lot.expires_on,
        lot_expires_on=lot.expires_on,
    )
    legs = (Leg(lot.address, Unit.PTS, -lot.points), Leg(EXPIRED, Unit.PTS, lot.points))
    return post(session, reason, kind=Kind.EXPIRE, legs=legs, now=now)
