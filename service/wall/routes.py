"""The wall over HTTP: the screen itself, the part that changes, and the links at the desk."""

from functools import partial
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields, validate
from sqlmodel import Session

from service import people, programmes
from service.board import charts
from service.clock import business_day
from service.errors import Forbidden, Unauthorized
from service.i18n import N_
from service.live import BOARD
from service.people import Role
from service.wall import links, queries
from service.wall.models import UnknownWall
from service.wall.queries import Place
from service.wall.rules import LEAST
from service.web import database, now, settings
from service.web.access import require
from service.web.live import offer
from service.web.locale import gettext

pages = Blueprint("wall", __name__)
blueprints = [pages]

READERS = (Role.SECRETARY, Role.RECORDER, Role.APPROVER, Role.AUDITOR)
MAKERS = (Role.SECRETARY,)
HOURS = N_("Hours of service on each of the last {n} days; the most is {most}")
MINUTES_IN_HOUR = 60


class ScreenSchema(Schema):
    """A screen that shall show a wall without a sign-in."""

    key = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}\Z"))
    community = fields.String(required=True, validate=validate.Length(1, 80))
    place = fields.String(required=True, validate=validate.Length(1, 80))


@pages.get("/wall/<code>")
def show(code: str) -> ResponseReturnValue:
    """Show a community's wall: to its staff, and to whoever has a link."""
    unit = entered(code)
    token = request.args.get("t", "")
    answer = Response(render_template("wall/wall.html", **read(unit), token=token))
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


@pages.get("/wall/<code>/part")
def show_part(code: str) -> ResponseReturnValue:
    """Show what changes by itself on it."""
    found = read(entered(code))
    offer(BOARD)
    return render_template("wall/_part.html", **found)


@pages.get("/desk/wall")
def show_links() -> ResponseReturnValue:
    """Show the walls that a reader may open, and the links that were made."""
    who = require(*READERS)
    within = people.communities_under(database(), who.scopes(*READERS))
    found = database().atomic(partial(read_links, within=within, makes=who.has(*MAKERS)))
    return render_template("wall/links.html", **found, key=uuid4().hex)


@pages.post("/desk/wall")
def make_link() -> ResponseReturnValue:
    """Make a link for a screen; the same form sent twice is one link."""
    who, within = making()
    schema = ScreenSchema()
    asked = schema.load({k: v for k, v in request.form.items() if k in schema.fields})
    database().atomic(partial(made, asked=asked, by=who, within=within))
    return redirect("/desk/wall", 303)


@pages.post("/desk/wall/<int:number>/withdraw")
def withdraw_link(number: int) -> ResponseReturnValue:
    """Withdraw a link: its screen shows nothing more from the next look on."""
    who, within = making()
    asked: dict[str, Any] = {"number": number, "within": within, "by": who, "now": now()}
    database().atomic(partial(links.withdraw, **asked))
    return redirect("/desk/wall", 303)


def making() -> tuple[people.Caller, list[int]]:
    """Return the caller as somebody who makes links, and for which communities."""
    who = require(*MAKERS)
    return who, people.communities_under(database(), who.scopes(*MAKERS))


def entered(code: str) -> people.Unit:
    """Return the community whose wall may be seen here. Raises UnknownWall, Unauthorized."""
    number = links.link_id(settings().lasting_key, request.args.get("t", ""))
    unit, open_ = database().atomic(partial(looked_up, code=code, number=number))
    if open_ and unit:
        return unit
    try:
        require(*READERS, scope=code)
    except Forbidden:
        raise UnknownWall from None
    except Unauthorized:
        if request.args.get("t"):
            raise UnknownWall from None  # a withdrawn link leads to no sign-in on a public screen
        raise
    if unit is None:
        raise UnknownWall
    return unit


def looked_up(
    session: Session, *, code: str, number: int | None
) -> tuple[people.Unit | None, bool]:
    """Return the community of a code, and whether the link opens its wall."""
    try:
        unit = people.unit(session, code)
    except people.UnknownUnit:
        return None, False
    if unit.kind != people.UnitKind.COMMUNITY:
        return None, False
    return unit, links.opens(session, number=number, community_id=unit.id or 0)


def made(session: Session, *, asked: dict[str, Any], by: people.Caller, within: list[int]) -> Any:
    """Make a link to a wall of the caller's. Raises UnknownUnit."""
    unit = people.unit(session, asked["community"])
    if unit.id not in within:
        raise people.UnknownUnit
    screen = links.Screen(asked["key"], unit, asked["place"].strip())
    return links.make(session, screen, by=by, now=now())


def read_links(session: Session, *, within: list[int], makes: bool) -> dict[str, Any]:
    """Read what the desk's page shows; only who makes links sees their addresses."""
    units = [people.unit_by_id(session, one) for one in sorted(within)]
    found = links.links(session, within) if makes else []
    names = {unit.id: unit for unit in units}
    rows = [
        {"link": one, "unit": names[one.community_id], "token": links.token_of(secret(), one)}
        for one in found
    ]
    return {"units": units, "rows": rows, "makes": makes}


def secret() -> str:
    """Return the key that links are signed with."""
    return settings().lasting_key


def read(unit: people.Unit) -> dict[str, Any]:
    """Read everything that a wall shows."""
    programme_id = unit.programme_id or 0
    zone = database().atomic(partial(zone_of, programme_id=programme_id))
    place = Place(programme_id, unit.id or 0, business_day(now(), zone))
    days = queries.days(database(), place)
    return {
        "unit": unit,
        "today": place.today,
        "moment": now(),
        "least": LEAST,
        "equation": queries.equation(database(), place),
        "month": queries.month(database(), place),
        "days": days,
        "chart": drawn(days),
        "activities": queries.activities(database(), place, now()),
        "shelf": queries.shelf(database(), place),
        "notices": queries.running(database(), place),
    }


def zone_of(session: Session, *, programme_id: int) -> str:
    """Return where the programme's days begin."""
    return programmes.programme_by_id(session, programme_id).zone


def drawn(days: list[tuple[Any, int | None]]) -> Any:
    """Draw two weeks of hours; nothing where no day may be told."""
    hours = tuple((minutes or 0) // MINUTES_IN_HOUR for _, minutes in days)
    if not any(hours):
        return ""
    most = max(hours)
    finding = gettext(HOURS).format(n=len(hours), most=f"{most:,}")
    series = (charts.Series("hours", "a", hours, (hours.index(most), len(hours) - 1)),)
    return charts.upright(charts.Picture(finding, tuple(str(day.day) for day, _ in days), series))
