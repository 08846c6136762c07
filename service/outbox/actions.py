"""Telling what happened, moving it on, and dealing with it once."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from service.outbox.models import Event, EventType, UnknownEvent

# Any number would do; it is ours alone in this database ("aixin relay" as four bytes).
RELAY_LOCK = 0x61785F72
TYPES = frozenset(event.value for event in EventType)

# How far back an earlier event of the same subject is looked for.
OVERTAKING_MAX = 10_000
# What is new to a consumer: these events and earlier ones of their subjects, but nothing of a
# subject from the event on that it failed on. `again` is for that very event.
NEW = """
    WITH due AS (
      SELECT id, subject FROM outbox_events WHERE id = ANY(:ids) AND type = ANY(:types)
      UNION
      SELECT e.id, e.subject FROM outbox_events later JOIN outbox_events e
        ON e.subject = later.subject AND e.id < later.id AND e.id >= later.id - :back
      WHERE later.id = ANY(:ids) AND e.type = ANY(:types)),
    new AS (
      SELECT id FROM due
      WHERE NOT EXISTS (SELECT FROM outbox_consumptions c
                        WHERE c.event_id = due.id AND c.consumer = :consumer)
        AND NOT EXISTS (SELECT FROM outbox_failures f
                        WHERE f.consumer = :consumer AND f.subject = due.subject
                          AND f.status IN ('retrying', 'dead')
                          AND (f.event_id < due.id OR f.event_id = due.id AND NOT :again)))
"""
PENDING = text(NEW + "SELECT id FROM new ORDER BY id")
CLAIM = text(
    NEW
    + """
    INSERT INTO outbox_consumptions (event_id, consumer, at)
    SELECT id, :consumer, :now FROM new ORDER BY id
    ON CONFLICT DO NOTHING RETURNING event_id
    """
)


def publish(
    session: Session,
    type: str,  # noqa: A002 - the word of the catalogue
    subject: str,
    payload: dict[str, Any],
    *,
    now: datetime,
    occurred_at: datetime | None = None,
) -> Event:
    """Write an event into the caller's transaction: told if that commits, and only then.

    `payload` must be JSON. Raises UnknownEvent for a type that the catalogue does not have.
    """
    if type not in TYPES:
        raise UnknownEvent(type)
    event = Event(
        type=str(type),
        subject=subject,
        payload=payload,
        occurred_at=occurred_at or now,
        recorded_at=now,
    )
    session.add(event)
    return event


def waiting(session: Session, *, limit: int) -> Sequence[Event]:
    """Return the oldest events that nobody was told of, in order; none while another relay works.

    One relay at a time holds the queue until its transaction ends. Locking rows and skipping
    locked ones would let a later event of a subject overtake an earlier one.
    """
    mine = session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": RELAY_LOCK})
    if not mine.scalar_one():
        return []
    return session.exec(
        select(Event).where(col(Event.relayed_at).is_(None)).order_by(col(Event.id)).limit(limit)
    ).all()


def mark_relayed(session: Session, ids: Collection[int]) -> None:
    """Note that these events were handed on; the relay never looks at them again.

    By the database's own clock: this is how the machinery runs, which no simulated day changes.
    """
    session.execute(
        text("UPDATE outbox_events SET relayed_at = clock_timestamp() WHERE id = ANY(:ids)"),
        {"ids": list(ids)},
    )


def claim(
    session: Session, ids: Collection[int], *, consumer: str, types: Collection[str], now: datetime
) -> Sequence[Event]:
    """Take those of these events that this consumer has not dealt with, in order.

    Earlier events of the same subjects that still wait come along, so that a slow or lost job
    does not let a later one overtake it. The claim is part of the caller's transaction: when the
    effect fails, the claim is gone too; a rival waits here and then finds nothing left.
    """
    asked = {"ids": list(ids), "consumer": consumer, "types": list(types), "now": now}
    return claimed(session, {**asked, "back": OVERTAKING_MAX, "again": False})


def claim_alone(
    session: Session, event_id: int, *, consumer: str, now: datetime, again: bool = False
) -> Event | None:
    """Take one event by itself; `again` is for one that has failed before."""
    event = session.get_one(Event, event_id)
    asked = {"ids": [event_id], "consumer": consumer, "types": [event.type], "now": now}
    return event if claimed(session, {**asked, "back": 0, "again": again}) else None


def claimed(session: Session, asked: dict[str, Any]) -> Sequence[Event]:
    """Take events by the statement, and read them in order."""
    taken = session.execute(CLAIM, asked).scalars().all()
    query = select(Event).where(col(Event.id).in_(taken)).order_by(col(Event.id))
    return session.exec(query).all() if taken else []


def pending(
    session: Session, ids: Collection[int], *, consumer: str, types: Collection[str]
) -> list[int]:
    """Return what `claim` would take now, and take nothing."""
    asked = {"ids": list(ids), "consumer": consumer, "types": list(types), "again": False}
    return list(session.execute(PENDING, {**asked, "back": OVERTAKING_MAX}).scalars())
