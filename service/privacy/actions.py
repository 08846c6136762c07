"""What volunteers ask about their data: a switch turned, a correction; and who answers."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service import activities, consents, inbox, notices, people, trail
from service.consents import Purpose, Turn
from service.db import sealer_of
from service.people import Caller
from service.privacy.models import (
    About,
    Correction,
    CorrectionAnswered,
    OwnRequest,
    UnknownCorrection,
)
from service.privacy.queries import open_correction
from service.sealing import Place

# What is written into the sealed identity as it was asked; the rest is a person's work.
WRITTEN_DOWN = {About.NAME, About.PHONE, About.ID_NO}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a request: yes or no, and why, in writing."""

    accepted: bool
    why: str


def switch(
    session: Session, volunteer_id: int, asked: Turn, *, by: str, now: datetime
) -> people.Volunteer:
    """Turn a switch with all that follows from it. Raises as `consents.turn` does."""
    if asked.purpose == Purpose.NOTICE:  # rows and paper of notices change with it, at once
        return notices.agree(session, volunteer_id, given=asked.given, asked=asked, by=by, now=now)
    row = consents.turn(session, volunteer_id, asked, by=by, now=now)
    if asked.purpose == Purpose.REGISTER and not asked.given:
        activities.leave_what_lies_ahead(session, row, now=now)
    return row


def ask_correction(
    session: Session, volunteer_id: int, *, field: About, wanted: str, by: str, now: datetime
) -> Correction:
    """Say what is wrong and what is right; one that waits is replaced by the newer words."""
    session.get_one(people.Volunteer, volunteer_id, with_for_update=True)
    known = open_correction(session, volunteer_id, field)
    if known is not None and read(session, known) == wanted:
        return known
    row = known or Correction(volunteer_id=volunteer_id, field=field, asked_by=by, asked_at=now)
    row.wanted, row.asked_at = sealer_of(session).seal(wanted, sealed_at(row)), now
    session.add(row)
    session.flush()
    note(session, row, "correction.ask", by=by, now=now)
    return row


def sealed_at(row: Correction) -> Place:
    """Return what a request's words are bound to."""
    return Place("privacy_corrections", row.field, row.volunteer_id)


def read(session: Session, row: Correction) -> str:
    """Return what would be right; "" once its period is over."""
    return sealer_of(session).open(row.wanted, sealed_at(row)) if row.wanted else ""


def answer_correction(
    session: Session, correction_id: int, said: Answer, *, by: Caller, now: datetime
) -> Correction:
    """Accept or refuse a correction. Raises UnknownCorrection, CorrectionAnswered, OwnRequest.

    A name, phone or ID number that was accepted is written down at once.
    """
    row = session.get(Correction, correction_id, with_for_update=True)
    if row is None:
        raise UnknownCorrection
    if row.answered_at is not None:
        raise CorrectionAnswered
    if by.volunteer_id == row.volunteer_id:
        raise OwnRequest
    if said.accepted and row.field in WRITTEN_DOWN:
        words = {row.field: read(session, row)}
        people.write_down(session, volunteer_id=row.volunteer_id, said=words)
    return answer(session, row, said, by=by.actor, now=now)


def answer(
    session: Session, row: Correction, said: Answer, *, by: str, now: datetime
) -> Correction:
    """Write an answer down, and tell whoever asked."""
    row.accepted, row.answer, row.answered_by, row.answered_at = said.accepted, said.why, by, now
    session.add(row)
    session.flush()
    note(session, row, "correction.answer", by=by, now=now)
    kind = "correction_accepted" if said.accepted else "correction_refused"
    message = inbox.Message(kind, f"correction:{row.id}", {"answer": said.why}, "/home/privacy")
    inbox.tell(session, [row.volunteer_id], message, now=now)
    return row


def note(session: Session, row: Correction, action: str, *, by: str, now: datetime) -> None:
    """Write into the trail which field it is about, never what stands in it."""
    person = people.volunteer_by_id(session, row.volunteer_id)
    said = {"correction": row.id, "field": row.field, "accepted": row.accepted}
    about = f"volunteer:{person.code}"
    trail.record(session, actor=by, action=action, subject=about, detail=said, now=now)
