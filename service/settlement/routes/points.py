"""The points equation over HTTP: a community and its programme, over a day or a month."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people, scope
from service.settlement import equation
from service.settlement.equation import Length, Place, Span
from service.settlement.queries import DESK, Within
from service.settlement.routes.whose import acting, month_of, run, today
from service.settlement.schemas import PointsAskSchema, PointsSchema
from service.web.api import ApiBlueprint

api = ApiBlueprint(
    "points_api", __name__, url_prefix="/api/v1/settlement", description="The points equation"
)
pages = Blueprint("points", __name__)


def span_of(asked: dict[str, Any]) -> Span:
    """Return the days that are asked for; today where nothing was said."""
    if "month" in asked:
        return Span.month(month_of(asked["month"]))
    return Span.day(asked.get("day") or today())


def chosen(session: Session, seen: Within, code: str | None) -> people.Unit:
    """Return the community that is named, or the reader's first. Raises UnknownUnit."""
    if code is not None:
        found = people.unit(session, code)
    elif seen.community_ids:
        found = people.unit_by_id(session, min(seen.community_ids))
    else:
        raise people.UnknownUnit
    if found.id not in seen.community_ids:
        raise people.UnknownUnit(field="community")
    return found


@pages.get("/desk/points")
def show_points() -> ResponseReturnValue:
    """Show the equation of a community with its wallets, and whether the whole programme holds."""
    _, seen = acting(*DESK)
    given = {name: value for name, value in request.args.items() if value}
    asked = PointsAskSchema().load(given)
    return render_template("settlement/points.html", **looked(seen, asked))


def looked(seen: Within, asked: dict[str, Any]) -> dict[str, Any]:
    """Read a community's equation, and that of its programme: sums of all, whoever asks."""
    found: dict[str, Any] = run(look, seen=seen, asked=asked)
    place = Place(found["unit"].programme_id or 0)
    with scope.within(scope.EVERYTHING):
        whole = run(equation.shown, place=place, span=found["span"])
    return {**found, "whole": whole}


def look(session: Session, *, seen: Within, asked: dict[str, Any]) -> dict[str, Any]:
    """Read the sums, a page of wallets, and what the last nights found."""
    unit, span = chosen(session, seen, asked.get("community")), span_of(asked)
    mine = Place(unit.programme_id or 0, unit.id or 0)
    rows = equation.page(session, mine, span, after=asked["after"])
    places = [people.unit_by_id(session, each) for each in sorted(seen.community_ids)]
    return {
        "unit": unit,
        "units": places,
        "span": span,
        "by_month": span.length == Length.MONTH,
        "sum": equation.shown(session, mine, span),
        "rows": rows[: equation.PAGE],
        "next": rows[equation.PAGE - 1]["code"] if len(rows) > equation.PAGE else None,
        "nights": equation.lately(session, mine, Length.DAY),
        "today": today(),
    }


@api.get("/points")
@api.arguments(PointsAskSchema, location="query")
@api.response(200, PointsSchema)
def get_points(asked: dict[str, Any]) -> Any:
    """Tell the equation of a community, its wallets page by page, and the programme's."""
    _, seen = acting(*DESK)
    found = looked(seen, asked)
    return {
        "first": found["span"].first,
        "last": found["span"].last,
        "community": found["sum"].figures,
        "programme": found["whole"].figures,
        "volunteers": found["sum"].volunteers,
        "holds": found["sum"].holds and found["whole"].holds,
        "faults": found["sum"].faults,
        "items": found["rows"],
        "next": found["next"],
    }
