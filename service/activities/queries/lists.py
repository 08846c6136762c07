"""Lists for people: activities of a day, a roster, what is to be confirmed, one's own next ones."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, column, func, table, text
from sqlmodel import Session, col, select

from service.activities.models import Activity, Attendance, Award, Post, Signup, Template
from service.activities.refusals import UnknownActivity
from service.people import Unit, Volunteer

PAGE_MAX = 100
HIDDEN = ["draft", "archived"]


@dataclass(frozen=True, slots=True)
class Card:
    """One activity in a list, with what the reader wants to know of it."""

    activity: Activity
    template: Template
    community: str
    taken: int
    capacity: int
    waiting: int
    mine: str | None  # the reader's own sign-up, if any
    place: int | None  # the reader's turn in the queue


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a roster: the sign-up, the stay, the award, whichever there are."""

    volunteer: Volunteer
    signup: Signup | None
    attendance: Attendance | None
    award: Award | None


def activity(session: Session, code: str) -> Activity:
    """Return a published activity by its code, in either case. Raises UnknownActivity."""
    found = find_activity(session, code)
    if found is None or found.status == "draft" or never_seen(found):
        raise UnknownActivity
    return found


def never_seen(found: Activity) -> bool:
    """Tell whether an activity was a draft when it was dropped."""
    return found.status == "cancelled" and found.published_at is None


def find_activity(session: Session, code: str) -> Activity | None:
    """Return an activity by its code, in either case, drafts too."""
    return session.exec(select(Activity).where(called(code))).first()


def called(code: str) -> ColumnElement[bool]:
    """Return what finds an activity by its code, in either case, behind the policies by index.

    They let no condition on a row's own code go first that could tell of rows that are hidden.
    """
    known = table("activities_codes", column("id"), column("code"))
    found = select(known.c.id).where(known.c.code == code.lower())
    return col(Activity.id) == found.scalar_subquery()


def cards(
    session: Session,
    *,
    community_ids: Collection[int] | None,
    since: date,
    until: date | None = None,
    volunteer_id: int | None = None,
) -> list[Card]:
    """Return activities from a day on (until a day, inclusive), by their start."""
    asked = (
        select(Activity, Template, Unit.code)
        .join(Template, col(Template.id) == Activity.template_id)
        .join(Unit, col(Unit.id) == Activity.community_id)
        .where(Activity.business_day >= since, col(Activity.status).not_in(HIDDEN))
        .where((col(Activity.status) != "cancelled") | col(Activity.published_at).is_not(None))
        .order_by(col(Activity.starts_at), Activity.code)
        .limit(PAGE_MAX)
    )
    if community_ids is not None:
        asked = asked.where(col(Activity.community_id).in_(community_ids))
    if until is not None:
        asked = asked.where(Activity.business_day <= until)
    return fill(session, list(session.exec(asked).all()), volunteer_id)


def card(session: Session, found: Activity, volunteer_id: int | None) -> Card:
    """Return one activity with what the reader wants to know of it."""
    template = session.get_one(Template, found.template_id)
    unit = session.get_one(Unit, found.community_id)
    return fill(session, [(found, template, unit.code)], volunteer_id)[0]


def fill(session: Session, rows: list[Any], volunteer_id: int | None) -> list[Card]:
    """Add places, queues and the reader's own sign-ups, in one statement for all."""
    params = {"ids": [row[0].id for row in rows], "volunteer": volunteer_id}
    counts = {row.activity_id: row for row in session.execute(COUNTS, params)}
    return [
        Card(
            found,
            template,
            community,
            taken=counts[found.id].taken,
            capacity=counts[found.id].capacity,
            waiting=counts[found.id].waiting,
            mine=counts[found.id].mine,
            place=counts[found.id].place,
        )
        for found, template, community in rows
    ]


COUNTS = text(
    """
SELECT a.id AS activity_id, coalesce(p.taken, 0) AS taken, coalesce(p.capacity, 0) AS capacity,
  (SELECT count(*) FROM activities_signups w WHERE w.activity_id = a.id AND w.status = 'waiting'
  ) AS waiting, s.status AS mine,
  CASE s.status WHEN 'waiting' THEN (SELECT count(*) FROM activities_signups w
    WHERE w.post_id = s.post_id AND w.status = 'waiting'
      AND (w.priority, w.turn) <= (s.priority, s.turn)) END AS place
FROM activities a
  LEFT JOIN LATERAL (SELECT sum(taken) AS taken, sum(capacity) AS capacity
                     FROM activities_posts WHERE activity_id = a.id) p ON true
  LEFT JOIN activities_signups s ON s.activity_id = a.id AND s.volunteer_id = :volunteer
WHERE a.id = ANY(:ids)
"""
)


def posts(session: Session, activity_id: int | None) -> list[Post]:
    """Return an activity's posts in the order of its plan."""
    asked = select(Post).where(Post.activity_id == activity_id).order_by(col(Post.id))
    return list(session.exec(asked).all())


def roster(session: Session, found: Activity) -> list[Line]:
    """Return everybody with a sign-up or a stay, and the leader, by booklet number."""
    rows = session.exec(
        select(Volunteer, Signup, Attendance, Award)
        .select_from(Volunteer)
        .outerjoin(
            Signup,
            (col(Signup.volunteer_id) == Volunteer.id) & (col(Signup.activity_id) == found.id),
        )
        .outerjoin(
            Attendance,
            (col(Attendance.volunteer_id) == Volunteer.id)
            & (col(Attendance.activity_id) == found.id),
        )
        .outerjoin(Award, col(Award.attendance_id) == Attendance.id)
        .where(
            col(Signup.id).is_not(None)
            | col(Attendance.id).is_not(None)
            | (col(Volunteer.id) == found.leader_id)
        )
        .where(Volunteer.community_id == found.community_id)
        .order_by(Volunteer.code)
    )
    return [Line(*row) for row in rows]


def last_scans(session: Session, activity_id: int | None, limit: int = 3) -> list[Any]:
    """Return the newest scans of a gate, with the tail of whom they showed."""
    params = {"activity": activity_id, "limit": limit}
    return list(session.execute(LAST_SCANS, params))


LAST_SCANS = text(
    """
SELECT s.action, s.status, s.reason, s.already, s.effective_at, s.received_at,
  right(v.code, 3) AS tail
FROM activities_scans s LEFT JOIN people_holders v ON v.id = s.volunteer_id
WHERE s.activity_id = :activity ORDER BY s.id DESC LIMIT :limit
"""
)


def present_count(session: Session, activity_id: int | None) -> int:
    """Return how many have come to serve."""
    asked = select(func.count()).where(
        Attendance.activity_id == activity_id, Attendance.kind == "service"
    )
    return session.exec(asked).one()


def next_activities(
    session: Session, volunteer_id: int, *, now: datetime, limit: int = 3
) -> list[Card]:
    """Return what a volunteer signed up for or leads and is not over, soonest first."""
    mine = select(Signup.activity_id).where(
        Signup.volunteer_id == volunteer_id,
        col(Signup.status).in_(["confirmed", "waiting", "came", "no_show"]),
    )
    asked = (
        select(Activity, Template, Unit.code)
        .join(Template, col(Template.id) == Activity.template_id)
        .join(Unit, col(Unit.id) == Activity.community_id)
        .where(Activity.closes_at > now, col(Activity.status).not_in([*HIDDEN, "cancelled"]))
        .where(col(Activity.id).in_(mine) | (Activity.leader_id == volunteer_id))
        .order_by(col(Activity.starts_at))
        .limit(limit)
    )
    return fill(session, list(session.exec(asked).all()), volunteer_id)


def in_the_place(session: Session, activity_id: int | None) -> int:
    """Return how many are in by the gate's books now: those who serve, and those who listen."""
    asked = select(func.count()).where(
        Attendance.activity_id == activity_id,
        col(Attendance.status).in_(["in", "undecided", "audience"]),
    )
    return session.exec(asked).one()
