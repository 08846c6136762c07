"""Pages of the office and the grid workers: what waits, one matter, teams and their leaders."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, files, passes, people
from service.matters.actions.leads import name_lead
from service.matters.actions.moving import take
from service.matters.models import Matter
from service.matters.queries.lists import (
    calls,
    grid_workers,
    own_team,
    shows,
    story,
    teams,
    with_assignee,
)
from service.matters.routes.api import ANY_STEP, STEPS, assign_it, raise_it, read_page
from service.matters.routes.shown import link, vocabulary
from service.matters.routes.whose import (
    KEEPERS,
    WORKERS,
    chosen,
    opened,
    places,
    run,
    said,
    seen_by,
    sent_photos,
)
from service.matters.rules import Part, State, offered
from service.matters.schemas import AskSchema, AssignSchema, LeadSchema, RaiseSchema, StepSchema
from service.web import caller, now
from service.web.access import require
from service.web.uploads import show, takes_pictures

pages = Blueprint("matters_desk", __name__)
pages.app_context_processor(lambda: {"matter_words": vocabulary})


@pages.get("/desk/matters")
def show_list() -> ResponseReturnValue:
    """List what waits: calls for help first, then the soonest due."""
    asked = AskSchema().load(request.args.to_dict())
    return render_template("matters/list.html", asked=asked, **run(read_list, asked=asked))


def read_list(session: Session, *, asked: dict[str, Any]) -> dict[str, Any]:
    """Read a page of matters, and on the first one the calls for help."""
    rows, following = read_page(session, asked=asked)
    first = asked["state"] == "open" and not asked["after"]
    waiting = calls(session, seen_by(*WORKERS).community_ids) if first else []
    return {"rows": rows, "next": following, "calls": waiting}


@pages.get("/desk/matters/new")
def show_new() -> ResponseReturnValue:
    """Show the form for a resident who came or called."""
    require(*KEEPERS)
    known = run(lambda session: places(session, *KEEPERS))
    return render_template("matters/new.html", key=f"d-{uuid4().hex}", places=known)


@pages.post("/desk/matters")
@takes_pictures
def post_new() -> ResponseReturnValue:
    """Raise a matter at the desk; the slip with the resident's link comes next."""
    require(*KEEPERS)
    given = RaiseSchema().load(filled("community", "category", "place", "text", "key"))
    row = run(raise_it, given=given, photos=sent_photos())
    return redirect(f"/matters/{row.number}/slip", 303)


def filled(*names: str) -> dict[str, str]:
    """Return the fields of the form that were filled in."""
    return {name: request.form[name] for name in names if request.form.get(name, "").strip()}


@pages.get("/desk/matters/<number>")
def show_one(number: str) -> ResponseReturnValue:
    """Show one matter with its story and the steps that are open to the reader."""
    require(*WORKERS)
    return render_template("matters/one.html", key=uuid4().hex, **run(read_one, number=number))


def read_one(session: Session, *, number: str) -> dict[str, Any]:
    """Read what a page of one matter shows."""
    found = opened(session, number)
    row = found.matter
    community = people.unit_by_id(session, row.community_id)
    keeps = Part.KEEPER in found.parts
    return {
        "found": found,
        "one": with_assignee(session, row),
        "place": community,
        "visit": session.get(activities.Activity, row.activity_id) if row.activity_id else None,
        "story": story(session, row) if found.inside else [],
        "may": offered(State(row.state), found.parts),
        "teams": teams(session, row.community_id) if keeps else [],
        "workers": grid_workers(session, community) if keeps else [],
    }


@pages.post("/desk/matters/<number>/assignment")
def post_assignment(number: str) -> ResponseReturnValue:
    """Assign a matter to what was chosen: `team:T01` or `grid_worker:U-GRID`."""
    require(*KEEPERS)
    kind, _, code = request.form.get("assignee", "").partition(":")
    given = AssignSchema().load(filled("words", "key") | ({kind: code} if code else {}))
    run(assign_it, number=number, given=given)
    return redirect(f"/desk/matters/{number}", 303)


@pages.post(f"/desk/matters/<number>/<{ANY_STEP}:step>")
@takes_pictures
def post_step(number: str, step: str) -> ResponseReturnValue:
    """Take a step from the page."""
    require(*WORKERS)
    run(step_from_form, number=number, step=step, photos=sent_photos())
    return redirect(f"/desk/matters/{number}", 303)


def step_from_form(session: Session, *, number: str, step: str, photos: list[bytes]) -> Matter:
    """Take the step that a form's address names, with its words and pictures."""
    given = StepSchema().load(filled("words", "key"))
    found = opened(session, number)
    arrow = STEPS[step]
    return take(session, found.matter, arrow, said(session, found, given, photos), now=now())


@pages.get("/matters/<number>/slip")
def show_slip(number: str) -> ResponseReturnValue:
    """Show the link for the resident, to be scanned or printed."""
    row, back = run(read_slip, number=number)
    address = link(row)
    picture = passes.data_uri(address)
    return render_template(
        "matters/slip.html", matter=row, back=back, address=address, picture=picture
    )


def read_slip(session: Session, *, number: str) -> tuple[Matter, str]:
    """Read the matter of a slip, and where its page leads back to."""
    row = opened(session, number).matter
    if caller().kind == "staff":
        return row, f"/desk/matters/{row.number}"
    if row.activity_id is None:
        return row, f"/me/matters/{row.number}"
    visit = session.get_one(activities.Activity, row.activity_id)
    return row, f"/activities/{visit.code}/matters"


@pages.get("/matters/<number>/pictures/<code>")
def show_picture(number: str, code: str) -> ResponseReturnValue:
    """Send a picture of a matter to those who may read it."""
    return show(run(picture_of, number=number, code=code))


def picture_of(session: Session, *, number: str, code: str) -> files.File:
    """Return a picture of a matter that is the caller's. Raises UnknownFile."""
    found = opened(session, number)
    file = files.find(session, code)
    if not shows(session, found.matter, file):
        raise files.UnknownFile
    return file


@pages.get("/desk/matters/teams")
def show_teams() -> ResponseReturnValue:
    """Show who solves for which team."""
    require(*KEEPERS)
    return render_template("matters/teams.html", **run(read_teams))


def read_teams(session: Session) -> dict[str, Any]:
    """Read the teams of the chosen community."""
    place = chosen(session, request.args.get("community"), *KEEPERS, first=True)
    return {
        "place": place,
        "places": places(session, *KEEPERS),
        "teams": teams(session, place.id or 0),
        "workers": grid_workers(session, place),
    }


@pages.post("/desk/matters/teams")
def post_lead() -> ResponseReturnValue:
    """Name who solves for a team."""
    require(*KEEPERS)
    given = LeadSchema().load(filled("community", "team", "volunteer"))

    def work(session: Session) -> str:
        place = chosen(session, given.get("community"), *KEEPERS)
        team = own_team(session, place, given["team"])
        volunteer = people.volunteer(session, given["volunteer"].upper())
        name_lead(session, team, volunteer, by=caller().actor, now=now())
        return place.code

    return redirect(f"/desk/matters/teams?community={run(work)}", 303)
