"""The list of what did not fit: a named person looks, decides, and says why."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text
from sqlmodel import Session

from service import people, trail
from service.activities.actions.attendance import stay, tell_amended
from service.activities.actions.gate import OVER
from service.activities.models import Activity, Attendance, Problem, id_of
from service.activities.refusals import (
    AlreadyDecided,
    NotCountable,
    OwnApproval,
    ReasonNeeded,
    UnfitTime,
    UnknownProblem,
)

COUNTABLE = {"skew", "out_without_in", "in_after_in", "blocked_card", "decided", "overlap",
             "refused"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Resolution:
    """A person's word: noted only, or the stay as it was, from when to when."""

    resolution: str  # noted | counted
    note: str
    in_at: datetime | None = None
    out_at: datetime | None = None


def find_problem(session: Session, number: int, *, lock: bool = False) -> Problem:
    """Return a row of the list by its number. Raises UnknownProblem."""
    found = session.get(Problem, number, with_for_update={"key_share": True} if lock else None)
    if found is None:
        raise UnknownProblem
    return found


def resolve(
    session: Session,
    activity: Activity,
    problem: Problem,
    *,
    word: Resolution,
    by: people.Caller,
    now: datetime,
) -> Problem:
    """Close a row with a note; `counted` writes the stay by hand. The same word again is no other.

    Raises OwnApproval, AlreadyDecided, ReasonNeeded, NotCountable, UnfitTime.
    """
    if by.volunteer_id is not None and by.volunteer_id == problem.volunteer_id:
        raise OwnApproval
    if problem.resolved_at is not None:
        if (problem.resolved_by, problem.resolution) == (by.actor, word.resolution):
            return problem
        raise AlreadyDecided
    if not word.note:
        raise ReasonNeeded
    if word.resolution == "counted":
        count_stay(session, activity, problem, word=word, by=by, now=now)
    problem.resolved_at, problem.resolved_by = now, by.actor
    problem.resolution, problem.note = word.resolution, word.note
    session.add(problem)
    said = {"kind": problem.kind, "resolution": word.resolution, "note": word.note}
    subject = f"gate-problem:{problem.id}"
    trail.record(session, actor=by.actor, action="resolve", subject=subject, detail=said, now=now)
    return problem


# A place that was held is used, a free one given; who came has served, also without one.
SEAT = text("SELECT activities_seat(:activity, :volunteer, NULL, :age, :qualified, :actor, :now)")


def count_stay(
    session: Session,
    activity: Activity,
    problem: Problem,
    *,
    word: Resolution,
    by: people.Caller,
    now: datetime,
) -> None:
    """Write the stay that a person vouches for; it is marked as typed for ever."""
    if problem.volunteer_id is None or problem.kind not in COUNTABLE or activity.status in OVER:
        raise NotCountable
    if word.in_at is None or word.out_at is None:
        raise UnfitTime
    came, left = word.in_at.astimezone(UTC), word.out_at.astimezone(UTC)
    if not activity.opens_at <= came <= left <= min(now, activity.closes_at):
        raise UnfitTime
    row = stay(session, activity_id=activity.id, volunteer_id=problem.volunteer_id, lock=True)
    if row is not None and row.status == "confirmed":
        raise AlreadyDecided
    volunteer = people.volunteer_by_id(session, problem.volunteer_id)
    if row is None:
        seat = {"activity": activity.id, "volunteer": volunteer.id, "actor": by.actor, "now": now}
        seat |= {"age": people.age_floor(volunteer.age_band)}
        session.execute(SEAT, seat | {"qualified": volunteer.qualification_verified})
    row = typed(row, came, left, problem=problem, by=by, now=now)
    session.add(row)
    session.flush()
    tell_amended(session, activity, volunteer, row=row, now=now)


def typed(
    row: Attendance | None,
    came: datetime,
    left: datetime,
    *,
    problem: Problem,
    by: people.Caller,
    now: datetime,
) -> Attendance:
    """Make or change a stay by a person's word; a moment that a scan saw keeps its way."""
    found = row or Attendance(
        activity_id=problem.activity_id,
        volunteer_id=problem.volunteer_id or 0,
        status="out",
        in_at=came,
        in_way="C4",
        in_actor=by.actor,
    )
    if found.in_at != came:
        found.in_at, found.in_way, found.in_actor = came, "C4", by.actor
    if found.out_at != left:
        found.out_at, found.out_way, found.out_actor = left, "C4", by.actor
    found.kind, found.status, found.decided, found.assurance = "service", "out", "time", "A0"
    found.amended, found.amended_by, found.amended_at = True, by.actor, now
    return found


def activity_of(session: Session, problem: Problem) -> Activity:
    """Return the activity that a row is about."""
    found = session.get(Activity, problem.activity_id)
    assert found is not None, id_of(problem)
    return found
