"""Whom a secretary entrusted with awards by hand, and whom she suspended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from service.activities.models import Right
from service.people import Volunteer

PAGE = 50


@dataclass(frozen=True, slots=True)
class HeldRight:
    """A right and its holder."""

    right: Right
    volunteer: Volunteer


def rights_page(
    session: Session, communities: Collection[int], *, after: str = ""
) -> Sequence[HeldRight]:
    """Return a page of rights by booklet number, and one more row than a page holds."""
    asked = (
        select(Right, Volunteer)
        .join(Volunteer, col(Volunteer.id) == Right.volunteer_id)
        .where(col(Volunteer.community_id).in_(communities), Volunteer.code > after)
        .order_by(Volunteer.code)
        .limit(PAGE + 1)
    )
    return [HeldRight(*row) for row in session.exec(asked)]
