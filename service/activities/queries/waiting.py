"""What waits for a second person: awards typed in above the limit, and lines of paper sheets."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from service.activities.models import Activity, Award, PaperLine
from service.people import Volunteer

PAGE_MAX = 50


@dataclass(frozen=True, slots=True)
class TypedAward:
    """An award by hand and whom it is for."""

    award: Award
    volunteer: Volunteer


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A paper line, its activity and whom it is for."""

    line: PaperLine
    activity: Activity
    volunteer: Volunteer


def typed_awards(session: Session, community_ids: Collection[int]) -> list[TypedAward]:
    """Return the awards by hand of some communities: waiting ones first, then the newest."""
    rows = session.exec(
        select(Award, Volunteer)
        .join(Volunteer, col(Volunteer.id) == Award.volunteer_id)
        .where(Award.kind == "manual", col(Volunteer.community_id).in_(community_ids))
        .order_by((col(Award.status) == "waiting").desc(), col(Award.id).desc())
        .limit(PAGE_MAX)
    )
    return [TypedAward(*row) for row in rows]


def typed_lines(
    session: Session, *, community_ids: Collection[int] = (), activity_id: int | None = None
) -> list[TypedLine]:
    """Return the lines that wait, of some communities or of one activity, oldest first."""
    asked = (
        select(PaperLine, Activity, Volunteer)
        .join(Activity, col(Activity.id) == PaperLine.activity_id)
        .join(Volunteer, col(Volunteer.id) == PaperLine.volunteer_id)
        .where(PaperLine.status == "waiting")
        .order_by(col(PaperLine.id))
        .limit(PAGE_MAX)
    )
    if activity_id is not None:
        asked = asked.where(PaperLine.activity_id == activity_id)
    else:
        asked = asked.where(col(Activity.community_id).in_(community_ids))
    return [TypedLine(*row) for row in session.exec(asked)]
