"""Reads of requests: one's own, and those that wait at a desk."""

from collections.abc import Collection, Sequence

from sqlmodel import Session, col, select

from service.people import Volunteer
from service.privacy.models import Correction

PAGE = 50


def open_correction(session: Session, volunteer_id: int, field: str) -> Correction | None:
    """Return the request about a field that nobody has answered yet."""
    asked = select(Correction).where(
        Correction.volunteer_id == volunteer_id,
        Correction.field == field,
        col(Correction.answered_at).is_(None),
    )
    return session.exec(asked).first()


def corrections_of(session: Session, volunteer_id: int) -> Sequence[Correction]:
    """Return somebody's requests, the newest first."""
    asked = select(Correction).where(Correction.volunteer_id == volunteer_id)
    return session.exec(asked.order_by(col(Correction.id).desc()).limit(PAGE)).all()


def corrections(
    session: Session, community_ids: Collection[int]
) -> Sequence[tuple[Correction, Volunteer]]:
    """Return the requests of some communities: those that wait first, then the newest."""
    asked = (
        select(Correction, Volunteer)
        .join(Volunteer, col(Volunteer.id) == Correction.volunteer_id)
        .where(col(Volunteer.community_id).in_(community_ids))
        .order_by(col(Correction.answered_at).desc().nulls_first(), col(Correction.id))
    )
    return session.exec(asked.limit(PAGE)).all()
