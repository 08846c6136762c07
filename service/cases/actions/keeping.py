"""Looking after a case until it has its answer: given to somebody, solved, answered.

found, assigned    assigned to somebody, or given up again; a right may be suspended
found, assigned    solved: what came out, when no proposal waits any more
solved             answered: the words that the volunteer reads
"""

from datetime import date, datetime

from sqlmodel import Session

from service import activities, inbox, people
from service.cases.actions.proposing import proposals
from service.cases.actions.traces import locked, note, unsolved
from service.cases.models import Case, Outcome, Status
from service.cases.refusals import (
    AnswerMissing,
    CaseAnswered,
    NotSolved,
    ProposalWaits,
    RejectedBeneficiary,
    TakenMeanwhile,
    WordsMissing,
)
from service.people import Caller


def assign(
    session: Session, case_id: int, *, to: str | None, was: str | None, by: Caller, now: datetime
) -> Case:
    """Give a case to somebody, or to nobody; `was` is who had it as the caller knows.

    The same again changes nothing. Raises UnknownCase, CaseAnswered, CaseSolved, TakenMeanwhile.
    """
    case = locked(session, case_id)
    if case.assigned_to == to:
        return case
    unsolved(case)
    if case.assigned_to != was:
        raise TakenMeanwhile
    case.assigned_to, case.assigned_by, case.assigned_at = to, by.actor, now
    case.status = Status.ASSIGNED if to else Status.FOUND
    note(session, case, "assign", by=by, said={"to": to, "from": was}, now=now)
    return case


def solve(
    session: Session, case_id: int, *, outcome: Outcome, words: str, by: Caller, now: datetime
) -> Case:
    """Write down what came out; the same person may send the same again.

    Raises UnknownCase, CaseAnswered, CaseSolved, ProposalWaits, WordsMissing, RejectedBeneficiary.
    """
    case = locked(session, case_id)
    said = worded(words, WordsMissing)
    if (case.outcome, case.solution, case.solved_by) == (outcome, said, by.actor):
        return case
    refuse_own(unsolved(case), by)
    if any(one.decision is None for one in proposals(session, case)):
        raise ProposalWaits
    case.outcome, case.solution = outcome, said
    case.solved_by, case.solved_at, case.status = by.actor, now, Status.SOLVED
    told = {"outcome": str(outcome), "reason": said}
    note(session, case, "solve", by=by, said=told, now=now)
    session.flush()
    return case


def answer(session: Session, case_id: int, *, words: str, by: Caller, now: datetime) -> Case:
    """End a case with words that whom it is about reads; the same again changes nothing.

    Raises UnknownCase, CaseAnswered, NotSolved, AnswerMissing, RejectedBeneficiary.
    """
    case = locked(session, case_id)
    said = worded(words, AnswerMissing)
    if (case.answer, case.answered_by) == (said, by.actor):
        return case
    if case.status == Status.ANSWERED:
        raise CaseAnswered
    if case.status != Status.SOLVED:
        raise NotSolved
    refuse_own(case, by)
    case.answer, case.answered_by, case.answered_at = said, by.actor, now
    case.status = Status.ANSWERED
    note(session, case, "answer", by=by, said={"reason": said}, now=now)
    session.flush()
    if case.volunteer_id is not None:
        told: dict[str, str | int] = {"code": case.code, "answer": said}
        message = inbox.Message("case_answered", f"case:{case.id}:answered", told, "/me/objections")
        inbox.tell(session, [case.volunteer_id], message, now=now)
    return case


def suspend(
    session: Session,
    case_id: int,
    *,
    volunteer: people.Volunteer,
    until: date,
    by: Caller,
    now: datetime,
) -> activities.Right:
    """Take the right to award by hand away for a while, on account of a case.

    Points, hours and attendance are untouched, and the right comes back by itself on the day
    after. Raises UnknownCase, CaseAnswered, SuspensionOver, UnknownVolunteer.
    """
    case = locked(session, case_id)
    if case.status == Status.ANSWERED:
        raise CaseAnswered
    if volunteer.community_id != case.community_id:
        raise people.UnknownVolunteer
    term = activities.Term(until, case.code)
    before = activities.find_right(session, volunteer)
    stood = before and (before.suspended_until, before.suspended_for) == (until, case.code)
    right = activities.suspend(session, volunteer, by=by, now=now, term=term)
    if stood:
        return right
    said = {"volunteer": volunteer.code, "right": right.name, "until": until.isoformat()}
    note(session, case, "suspend", by=by, said=said, now=now)
    return right


def refuse_own(case: Case, by: Caller) -> None:
    """Keep whom a case is about from ending it. Raises RejectedBeneficiary."""
    if by.volunteer_id is not None and by.volunteer_id == case.volunteer_id:
        raise RejectedBeneficiary


def worded(words: str, refusal: type[WordsMissing]) -> str:
    """Return words that say something. Raises the refusal."""
    if not words.strip():
        raise refusal
    return words.strip()
