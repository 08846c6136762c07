"""Whose cases and objections a caller may read and deal with."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import request
from sqlmodel import Session

from service import files, people
from service.cases import queries
from service.cases.models import Case, Objection
from service.cases.refusals import RejectedMaker, UnknownCase
from service.errors import Forbidden
from service.people import Caller, Role
from service.web import database, now, settings
from service.web.access import require

READERS = (Role.SECRETARY, Role.APPROVER, Role.RECORDER, Role.AUDITOR)
OPENERS = (Role.SECRETARY, Role.APPROVER, Role.RECORDER)
DECIDERS = (Role.SECRETARY, Role.APPROVER)
SUSPENDERS = (Role.SECRETARY,)
PURPOSE = "case"


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of staff and the communities in which the office counts."""

    who: Caller
    community_ids: Collection[int]


def desk(*roles: Role) -> Desk:
    """Return the caller's desk in one of the roles. Raises Unauthorized, Forbidden."""
    who = require(*roles)
    return Desk(who, people.communities_under(database(), who.scopes(*roles)))


def of_desk(session: Session, case_id: int, at: Desk, reads: Desk) -> Case:
    """Return a case that the caller may deal with; who may only read it is told so.

    Raises UnknownCase, Forbidden.
    """
    found = queries.case(session, case_id, reads.community_ids)
    if found.community_id not in at.community_ids:
        raise Forbidden
    return found


def reads() -> Desk:
    """Return the desk at which the caller may read. Raises Unauthorized, Forbidden."""
    return desk(*READERS)


def own_community(session: Session, at: Desk, code: str | None) -> int:
    """Return the community that is named, else the caller's own, else the only one.

    Raises UnknownUnit.
    """
    if code:
        wanted = people.unit(session, code).id
    elif at.who.community_id in at.community_ids:
        wanted = at.who.community_id
    else:
        wanted = next(iter(at.community_ids)) if len(at.community_ids) == 1 else None
    if wanted is None or wanted not in at.community_ids:
        raise people.UnknownUnit
    return wanted


def person_in(session: Session, code: str | None, community_id: int) -> people.Volunteer | None:
    """Return a volunteer of a community by the booklet's number. Raises UnknownVolunteer."""
    if not code:
        return None
    found = people.volunteer(session, code.strip().upper())
    if found.community_id != community_id:
        raise people.UnknownVolunteer
    return found


def told(session: Session, row: Case | Objection) -> queries.Listed:
    """Return a row with the volunteer whom it is about."""
    known = row.volunteer_id is not None
    person = people.volunteer_by_id(session, row.volunteer_id or 0) if known else None
    return queries.Listed(row, person)


def kept(session: Session, community_id: int, content: bytes | None) -> files.File | None:
    """Keep a picture that came with a form."""
    if content is None:
        return None
    return files.keep(
        session,
        content,
        purpose=PURPOSE,
        community_id=community_id,
        by=require(*OPENERS).actor,
        folder=settings().files_folder,
        now=now(),
    )


def decides(case_id: int) -> Desk:
    """Return the desk at which somebody decides about a proposal.

    A volunteer has none; who made one of the awards is told that, others that there is no case.
    """
    who = require(*DECIDERS, "volunteer")
    if who.kind != "volunteer":
        return desk(*DECIDERS)
    if database().atomic(partial(made_one, case_id=case_id, who=who)):
        raise RejectedMaker
    raise UnknownCase


def made_one(session: Session, *, case_id: int, who: Caller) -> bool:
    """Tell whether a volunteer made one of the awards that a case rests on."""
    found = session.get(Case, case_id)
    pieces = queries.story(session, found).evidence if found else ()
    awards = queries.awards_of_case(session, pieces)
    return any(award.maker_id == who.volunteer_id for award, _ in awards)


def run(work: Any, **given: Any) -> Any:
    """Run one work in one transaction."""
    return database().atomic(partial(work, **given))


def form(*names: str) -> dict[str, str]:
    """Return the fields of the form that were filled in."""
    return {
        name: request.form[name].strip() for name in names if request.form.get(name, "").strip()
    }
