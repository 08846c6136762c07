"""What a caller does with an objection, from JSON or from a page."""

from typing import Any
from uuid import uuid4

from sqlmodel import Session

from service import people
from service.cases import matters, queries
from service.cases.actions.objecting import Filing, Reply, answer_objection, file_objection
from service.cases.models import Objection
from service.cases.routes.whose import Desk, kept
from service.errors import Forbidden
from service.people import Caller
from service.web import now


def file_own(session: Session, *, given: dict[str, Any], who: Caller) -> tuple[Objection, bool]:
    """File the caller's own objection."""
    person = people.volunteer_by_id(session, who.volunteer_id or 0)
    return file_objection(session, person, filing(given), by=who, now=now())


def file_paper(
    session: Session, *, given: dict[str, Any], at: Desk, content: bytes | None = None
) -> tuple[Objection, bool]:
    """File what a volunteer of the desk's communities wrote on paper; a photo may come along."""
    person = people.volunteer(session, given["volunteer"].upper())
    if person.community_id not in at.community_ids:
        raise people.UnknownVolunteer
    file = kept(session, person.community_id, content)
    said = filing(given, file_id=file.id if file else None)
    return file_objection(session, person, said, by=at.who, now=now())


def filing(given: dict[str, Any], file_id: int | None = None) -> Filing:
    """Return what is filed."""
    return Filing(
        key=given["key"] or uuid4().hex,
        kind=given["kind"],
        ref=given["ref"],
        text=given["text"],
        notice_ref=given["notice"],
        file_id=file_id,
    )


def reply(
    session: Session, *, number: int, given: dict[str, Any], at: Desk, reads: Desk
) -> Objection:
    """Answer an objection of the desk's communities. Raises UnknownObjection, Forbidden."""
    found = queries.objection(session, number, reads.community_ids)
    if found.community_id not in at.community_ids:
        raise Forbidden
    return answer_objection(session, number, Reply(**given), by=at.who, now=now())


def titled(session: Session, row: Objection) -> str:
    """Return what the thing objected to is called; its reference where it is no longer there."""
    read = matters.READERS.get(row.about_kind)
    found = read(session, row.about_ref) if read else None
    return found.title if found else row.about_ref
