"""What keeps a gate honest: heads that were counted, a gate that was opened again."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, select

from service import people, trail
from service.activities.models import Activity, Headcount, Reopening, id_of
from service.activities.queries.lists import in_the_place
from service.activities.refusals import CannotReopen, ReasonNeeded

REOPENED_AT_MOST = timedelta(hours=24)
TOOK_PLACE = {"published", "open", "to_confirm", "confirmed"}


@dataclass(frozen=True, slots=True)
class Heads:
    """What the leader counted, under a key that is kept for every retry."""

    count: int
    nonce: str


def count_heads(
    session: Session, activity: Activity, heads: Heads, *, by: people.Caller, now: datetime
) -> tuple[Headcount, bool]:
    """Keep a count beside the gate's own number; return it, and whether it was known before."""
    asked = select(Headcount).where(Headcount.by == by.actor, Headcount.nonce == heads.nonce)
    if known := session.exec(asked).first():
        return known, True
    row = Headcount(
        activity_id=id_of(activity),
        at=now,
        count=heads.count,
        present=in_the_place(session, activity.id),
        by=by.actor,
        nonce=heads.nonce,
    )
    session.add(row)
    session.flush()
    return row, False


# Who had not checked out when the gate closed may do so now, unless this person is in elsewhere.
BACK_IN = text(
    """
UPDATE activities_attendances t SET status = 'in' WHERE t.activity_id = :activity
  AND t.status = 'undecided' AND NOT EXISTS (SELECT FROM activities_attendances o
    WHERE o.volunteer_id = t.volunteer_id AND o.status = 'in')
"""
)


def reopen(
    session: Session,
    activity: Activity,
    *,
    until: datetime,
    reason: str,
    by: people.Caller,
    now: datetime,
) -> Reopening:
    """Open a gate again for check-outs, with a reason that stays. Twice answers the first.

    Raises ReasonNeeded, CannotReopen.
    """
    if not reason:
        raise ReasonNeeded
    session.refresh(activity, with_for_update=True)
    asked = select(Reopening).where(
        Reopening.activity_id == activity.id, Reopening.until == until, Reopening.reason == reason
    )
    if known := session.exec(asked).first():
        return known
    fits = max(now, activity.closes_at) < until <= now + REOPENED_AT_MOST
    if not fits or activity.status not in TOOK_PLACE or now < activity.opens_at:
        raise CannotReopen
    row = Reopening(activity_id=id_of(activity), until=until, reason=reason, by=by.actor, at=now)
    session.add(row)
    activity.closes_at = until
    if activity.status == "confirmed":
        activity.status = "to_confirm"
    session.add(activity)
    session.flush()
    session.execute(BACK_IN, {"activity": activity.id})
    said = {"until": until.isoformat(), "reason": reason}
    subject = f"activity:{activity.code}"
    trail.record(session, actor=by.actor, action="reopen", subject=subject, detail=said, now=now)
    return row
