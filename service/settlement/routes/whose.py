"""Who may do what: each step of a signature is one office's, within its own scope."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import Any

from sqlmodel import Session

from service.clock import business_day
from service.errors import NotFound
from service.i18n import N_
from service.people import Caller, Role
from service.settlement import queries
from service.settlement.press import office
from service.settlement.queries import READERS, Within
from service.settlement.rules import Step
from service.web import database, now
from service.web.access import require
from service.web.locale import gettext

OFFICES = {
    Step.CONFIRMED: Role.OWNER,
    Step.DISPUTED: Role.OWNER,
    Step.REVIEWED: Role.OFFICER,
    Step.CLOSED: Role.SECRETARY,
}
STEPS = {
    "queued": N_("Being made"),
    Step.PREPARED: N_("Waits for the shop"),
    Step.DISPUTED: N_("The shop disagrees"),
    Step.CONFIRMED: N_("Waits for the association"),
    Step.REVIEWED: N_("Waits for the secretary"),
    Step.CLOSED: N_("Closed"),
    "replaced": N_("Replaced"),
}
ACTS = {
    Step.PREPARED: N_("Prepared"),
    Step.DISPUTED: N_("Disagreed"),
    Step.CONFIRMED: N_("Confirmed by the shop"),
    Step.REVIEWED: N_("Reviewed by the association"),
    Step.CLOSED: N_("Closed by the secretary"),
}
# What is asked for next, by where something stands.
NEXT = {
    Step.PREPARED: Step.CONFIRMED,
    Step.DISPUTED: Step.CONFIRMED,
    Step.CONFIRMED: Step.REVIEWED,
    Step.REVIEWED: Step.CLOSED,
}


def run(work: Callable[..., Any], **given: Any) -> Any:
    """Run work in a transaction."""
    return database().atomic(partial(work, **given))


def reader() -> tuple[Caller, Within]:
    """Return the caller as somebody who may read, and what. Raises Unauthorized, Forbidden."""
    who = require(*READERS)
    return who, queries.within(database(), who)


def acting(*roles: Role) -> tuple[Caller, Within]:
    """Return the caller in one of these offices, and where they count."""
    who = require(*roles)
    return who, queries.within(database(), who, *roles)


def signer(step: str) -> tuple[Caller, Within]:
    """Return the caller as whoever sets this signature, and where."""
    return acting(OFFICES[Step(step)])


def due(who: Caller, step: str, **where: int) -> Step | None:
    """Return the signature that the caller may set on what stands at a step, if any."""
    following = NEXT.get(Step(step)) if step in NEXT else None
    if following is None or not who.has(OFFICES[following]):
        return None
    mine = queries.within(database(), who, OFFICES[following])
    return following if mine.has(**where) else None


def month_of(word: str) -> date:
    """Read a month from an address or form. Raises NotFound."""
    try:
        return date.fromisoformat(f"{word}-01")
    except ValueError as error:
        raise NotFound from error


def today() -> date:
    """Return the business day of this request."""
    return business_day(now())


def who_said(session: Session, actors: Iterable[str | None]) -> dict[str, str]:
    """Say which office each of some actors has, as a page shows it."""
    known = {actor for actor in actors if actor}
    return {
        actor: gettext(MACHINE) if actor == "system" else office(session, actor) for actor in known
    }


MACHINE = N_("the system")
