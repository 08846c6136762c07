"""Reads of the outbox."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from service.outbox.models import Event

PAGE_MAX = 200


def about(session: Session, subject: str, *, limit: int = PAGE_MAX) -> Sequence[Event]:
    """Return what happened to a subject, oldest first."""
    query = select(Event).where(col(Event.subject) == subject).order_by(col(Event.id))
    return session.exec(query.limit(limit)).all()
