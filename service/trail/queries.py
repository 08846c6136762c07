"""Reads of the trail."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from service.trail.models import Record

PAGE_MAX = 200


def about(session: Session, subject: str, *, limit: int = PAGE_MAX) -> Sequence[Record]:
    """Return what was done to a subject, oldest first."""
    query = select(Record).where(col(Record.subject) == subject).order_by(col(Record.id))
    return session.exec(query.limit(limit)).all()


def by(
    session: Session, actor: str, *, before: int | None = None, limit: int = 50
) -> Sequence[Record]:
    """Return a page of what somebody did, newest first, below the id `before`."""
    query = select(Record).where(col(Record.actor) == actor)
    if before is not None:
        query = query.where(col(Record.id) < before)
    return session.exec(query.order_by(col(Record.id).desc()).limit(min(limit, PAGE_MAX))).all()
