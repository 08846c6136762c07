"""Whose records a caller may read and keep, and how a form is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import request
from marshmallow import Schema
from sqlmodel import Session

from service import activities, people
from service.activities import UnknownActivity
from service.clock import business_day
from service.errors import Forbidden, NotFound
from service.people import Caller, Role, Volunteer
from service.records.models import Honour, Star, Training
from service.web import database, now
from service.web.access import require

READERS = (Role.SECRETARY, Role.RECORDER, Role.APPROVER, Role.AUDITOR)
KEEPERS = (Role.SECRETARY, Role.RECORDER)


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of staff and the communities in which the office counts."""

    who: Caller
    community_ids: Sequence[int]

    @property
    def programme_id(self) -> int:
        """The programme of the office."""
        return self.who.programme_id or 0


def desk(*roles: str) -> Desk:
    """Return the caller's desk in one of the roles. Raises Unauthorized, Forbidden."""
    who = require(*roles)
    return Desk(who, people.communities_under(database(), who.scopes(*roles)))


def person_of(session: Session, code: str, *, at: Desk) -> Volunteer:
    """Return a volunteer of the desk's communities. Raises UnknownVolunteer."""
    found = people.volunteer(session, code.strip().upper())
    if found.community_id not in at.community_ids:
        raise people.UnknownVolunteer
    return found


def owned(
    session: Session,
    kind: type[Star] | type[Honour] | type[Training],
    number: int,
    *,
    at: Desk,
    refusal: type[NotFound],
) -> None:
    """Refuse a row of another community as one that there is not."""
    row = session.get(kind, number)
    if getattr(row, "community_id", None) not in at.community_ids:
        raise refusal


def led(session: Session, code: str) -> tuple[activities.Activity, Caller]:
    """Return an activity and its caller: who leads it, its recorder or its secretary.

    Raises UnknownActivity to staff of other communities, SuspendedFromLeading, Forbidden to
    everybody else.
    """
    found = activities.activity(session, code)
    who = require("volunteer", *KEEPERS)
    leads = who.volunteer_id is not None and who.volunteer_id == found.leader_id
    if leads and not activities.suspended_until(session, who.volunteer_id, on=business_day(now())):
        return found, who
    if who.kind != "staff":
        activities.check_leading(session, who.volunteer_id if leads else None, now=now())
        raise Forbidden
    within = people.communities_under(database(), who.scopes(*KEEPERS))
    if found.community_id not in within:
        raise UnknownActivity
    return found, who


def form(schema: Schema) -> dict[str, Any]:
    """Read the form that was sent. Raises marshmallow's ValidationError, which names the field."""
    names = [name for name in schema.fields if name in request.form]
    loaded: dict[str, Any] = schema.load({name: request.form[name].strip() for name in names})
    return loaded


def asked(schema: Schema) -> dict[str, Any]:
    """Read what stands behind the question mark; empty fields of a form are not given."""
    given = {name: value.strip() for name, value in request.args.items() if value.strip()}
    loaded: dict[str, Any] = schema.load(given)
    return loaded


def run(work: Any, **given: Any) -> Any:
    """Run one work in one transaction."""
    return database().atomic(partial(work, **given))
