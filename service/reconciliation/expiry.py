"""Points at the end of their lot: announced some days before, expired when their day is over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service import ledger, outbox, programmes
from service.clock import business_day
from service.ledger import Expiring
from service.reconciliation.rules import last_ended_day

BATCH = 100
ANNOUNCED = text(
    """SELECT subject FROM outbox_events
WHERE subject = ANY(:subjects) AND type = 'PointsExpiring'"""
)


def expire_points(session: Session, *, programme_id: int, now: datetime) -> int:
    """Expire up to a hundred lots whose last day is over; return how many were found.

    Running it twice expires once: the ledger's key is made of the wallet and the day.
    """
    zone = programmes.programme_by_id(session, programme_id).zone
    upto = last_ended_day(now, zone)
    lots = ledger.expiring(session, programme_id=programme_id, upto=upto)[:BATCH]
    ledger.lock(session, programme_id=programme_id, addresses=[lot.address for lot in lots])
    for lot in lots:
        points = ledger.expire(session, [lot], programme_id=programme_id, now=now)
        if points:
            ended = said(replace(lot, points=points))  # a hold may have kept some of them
            outbox.publish(session, "PointsExpired", lot.address, ended, now=now)
    return len(lots)


def announce_expiry(session: Session, *, programme_id: int, now: datetime) -> int:
    """Tell, once a lot, of points that expire within the rule set's days; return how many lots."""
    zone = programmes.programme_by_id(session, programme_id).zone
    today = business_day(now, zone)
    try:
        rules = programmes.rule_set(session, programme_id, today)
    except programmes.NoRuleSet:
        return 0  # nothing was promised for this day
    upto = today + timedelta(days=rules.warn_days)
    lots = ledger.expiring(session, programme_id=programme_id, upto=upto)
    new = list(unannounced(session, lots))
    for lot in new:
        outbox.publish(session, "PointsExpiring", subject_of(lot), said(lot), now=now)
    return len(new)


def unannounced(session: Session, lots: list[Expiring]) -> Iterator[Expiring]:
    """Yield the lots that nobody was told of."""
    asked = {"subjects": [subject_of(lot) for lot in lots]}
    told = set(session.execute(ANNOUNCED, asked).scalars())
    yield from (lot for lot in lots if subject_of(lot) not in told)


def subject_of(lot: Expiring) -> str:
    """Name a lot: what is announced once."""
    return f"lot:{lot.address}:{lot.expires_on}"


def said(lot: Expiring) -> dict[str, Any]:
    """Return what an event says of a lot."""
    return {"account": lot.address, "points": lot.points, "expires_on": str(lot.expires_on)}
