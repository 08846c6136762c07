"""The life of an activity: which state follows which, and who may move it there.

    from         to           who
    draft        published    recorder, secretary
    draft        cancelled    recorder, secretary
    published    cancelled    recorder, secretary, leader; before the gate opens
    published    open         time: the gate's first minute (activities_sweep)
    open         to_confirm   time: the end of the plan (activities_sweep)
    to_confirm   confirmed    whoever confirms the last stay; by hand when no stay is undecided:
                              recorder, secretary, leader
    confirmed    noticed      recorder, secretary; the list hangs out
    noticed      archived     secretary; nothing of it changes any more

There is no way back, and no other way on. A step that was taken before is taken: asking again
answers the same.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import inbox, outbox, trail
from service.activities.actions.planning import announce
from service.activities.actions.rights import check_named
from service.activities.models import Activity, Attendance, id_of
from service.activities.refusals import (
    HasBegun,
    NotYourMove,
    StillUndecided,
    TooSoon,
    WrongState,
)

RECORDER, SECRETARY, LEADER = "recorder", "secretary", "leader"
KEEPERS = frozenset({RECORDER, SECRETARY})
ARROWS: dict[tuple[str, str], frozenset[str]] = {
    ("draft", "published"): KEEPERS,
    ("draft", "cancelled"): KEEPERS,
    ("published", "cancelled"): KEEPERS | {LEADER},
    ("to_confirm", "confirmed"): KEEPERS | {LEADER},
    ("confirmed", "noticed"): KEEPERS,
    ("noticed", "archived"): frozenset({SECRETARY}),
}
STATES = (
    "draft",
    "published",
    "open",
    "to_confirm",
    "confirmed",
    "noticed",
    "archived",
    "cancelled",
)
UNDECIDED = ("in", "out", "undecided")
CALL_OFF = text("SELECT activities_call_off(:activity, :by, :reason, :now)")


@dataclass(frozen=True, slots=True)
class Mover:
    """Who moves an activity: the name for the books, and what they are to it."""

    actor: str
    parts: frozenset[str]  # of recorder, secretary, leader
    volunteer_id: int | None = None


def steps(activity: Activity, mover: Mover) -> list[str]:
    """Return the states to which this person may take an activity now."""
    return [
        to for (start, to), who in ARROWS.items() if start == activity.status and who & mover.parts
    ]


def move(session: Session, activity: Activity, to: str, *, by: Mover, now: datetime) -> Activity:
    """Take an activity one step on; calling off is `call_off`.

    Raises WrongState, NotYourMove, TooSoon, StillUndecided.
    """
    found = lock(session, activity)
    if found.status == to:
        return found
    who = ARROWS.get((found.status, to))
    if who is None or to == "cancelled":
        raise WrongState
    if not who & by.parts:
        raise NotYourMove
    if to == "published":
        return publish(session, found, by=by, now=now)
    if to == "confirmed" and undecided(session, found):
        raise StillUndecided
    return note(session, found, to, by=by, now=now)


def publish(session: Session, found: Activity, *, by: Mover, now: datetime) -> Activity:
    """Let everybody see a draft whose start lies ahead. Raises TooSoon, LeaderSuspended."""
    if found.starts_at <= now:
        raise TooSoon
    check_named(session, found.leader_id, on=found.business_day)
    announce(session, found, actor=by.actor, now=now)
    return note(session, found, "published", by=by, now=now)


def note(session: Session, found: Activity, to: str, *, by: Mover, now: datetime) -> Activity:
    """Write the new state down, and who took the step."""
    found.status = to
    session.add(found)
    record(session, found, "activity_moved_on", {"to": to}, by=by, now=now)
    return found


def record(
    session: Session,
    found: Activity,
    action: str,
    detail: dict[str, Any],
    *,
    by: Mover,
    now: datetime,
) -> None:
    """Write into the trail what somebody did to an activity."""
    trail.record(
        session,
        actor=by.actor,
        action=action,
        subject=f"activity:{found.code}",
        detail=detail,
        now=now,
    )


def undecided(session: Session, found: Activity) -> bool:
    """Tell whether somebody's stay still waits for a decision or a confirmation."""
    asked = select(Attendance.id).where(
        Attendance.activity_id == found.id, col(Attendance.status).in_(UNDECIDED)
    )
    return session.exec(asked.limit(1)).first() is not None


def call_off(session: Session, activity: Activity, *, reason: str, by: Mover, now: datetime) -> int:
    """Cancel an activity before its gate opens; return how many were told.

    Every place and turn is given back, and whoever had one hears of it, once. Calling off what is
    called off tells nobody again. Raises HasBegun, WrongState, NotYourMove.
    """
    found = lock(session, activity)
    if found.status == "cancelled":
        return 0
    who = ARROWS.get((found.status, "cancelled"))
    if who is None:
        raise HasBegun if found.status == "open" else WrongState
    if not who & by.parts:
        raise NotYourMove
    if found.status == "published" and now >= found.opens_at:
        raise HasBegun
    known = found.status != "draft"
    params = {"activity": found.id, "by": by.actor, "reason": reason, "now": now}
    freed = [int(one) for one in session.execute(CALL_OFF, params).scalars()]
    session.refresh(found)
    record(session, found, "activity_called_off", {"reason": reason}, by=by, now=now)
    return tell_called_off(session, found, freed, by=by, now=now) if known else 0


def tell_called_off(
    session: Session, found: Activity, freed: list[int], *, by: Mover, now: datetime
) -> int:
    """Tell those who had a place or a turn, the leader, and whoever listens to events."""
    others = {*freed, found.leader_id} - {by.volunteer_id}
    message = inbox.Message(
        "activity_cancelled",
        f"activity_cancelled:{found.code}",
        {
            "title": found.title,
            "starts_at": found.starts_at.isoformat(),
            "reason": found.cancel_reason or "",
        },
        f"/activities/{found.code}",
    )
    told = inbox.tell(session, sorted(others), message, now=now)
    said = {
        "activity": found.code,
        "business_day": found.business_day.isoformat(),
        "actor": by.actor,
        "told": told,
    }
    outbox.publish(session, "ActivityCancelled", found.code, said, now=now)
    return told


def lock(session: Session, activity: Activity) -> Activity:
    """Read an activity as it is now and keep it for this transaction.

    Without the key's lock: a sign-up holds its post and refers to the activity's row.
    """
    asked = select(Activity).where(Activity.id == id_of(activity))
    locked = asked.with_for_update(key_share=True).execution_options(populate_existing=True)
    return session.exec(locked).one()
