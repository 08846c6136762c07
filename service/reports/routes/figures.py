"""Figures over a period, as JSON."""

from functools import partial
from typing import Any

from flask.typing import ResponseReturnValue

from service.clock import business_day
from service.people import Caller, Role, UnknownVolunteer, find_volunteer
from service.reports.figures import PAGE_MAX, shops, totals, volunteers
from service.reports.home import Purse, purse
from service.reports.schemas import (
    PeriodArguments,
    ShopsPage,
    StandingFigures,
    TotalsFigures,
    VolunteersPage,
)
from service.reports.scope import READERS, Period, scope_of
from service.shops import shops_within
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("reports_api", __name__, url_prefix="/api/v1", description="Figures of a period")


def period_of(asked: dict[str, Any]) -> Period:
    """Return the period that was asked for; today where nothing was said."""
    today = business_day(now())
    last = asked.get("last") or asked.get("first") or today
    return Period(asked.get("first") or last, last)


def codes_of(asked: dict[str, Any]) -> list[str] | None:
    """Return the booklet numbers that were asked for, or None for all."""
    return [code.strip() for code in asked.get("codes", "").split(",") if code.strip()] or None


@api.get("/volunteers/<code>")
@api.response(200, StandingFigures)
def get_standing(code: str) -> Purse:
    """Tell where a volunteer stands: the own one, or one of the reader's communities."""
    reader = require(*READERS, "volunteer")
    found = database().atomic(partial(find_volunteer, code=code))
    if found is None or not (reader.code == code or found.community_id in seen_by(reader)):
        raise UnknownVolunteer
    return purse(database(), volunteer_id=found.id or 0, day=business_day(now()))


def seen_by(reader: Caller) -> tuple[int, ...]:
    """Return the communities whose volunteers a caller may read; none for a volunteer."""
    return scope_of(database(), reader).community_ids


@api.get("/reports/volunteers")
@api.arguments(PeriodArguments, location="query")
@api.response(200, VolunteersPage)
def get_volunteers(asked: dict[str, Any]) -> ResponseReturnValue:
    """Tell each volunteer's opening, earned, manual, reversed, redeemed, expired and closing."""
    scope = scope_of(database(), require(*READERS))
    rows = volunteers(
        database(), scope, period_of(asked), codes=codes_of(asked), after=asked["after"]
    )
    return {"items": rows, "next": rows[-1]["code"] if len(rows) == PAGE_MAX else None}


@api.get("/reports/totals")
@api.arguments(PeriodArguments(exclude=("after",)), location="query")
@api.response(200, TotalsFigures)
def get_totals(asked: dict[str, Any]) -> ResponseReturnValue:
    """Tell the sums over volunteers, and the ledger's accounts across from their wallets."""
    scope = scope_of(database(), require(*READERS))
    return totals(database(), scope, period_of(asked), codes=codes_of(asked))


@api.get("/reports/shops")
@api.arguments(PeriodArguments(exclude=("codes",)), location="query")
@api.response(200, ShopsPage)
def get_shops(asked: dict[str, Any]) -> ResponseReturnValue:
    """Tell what each shop gave: goods in points and fen, discounts, what was undone."""
    caller = require(*READERS, Role.OFFICER)
    rows = shops(
        database(),
        caller.programme_id or 0,
        period_of(asked),
        shop_ids=reached_by(caller),
        after=asked["after"],
    )
    return {"items": rows, "next": rows[-1]["code"] if len(rows) == PAGE_MAX else None}


def reached_by(caller: Caller) -> list[int]:
    """Return the shops of a caller's communities and associations; those of others are not told."""
    within = caller.scopes(*READERS, Role.OFFICER)
    rows = database().atomic(partial(shops_within, within=within))
    return [row.id for row in rows if row.id is not None]
