"""What an administrator looks after: the programmes of the communities of his sub-district."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask import request
from sqlmodel import Session

from service import outbox, people, programmes
from service.clock import Clock
from service.people import Role
from service.web import caller, database
from service.web.access import require
from service.webhooks import queries
from service.webhooks.queries import Troubles

MACHINE = Clock()  # waits and signatures go by the machine's own time, on a simulated day too
PAGE = 50


def run(work: Callable[..., Any], **given: Any) -> Any:
    """Run work in a transaction."""
    return database().atomic(partial(work, **given))


def own_programmes(session: Session) -> dict[int, programmes.Programme]:
    """Return the programmes that the caller administrates. Raises Forbidden."""
    scopes = require(Role.ADMINISTRATOR).scopes(Role.ADMINISTRATOR)
    under = people.communities_under(database(), scopes)
    units = [people.unit_by_id(session, one) for one in under]
    ids = sorted({one.programme_id for one in units if one.programme_id})
    return {one: programmes.programme_by_id(session, one) for one in ids}


def seen(session: Session) -> outbox.Seen:
    """Return whose events the caller may see."""
    return outbox.Seen(frozenset(own_programmes(session)))


def troubles() -> Troubles:
    """Count what waits for the caller; for anybody but an administrator, nothing does."""
    if not caller().has(Role.ADMINISTRATOR):
        return Troubles()
    return database().atomic(lambda session: queries.troubles(session, own_programmes(session)))


def filled() -> dict[str, str]:
    """Return the fields of the form that were filled in."""
    given = ((name, value.strip()) for name, value in request.form.items())
    return {name: value for name, value in given if value and name != "csrf_token"}


def page(rows: list[Any], key: str = "id") -> tuple[list[Any], int | None]:
    """Cut one more than a page into the page and where the next one begins."""
    return rows[:PAGE], getattr(rows[PAGE - 1], key) if len(rows) > PAGE else None
