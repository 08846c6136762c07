"""Who may do what with notices, and of which communities."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from flask import request
from marshmallow import Schema
from sqlmodel import Session, col, select

from service import people
from service.clock import business_day
from service.errors import Forbidden
from service.notices.models import Notice
from service.notices.queries import by_id
from service.notices.refusals import UnknownNotice
from service.people import Caller, Role, Unit
from service.web import database, now
from service.web.access import require

READERS = (Role.SECRETARY, Role.RECORDER, Role.APPROVER, Role.AUDITOR)
DRAFTERS = (Role.SECRETARY, Role.RECORDER)
PUBLISHERS = (Role.SECRETARY,)
ID_MAX = 2**62


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of staff and the communities in which the office counts."""

    who: Caller
    community_ids: Sequence[int]

    def has(self, community_id: int) -> bool:
        """Whether the office counts there."""
        return community_id in self.community_ids


def desk(*roles: str) -> Desk:
    """Return the caller's desk in one of the roles. Raises Unauthorized, Forbidden."""
    who = require(*roles)
    return Desk(who, people.communities_under(database(), who.scopes(*roles)))


def run(work: Any, **given: Any) -> Any:
    """Run one work in one transaction."""
    return database().atomic(partial(work, **given))


def owned(session: Session, notice_id: int, *, at: Desk) -> Notice:
    """Return a notice of the desk's communities. Raises UnknownNotice."""
    row = by_id(session, min(notice_id, ID_MAX))
    if not at.has(row.community_id):
        raise UnknownNotice
    return row


def place_of(session: Session, code: str | None, *, at: Desk) -> Unit:
    """Return the community that is meant: the named one, or the caller's own. Raises Forbidden."""
    if code is None and at.who.community:
        code = at.who.community
    if code is None:
        if len(at.community_ids) != 1:
            raise people.UnknownUnit
        return people.unit_by_id(session, at.community_ids[0])
    found = people.unit(session, code)
    if not at.has(found.id or 0):
        raise Forbidden
    return found


def places_of(session: Session, *, at: Desk) -> list[Unit]:
    """Return the desk's communities in one read, by code."""
    asked = select(Unit).where(col(Unit.id).in_(at.community_ids))
    return list(session.exec(asked.order_by(Unit.code)).all())


def form(schema: Schema) -> dict[str, Any]:
    """Read the form that was sent. Raises marshmallow's ValidationError, which names the field."""
    given = {name: request.form[name].strip() for name in schema.fields if name in request.form}
    loaded: dict[str, Any] = schema.load({name: value for name, value in given.items() if value})
    return loaded


def before() -> int | None:
    """Read where a page begins."""
    found = request.args.get("before", type=int)
    return None if found is None else min(max(found, 0), ID_MAX)


def today() -> date:
    """Return the business day of this request."""
    return business_day(now())
