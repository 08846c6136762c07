"""What a caller does with a case, from JSON or from a page: within what he may see."""

from datetime import date
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from service import activities, audit, people
from service.activities import Decision
from service.cases import queries
from service.cases.actions import keeping, proposing
from service.cases.actions.opening import Opening, Piece, add_evidence, open_case
from service.cases.models import Case, Evidence, Origin, Proposal
from service.cases.refusals import NotAssignable
from service.cases.routes.whose import Desk, kept, of_desk, own_community, person_in
from service.people import Role
from service.web import now

VOLUNTEER = "volunteer:"


def open_one(
    session: Session, *, given: dict[str, Any], at: Desk, content: bytes | None = None
) -> tuple[Case, bool]:
    """Open a case; what its findings point at becomes evidence of it too."""
    community = own_community(session, at, given.get("community"))
    found = findings(session, given["findings"], [community])
    about = given.get("volunteer") or whom(found)
    person = person_in(session, about, community)
    opening = Opening(
        key=given["key"] or uuid4().hex,
        community_id=community,
        title=given["title"],
        origin=origin(given),
        volunteer_id=person.id if person else None,
        evidence=pieces(given, found),
    )
    case, known = open_case(session, opening, by=at.who, now=now())
    if content is not None and not known:
        file = kept(session, community, content)
        piece = Piece("note", file.code if file else "", file_id=file.id if file else None)
        add_evidence(session, case.id or 0, piece, by=at.who, now=now())
    return case, known


def findings(session: Session, ids: list[int], here: list[int]) -> list[audit.AuditFinding]:
    """Return findings of these communities; what is missing is refused when it is taken up."""
    rows = (session.get(audit.AuditFinding, one) for one in ids)
    return [row for row in rows if row is not None and row.community_id in here]


def whom(found: list[audit.AuditFinding]) -> str | None:
    """Return the one volunteer whom findings are about; None where there are several."""
    codes = {row.subject for row in found if row.subject.startswith(VOLUNTEER)}
    return codes.pop().removeprefix(VOLUNTEER) if len(codes) == 1 else None


def origin(given: dict[str, Any]) -> Origin:
    """Return what a case begins with."""
    if given["findings"]:
        return Origin.FINDING
    return Origin.EXCEPTION if given["exceptions"] else Origin.HAND


def pieces(given: dict[str, Any], found: list[audit.AuditFinding]) -> list[Piece]:
    """Return the evidence of an opening: what is named, and what its findings point at."""
    awards = dict.fromkeys(given["awards"])
    for row in found:
        awards |= dict.fromkeys(str(one) for one in row.evidence.get("awards", ()))
    said = [Piece("finding", str(one)) for one in given["findings"]]
    said += [Piece("exception", str(one)) for one in given["exceptions"]]
    said += [Piece("award", one) for one in awards]
    said += [Piece("sale", one) for one in given["sales"]]
    note = given["note"].strip()
    return said + ([Piece("note", "opening", note)] if note else [])


def rest_on(
    session: Session,
    *,
    number: int,
    piece: Piece,
    at: Desk,
    reads: Desk,
    content: bytes | None = None,
) -> Evidence:
    """Add one thing that a case rests on, with a picture if one came along."""
    case = of_desk(session, number, at, reads)
    file = kept(session, case.community_id, content)
    shown = Piece(piece.kind, piece.ref, piece.note, file.id if file else None)
    return add_evidence(session, number, shown, by=at.who, now=now())


def give(session: Session, *, number: int, given: dict[str, Any], at: Desk, reads: Desk) -> Case:
    """Give a case to somebody who may decide in its community, or to nobody."""
    case = of_desk(session, number, at, reads)
    if given["to"] and given["to"] not in {one.code for one in keepers(session, case)}:
        raise NotAssignable
    to, was = (f"staff:{given[name]}" if given[name] else None for name in ("to", "was"))
    return keeping.assign(session, number, to=to, was=was, by=at.who, now=now())


def keepers(session: Session, case: Case) -> list[people.Staff]:
    """Return who may look after a case: the secretary and the approver of its community."""
    scopes = people.codes_above(session, case.community_id)
    both = [
        one
        for role in (Role.SECRETARY, Role.APPROVER)
        for _, one in people.holders(session, role, scopes)
    ]
    return list({one.code: one for one in both if one.active}.values())


def propose(
    session: Session, *, number: int, given: dict[str, Any], at: Desk, reads: Desk
) -> Proposal:
    """Propose to take awards and sales of a case back, or to let somebody not lead for a while."""
    case = of_desk(session, number, at, reads)
    asked = given.pop("suspension")
    if asked is not None:
        person = person_in(session, asked["volunteer"], case.community_id)
        assert person is not None
        given["suspension"] = proposing.Suspension(person, asked["until"])
    wanted = proposing.Wanted(**{**given, "key": given["key"] or uuid4().hex})
    return proposing.propose(session, number, wanted, by=at.who, now=now())


def decide(session: Session, *, number: int, nth: int, decision: Decision, at: Desk) -> Proposal:
    """Decide about a proposal as the second person."""
    queries.case(session, number, at.community_ids)
    return proposing.decide(session, number, nth, decision=decision, by=at.who, now=now())


def suspend(
    session: Session, *, number: int, volunteer: str, until: date, at: Desk, reads: Desk
) -> activities.Right:
    """Take the right to award by hand away until a day."""
    case = of_desk(session, number, at, reads)
    person = person_in(session, volunteer, case.community_id)
    assert person is not None
    return keeping.suspend(session, number, volunteer=person, until=until, by=at.who, now=now())


def solve(session: Session, *, number: int, given: dict[str, Any], at: Desk, reads: Desk) -> Case:
    """Write down what came out of a case."""
    of_desk(session, number, at, reads)
    return keeping.solve(session, number, **given, by=at.who, now=now())


def answer(session: Session, *, number: int, words: str, at: Desk, reads: Desk) -> Case:
    """Answer a case; whom it is about reads it."""
    of_desk(session, number, at, reads)
    return keeping.answer(session, number, words=words, by=at.who, now=now())
