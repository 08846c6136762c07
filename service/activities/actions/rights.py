"""Rights that a community gives and takes away: to award by hand, and to lead.

Whom a plan names leads; only that it was taken away is written down. Both come back by themselves
on the day after the last one of their suspension.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from service import inbox, outbox, people, trail
from service.activities.models import LEAD, MANUAL_AWARD, Activity, Right, id_of
from service.activities.refusals import LeaderSuspended, SuspendedFromLeading, SuspensionOver
from service.clock import business_day

LED = ("draft", "cancelled")  # an activity in these states was led by nobody


@dataclass(frozen=True, slots=True)
class Term:
    """Which right is taken away, how long, its last day included, and for which case."""

    until: date | None = None
    case: str | None = None
    right: str = MANUAL_AWARD


def may_award(session: Session, volunteer_id: int | None, *, now: datetime) -> bool:
    """Tell whether a volunteer may award: entrusted, or a leader; a suspension beats both."""
    today = business_day(now)
    right = right_of(session, volunteer_id, MANUAL_AWARD)
    if right is not None and (right.entrusted or right.suspended(today)):
        return not right.suspended(today)
    if suspended_until(session, volunteer_id, on=today):
        return False
    leads = select(Activity.id).where(
        Activity.leader_id == volunteer_id, col(Activity.status).not_in(LED)
    )
    return session.exec(leads.limit(1)).first() is not None


def suspended_until(session: Session, volunteer_id: int | None, *, on: date) -> date | None:
    """Return the last day on which somebody may not lead, if that is so on a day."""
    right = right_of(session, volunteer_id, LEAD)
    return right.suspended_until if right is not None and right.suspended(on) else None


def check_leading(session: Session, volunteer_id: int | None, *, now: datetime) -> None:
    """Let nobody lead who is suspended from it. Raises SuspendedFromLeading."""
    if until := suspended_until(session, volunteer_id, on=business_day(now)):
        raise SuspendedFromLeading(until=until)


def check_named(session: Session, leader_id: int, *, on: date) -> None:
    """Let nobody be named for a day on which leading is taken away. Raises LeaderSuspended."""
    if until := suspended_until(session, leader_id, on=on):
        raise LeaderSuspended(until=until)


def entrust(
    session: Session, volunteer: people.Volunteer, *, by: people.Caller, now: datetime
) -> Right:
    """Entrust a volunteer (a team's captain) with manual awards; lifts a suspension."""
    right = find_right(session, volunteer)
    if right is None:
        right = Right(
            volunteer_id=id_of(volunteer), name=MANUAL_AWARD, granted_by=by.actor, granted_at=now
        )
    elif not right.entrusted:
        right.granted_by, right.granted_at = by.actor, now
    right.suspended_at = right.suspended_by = right.suspended_until = right.suspended_for = None
    return keep_right(session, right, volunteer, by=by, now=now)


def suspend(
    session: Session,
    volunteer: people.Volunteer,
    *,
    by: people.Caller,
    now: datetime,
    term: Term | None = None,
) -> Right:
    """Take a right away, to award also from a leader; points and attendance are untouched.

    With a last day it comes back by itself, as it was: whom nobody had entrusted awards as a
    leader only. The same again changes nothing. Raises SuspensionOver.
    """
    term, today = term or Term(), business_day(now)
    if term.until is not None and term.until < today:
        raise SuspensionOver
    right = find_right(session, volunteer, term.right) or Right(
        volunteer_id=id_of(volunteer), name=term.right, granted_by=by.actor, granted_at=now
    )
    stands = right.suspended(today)
    if stands and (right.suspended_until, right.suspended_for) == (term.until, term.case):
        return right
    if not stands:
        only_now = right.id is None or not right.entrusted
        right.granted_at = now if only_now else right.granted_at
        right.suspended_at, right.suspended_by = now, by.actor
    right.suspended_until, right.suspended_for = term.until, term.case
    said = {"volunteer": volunteer.code, "right": term.right, "by": by.actor}
    said |= {"until": term.until.isoformat()} if term.until else {}
    subject = f"volunteer:{volunteer.code}"
    outbox.publish(session, "RightSuspended", subject, said, now=now)
    tell_suspended(session, volunteer, term, now=now)
    return keep_right(session, right, volunteer, by=by, now=now)


def tell_suspended(
    session: Session, volunteer: people.Volunteer, term: Term, *, now: datetime
) -> None:
    """Say to whom it happened what was taken away and until when, once for each last day."""
    if term.until is None:
        return
    kind = "case_no_leading" if term.right == LEAD else "case_no_awards"
    key = f"right:{term.right}:{term.case or ''}:{term.until.isoformat()}"
    said: dict[str, str | int] = {"last_day": term.until.isoformat(), "case": term.case or "–"}
    message = inbox.Message(kind, key, said, "/me/objections")
    inbox.tell(session, [id_of(volunteer)], message, now=now)


def find_right(
    session: Session, volunteer: people.Volunteer, name: str = MANUAL_AWARD
) -> Right | None:
    """Return a volunteer's right, held or suspended."""
    return right_of(session, volunteer.id, name)


def right_of(session: Session, volunteer_id: int | None, name: str) -> Right | None:
    """Return the right that somebody has, or had."""
    asked = select(Right).where(Right.volunteer_id == volunteer_id, Right.name == name)
    return session.exec(asked).first()


def keep_right(
    session: Session,
    right: Right,
    volunteer: people.Volunteer,
    *,
    by: people.Caller,
    now: datetime,
) -> Right:
    """Store a right and write down who changed it."""
    session.add(right)
    session.flush()
    about = f"volunteer:{volunteer.code}"
    said: dict[str, Any] = {"right": right.name, "held": right.suspended_at is None}
    said |= {"until": right.suspended_until.isoformat()} if right.suspended_until else {}
    said |= {"case": right.suspended_for} if right.suspended_for else {}
    trail.record(session, actor=by.actor, action="right", subject=about, detail=said, now=now)
    return right
