"""Training that no activity's list knows, typed in by the recorder."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from service import trail
from service.clock import business_day
from service.errors import KeyReused
from service.people import Caller, Volunteer
from service.records.actions.stars import given
from service.records.models import Training
from service.records.refusals import AheadOfTime, UnknownTraining


@dataclass(frozen=True, slots=True)
class Course:
    """What somebody learnt, when, and for how long; the key is made with the form."""

    kind: str  # induction | skill | safety | other
    title: str
    day: date
    minutes: int
    certificate: str
    key: str


def enter_training(
    session: Session, person: Volunteer, *, course: Course, by: Caller, now: datetime
) -> Training:
    """Enter a training, once a key; it makes neither hours of service nor points.

    Raises AheadOfTime, KeyReused.
    """
    if known := session.exec(select(Training).where(Training.key == course.key)).first():
        if (known.volunteer_id, known.title, known.day) != (person.id, course.title, course.day):
            raise KeyReused
        return known
    if course.day > business_day(now):
        raise AheadOfTime
    row = Training(
        key=course.key,
        volunteer_id=person.id or 0,
        community_id=person.community_id,
        kind=course.kind,
        title=course.title,
        day=course.day,
        minutes=course.minutes,
        certificate=course.certificate,
        entered_by=by.actor,
        entered_at=now,
    )
    session.add(row)
    session.flush()
    mark(session, row, "training.enter", by=by, now=now)
    return row


def withdraw_training(
    session: Session, training_id: int, *, reason: str, by: Caller, now: datetime
) -> Training:
    """Take a training out of the record with a reason; again is a replay.

    Raises UnknownTraining.
    """
    asked = select(Training).where(col(Training.id) == training_id).with_for_update()
    row = session.exec(asked).first()
    if row is None:
        raise UnknownTraining
    if row.withdrawn_at is None:
        row.withdrawn_by, row.withdrawn_at, row.withdrawn_why = by.actor, now, given(reason)
        session.add(row)
        mark(session, row, "training.withdraw", by=by, now=now)
    return row


def mark(session: Session, row: Training, action: str, *, by: Caller, now: datetime) -> None:
    """Leave a mark in the trail."""
    detail = {"title": row.title, "minutes": row.minutes, "reason": row.withdrawn_why or ""}
    subject = f"training:{row.id}"
    trail.record(session, actor=by.actor, action=action, subject=subject, detail=detail, now=now)
