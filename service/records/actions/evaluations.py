"""Evaluations: by the leader of each who served, and by those who were served."""

import hmac
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from service import trail
from service.activities import Activity, Attendance
from service.clock import business_day
from service.people import Caller, Volunteer
from service.records.models import Evaluation, Rating
from service.records.refusals import Archived, NotOver, NotServed, OwnEvaluation, RatingClosed

RATED_FOR = timedelta(days=7)
MAC_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the leader says: one of the closed grades, and some words."""

    grade: str  # excellent | good | qualified | improve
    note: str


def evaluate(
    session: Session,
    activity: Activity,
    person: Volunteer,
    *,
    verdict: Verdict,
    by: Caller,
    now: datetime,
) -> Evaluation:
    """Evaluate somebody's service, once; said again otherwise it is amended, with a trail.

    Raises OwnEvaluation, NotOver, Archived, NotServed.
    """
    if by.volunteer_id == person.id:
        raise OwnEvaluation
    if now < activity.ends_at:
        raise NotOver
    stay = select(Attendance).where(
        Attendance.activity_id == activity.id, Attendance.volunteer_id == person.id
    )
    served = session.exec(stay.with_for_update()).first()  # one evaluation after the other
    if served is None or served.kind != "service":
        raise NotServed
    known = session.exec(
        select(Evaluation).where(
            Evaluation.activity_id == activity.id, Evaluation.volunteer_id == person.id
        )
    ).first()
    if known is not None and (known.grade, known.note) == (verdict.grade, verdict.note):
        return known
    if activity.status == "archived":
        raise Archived
    return amend(session, known, verdict, by=by, now=now) if known else first(
        session, activity, person, verdict=verdict, by=by, now=now
    )  # fmt: skip


def first(
    session: Session,
    activity: Activity,
    person: Volunteer,
    *,
    verdict: Verdict,
    by: Caller,
    now: datetime,
) -> Evaluation:
    """Write the first evaluation of somebody's service down."""
    row = Evaluation(
        activity_id=activity.id or 0,
        volunteer_id=person.id or 0,
        grade=verdict.grade,
        note=verdict.note,
        made_by=by.actor,
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row


def amend(
    session: Session, row: Evaluation, verdict: Verdict, *, by: Caller, now: datetime
) -> Evaluation:
    """Change an evaluation; the trail keeps what it said before."""
    detail = {"before": {"grade": row.grade, "note": row.note}, "after": verdict.grade}
    trail.record(
        session,
        actor=by.actor,
        action="evaluation.amend",
        subject=f"evaluation:{row.id}",
        detail=detail,
        now=now,
    )
    row.grade, row.note = verdict.grade, verdict.note
    row.amended_by, row.amended_at = by.actor, now
    session.add(row)
    return row


def rate(
    session: Session, activity: Activity, *, browser: bytes, grade: int, now: datetime
) -> bool:
    """Take a rating by somebody who was served; a browser rates an activity once.

    Returns whether it was the first. Raises RatingClosed.
    """
    if not may_be_rated(activity, now):
        raise RatingClosed
    row = {"activity_id": activity.id, "browser": browser, "grade": grade}
    stored = insert(Rating).values(**row, day=business_day(now)).on_conflict_do_nothing()
    return session.execute(stored.returning(col(Rating.id))).first() is not None


def may_be_rated(activity: Activity, now: datetime) -> bool:
    """Tell whether ratings are taken now."""
    held = activity.status not in {"draft", "cancelled"}
    return held and activity.starts_at <= now <= activity.ends_at + RATED_FOR


def rating_token(secret: str, code: str) -> str:
    """Return what stands in the link shown at the place: the activity's code, and a seal of it."""
    return f"{code.lower()}.{seal(secret, f'rating|{code.lower()}')}"


def activity_of_token(secret: str, token: str) -> str | None:
    """Return the code of the activity that a link names; None for one that we did not make."""
    code, _, _ = token.lower().rpartition(".")
    fits = hmac.compare_digest(token.lower().encode(), rating_token(secret, code).encode())
    return code if code and fits else None


def seal(secret: str, text: str) -> str:
    """Return a short keyed digest in letters that can be typed."""
    mac = hmac.new(secret.encode(), text.encode(), sha256).digest()
    return b32encode(mac).decode().lower()[:MAC_CHARACTERS]


def browser_mark(secret: str, cookie: str, activity: Activity) -> bytes:
    """Return a browser's mark at one activity; those of two cannot be joined."""
    said = f"rated|{activity.id}|{cookie}"
    return hmac.new(secret.encode(), said.encode(), sha256).digest()
