"""Opening a case with what it rests on; what it rests on only grows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from service import activities, audit, outbox, people, reconciliation, redemptions
from service.cases.actions.traces import locked, next_number, note, of_community, unsolved
from service.cases.models import Case, Evidence, Origin
from service.cases.refusals import UnknownEvidence, WordsMissing
from service.clock import business_day
from service.errors import KeyReused, NotFound
from service.people import Caller


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that a case rests on: `ref` is a key or a number, by its kind."""

    kind: str  # finding | award | sale | attendance | exception | objection | note
    ref: str
    note: str = ""
    file_id: int | None = None


@dataclass(frozen=True, slots=True)
class Opening:
    """What a case is opened with; `key` is kept for every retry."""

    key: str
    community_id: int
    title: str
    origin: str = Origin.HAND
    volunteer_id: int | None = None
    evidence: Sequence[Piece] = ()


def open_case(session: Session, given: Opening, *, by: Caller, now: datetime) -> tuple[Case, bool]:
    """Open a case in a community; return it, and whether its key was known.

    The findings that it rests on are marked as taken up. Raises WordsMissing, KeyReused,
    UnknownEvidence, and what `audit.take_into_case` raises.
    """
    title = given.title.strip()
    if not title:
        raise WordsMissing
    known = session.exec(select(Case).where(Case.key == given.key)).first()
    if known is not None:
        if (known.community_id, known.opened_by) != (given.community_id, by.actor):
            raise KeyReused
        return known, True
    case = numbered(session, given, title, by=by, now=now)
    for piece in given.evidence:
        rest_on(session, case, piece, by=by, now=now)
    community = of_community(session, case.community_id)
    said = {"case": case.id, "code": case.code, "community": community, "origin": case.origin}
    outbox.publish(session, "CaseOpened", f"case:{case.id}", said, now=now)
    told = {"code": case.code, "title": title, "evidence": len(given.evidence)}
    note(session, case, "open", by=by, said=told, now=now)
    return case, False


def numbered(session: Session, given: Opening, title: str, *, by: Caller, now: datetime) -> Case:
    """Write the row of a case under its community's next number."""
    year = business_day(now).year
    home = people.unit_by_id(session, given.community_id)
    assert home.programme_id is not None
    case = Case(
        programme_id=home.programme_id,
        community_id=given.community_id,
        year=year,
        number=next_number(session, Case, community_id=given.community_id, year=year),
        key=given.key,
        origin=given.origin,
        title=title,
        volunteer_id=given.volunteer_id,
        opened_by=by.actor,
        opened_at=now,
    )
    session.add(case)
    session.flush()
    return case


def add_evidence(
    session: Session, case_id: int, piece: Piece, *, by: Caller, now: datetime
) -> Evidence:
    """Add one thing that a case rests on; the same again changes nothing.

    Raises UnknownCase, CaseAnswered, CaseSolved, UnknownEvidence.
    """
    case = unsolved(locked(session, case_id))
    found, fresh = rest_on(session, case, piece, by=by, now=now)
    if fresh:
        said = {"kind": piece.kind, "ref": piece.ref, "reason": piece.note}
        note(session, case, "evidence", by=by, said=said, now=now)
    return found


def rest_on(
    session: Session, case: Case, piece: Piece, *, by: Caller, now: datetime
) -> tuple[Evidence, bool]:
    """Write one piece down, if it is there in the case's community. Raises UnknownEvidence."""
    assert case.id is not None
    asked = select(Evidence).where(
        Evidence.case_id == case.id, Evidence.kind == piece.kind, Evidence.ref == piece.ref
    )
    if known := session.exec(asked).first():
        return known, False
    look_for(session, case, piece, by=by, now=now)
    row = Evidence(
        case_id=case.id,
        kind=piece.kind,
        ref=piece.ref,
        note=piece.note.strip(),
        file_id=piece.file_id,
        added_by=by.actor,
        added_at=now,
    )
    session.add(row)
    session.flush()
    return row, True


def look_for(session: Session, case: Case, piece: Piece, *, by: Caller, now: datetime) -> None:
    """Find what a piece names within the community, and take findings into the case.

    Raises UnknownEvidence.
    """
    unknown = UnknownEvidence(kind=piece.kind, ref=piece.ref)
    if piece.kind in NUMBERED and not (piece.ref.isascii() and piece.ref.isdecimal()):
        raise unknown
    try:
        if look := LOOKS.get(piece.kind):
            look(session, piece.ref, [case.community_id])
        if piece.kind == "finding":
            take_up(session, case, int(piece.ref), by=by, now=now)
    except NotFound as error:
        raise unknown from error


def take_up(session: Session, case: Case, finding: int, *, by: Caller, now: datetime) -> None:
    """Mark a finding as one of this case."""
    audit.take_into_case(
        session,
        [finding],
        case_id=case.id or 0,
        community_ids=[case.community_id],
        by=by.actor,
        now=now,
    )


def look_for_exception(session: Session, ref: str, here: list[int]) -> None:
    """Find an exception of a community. Raises UnknownException."""
    row = session.get(reconciliation.Difference, int(ref))
    if row is None or row.community_id not in here:
        raise reconciliation.UnknownException


NUMBERED = frozenset({"finding", "exception"})
LOOKS: dict[str, Callable[[Session, str, list[int]], object]] = {
    "award": lambda session, ref, here: activities.awards_by_key(session, [ref], here),
    "sale": lambda session, ref, here: redemptions.sales_by_key(session, [ref], here),
    "exception": look_for_exception,
}
