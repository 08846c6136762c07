"""Reads of the outbox."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import text
from sqlmodel import Session

PAGE_MAX = 200
# How far back the lost are looked for; the primary key makes it a short walk from the newest.
LOOK_BACK = 100_000
OVERLOOKED = text(
    """SELECT id FROM outbox_events e
WHERE id > (SELECT coalesce(max(id), 0) - :back FROM outbox_events) AND type = ANY(:types)
  AND relayed_at < clock_timestamp() - make_interval(secs => :seconds)
  AND NOT EXISTS (SELECT FROM outbox_consumptions c
                  WHERE c.event_id = e.id AND c.consumer = :consumer)
ORDER BY id LIMIT :limit"""
)


def overlooked(
    session: Session, *, consumer: str, types: Collection[str], after: timedelta
) -> list[int]:
    """Return events that were relayed a while ago and that this consumer never dealt with.

    Redis may have been emptied, or a worker killed with the job in its hands.
    """
    asked: dict[str, object] = {"consumer": consumer, "types": list(types)}
    asked |= {"seconds": after.total_seconds(), "back": LOOK_BACK, "limit": PAGE_MAX}
    return list(session.execute(OVERLOOKED, asked).scalars())
