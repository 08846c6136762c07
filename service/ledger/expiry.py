"""Points that reach the last day of their lot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from service.clock import SHANGHAI
from service.ledger.actions import Leg, Reason, lock, post
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
    """List the lots that end on `upto` or earlier, soonest first, as far as nothing holds them."""
    free = col(Account.posted) - col(Account.held_out)
    found = session.exec(
        select(col(Account.address), func.least(col(Lot.amount), free), col(Lot.expires_on))
        .join(Lot, col(Lot.account_id) == col(Account.id))
        .where(col(Account.programme_id) == programme_id)
        .where(col(Lot.expires_on) <= upto, col(Lot.amount) > 0, free > 0)
        .order_by(col(Lot.expires_on), col(Account.address))
    )
    return [Expiring(*row) for row in found]


def expire(session: Session, lots: Iterable[Expiring], *, programme_id: int, now: datetime) -> int:
    """Move what is left and not held of these lots to `expired`; return how many points.

    The key is made of the wallet and the day, so a second run of the job adds nothing. What a
    hold still covers ends with a later run, unless it is spent by then.
    """
    ending = list(lots)
    lock(session, programme_id=programme_id, addresses=[lot.address for lot in ending])
    return sum(expire_lot(session, lot, programme_id, now) for lot in ending)


def expire_lot(session: Session, lot: Expiring, programme_id: int, now: datetime) -> int:
    """Post the end of one lot, effective on its last day; return the points that ended.

    A reversal may put points back into a lot that is over: its second end has its own key.
    """
    source = f"lot:{lot.address}:{lot.expires_on}"
    points = min(lot.points, spendable(session, lot, programme_id))
    ended = session.exec(
        select(func.count()).where(Transfer.programme_id == programme_id, Transfer.source == source)
    ).one()
    if points <= 0:
        return 0
    reason = Reason(
        programme_id=programme_id,
        key=f"expire:{lot.address}:{lot.expires_on}" + (f":{ended + 1}" if ended else ""),
        actor="system",
        source=source,
        occurred_at=datetime.combine(lot.expires_on, LAST_MINUTE, ZoneInfo(SHANGHAI)),
        business_day=lot.expires_on,
        lot_expires_on=lot.expires_on,
    )
    legs = (Leg(lot.address, Unit.PTS, -points), Leg(EXPIRED, Unit.PTS, points))
    post(session, reason, kind=Kind.EXPIRE, legs=legs, now=now)
    return points


def spendable(session: Session, lot: Expiring, programme_id: int) -> int:
    """Return what the lot holds now, as far as no hold covers it."""
    found = session.exec(
        select(func.least(col(Lot.amount), col(Account.posted) - col(Account.held_out)))
        .join(Account, col(Account.id) == col(Lot.account_id))
        .where(col(Account.programme_id) == programme_id, col(Account.address) == lot.address)
        .where(col(Account.unit) == Unit.PTS, col(Lot.expires_on) == lot.expires_on)
    ).first()
    return found or 0
