"""Reads of the outbox."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, select

from service.outbox.models import Event, Failure, UnknownFailure

PAGE_MAX = 200
# How far back the lost are looked for; the primary key makes it a short walk from the newest.
LOOK_BACK = 100_000
TYPES = text("SELECT DISTINCT type FROM outbox_events WHERE id = ANY(:ids)")
OVERLOOKED = text(
    """SELECT id FROM outbox_events e
WHERE id > (SELECT coalesce(max(id), 0) - :back FROM outbox_events) AND type = ANY(:types)
  AND relayed_at < clock_timestamp() - make_interval(secs => :seconds)
  AND NOT EXISTS (SELECT FROM outbox_consumptions c
                  WHERE c.event_id = e.id AND c.consumer = :consumer)
  AND NOT EXISTS (SELECT FROM outbox_failures f
                  WHERE f.consumer = :consumer AND f.subject = e.subject AND f.event_id <= e.id
                    AND f.status IN ('retrying', 'dead'))
ORDER BY id LIMIT :limit"""
)

LAG = text(
    """SELECT (SELECT count(*) FROM outbox_events WHERE relayed_at IS NULL) AS waiting,
  (SELECT recorded_at FROM outbox_events WHERE relayed_at IS NULL ORDER BY id LIMIT 1) AS oldest_at,
  (SELECT count(*) FROM outbox_failures WHERE status = 'retrying') AS retrying,
  (SELECT count(*) FROM outbox_failures WHERE status = 'dead') AS dead"""
)


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the telling is behind what happened."""

    waiting: int
    oldest_at: datetime | None
    retrying: int
    dead: int


def lag(session: Session) -> Lag:
    """Count the events that nobody was told of yet, and those that a listener failed on."""
    return Lag(**session.execute(LAG).mappings().one())


def overlooked(
    session: Session, *, consumer: str, types: Collection[str], after: timedelta
) -> list[int]:
    """Return events that were relayed a while ago and that this consumer never dealt with.

    Redis may have been emptied, or a worker killed with the job in its hands.
    """
    asked: dict[str, object] = {"consumer": consumer, "types": list(types)}
    asked |= {"seconds": after.total_seconds(), "back": LOOK_BACK, "limit": PAGE_MAX}
    return list(session.execute(OVERLOOKED, asked).scalars())


def types_of(session: Session, ids: Collection[int]) -> frozenset[str]:
    """Return which types these events have."""
    return frozenset(session.execute(TYPES, {"ids": list(ids)}).scalars())


@dataclass(frozen=True, slots=True)
class Seen:
    """Whose failures somebody may see: those of some programmes and of none, or all of them."""

    programmes: frozenset[int] | None = None

    def holds(self, row: Failure) -> bool:
        """Tell whether a failure is among them."""
        everything = self.programmes is None or row.programme_id is None
        return everything or row.programme_id in (self.programmes or ())


def failures(
    session: Session,
    seen: Seen,
    *,
    statuses: Collection[str],
    before: int | None = None,
    limit: int = PAGE_MAX,
) -> Sequence[Failure]:
    """Return the failures in these states, the newest first; `before` is the last one's number."""
    asked = select(Failure).where(col(Failure.status).in_(statuses))
    if seen.programmes is not None:
        mine = col(Failure.programme_id).in_(seen.programmes)
        asked = asked.where(mine | col(Failure.programme_id).is_(None))
    if before is not None:
        asked = asked.where(col(Failure.id) < before)
    return session.exec(asked.order_by(col(Failure.id).desc()).limit(limit)).all()


def failure(session: Session, failure_id: int, seen: Seen) -> tuple[Failure, Event]:
    """Return a failure with its event. Raises UnknownFailure."""
    row = session.get(Failure, failure_id)
    if row is None or not seen.holds(row):
        raise UnknownFailure
    return row, session.get_one(Event, row.event_id)
