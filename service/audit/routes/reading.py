"""What both the pages and the JSON read: whose findings, which page of them, which looks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from sqlmodel import Session

from service import people
from service.audit import queries
from service.audit.actions import dismiss
from service.audit.models import AuditFinding, AuditRun
from service.audit.period import Period
from service.audit.queries import DECIDERS, READERS, Asked
from service.audit.runs import ask_run
from service.people import Caller, Role
from service.web import database, now
from service.web.access import require


@dataclass(frozen=True, slots=True)
class Desk:
    """A member of staff, and the communities in which the office counts."""

    who: Caller
    community_ids: frozenset[int]


def run(work: Callable[..., Any], **given: Any) -> Any:
    """Run work in a transaction."""
    return database().atomic(partial(work, **given))


def reader() -> Desk:
    """Return the caller as somebody who may read. Raises Unauthorized, Forbidden."""
    return desk(*READERS)


def decider() -> Desk:
    """Return the caller as somebody who may decide, or ask for a look."""
    return desk(*DECIDERS)


def desk(*roles: Role) -> Desk:
    """Return the caller's desk in one of the roles."""
    who = require(*roles)
    return Desk(who, queries.within(database(), who, *roles))


@dataclass(frozen=True, slots=True)
class Page:
    """A page of findings, where the next begins, and what else the reader needs to read it."""

    rows: list[AuditFinding]
    next: str | None
    counts: dict[str, int]
    places: dict[int, people.Unit]


def read_page(session: Session, *, at: Desk, asked: dict[str, Any]) -> Page:
    """Read a page of findings, and how many of each rule are open. Raises UnknownUnit."""
    places = queries.places(session, at.community_ids)
    chosen = chosen_in(places, asked.get("community"))
    wanted = Asked(
        asked["status"],
        asked.get("rule"),
        chosen.id if chosen else None,
        cursor(asked.get("before")),
    )
    rows = list(queries.findings(session, at.community_ids, wanted))
    more = len(rows) > queries.PAGE
    page = rows[: queries.PAGE]
    following = f"{page[-1].day}.{page[-1].id}" if more else None
    counts = queries.open_counts(session, {chosen.id or 0} if chosen else at.community_ids)
    return Page(page, following, counts, places)


def cursor(said: str | None) -> tuple[date, int] | None:
    """Read where a page begins; the schema has looked at its form."""
    if not said:
        return None
    day, _, number = said.partition(".")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


def chosen_in(places: dict[int, people.Unit], code: str | None) -> people.Unit | None:
    """Return the community that is named, None where none is. Raises UnknownUnit."""
    if not code:
        return None
    for place in places.values():
        if place.code == code:
            return place
    raise people.UnknownUnit(field="community")


def runs_of(session: Session, *, at: Desk) -> list[AuditRun]:
    """Return the newest looks in the reader's programmes."""
    return list(queries.runs(session, at.community_ids))


def ask_for(session: Session, *, at: Desk, given: dict[str, Any]) -> AuditRun:
    """Ask for a look through a programme: of the community that is named, or of the first."""
    places = queries.places(session, at.community_ids)
    place = chosen_in(places, given.get("community")) or next(iter(places.values()), None)
    if place is None:
        raise people.UnknownUnit(field="community")
    period = Period(place.programme_id or 0, given["since"], given["until"])
    return ask_run(session, period, by=at.who.actor, now=now())


def dismiss_it(session: Session, *, at: Desk, number: int, reason: str) -> AuditFinding:
    """Dismiss a finding of the caller's communities."""
    return dismiss(
        session,
        number,
        reason=reason,
        community_ids=at.community_ids,
        by=at.who.actor,
        now=now(),
    )
