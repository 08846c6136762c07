"""Figures for other slices: standing, awards of a day, counts for the reconciliation."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from service.activities.models import (
    STANDING,
    Activity,
    Attendance,
    Award,
    AwardStatus,
    Signup,
)
from service.activities.rules import month_of

STANDINGS = text(
    """
SELECT v.id, v.opening_minutes + coalesce(sum(w.minutes), 0) AS minutes,
  v.opening_lifetime + coalesce(sum(w.points) FILTER (WHERE w.status = 'posted'), 0) AS lifetime
FROM people_volunteers v
  LEFT JOIN activities_awards w ON w.volunteer_id = v.id AND w.status IN ('noticed', 'posted')
WHERE v.id = ANY(:ids) GROUP BY v.id
"""
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What was ever earned and served: spending never lowers it, a reversal does."""

    lifetime: int  # points; those that wait for the end of their notice are not earned yet
    minutes: int


def standing(session: Session, volunteer_id: int) -> Standing:
    """Return one volunteer's lifetime points and minutes, the opening ones included."""
    return standings(session, [volunteer_id])[volunteer_id]


def standings(session: Session, volunteer_ids: Collection[int]) -> dict[int, Standing]:
    """Return the standing of several volunteers in one statement."""
    rows = session.execute(STANDINGS, {"ids": list(volunteer_ids)})
    return {row.id: Standing(int(row.lifetime), int(row.minutes)) for row in rows}


def earned_points(session: Session, volunteer_id: int | None, day: date) -> tuple[int, int]:
    """Return the net points awarded for service on a day, and in its month."""
    return earned_by(session, [volunteer_id or 0], day).get(volunteer_id or 0, (0, 0))


def earned_by(
    session: Session, volunteer_ids: Collection[int], day: date
) -> dict[int, tuple[int, int]]:
    """Return the same of several volunteers, by id; who earned nothing is not in it.

    What waits for the end of its notice has taken its room; what was taken back has not.
    """
    on_day = func.sum(Award.points).filter(col(Award.service_day) == day)
    rows = session.exec(
        select(Award.volunteer_id, func.coalesce(on_day, 0), func.sum(Award.points))
        .where(col(Award.volunteer_id).in_(volunteer_ids), col(Award.status).in_(STANDING))
        .where(Award.service_month == month_of(day))
        .group_by(col(Award.volunteer_id))
    )
    return {volunteer: (int(of_day), int(of_month)) for volunteer, of_day, of_month in rows}


def activities_of(session: Session, *, programme_id: int, day: date) -> list[Activity]:
    """Return what took place on a business day, by code."""
    asked = select(Activity).where(
        Activity.programme_id == programme_id,
        Activity.business_day == day,
        col(Activity.status).not_in(["draft", "cancelled"]),
    )
    return list(session.exec(asked.order_by(Activity.code)).all())


def attendance_counts(session: Session, *, programme_id: int, day: date) -> dict[str, int]:
    """Return how many served at each activity of a day, by its code; 0 where nobody did."""
    rows = session.exec(
        select(Activity.code, func.count(col(Attendance.id)))
        .outerjoin(
            Attendance,
            (col(Attendance.activity_id) == Activity.id) & (col(Attendance.kind) == "service"),
        )
        .where(Activity.programme_id == programme_id, Activity.business_day == day)
        .where(col(Activity.status).not_in(["draft", "cancelled"]))
        .group_by(Activity.code)
    )
    return dict(rows.all())


def missing_signups(session: Session, *, activity_code: str) -> list[int]:
    """Return the volunteers who had a place at an activity and no attendance, by their turn."""
    rows = session.exec(
        select(Signup.volunteer_id)
        .join(Activity, col(Activity.id) == Signup.activity_id)
        .where(Activity.code == activity_code)
        .where(col(Signup.status).in_(["confirmed", "no_show"]))
        .order_by(col(Signup.turn))
    )
    return list(rows.all())


def awards_of(
    session: Session, *, programme_id: int, day: date, kind: str | None = None
) -> list[Award]:
    """Return the posted awards for service on a day, in the order in which they were entered."""
    asked = select(Award).where(
        Award.programme_id == programme_id,
        Award.service_day == day,
        Award.status == AwardStatus.POSTED,
    )
    if kind is not None:
        asked = asked.where(Award.kind == kind)
    return list(session.exec(asked.order_by(col(Award.id))).all())


def awards_of_volunteer(session: Session, volunteer_id: int, *, limit: int = 50) -> list[Award]:
    """Return a volunteer's newest awards of any state."""
    asked = select(Award).where(Award.volunteer_id == volunteer_id)
    return list(session.exec(asked.order_by(col(Award.id).desc()).limit(limit)).all())


def no_show_count(session: Session, volunteer_id: int) -> int:
    """Return how often a volunteer had a place and did not come; what was taken back is not."""
    asked = select(func.count()).where(
        Signup.volunteer_id == volunteer_id, Signup.status == "no_show"
    )
    return session.exec(asked).one()


def titles(session: Session, activity_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Return (code, title) of activities by id, in one statement."""
    asked = select(Activity.id, Activity.code, Activity.title)
    rows = session.exec(asked.where(col(Activity.id).in_(activity_ids)))
    return {row[0]: (row[1], row[2]) for row in rows if row[0] is not None}
