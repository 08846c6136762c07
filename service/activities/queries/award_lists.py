"""Lists of awards for staff: what waits for a second person, and everything that was awarded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from service.activities.models import Activity, Award, AwardReversal, AwardStatus
from service.activities.queries.lists import called
from service.activities.refusals import UnknownAward
from service.people import Volunteer

PAGE = 30
WAITING_MAX = 50


@dataclass(frozen=True, slots=True)
class ListedAward:
    """An award, whom it is for, where it was earned, and the reversal that was proposed last."""

    award: Award
    volunteer: Volunteer
    activity: Activity | None
    reversal: AwardReversal | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which awards of which communities are asked for; the page begins behind `before`."""

    communities: Collection[int]
    status: str | None = None
    volunteer: str | None = None
    activity: str | None = None
    before: int | None = None


def listed(communities: Collection[int]) -> Any:
    """Begin a reading of awards with what every list shows of them."""
    return (
        select(Award, Volunteer, Activity)
        .join(Volunteer, col(Volunteer.id) == Award.volunteer_id)
        .outerjoin(Activity, col(Activity.id) == Award.activity_id)
        .where(col(Volunteer.community_id).in_(communities))
    )


def awards_page(session: Session, wanted: Wanted) -> list[ListedAward]:
    """Return a page of awards, the newest first, one row more than a page holds."""
    asked = listed(wanted.communities)
    if wanted.status:
        asked = asked.where(Award.status == wanted.status)
    if wanted.volunteer:
        asked = asked.where(Volunteer.code == wanted.volunteer)
    if wanted.activity:
        asked = asked.where(called(wanted.activity))
    if wanted.before is not None:
        asked = asked.where(col(Award.id) < wanted.before)
    rows = session.exec(asked.order_by(col(Award.id).desc()).limit(PAGE + 1))
    return with_reversals(session, [ListedAward(*row) for row in rows])


def awards_waiting(session: Session, communities: Collection[int]) -> list[ListedAward]:
    """Return the awards that wait for a second person, the oldest first."""
    asked = listed(communities).where(Award.status == AwardStatus.WAITING)
    return [ListedAward(*row) for row in session.exec(asked.order_by(Award.id).limit(WAITING_MAX))]


def reversals_waiting(session: Session, communities: Collection[int]) -> list[ListedAward]:
    """Return the awards that somebody proposed to take back, the oldest proposal first."""
    asked = (
        listed(communities)
        .add_columns(AwardReversal)
        .join(AwardReversal, col(AwardReversal.award_id) == Award.id)
        .where(col(AwardReversal.decision).is_(None))
        .order_by(col(AwardReversal.id))
    )
    return [ListedAward(*row) for row in session.exec(asked.limit(WAITING_MAX))]


def award_by_key(session: Session, key: str) -> ListedAward:
    """Return an award and what was last proposed about it. Raises UnknownAward."""
    asked = (
        select(Award, Volunteer, Activity)
        .join(Volunteer, col(Volunteer.id) == Award.volunteer_id)
        .outerjoin(Activity, col(Activity.id) == Award.activity_id)
        .where(Award.key == key)
    )
    row = session.exec(asked).first()
    if row is None:
        raise UnknownAward
    return with_reversals(session, [ListedAward(*row)])[0]


def with_reversals(session: Session, rows: Sequence[ListedAward]) -> list[ListedAward]:
    """Add the newest proposal of each award, in one statement for all."""
    asked = select(AwardReversal).where(
        col(AwardReversal.award_id).in_([row.award.id for row in rows])
    )
    found = {one.award_id: one for one in session.exec(asked.order_by(col(AwardReversal.id)))}
    return [
        ListedAward(row.award, row.volunteer, row.activity, found.get(row.award.id or 0))
        for row in rows
    ]
