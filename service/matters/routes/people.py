"""Pages of volunteers: a call for help, matters of a visit, their own and their team's matters."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, people
from service.matters.queries.lists import (
    PAGE,
    Listed,
    call_since,
    count_of_visit,
    led_by,
    of_visit,
    raised_by,
    read_number,
    takes_part,
)
from service.matters.refusals import NotAVisit
from service.matters.routes.api import call, raise_it, usual_place
from service.matters.routes.desk import filled, read_one, step_from_form
from service.matters.routes.whose import run, sent_photos
from service.matters.rules import SAME_CALL
from service.matters.schemas import HelpSchema, RaiseSchema
from service.web import caller, now
from service.web.access import require
from service.web.uploads import takes_pictures

pages = Blueprint("matters_people", __name__)


@pages.get("/me/help")
def show_help() -> ResponseReturnValue:
    """Show the one button, or the call that was just made."""
    require("volunteer")
    return render_template("matters/help.html", key=f"h-{uuid4().hex}", **run(read_help))


def read_help(session: Session) -> dict[str, Any]:
    """Read where the volunteer calls from, and the call of the last minutes."""
    mine = people.volunteer_by_id(session, caller().volunteer_id or 0)
    latest = call_since(session, volunteer_id=mine.id or 0, since=now() - SAME_CALL)
    return {"place": usual_place(session, mine), "latest": latest}


@pages.post("/me/help")
@takes_pictures
def post_help() -> ResponseReturnValue:
    """Call for help; tapping again within ten minutes adds to the same call."""
    require("volunteer")
    given = HelpSchema().load(filled("category", "place", "text", "key"))
    row = run(call, given=given, photos=sent_photos())
    return redirect(f"/me/matters/{row.number}", 303)


@pages.get("/me/matters")
def show_mine() -> ResponseReturnValue:
    """Show what the volunteer's team has to solve, and what the volunteer raised."""
    who = require("volunteer")
    return render_template("matters/mine.html", **run(read_mine, volunteer_id=who.volunteer_id))


def read_mine(session: Session, *, volunteer_id: int) -> dict[str, Any]:
    """Read a page of what the volunteer's team has to solve, and one of the own matters."""
    rows = raised_by(session, volunteer_id, before=read_number(request.args.get("before", "")))
    led = led_by(session, volunteer_id, after=request.args.get("after", "")[:40])
    return {
        "rows": rows,
        "led": led,
        "next": rows[-1].matter.id if len(rows) == PAGE else None,
        "next_led": led[-1].cursor if len(led) == PAGE else None,
        "in_team": people.volunteer_by_id(session, volunteer_id).team_id is not None,
    }


@pages.get("/me/matters/<number>")
def show_own(number: str) -> ResponseReturnValue:
    """Show one matter to whoever raised it, or leads the team that has it."""
    require("volunteer")
    return render_template("matters/own.html", key=uuid4().hex, **run(read_one, number=number))


@pages.post("/me/matters/<number>/<any(notes,return,solution):step>")
@takes_pictures
def post_step(number: str, step: str) -> ResponseReturnValue:
    """Add a word, solve, or give back, from the page."""
    require("volunteer")
    run(step_from_form, number=number, step=step, photos=sent_photos())
    gone = step == "return"
    return redirect("/me/matters" if gone else f"/me/matters/{number}", 303)


@pages.get("/activities/<code>/matters")
def show_visit(code: str) -> ResponseReturnValue:
    """Show the form for one household's matter, and what was raised on this visit."""
    require("volunteer")
    return render_template(
        "matters/visit.html", key=f"v-{uuid4().hex}", **run(read_visit, code=code)
    )


def read_visit(session: Session, *, code: str) -> dict[str, Any]:
    """Read a visit's matters for somebody who takes part."""
    visit = activities.activity(session, code)
    if not takes_part(session, visit, caller().volunteer_id or 0):
        raise NotAVisit
    rows = of_visit(session, visit.id or 0, before=read_number(request.args.get("before", "")))
    more = rows[-1].matter.id if len(rows) == PAGE else None
    count = count_of_visit(session, visit.id or 0)
    return {"activity": visit, "rows": rows, "next": more, "count": count}


@pages.post("/activities/<code>/matters")
@takes_pictures
def post_visit(code: str) -> ResponseReturnValue:
    """Raise a household's matter; the slip with the resident's link comes next."""
    require("volunteer")
    given = RaiseSchema().load(filled("category", "place", "text", "key") | {"activity": code})
    row = run(raise_it, given=given, photos=sent_photos())
    return redirect(f"/matters/{row.number}/slip", 303)


def matters_of(activity: activities.Activity) -> tuple[list[Listed], int] | None:
    """Return the newest of what was raised on a visit, and how many; None for outsiders."""
    who = caller()

    def work(session: Session) -> tuple[list[Listed], int] | None:
        if who.volunteer_id is None or not takes_part(session, activity, who.volunteer_id):
            return None
        count = count_of_visit(session, activity.id or 0)
        return of_visit(session, activity.id or 0), count

    return run(work)


pages.app_context_processor(lambda: {"matters_of": matters_of})
