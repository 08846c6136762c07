"""Loading a checked data set: one transaction, everything or nothing, and only once."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service import programmes, records, trail
from service.db import Database
from service.i18n import N_
from service.passes import Printed
from service.seed.agenda import plan_activities
from service.seed.books import open_books
from service.seed.cards import print_booklets
from service.seed.faults import Fault, Refused
from service.seed.market import open_shops
from service.seed.persons import (
    employ_staff,
    found_teams,
    name_leaders,
    register_volunteers,
)
from service.seed.reading import Data
from service.seed.town import ACTOR, Loader, open_town


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did: counts by kind, and the cards for the printer, said only here."""

    programme: str
    already: bool
    counts: dict[str, int]
    cards: list[Printed]


def load(database: Database, data: Data, loader: Loader) -> Loaded:
    """Load a data set; the same one again changes nothing. Raises Refused for another one."""
    try:
        return database.atomic(partial(load_whole, data=data, loader=loader))
    except IntegrityError as error:
        message = N_("A code is taken by another programme: {why}")
        why = str(error.orig).splitlines()[-1]
        raise Refused([Fault("", message, {"why": why})]) from error


def load_whole(session: Session, *, data: Data, loader: Loader) -> Loaded:
    """Load everything in the order in which it refers to each other."""
    code = data["org"]["subdistrict"]["id"]
    if before := loaded_before(session, code):
        return unchanged(code, before, data)
    programmes.load_missing_years(session, by=ACTOR, now=loader.now)
    town = open_town(session, data)
    records.found_honour_kinds(session, programme_id=town.programme_id, by=ACTOR, now=loader.now)
    found_teams(session, town, data)
    register_volunteers(session, town, data, loader)
    name_leaders(session, town, data, loader)
    employ_staff(session, town, data, loader)
    open_books(session, town, data, loader)
    open_shops(session, town, data, loader)
    plan_activities(session, town, data, loader)
    printed = print_booklets(session, town, data, loader)
    counts = count(data) | {"booklets": len(printed)}
    detail = {"counts": counts, "digests": data["digests"], "demo": loader.demo}
    trail.record(
        session, actor=ACTOR, action=ACTION, subject=subject(code), detail=detail, now=loader.now
    )
    return Loaded(code, False, counts, printed)


ACTION = "seed.load"
COUNTED = ("staff", "teams", "volunteers", "shops", "activity_templates", "activities")


def subject(code: str) -> str:
    """Name the programme in the trail."""
    return f"programme:{code}"


def count(data: Data) -> dict[str, int]:
    """Count what a data set holds."""
    return {key: len(data[key]) for key in COUNTED}


def loaded_before(session: Session, code: str) -> dict[str, Any] | None:
    """Return what was noted when this programme was loaded, or None."""
    noted = [row for row in trail.about(session, subject(code)) if row.action == ACTION]
    return noted[0].detail if noted else None


def unchanged(code: str, before: dict[str, Any], data: Data) -> Loaded:
    """Answer for a file that was loaded already. Raises Refused with what differs from it."""
    then, now = before["digests"], data["digests"]
    faults = [
        Fault("/" + part, why(part, then, now))
        for part in sorted(then.keys() | now.keys())
        if then.get(part) != now.get(part)
    ]
    if faults:
        raise Refused(faults)
    return Loaded(code, True, before["counts"], [])


def why(part: str, then: dict[str, str], now: dict[str, str]) -> str:
    """Say how a part differs from the file that was loaded."""
    if part not in then:
        return N_("This was not in the file that was loaded. Add it on its page.")
    if part not in now:
        return N_("This was in the file that was loaded. Loading removes nothing.")
    return N_("This differs from what was loaded. Change it on its page.")
