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
CLAIM = text(
    """
    WITH due AS (
      SELECT id FROM outbox_events WHERE id = ANY(:ids) AND type = ANY(:types)
      UNION
      SELECT e.id FROM outbox_events later JOIN outbox_events e
        ON e.subject = later.subject AND e.id < later.id AND e.id >= later.id - :back
      WHERE later.id = ANY(:ids) AND e.type = ANY(:types))
    INSERT INTO outbox_consumptions (event_id, consumer, at)
    SELECT id, :consumer, :now FROM due
    WHERE NOT EXISTS (SELECT FROM outbox_consumptions c
                      WHERE c.event_id = due.id AND c.consumer = :consumer)
    ORDER BY id
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
    claimed = session.execute(CLAIM, {**asked, "back": OVERTAKING_MAX}).scalars().all()
    query = select(Event).where(col(Event.id).in_(claimed)).order_by(col(Event.id))
    return session.exec(query).all() if claimed else []
