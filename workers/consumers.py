"""Who wants to hear of which events, and what they do about them.

A consumer claims events and does its work in one transaction, so an event that is delivered
twice, or whose worker dies half-way, has its effect once.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial

from sqlmodel import Session

from service import outbox, reconciliation, records, redemptions, settlement, webhooks
from service.clock import Clock
from service.db import Database
from workers.delivery import Consumer, Moments, bring, look_again


def reconcile(session: Session, events: Sequence[outbox.Event], now: datetime) -> None:
    """Do the runs that were asked for, then look again at days whose facts may have changed."""
    for event in events:
        if event.type == "StockCounted" and "run" in event.payload:
            reconciliation.reconcile(session, event.payload["run"], now=now)
    changed = [event for event in events if event.type != "StockCounted"]
    if changed:
        reconciliation.look_again(session, now=now, days=days_of(changed))


def days_of(events: Sequence[outbox.Event]) -> list[date] | None:
    """Return the business days that events name; None when one of them does not say."""
    days = [event.payload.get("business_day") for event in events]
    return None if None in days else sorted({date.fromisoformat(str(day)) for day in days})


def look_at_stars(session: Session, events: Sequence[outbox.Event], now: datetime) -> None:
    """Propose stars to those whose hours grew, and mark those of whom they fell."""
    codes = {str(event.payload["volunteer"]) for event in events if "volunteer" in event.payload}
    records.hours_changed(session, sorted(codes), now=now)


def prepare_days(session: Session, events: Sequence[outbox.Event], now: datetime) -> None:
    """Put the shops' days up for signing that a run or an answer has changed."""
    days = {date.fromisoformat(str(event.payload["day"])) for event in events}
    settlement.prepare(session, days=sorted(days), now=now)


def tell_of_helpers(session: Session, events: Sequence[outbox.Event], now: datetime) -> None:
    """Tell volunteers what a relative's phone fetched."""
    redemptions.tell_of_helpers(session, [event.payload for event in events], now=now)


CONSUMERS = (
    Consumer("helpers", frozenset({"RedemptionCaptured"}), tell_of_helpers),
    Consumer(
        "settlement",
        frozenset({"DayReconciled", "ExceptionOpened", "ExceptionResolved"}),
        prepare_days,
    ),
    Consumer("stars", frozenset({"AwardPosted", "ReversalPosted"}), look_at_stars),
    Consumer(
        "reconciliation",
        frozenset(
            {
                "StockCounted",
                "CheckedIn",
                "AttendanceAmended",
                "AwardPosted",
                "ManualAwardEntered",
                "ReversalPosted",
                "RedemptionCaptured",
                "RedemptionVoided",
                "RedemptionReversed",
                "OfflineBatchUploaded",
            }
        ),
        reconcile,
    ),
)
WANTED = frozenset(kind for consumer in CONSUMERS for kind in consumer.types)

# Not told of events by jobs: the relay itself does it, and comes here with what was set aside.
PARTNERS = Consumer("partners", frozenset(outbox.CATALOGUE), webhooks.tell_partners)
BY_NAME = {consumer.name: consumer for consumer in (*CONSUMERS, PARTNERS)}


def consume(database: Database, ids: Sequence[int], *, now: datetime) -> int:
    """Let every consumer deal with those of these events that it has not dealt with."""
    at = Moments(now, Clock().now())
    types = database.atomic(partial(outbox.types_of, ids=ids))
    asked = [consumer for consumer in CONSUMERS if consumer.types & types]
    return sum(bring(database, consumer, ids, at) for consumer in asked)


def try_failures_again(database: Database, *, now: datetime) -> int:
    """Bring events again on which a consumer failed, those whose wait is over."""
    return look_again(database, BY_NAME, Moments(now, Clock().now()))
