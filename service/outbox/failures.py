"""What becomes of an event on which a consumer failed: tried again with waits, then set aside.

Order within a subject is kept for every consumer: while one of its events stands open here, the
later ones wait. Whoever looks at it has it tried again, or leaves it out; then they go on.
Moments here are the machine's own, which no simulated day changes.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import trail
from service.errors import Conflict, Invalid
from service.i18n import N_
from service.outbox.models import Consumption, Event, Failure, Fate, UnknownFailure

WAITS_S = (5, 30, 120, 600, 3600)  # then somebody must look at it
DUE_MAX = 200
ERROR_CHARACTERS_MAX = 1000
OPEN = (Fate.RETRYING, Fate.DEAD)
PROGRAMME = text("SELECT outbox_programme(:subject, payload) FROM outbox_events WHERE id = :id")
FOLLOWERS = text(
    """SELECT id FROM outbox_events e
WHERE subject = :subject AND id > :id AND type = ANY(:types) AND relayed_at IS NOT NULL
  AND NOT EXISTS (SELECT FROM outbox_consumptions c
                  WHERE c.event_id = e.id AND c.consumer = :consumer)
ORDER BY id LIMIT :limit"""
)


class NotOpen(Conflict):
    """The event was dealt with, or left out, before."""

    slug, title = "failure-settled", N_("This event has been dealt with")


class NoteMissing(Invalid):
    """Leaving an event out needs a reason: its effect will never come."""

    slug, title = "note-missing", N_("Please say why")
    field = "note"


def fail(
    session: Session, event: Event, *, consumer: str, error: str, now: datetime, wait: bool = True
) -> Failure:
    """Note that a consumer failed on an event, and when it will be tried again.

    Without `wait` it is set aside at once: trying the same again could not help.
    """
    assert event.id is not None
    asked = select(Failure).where(Failure.event_id == event.id, Failure.consumer == consumer)
    row = session.exec(asked.with_for_update()).one_or_none() or begin(
        session, event, consumer, now
    )
    row.attempts, row.last_at, row.error = row.attempts + 1, now, error[:ERROR_CHARACTERS_MAX]
    again = wait and row.attempts <= len(WAITS_S)
    row.status = Fate.RETRYING if again else Fate.DEAD
    row.next_at = now + timedelta(seconds=WAITS_S[row.attempts - 1]) if again else None
    session.add(row)
    return row


def begin(session: Session, event: Event, consumer: str, now: datetime) -> Failure:
    """Begin the story of a failure."""
    of = {"subject": event.subject, "id": event.id}
    return Failure(
        event_id=event.id or 0,
        consumer=consumer,
        subject=event.subject,
        programme_id=session.execute(PROGRAMME, of).scalar(),
        status=Fate.RETRYING,
        attempts=0,
        error="",
        first_at=now,
        last_at=now,
    )


def due(session: Session, *, now: datetime) -> Sequence[Failure]:
    """Return the failures that are to be looked at again, the oldest events first."""
    asked = select(Failure).where(col(Failure.next_at) <= now)
    return session.exec(asked.order_by(col(Failure.event_id)).limit(DUE_MAX)).all()


def followers(
    session: Session, failure: Failure, *, types: Collection[str], limit: int
) -> list[int]:
    """Return the later events of a failure's subject that its consumer has not dealt with."""
    asked = {"subject": failure.subject, "id": failure.event_id, "consumer": failure.consumer}
    more = {"types": list(types), "limit": limit}
    return list(session.execute(FOLLOWERS, asked | more).scalars())


def settle(session: Session, failure: Failure) -> bool:
    """Close a failure whose event is off its consumer's hands; False while it is not.

    Whoever dealt with it may have died before he could say so: the consumption tells.
    """
    if session.get(Consumption, (failure.event_id, failure.consumer)) is None:
        return False
    row = session.get(Failure, failure.id, with_for_update=True)
    assert row is not None
    if row.status in OPEN:
        row.status = Fate.DONE
    row.next_at = None
    session.add(row)
    return True


def retry(session: Session, failure_id: int, *, actor: str, now: datetime) -> Failure:
    """Have an event tried again at once; again before that came is no second order.

    Raises UnknownFailure, NotOpen.
    """
    row = locked(session, failure_id)
    if row.status not in OPEN:
        raise NotOpen
    if row.status == Fate.DEAD or row.next_at is None or row.next_at > now:
        row.status, row.attempts, row.next_at, row.decided_by = Fate.RETRYING, 0, now, actor
        record(session, row, "outbox.retry", actor=actor, now=now)
    session.add(row)
    return row


def skip(session: Session, failure_id: int, *, note: str, actor: str, now: datetime) -> Failure:
    """Leave an event out for its consumer, for ever, and say why; the later ones go on.

    The same twice is one. Raises UnknownFailure, NoteMissing, NotOpen.
    """
    row = locked(session, failure_id)
    if row.status == Fate.SKIPPED:
        return row
    if not note.strip():
        raise NoteMissing
    if row.status not in OPEN:
        raise NotOpen
    session.merge(Consumption(event_id=row.event_id, consumer=row.consumer, at=now))
    row.status, row.next_at, row.decided_by, row.note = Fate.SKIPPED, now, actor, note.strip()
    session.add(row)
    record(session, row, "outbox.skip", actor=actor, now=now)
    return row


def locked(session: Session, failure_id: int) -> Failure:
    """Return a failure and keep it for this transaction. Raises UnknownFailure."""
    row = session.get(Failure, failure_id, with_for_update=True)
    if row is None:
        raise UnknownFailure
    return row


def record(session: Session, row: Failure, action: str, *, actor: str, now: datetime) -> None:
    """Write into the trail who decided about an event."""
    said = {"event": row.event_id, "consumer": row.consumer, "note": row.note}
    trail.record(session, actor=actor, action=action, subject=row.subject, detail=said, now=now)
