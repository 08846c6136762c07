"""Reads of the trail."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from service.trail.models import Record

PAGE_MAX = 200


def about(session: Session, subject: str, *, limit: int = PAGE_MAX) -> Sequence[Record]:
    """Return what was done to a subject, oldest first."""
    query = select(Record).where(col(Record.subject) == subject).order_by(col(Record.id))
    return session.exec(query.limit(limit)).all()
