"""Amounts that are set aside until a time, then posted, in whole or in part, or let go."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from service.clock import SHANGHAI
from service.ledger.actions import Leg, Posted, Reason, call, lists, send
from service.ledger.models import Account, Hold, HoldLeg, Kind, Unit

PAGE_MAX = 200
HOLD = """SELECT transfer_id, replayed FROM ledger_hold(%(programme)s, %(key)s, %(hash)s,
 %(addresses)s, %(units)s, %(amounts)s::bigint[], %(actor)s, %(source)s, %(occurred_at)s,
 %(recorded_at)s, %(business_day)s, %(expires_at)s, %(memo)s::jsonb)"""
CAPTURE = """SELECT transfer_id, replayed FROM ledger_capture(%(programme)s, %(key)s, %(hash)s,
 %(kind)s, %(of)s, %(addresses)s::text[], %(units)s::text[], %(amounts)s::bigint[], %(actor)s,
 %(source)s, %(occurred_at)s, %(recorded_at)s, %(business_day)s, %(lot_expires_on)s,
 %(memo)s::jsonb, %(effective_on)s)"""
RELEASE = """SELECT transfer_id, replayed FROM ledger_release(%(programme)s, %(key)s, %(hash)s,
 %(of)s, %(expired)s, %(actor)s, %(source)s, %(occurred_at)s, %(recorded_at)s, %(business_day)s,
 %(memo)s::jsonb)"""

EXPIRE = "SELECT ledger_expire_holds(%(programme)s, %(zone)s, %(now)s, %(limit)s)"


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A hold that stands: what it sets aside, and until when."""

    transfer_id: int
    legs: tuple[Leg, ...]
    expires_at: datetime


def hold(
    session: Session, reason: Reason, *, legs: tuple[Leg, ...], expires_at: datetime, now: datetime
) -> Posted:
    """Set the legs aside until a moment; nothing else can spend what they would take.

    Raises InsufficientPoints when that is not there. The answer's transfer is the hold's id.
    """
    return send(session, HOLD, reason, asked={**lists(legs), "expires_at": expires_at}, now=now)


def capture(
    session: Session,
    reason: Reason,
    *,
    hold_id: int,
    kind: Kind,
    now: datetime,
    legs: tuple[Leg, ...] | None = None,
) -> Posted:
    """Post what a hold set aside, or the smaller `legs` of it, before its time is over.

    Raises HoldResolved, HoldExpired, UnknownHold or CaptureTooMuch. What a reversal took away
    meanwhile is owed: it had been promised.
    """
    given = lists(legs) if legs is not None else {"addresses": None, "units": None, "amounts": None}
    return send(session, CAPTURE, reason, asked={"kind": kind, "of": hold_id, **given}, now=now)


def release(
    session: Session, reason: Reason, *, hold_id: int, now: datetime, expired: bool = False
) -> Posted:
    """Let a hold go; as `expired` only when its time is over, which else raises HoldNotOver."""
    return send(session, RELEASE, reason, asked={"of": hold_id, "expired": expired}, now=now)


def expire_holds(session: Session, *, programme_id: int, now: datetime, limit: int = 100) -> int:
    """Let go of holds whose time is over, oldest first, and return how many.

    Holds that somebody is settling at this moment are left to him. The key is made of the hold,
    so that running it twice adds nothing.
    """
    asked = {"programme": programme_id, "zone": SHANGHAI, "now": now, "limit": limit}
    return int(call(session, EXPIRE, asked)[0])


def open_holds(
    session: Session, *, programme_id: int, after: int = 0, limit: int = 50
) -> list[OpenHold]:
    """List a page of the holds that stand, by id, from beyond the hold `after`."""
    standing = session.exec(
        select(Hold)
        .where(Hold.programme_id == programme_id, col(Hold.transfer_id) > after)
        .order_by(col(Hold.transfer_id))
        .limit(min(limit, PAGE_MAX))
    ).all()
    legs: dict[int, list[Leg]] = {one.transfer_id: [] for one in standing}
    rows = session.exec(
        select(HoldLeg, Account)
        .join(Account, col(Account.id) == col(HoldLeg.account_id))
        .where(col(HoldLeg.transfer_id).in_(legs))
        .order_by(col(Account.unit).desc(), col(HoldLeg.amount), col(Account.address))
    )
    for leg, account in rows:
        legs[leg.transfer_id].append(Leg(account.address, Unit(account.unit), leg.amount))
    return [
        OpenHold(one.transfer_id, tuple(legs[one.transfer_id]), one.expires_at) for one in standing
    ]
