"""The JSON of matters: raising, listing, and every step of the office and the assignee."""

from typing import Any

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, people
from service.matters.actions.moving import Assignee, assign, take
from service.matters.actions.raising import Found, call_for_help, raise_at_desk, raise_on_visit
from service.matters.models import Matter
from service.matters.queries.lists import (
    PAGE,
    Listed,
    answered,
    grid_worker,
    last_place,
    own_team,
    raised_by,
    read_number,
    waiting,
)
from service.matters.refusals import NotAVisit, UnknownAssignee
from service.matters.routes.shown import in_list, whole
from service.matters.routes.whose import (
    KEEPERS,
    WORKERS,
    Opened,
    chosen,
    kept,
    opened,
    parts_in,
    run,
    said,
    seen_by,
    sent_photos,
)
from service.matters.rules import Arrow, Kind, State
from service.matters.schemas import (
    AskSchema,
    AssignSchema,
    HelpSchema,
    ListSchema,
    MatterSchema,
    OwnAskSchema,
    RaiseSchema,
    StepSchema,
)
from service.web import caller, now
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.uploads import takes_pictures

api = ApiBlueprint("matters", __name__, url_prefix="/api/v1", description="Matters")


@api.post("/matters")
@api.arguments(RaiseSchema)
@api.response(201, MatterSchema)
def post_matter(given: dict[str, Any]) -> ResponseReturnValue:
    """Raise a matter: as a volunteer on a visit, or as staff for a resident."""
    return run(raise_and_show, given=given)


def raise_and_show(session: Session, *, given: dict[str, Any]) -> dict[str, Any]:
    """Raise a matter and write it as its raiser may read it."""
    row = raise_it(session, given=given, photos=[])
    return whole(session, Opened(row, parts_in(session, row)))


def raise_it(session: Session, *, given: dict[str, Any], photos: list[bytes]) -> Matter:
    """Raise what was sent, where the caller may."""
    who = caller()
    if "activity" in given and who.volunteer_id is not None:
        visit = activities.activity(session, given["activity"])
        volunteer = people.volunteer_by_id(session, who.volunteer_id)
        found = found_in(given, kept(session, photos, visit.community_id))
        return raise_on_visit(session, visit, found, volunteer=volunteer, now=now())
    if who.kind == "volunteer" or "activity" in given:
        raise NotAVisit
    place = chosen(session, given.get("community"), *KEEPERS)
    found = found_in(given, kept(session, photos, place.id or 0))
    return raise_at_desk(session, place, found, by=who.actor, now=now())


def found_in(given: dict[str, Any], photos: Any, kind: Kind = Kind.MATTER) -> Found:
    """Return what was sent as the actions want it."""
    told = {name: given[name] for name in ("category", "place", "text", "key")}
    return Found(**told, kind=kind, photos=photos)


@api.post("/me/help")
@api.arguments(HelpSchema)
@api.response(201, MatterSchema)
def post_help(given: dict[str, Any]) -> ResponseReturnValue:
    """Call for help for oneself; calls within ten minutes are one matter."""
    require("volunteer")

    def work(session: Session) -> dict[str, Any]:
        row = call(session, given=given, photos=[])
        return whole(session, Opened(row, parts_in(session, row)))

    return run(work)


def call(session: Session, *, given: dict[str, Any], photos: list[bytes]) -> Matter:
    """Raise the caller's own call; without a place it is where it was last time."""
    volunteer = people.volunteer_by_id(session, caller().volunteer_id or 0)
    place = given["place"] or usual_place(session, volunteer)
    pictures = kept(session, photos, volunteer.community_id)
    found = found_in(given | {"place": place}, pictures, Kind.HELP)
    return call_for_help(session, found, volunteer=volunteer, now=now())


def usual_place(session: Session, volunteer: people.Volunteer) -> str:
    """Return where a volunteer called from last, else the community's name."""
    known = last_place(session, volunteer.id or 0)
    return known or people.unit_by_id(session, volunteer.community_id).name


@api.get("/matters")
@api.arguments(AskSchema, location="query")
@api.response(200, ListSchema)
def get_matters(asked: dict[str, Any]) -> ResponseReturnValue:
    """List the matters of the caller's communities, or what the grid worker has."""
    rows, following = run(read_page, asked=asked)
    return {"items": [in_list(one) for one in rows], "next": following}


def read_page(session: Session, *, asked: dict[str, Any]) -> tuple[list[Listed], str | None]:
    """Read a page and where the next one begins."""
    seen, after = seen_by(*WORKERS), asked["after"]
    if asked["state"] == State.ANSWERED:
        rows = answered(session, seen, before=read_number(after))
        return rows, str(rows[-1].matter.id) if len(rows) == PAGE else None
    state = None if asked["state"] == "open" else State(asked["state"])
    rows = waiting(session, seen, state=state, after=after)
    return rows, rows[-1].cursor if len(rows) == PAGE else None


@api.get("/me/matters")
@api.arguments(OwnAskSchema, location="query")
@api.response(200, ListSchema)
def get_own(asked: dict[str, Any]) -> ResponseReturnValue:
    """List what the volunteer raised, newest first."""
    who = require("volunteer")
    before = read_number(asked["after"])
    rows = run(raised_by, volunteer_id=who.volunteer_id or 0, before=before)
    following = str(rows[-1].matter.id) if len(rows) == PAGE else None
    return {"items": [in_list(one) for one in rows], "next": following}


@api.get("/matters/<number>")
@api.response(200, MatterSchema)
def get_matter(number: str) -> ResponseReturnValue:
    """Tell a matter to those who may read it."""
    return run(lambda session: whole(session, opened(session, number)))


@api.post("/matters/<number>/assignment")
@api.arguments(AssignSchema)
@api.response(200, MatterSchema)
def post_assignment(given: dict[str, Any], number: str) -> ResponseReturnValue:
    """Give a matter to a team or to a grid worker, or to another one."""
    return run(assign_it, number=number, given=given)


def assign_it(session: Session, *, number: str, given: dict[str, Any]) -> dict[str, Any]:
    """Assign a matter as the request says."""
    found = opened(session, number)
    community = people.unit_by_id(session, found.matter.community_id)
    to = assignee(session, community, given)
    assign(session, found.matter, to, said(session, found, given), now=now())
    return whole(session, Opened(found.matter, parts_in(session, found.matter)))


def assignee(session: Session, community: people.Unit, given: dict[str, Any]) -> Assignee:
    """Return who is named. Raises UnknownAssignee for nobody, and for two at once."""
    team, worker = given.get("team"), given.get("grid_worker")
    if bool(team) == bool(worker):
        raise UnknownAssignee
    if team:
        return Assignee(team_id=own_team(session, community, team).id)
    return Assignee(staff_id=grid_worker(session, community, str(worker)))


STEPS = {
    "notes": Arrow.NOTE,
    "return": Arrow.RETURN,
    "solution": Arrow.SOLVE,
    "sending-back": Arrow.SEND_BACK,
    "answer": Arrow.ANSWER,
    "reopening": Arrow.REOPEN,
}


ANY_STEP = f"any({','.join(repr(step) for step in STEPS)})"


@api.post(f"/matters/<number>/<{ANY_STEP}:step>")
@api.arguments(StepSchema)
@api.response(200, MatterSchema)
def post_step(given: dict[str, Any], number: str, step: str) -> ResponseReturnValue:
    """Take a step in words: the assignee solves or gives back, the office answers or sends back."""
    return run(take_step, number=number, step=step, given=given)


@api.post("/matters/<number>/pictures")
@api.arguments(StepSchema, location="form")
@api.response(200, MatterSchema)
@takes_pictures
def post_pictures(given: dict[str, Any], number: str) -> ResponseReturnValue:
    """Add pictures (multipart, field `picture`, up to four) with a word about them."""
    photos = sent_photos()
    return run(take_step, number=number, step="notes", given=given, photos=photos)


def take_step(
    session: Session,
    *,
    number: str,
    step: str,
    given: dict[str, Any],
    photos: list[bytes] | None = None,
) -> dict[str, Any]:
    """Take a step and write the matter as it stands then."""
    found = opened(session, number)
    take(session, found.matter, STEPS[step], said(session, found, given, photos), now=now())
    return whole(session, found)
