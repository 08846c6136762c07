"""Whom a secretary entrusted with awards by hand, whom she suspended, and who may not lead."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from service.activities.models import LEAD, MANUAL_AWARD, Right
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
    """Return a page of rights to award by booklet number, and one more row than a page holds."""
    asked = (
        select(Right, Volunteer)
        .join(Volunteer, col(Volunteer.id) == Right.volunteer_id)
        .where(Right.name == MANUAL_AWARD)
        .where(col(Volunteer.community_id).in_(communities), Volunteer.code > after)
        .order_by(Volunteer.code)
        .limit(PAGE + 1)
    )
    return [HeldRight(*row) for row in session.exec(asked)]


def not_leading(session: Session, communities: Collection[int], *, on: date) -> Sequence[HeldRight]:
    """Return who is suspended from leading on a day, whoever leads again soonest at the top."""
    asked = (
        select(Right, Volunteer)
        .join(Volunteer, col(Volunteer.id) == Right.volunteer_id)
        .where(Right.name == LEAD, col(Right.suspended_until) >= on)
        .where(col(Volunteer.community_id).in_(communities))
        .order_by(col(Right.suspended_until), Volunteer.code)
        .limit(PAGE)
    )
    return [HeldRight(*row) for row in session.exec(asked)]
