"""A shop's day that somebody wants compared again now, and how far that is.

The wish stands in the database; a worker's job takes it up at once, and where the queue is away the
next minute's look finds it. While one waits, wishing again changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlmodel import Session

from service import shops, trail
from service.batches.due import turns
from service.batches.models import Batch, BatchClosed, BatchStatus, UnknownBatch


@dataclass(frozen=True, slots=True)
class Again:
    """Whether a comparison is still to be done, and the name of the state that it starts from."""

    waits: bool
    turn: str
    asked_at: datetime | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Far:
    """How far a job is; nothing is known of one that no worker has taken up."""

    done: int | None = None
    total: int | None = None


class Runner(Protocol):
    """Whoever keeps the queue of comparisons; each call raises a refusal where it is away."""

    def compare(self, batch: int, turn: str) -> None:
        """Queue one comparison; its id is that of batch and state, so that twice is once."""

    def how_far(self, batch: int, turn: str) -> Far:
        """Tell how far a comparison is."""


def ask(session: Session, batch_id: int, *, by: str, now: datetime) -> Again:
    """Wish that a batch be compared again. Raises UnknownBatch and BatchClosed."""
    row = session.get(Batch, batch_id, with_for_update={"key_share": True})
    if row is None:
        raise UnknownBatch
    if row.status == BatchStatus.CLOSED:
        raise BatchClosed
    if row.asks == row.answered:
        row.asks += 1
        row.asked_by, row.asked_at = by, now
        session.add(row)
        subject = f"shop:{shops.shop_by_id(session, row.shop_id).code}"
        said = {"batch": row.id, "day": str(row.day)}
        trail.record(session, actor=by, action="batch.again", subject=subject, detail=said, now=now)
        session.flush()
    return standing(session, batch_id)


def standing(session: Session, batch_id: int) -> Again:
    """Say whether somebody's wish is still to be done. Raises UnknownBatch."""
    row = session.get(Batch, batch_id)
    if row is None:
        raise UnknownBatch
    ((_, turn),) = turns(session, ids=[batch_id])
    return Again(row.asks > row.answered, turn, row.asked_at, row.checked_at)
