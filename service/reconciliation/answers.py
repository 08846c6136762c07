"""What people do with an exception: look after it, carry it over, answer it, approve an answer.

open, assigned, carried    assigned to somebody, or given up again; a carried one rests as before
open, assigned, carried    carried to a day: its yuan wait in suspense, its age begins on that day
open, assigned, carried    answered. Beyond the rules' amount the answer waits for another person,
                           who approves or declines it; the proposer may withdraw it
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from service import programmes, trail
from service.clock import business_day
from service.errors import KeyReused
from service.reconciliation.actions import answer as write_answer
from service.reconciliation.answer_models import (
    CARRIED,
    AmountMissing,
    AmountNotMeant,
    Answer,
    AnswerWaits,
    CarriedTooFar,
    NoAnswerWaits,
    OwnAnswer,
    Reason,
    State,
    TakenMeanwhile,
)
from service.reconciliation.models import (
    AlreadyAnswered,
    Difference,
    Resolution,
    Standing,
    UnknownException,
)
from service.reconciliation.postings import Deed, park, settle
from service.reconciliation.queries import SHOP_KINDS

# Who is right in these: the shop's figure comes into the books.
TAKES_OVER = (Resolution.SHOP_PREVAILS, Resolution.ENTERED_LATE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What one person says to an exception; `key` is of the form, so that it is said once."""

    resolution: str  # one of the resolutions, or `carried`
    note: str
    reason: str = Reason.OTHER
    key: str | None = None
    fen: int | None = None  # of an adjustment: what the books take over
    until: date | None = None  # of what is carried over
    file_id: int | None = None


def assign(
    session: Session, exception_id: int, *, to: str | None, was: str | None, by: str, now: datetime
) -> Difference:
    """Give an exception to somebody, or to nobody; `was` is who had it as the caller knows.

    The same again changes nothing. Raises UnknownException, AlreadyAnswered, TakenMeanwhile.
    """
    row = locked(session, exception_id)
    if row.assigned_to == to:
        return row
    if row.status == Standing.RESOLVED:
        raise AlreadyAnswered
    if row.assigned_to != was:
        raise TakenMeanwhile
    row.assigned_to, row.assigned_by, row.assigned_at = to, by, now
    if row.status != Standing.CARRIED:
        row.status = Standing.ASSIGNED if to else Standing.OPEN
    note(session, row, "exception.assign", by=by, said={"to": to, "from": was}, now=now)
    return row


def reply(session: Session, exception_id: int, said: Reply, *, by: str, now: datetime) -> Answer:
    """Answer an exception or carry it over; a large amount first waits for a second person.

    The same key again returns its answer. Raises UnknownException, AlreadyAnswered, AnswerWaits,
    KeyReused, AmountMissing, AmountNotMeant, CarriedTooFar and NoRuleSet.
    """
    row = locked(session, exception_id)
    earlier = answers(session, row)
    for found in earlier:
        if said.key is not None and found.key == said.key:
            return same(found, said, by)
    if row.status == Standing.RESOLVED:
        raise AlreadyAnswered
    if waiting(earlier) is not None:
        raise AnswerWaits
    limits = programmes.rule_set(session, row.programme_id, business_day(now)).answering
    fen = taken_over(row, said)
    weight = max(abs(row.amount_fen or 0), abs(row.suspended_fen), abs(fen or 0))
    found = written(row, said, nth=len(earlier) + 1, fen=fen, by=by, now=now)
    if said.resolution == CARRIED:
        refuse_date(said.until, business_day(now), limits.carry_days)
    elif weight > limits.approve_above_fen:
        found.status = State.WAITING
    told = {"answer": said.resolution, "note": said.note, "fen": fen}
    verb = {CARRIED: "carry"}.get(said.resolution, "resolve")
    action = "exception.propose" if found.status == State.WAITING else f"exception.{verb}"
    note(session, row, action, by=by, said=told, now=now)
    if found.status == State.IN_FORCE:
        put_in_force(session, row, found, by=by, now=now)
    session.add(found)
    session.flush()
    return found


def approve(
    session: Session, exception_id: int, *, nth: int | None, by: str, now: datetime
) -> Answer:
    """Put an answer in force as the second person; the same person again is told the same.

    Raises UnknownException, AlreadyAnswered, NoAnswerWaits, OwnAnswer.
    """
    row = locked(session, exception_id)
    found = decided(session, row, nth=nth, by=by, state=State.IN_FORCE)
    if found.status == State.IN_FORCE:
        return found
    if found.proposed_by == by:
        raise OwnAnswer
    with session.no_autoflush:  # it is written once, with its transfer
        found.status, found.decided_by, found.decided_at = State.IN_FORCE, by, now
        put_in_force(session, row, found, by=by, now=now)
    note(session, row, "exception.approve", by=by, said={"answer": found.resolution}, now=now)
    session.flush()
    return found


def decline(
    session: Session, exception_id: int, *, nth: int | None, by: str, now: datetime
) -> Answer:
    """Say no to an answer, or withdraw one's own; another one may be given then.

    Raises UnknownException, AlreadyAnswered, NoAnswerWaits.
    """
    row = locked(session, exception_id)
    found = decided(session, row, nth=nth, by=by, state=State.DECLINED)
    if found.status == State.WAITING:
        found.status, found.decided_by, found.decided_at = State.DECLINED, by, now
        note(session, row, "exception.decline", by=by, said={"answer": found.resolution}, now=now)
        session.flush()
    return found


def locked(session: Session, exception_id: int) -> Difference:
    """Return an exception for this transaction alone. Raises UnknownException."""
    row = session.get(Difference, exception_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise UnknownException
    return row


def answers(session: Session, row: Difference) -> list[Answer]:
    """Return everything that was answered to an exception, the first one first."""
    asked = select(Answer).where(Answer.exception_id == row.id).order_by(col(Answer.nth))
    return list(session.exec(asked.execution_options(populate_existing=True)).all())


def waiting(every: list[Answer]) -> Answer | None:
    """Return the answer that waits for its second person."""
    return next((one for one in every if one.status == State.WAITING), None)


def meant(every: list[Answer], nth: int | None) -> Answer | None:
    """Return the answer with this number, or the last one where no number is said."""
    return next((one for one in reversed(every) if nth in (None, one.nth)), None)


def same(found: Answer, said: Reply, by: str) -> Answer:
    """Return the answer of a key that came again. Raises KeyReused if it says something else."""
    again = (found.proposed_by, found.resolution, found.reason, found.note, found.carried_until)
    asked = (by, said.resolution, said.reason, said.note, said.until)
    if again != asked or (said.fen is not None and said.fen != found.fen):
        raise KeyReused
    return found


def decided(session: Session, row: Difference, *, nth: int | None, by: str, state: State) -> Answer:
    """Return the answer that is meant: it waits, or this person has decided it like this."""
    found = meant(answers(session, row), nth)
    if found is not None and found.status == state and found.decided_by == by:
        return found
    if row.status == Standing.RESOLVED:
        raise AlreadyAnswered
    if found is None or found.status != State.WAITING:
        raise NoAnswerWaits
    return found


def taken_over(row: Difference, said: Reply) -> int | None:
    """Return what the books take over by an answer, in fen; None where no yuan are in question.

    Raises AmountMissing, AmountNotMeant.
    """
    if said.resolution != Resolution.ADJUSTED:
        if said.fen is not None:
            raise AmountNotMeant
        takes = row.amount_fen is not None and said.resolution in TAKES_OVER
        return row.amount_fen if takes else None
    if said.fen is None:
        if row.amount_fen:
            raise AmountMissing
        return None
    whole = row.amount_fen or said.fen
    if row.kind not in SHOP_KINDS or not min(whole, 0) <= said.fen <= max(whole, 0):
        raise AmountNotMeant
    return said.fen


def refuse_date(until: date | None, today: date, most: int) -> None:
    """Refuse to carry to a day that is not ahead, or too far ahead."""
    first, last = today + timedelta(days=1), today + timedelta(days=most)
    if until is None or not first <= until <= last:
        raise CarriedTooFar(first=first, last=last)


def written(
    row: Difference, said: Reply, *, nth: int, fen: int | None, by: str, now: datetime
) -> Answer:
    """Return an answer's row, in force unless somebody says otherwise."""
    assert row.id is not None
    return Answer(
        exception_id=row.id,
        nth=nth,
        key=said.key,
        resolution=said.resolution,
        reason=said.reason,
        note=said.note,
        fen=fen,
        carried_until=said.until,
        file_id=said.file_id,
        status=State.IN_FORCE,
        proposed_by=by,
        proposed_at=now,
    )


def put_in_force(
    session: Session, row: Difference, found: Answer, *, by: str, now: datetime
) -> None:
    """Move the yuan, and write the answer or the new day into the exception."""
    deed = Deed(by, found.resolution, now)
    if found.carried_until is not None:
        found.transfer_id = park(session, row, deed=deed)
        row.status, row.aged_from, row.note = Standing.CARRIED, found.carried_until, found.note
        row.resolved_by, row.resolved_at = found.proposed_by, now
        return
    found.transfer_id = settle(session, row, taken=found.fen or 0, deed=deed)
    resolution = Resolution(found.resolution)
    write_answer(
        session, row, resolution=resolution, by=found.proposed_by, note=found.note, now=now
    )


def note(
    session: Session, row: Difference, action: str, *, by: str, said: dict[str, Any], now: datetime
) -> None:
    """Leave a trace of what was done about an exception."""
    subject = f"exception:{row.id}"
    trail.record(session, actor=by, action=action, subject=subject, detail=said, now=now)
