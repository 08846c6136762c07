"""What the caller is to a matter, and which ones the caller may list."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from flask import request
from sqlmodel import Session

from service import files, people
from service.errors import Unauthorized
from service.matters.actions.steps import Said
from service.matters.models import Matter
from service.matters.queries.lists import Seen, find, lead_of
from service.matters.refusals import TooManyPhotos, UnknownMatter, WhichPlace
from service.matters.rules import Part
from service.web import caller, database, now, settings
from service.web.access import require

KEEPERS = (people.Role.SECRETARY, people.Role.RECORDER)
WORKERS = (*KEEPERS, people.Role.GRID)
COUNTERS = (*KEEPERS, people.Role.APPROVER, people.Role.AUDITOR)
PHOTOS_MAX = 4
PURPOSE = "matter"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Opened:
    """A matter in the hands of somebody who may see it."""

    matter: Matter
    parts: frozenset[Part]

    @property
    def inside(self) -> bool:
        """Whether the reader may read the whole story."""
        return not self.parts.isdisjoint({Part.KEEPER, Part.ASSIGNEE})


def run(work: Callable[..., T], **given: Any) -> T:
    """Run one work in one transaction."""
    return database().atomic(partial(work, **given))


def opened(session: Session, number: str) -> Opened:
    """Return a matter that is the caller's in some way. Raises Unauthorized, UnknownMatter."""
    if caller().kind == "anonymous":
        raise Unauthorized
    found = find(session, number)
    parts = parts_in(session, found)
    if not parts:
        raise UnknownMatter
    return Opened(found, parts)


def parts_in(session: Session, matter: Matter) -> frozenset[Part]:
    """Return what the caller is to a matter."""
    who = caller()
    community = people.unit_by_id(session, matter.community_id).code
    chain = people.scope_chain(database(), community)
    lead = lead_of(session, matter.team_id) if matter.team_id and who.volunteer_id else None
    mine = who.kind == "staff" and who.id == matter.staff_id
    works = mine and people.authorised(who, [people.Role.GRID], chain)
    said = {
        Part.KEEPER: people.authorised(who, KEEPERS, chain),
        Part.ASSIGNEE: works or (lead is not None and lead.volunteer_id == who.volunteer_id),
        Part.RAISER: who.volunteer_id is not None
        and who.volunteer_id == matter.raised_volunteer_id,
    }
    return frozenset(part for part, holds in said.items() if holds)


def seen_by(*roles: people.Role) -> Seen:
    """Return which matters the caller may list: whole communities, or what is assigned."""
    who = require(*roles)
    codes = who.scopes(*KEEPERS)
    within = people.communities_under(database(), codes) if codes else []
    return Seen(tuple(within), who.id if who.has(people.Role.GRID) else None)


def places(session: Session, *roles: people.Role) -> list[people.Unit]:
    """Return the communities of these offices of the caller, the own one first."""
    who = require(*roles)
    within = people.communities_under(database(), who.scopes(*roles))
    found = [people.unit_by_id(session, one) for one in within]
    return sorted(found, key=lambda one: (one.id != who.community_id, one.code))


def chosen(
    session: Session, code: str | None, *roles: people.Role, first: bool = False
) -> people.Unit:
    """Return the named community, the caller's own, or the only one. Raises WhichPlace.

    A page that only shows may begin with the first of several.
    """
    known = places(session, *roles)
    if code is not None:
        known = [one for one in known if one.code == code]
    elif not first and known and known[0].id != caller().community_id:
        known = known if len(known) == 1 else []
    if not known:
        raise WhichPlace
    return known[0]


def sent_photos() -> list[bytes]:
    """Read the pictures of a form; one byte more than allowed tells that one is too large."""
    sent = [one for one in request.files.getlist("picture") if one.filename]
    if len(sent) > PHOTOS_MAX:
        raise TooManyPhotos(most=PHOTOS_MAX)
    return [one.stream.read(files.BYTES_MAX + 1) for one in sent]


def kept(session: Session, contents: list[bytes], community_id: int) -> tuple[files.File, ...]:
    """Keep what was sent, as the caller's."""
    keep = partial(
        files.keep,
        purpose=PURPOSE,
        community_id=community_id,
        by=caller().actor,
        folder=settings().files_folder,
        now=now(),
    )
    return tuple(keep(session, content) for content in contents)


def said(
    session: Session, found: Opened, given: dict[str, Any], contents: list[bytes] | None = None
) -> Said:
    """Return the caller's step as the actions want it."""
    photos = kept(session, contents or [], found.matter.community_id)
    return Said(caller().actor, found.parts, given["key"], given["words"], photos)
