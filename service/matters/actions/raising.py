"""Raising a matter: on a visit, for oneself, or at the desk for somebody who came or called."""

import secrets
from base64 import b32encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, select

from service import activities, files, people, programmes
from service.clock import business_day
from service.errors import KeyReused
from service.matters.actions.steps import Said, write
from service.matters.categories import HELP, categories
from service.matters.models import Matter
from service.matters.queries.lists import call_since, takes_part
from service.matters.refusals import NotAVisit
from service.matters.rules import SAME_CALL, Arrow, Kind, Part, State, numbered

TOKEN_BYTES = 16
NEXT = text(
    """
    INSERT INTO matters_days (community_id, day, last) VALUES (:community, :day, 1)
    ON CONFLICT (community_id, day) DO UPDATE SET last = matters_days.last + 1 RETURNING last
    """
)
ONE_CALL = text("SELECT pg_advisory_xact_lock(hashtextextended('matters:' || :by, 0))")


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody says is the matter. `key` is made with the form: a second tap is the same."""

    category: str
    place: str
    text: str
    key: str
    kind: Kind = Kind.MATTER
    photos: tuple[files.File, ...] = field(default=())


def raise_on_visit(
    session: Session,
    activity: activities.Activity,
    found: Found,
    *,
    volunteer: people.Volunteer,
    now: datetime,
) -> Matter:
    """Raise what a resident says on a visit. Raises NotAVisit for who does not take part."""
    if not takes_part(session, activity, volunteer.id or 0):
        raise NotAVisit
    own = Matter(
        **told(found),
        community_id=activity.community_id,
        activity_id=activity.id,
        found_team_id=activity.team_id or volunteer.team_id,
        **by_volunteer(volunteer),
    )
    return open_matter(session, own, found, now=now)


def call_for_help(
    session: Session, found: Found, *, volunteer: people.Volunteer, now: datetime
) -> Matter:
    """Raise a volunteer's own call; a second one within minutes adds its words to the first."""
    session.execute(ONE_CALL, {"by": volunteer.code})
    before = same_key(session, f"volunteer:{volunteer.code}", found)
    waiting = before or call_since(session, volunteer_id=volunteer.id or 0, since=now - SAME_CALL)
    if waiting is None:
        own = Matter(
            **told(found),
            community_id=volunteer.community_id,
            found_team_id=volunteer.team_id,
            **by_volunteer(volunteer),
        )
        return open_matter(session, own, found, now=now)
    if before is None and (found.text or found.photos):
        said = Said(waiting.raised_by, frozenset({Part.RAISER}), found.key, found.text)
        write(session, waiting, Arrow.NOTE, said, now=now)
    return waiting


def raise_at_desk(
    session: Session, community: people.Unit, found: Found, *, by: str, now: datetime
) -> Matter:
    """Raise what a resident says at the desk or on the telephone."""
    own = Matter(**told(found), community_id=community.id or 0, raised_by=by)
    return open_matter(session, own, found, now=now)


def told(found: Found) -> dict[str, Any]:
    """Return what the row takes over from what was said."""
    return {
        "kind": found.kind,
        "category": found.category,
        "place": found.place,
        "text": found.text,
        "key": found.key,
    }


def by_volunteer(volunteer: people.Volunteer) -> dict[str, Any]:
    """Return who raises it, when that is a volunteer."""
    return {"raised_by": f"volunteer:{volunteer.code}", "raised_volunteer_id": volunteer.id}


def same_key(session: Session, by: str, found: Found) -> Matter | None:
    """Return what was raised with this key. Raises KeyReused when that was something else."""
    row = session.exec(
        select(Matter).where(Matter.raised_by == by, Matter.key == found.key)
    ).one_or_none()
    if row and (row.kind, row.category, row.text) != (found.kind, found.category, found.text):
        raise KeyReused
    return row


def open_matter(session: Session, own: Matter, found: Found, *, now: datetime) -> Matter:
    """Number and store a new matter with its first step; the same key is the same matter."""
    if before := same_key(session, own.raised_by, found):
        return before
    community = people.unit_by_id(session, own.community_id)
    day = business_day(now)
    count = session.execute(NEXT, {"community": community.id, "day": day}).scalar_one()
    own.number = numbered(community.code, day, count)
    own.token = b32encode(secrets.token_bytes(TOKEN_BYTES)).decode().rstrip("=").lower()
    own.state, own.raised_at = State.FOUND, now
    put_due(session, own, now=now)
    session.add(own)
    session.flush()
    said = Said(own.raised_by, frozenset({Part.RAISER}), "raise", photos=found.photos)
    write(session, own, Arrow.RAISE, said, now=now, team_id=own.found_team_id)
    return own


def put_due(session: Session, matter: Matter, *, now: datetime) -> None:
    """Set the day by which there is to be an answer, counted in working days from today."""
    days = categories().get(matter.category, categories()[HELP]).days
    due = programmes.add_working_days(session, business_day(now), days)
    matter.due_on, matter.due_provisional = due.day, due.provisional
