"""Who wants to hear of which events, and what they do about them.

A consumer claims events and does its work in one transaction, so an event that is delivered
twice, or whose worker dies half-way, has its effect once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlmodel import Session

from service import outbox, reconciliation, records
from service.db import Database


@dataclass(frozen=True, slots=True)
class Consumer:
    """One listener: `work` gets new events of these types in order, each once."""

    name: str
    types: frozenset[str]
    work: Callable[[Session, Sequence[outbox.Event], datetime], object]


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


CONSUMERS = (
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


def consume(database: Database, ids: Sequence[int], *, now: datetime) -> int:
    """Let every consumer deal with those of these events that it has not dealt with."""
    return sum(
        database.atomic(partial(deliver, consumer=consumer, ids=ids, now=now))
        for consumer in CONSUMERS
    )


def deliver(session: Session, *, consumer: Consumer, ids: Sequence[int], now: datetime) -> int:
    """Claim events for one consumer and let it work; return how many were new to it."""
    events = outbox.claim(session, ids, consumer=consumer.name, types=consumer.types, now=now)
    if events:
        consumer.work(session, events, now)
    return len(events)
