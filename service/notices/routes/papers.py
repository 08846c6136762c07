"""Award sheets and the teams' week: pages at the desk, and as PDF to be printed."""

from datetime import date
from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, matters, people
from service.clock import SHANGHAI
from service.matters import Week
from service.notices import sheets
from service.notices.paper import draw_sheet, draw_week
from service.notices.routes.whose import (
    ID_MAX,
    READERS,
    Desk,
    desk,
    place_of,
    places_of,
    run,
    today,
)
from service.notices.sheets import TeamWeek
from service.web import database, now

pages = Blueprint("notices_papers", __name__)


@pages.get("/desk/award-sheets")
def show_sheets() -> ResponseReturnValue:
    """List the activities with confirmed service, each with its sheet to be signed."""
    at = desk(*READERS)
    found = sheets.confirmed(
        database(), list(at.community_ids), before=since(), limit=sheets.PAGE + 1
    )
    last = found[sheets.PAGE - 1] if len(found) > sheets.PAGE else None
    return render_template("notices/sheets.html", rows=found[: sheets.PAGE], last=last)


def since() -> tuple[date, int]:
    """Read where a page begins: after the activity that was shown last."""
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return date.max, ID_MAX
    return day, min(max(request.args.get("id", 0, type=int), 0), ID_MAX)


@pages.get("/desk/award-sheets/<code>.pdf")
def get_sheet(code: str) -> ResponseReturnValue:
    """Send an activity's award sheet; of another community as one that there is not."""
    at = desk(*READERS)
    found = sheets.sheet(database(), code, list(at.community_ids))
    if found is None:
        raise activities.UnknownActivity
    return sent(draw_sheet(found, at=now()), f"award-sheet-{found.activity['code']}.pdf")


@pages.get("/desk/team-week")
def show_week() -> ResponseReturnValue:
    """Show what every team did in a week."""
    at = desk(*READERS)
    place, week, teams = read_week(at)
    return render_template(
        "notices/week.html",
        place=place,
        places=run(places_of, at=at),
        week=week,
        teams=teams,
        few=sheets.few,
        before=week.shifted(-1).code,
        after=week.shifted(1).code if week.sunday < today() else "",
    )


@pages.get("/desk/team-week.pdf")
def get_week() -> ResponseReturnValue:
    """Send the week of a community's teams as a paper."""
    place, week, teams = read_week(desk(*READERS))
    days = (week.monday, week.sunday)
    paper = draw_week(teams, place=place.name, days=days, at=now())
    return sent(paper, f"{place.code}-{week.code}.pdf")


def read_week(at: Desk) -> tuple[people.Unit, Week, list[TeamWeek]]:
    """Read the week that is asked for, or the one that runs."""
    place = run(chosen, at=at)
    asked = matters.read_week(request.args.get("week", ""), SHANGHAI)
    week = asked or matters.week_of(today(), SHANGHAI)
    days = {"monday": week.monday, "sunday": week.sunday}
    return place, week, sheets.week(database(), place.id or 0, **days, now=now())


def chosen(session: Session, *, at: Desk) -> people.Unit:
    """Return the community that is asked for, the own one, or the first of many."""
    if code := request.args.get("community"):
        return place_of(session, code, at=at)
    if at.who.community_id in at.community_ids:
        return people.unit_by_id(session, at.who.community_id or 0)
    return places_of(session, at=at)[0]


def sent(content: bytes, name: str) -> ResponseReturnValue:
    """Send a paper to whoever may have it, and to nobody between."""
    answer = send_file(BytesIO(content), mimetype="application/pdf", download_name=name)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
