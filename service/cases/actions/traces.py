"""What every step of a case leaves behind: its number, its trace, its event."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from service import people, trail
from service.cases.models import Case, Objection, Status
from service.cases.refusals import CaseAnswered, CaseSolved, UnknownCase

# Any number would do; it keeps two numbers of one community from being given out at once.
NUMBERS = 0x61786373
ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(:space, CAST(:community AS integer))")


def next_number(
    session: Session, kind: type[Case] | type[Objection], *, community_id: int, year: int
) -> int:
    """Return the next number of a community's year; none is ever left out."""
    session.execute(ONE_BY_ONE, {"space": NUMBERS, "community": community_id})
    asked = select(func.max(kind.number)).where(kind.community_id == community_id)
    return (session.exec(asked.where(kind.year == year)).one() or 0) + 1


def locked(session: Session, case_id: int) -> Case:
    """Return a case for this transaction alone. Raises UnknownCase."""
    asked = select(Case).where(col(Case.id) == case_id).with_for_update()
    found = session.exec(asked.execution_options(populate_existing=True)).first()
    if found is None:
        raise UnknownCase
    return found


def unsolved(case: Case) -> Case:
    """Return a case that is still looked into. Raises CaseAnswered, CaseSolved."""
    if case.status == Status.ANSWERED:
        raise CaseAnswered
    if case.status == Status.SOLVED:
        raise CaseSolved
    return case


def note(
    session: Session,
    subject: Case | Objection,
    action: str,
    *,
    by: people.Caller,
    said: dict[str, Any],
    now: datetime,
) -> None:
    """Leave a trace of who did what about a case or an objection."""
    kind = "case" if isinstance(subject, Case) else "objection"
    about = f"{kind}:{subject.id}"
    verb = f"{kind}.{action}"
    trail.record(session, actor=by.actor, action=verb, subject=about, detail=said, now=now)


def of_community(session: Session, community_id: int) -> str:
    """Return a community's code, which events name."""
    return people.unit_by_id(session, community_id).code
