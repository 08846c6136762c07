"""Lines of paper sheets: those that wait for a second person, and the one behind an award."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from service.activities.models import Activity, PaperLine
from service.people import Volunteer

PAGE_MAX = 50


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A paper line, its activity and whom it is for."""

    line: PaperLine
    activity: Activity
    volunteer: Volunteer


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


def approved_line(session: Session, activity_id: int | None, volunteer_id: int) -> PaperLine | None:
    """Return the paper line that somebody's stay was made of, if it was."""
    asked = select(PaperLine).where(
        PaperLine.activity_id == activity_id,
        PaperLine.volunteer_id == volunteer_id,
        PaperLine.status == "approved",
    )
    return session.exec(asked).first()
