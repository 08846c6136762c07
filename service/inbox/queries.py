"""Reads of the inbox: a page of it, and how many messages are unread."""

from sqlmodel import Session, col, func, select

from service.inbox.models import Letter

PAGE = 20


def letters(session: Session, volunteer_id: int, *, before: int | None = None) -> list[Letter]:
    """Return a page of a volunteer's messages, newest first, one row more than a page holds."""
    asked = select(Letter).where(Letter.volunteer_id == volunteer_id)
    if before is not None:
        asked = asked.where(col(Letter.id) < before)
    return list(session.exec(asked.order_by(col(Letter.id).desc()).limit(PAGE + 1)).all())


def unread_count(session: Session, volunteer_id: int) -> int:
    """Return how many messages a volunteer has not opened yet."""
    asked = select(func.count()).where(
        Letter.volunteer_id == volunteer_id, col(Letter.read_at).is_(None)
    )
    return session.exec(asked).one()
