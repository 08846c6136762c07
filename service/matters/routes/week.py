"""The week by team: for the office, the sub-district, and the volunteers of the teams."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people, programmes
from service.clock import business_day
from service.errors import Forbidden, NotFound
from service.matters.queries.week import Figures, Line, Summary, summary
from service.matters.routes.whose import COUNTERS, chosen, places, run
from service.matters.rules import Week, read_week, told, week_of
from service.matters.schemas import WeekAskSchema, WeekSchema
from service.web import caller, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("matters_week", __name__, url_prefix="/api/v1", description="The week by team")
pages = Blueprint("matters_weeks", __name__)


@pages.get("/desk/matters/week")
def show_week() -> ResponseReturnValue:
    """Show the week's summary by team, to be printed and put up."""
    require(*COUNTERS)
    return show(WeekAskSchema().load(request.args.to_dict()))


@pages.get("/me/matters/week")
def show_own_week() -> ResponseReturnValue:
    """Show the same to a volunteer of one of the teams, without small numbers."""
    require("volunteer")
    return show(WeekAskSchema().load(request.args.to_dict()))


def show(asked: dict[str, Any]) -> ResponseReturnValue:
    """Show the summary to whoever may see it."""
    place, found = run(read_summary, asked=asked)
    this = week_of(business_day(now(), found.week.zone), found.week.zone)
    inside = caller().kind == "staff"
    return render_template(
        "matters/week.html",
        place=place,
        places=run(lambda session: places(session, *COUNTERS)) if inside else [],
        summary=found,
        inside=inside,
        told=lambda count: told(count, inside=inside),
        before=found.week.shifted(-1).code,
        after=found.week.shifted(1).code if found.week.monday < this.monday else "",
    )


@api.get("/matters/week")
@api.arguments(WeekAskSchema, location="query")
@api.response(200, WeekSchema)
def get_week(asked: dict[str, Any]) -> ResponseReturnValue:
    """Tell the week's summary by team; null is a number too small to be told to volunteers."""
    require(*COUNTERS, "volunteer")
    _, found = run(read_summary, asked=asked)
    inside = caller().kind == "staff"
    return {
        "week": found.week.code,
        "first": found.week.monday,
        "last": found.week.sunday,
        "teams": [described(line, inside=inside) for line in found.lines],
        "total": figures(found.total, inside=inside),
    }


def read_summary(session: Session, *, asked: dict[str, Any]) -> tuple[people.Unit, Summary]:
    """Read the week of the community that is meant. Raises NotFound for what is no week."""
    place = community_of(session, asked.get("community"))
    programme = programmes.programme_by_id(session, place.programme_id or 0)
    week = chosen_week(asked["week"] or "", programme.zone)
    return place, summary(session, community_id=place.id or 0, week=week, now=now())


def community_of(session: Session, code: str | None) -> people.Unit:
    """Return a volunteer's own community if in one of its teams; for staff the chosen one."""
    who = caller()
    if who.kind != "volunteer":
        return chosen(session, code, *COUNTERS, first=True)
    mine = people.volunteer_by_id(session, who.volunteer_id or 0)
    if mine.team_id is None:
        raise Forbidden
    return people.unit_by_id(session, mine.community_id)


def chosen_week(word: str, zone: str) -> Week:
    """Return the named week, or this one."""
    found = read_week(word, zone) if word else week_of(business_day(now(), zone), zone)
    if found is None:
        raise NotFound
    return found


def described(line: Line, *, inside: bool) -> dict[str, Any]:
    """Write a team's line."""
    named = {"team": line.code, "name": line.name, "rank": line.rank}
    return named | figures(line.figures, inside=inside)


def figures(found: Figures, *, inside: bool) -> dict[str, Any]:
    """Write figures; what is too small stays inside the office."""
    counted = ("found", "assigned", "solved", "answered")
    said: dict[str, Any] = {name: told(getattr(found, name), inside=inside) for name in counted}
    rated = told(found.rated, inside=inside)
    ratings = {"good": found.good, "fair": found.fair, "bad": found.bad}
    spoken = found.median_days is not None and told(found.answered, inside=inside) is not None
    return said | {
        "visits": found.visits,
        "households": found.households,
        "on_hand": told(found.hand.count, inside=inside),
        "solved_percent": found.percent if found.hand.share_told(inside=inside) else None,
        "median_days": str(found.median_days) if spoken else None,
        "ratings": ratings if rated else None,
    }
