"""The random audit at the desk: draws with their progress, the list of calls, one call."""

from functools import partial
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service import people
from service.people import Contact
from service.sampling.actions.calling import Told, answer_call, look_up
from service.sampling.models import Answer
from service.sampling.queries.calls import PAGE as CALLS_PAGE
from service.sampling.queries.calls import Narrowed, call_of, calls, tries_of
from service.sampling.queries.draws import PAGE, draws
from service.sampling.routes.reading import CALLERS, READERS, Desk, desk, own_draw
from service.sampling.schemas import CallsPageSchema, PageSchema, ReasonSchema, TrySchema
from service.sampling.words import ANSWERS, RESULTS, TAGS
from service.web import database, now

pages = Blueprint("sampling_pages", __name__)
WORDS = {"RESULTS": RESULTS, "ANSWERS": ANSWERS, "TAGS": TAGS}


@pages.get("/desk/sampling")
def show_draws() -> ResponseReturnValue:
    """Show the draws of the reader's communities, the newest first."""
    at = desk(*READERS)
    before = PageSchema().load(request.args.to_dict())["before"]
    rows = draws(database(), at.community_ids, before=before, limit=PAGE + 1)
    return render_template(
        "sampling/draws.html",
        rows=rows[:PAGE],
        first=before is None,
        next=rows[PAGE - 1].id if len(rows) > PAGE else None,
        community=at.who.community,
    )


@pages.get("/desk/sampling/<community>/<month>")
def show_calls(community: str, month: str) -> ResponseReturnValue:
    """Show who is to be called of a draw: those without a result, or all."""
    at = desk(*READERS)
    row, asked = own_draw(at, community, month), CallsPageSchema().load(request.args.to_dict())
    wanted = Narrowed(row.id, asked["all"] is None, asked["after"])
    found = calls(database(), at.community_ids, wanted, limit=CALLS_PAGE + 1)
    return render_template(
        "sampling/calls.html",
        draw=row,
        rows=found[:CALLS_PAGE],
        wanted=wanted,
        next=found[CALLS_PAGE - 1].place if len(found) > CALLS_PAGE else None,
        **WORDS,
    )


@pages.get("/desk/sampling/calls/<int:number>")
def show_call(number: int) -> ResponseReturnValue:
    """Show one call: what is to be asked about, and what was said so far."""
    return call_page(desk(*READERS), number)


def call_page(at: Desk, number: int, contact: Contact | None = None) -> str:
    """Write the page of a call; a name stands on it only right after it was asked for."""
    call = call_of(database(), at.community_ids, number)
    whom = database().atomic(partial(people.volunteer, code=call.volunteer))
    return render_template(
        "sampling/call.html",
        call=call,
        minor=not whom.adult,
        reasons=people.REASONS,
        tries=tries_of(database(), number),
        contact=contact,
        calls=at.who.has(*CALLERS),
        key=f"TRY-{uuid4().hex[:12]}",
        **WORDS,
    )


@pages.post("/desk/sampling/calls/<int:number>/look")
def post_look(number: int) -> ResponseReturnValue:
    """Show whom to call; that the caller looked is written down."""
    at = desk(*CALLERS)
    said = ReasonSchema().load(request.form.to_dict())
    why = people.Reason(said["reason"], said["words"])
    work = partial(look_up, call_id=number, by=at.who, why=why, now=now())
    return call_page(at, number, database().atomic(partial(work, within=at.community_ids)))


@pages.post("/desk/sampling/calls/<int:number>/tries")
def post_try(number: int) -> ResponseReturnValue:
    """Note what came of a try."""
    at = desk(*CALLERS)
    told = read_try(TrySchema().load(request.form.to_dict()))
    work = partial(answer_call, call_id=number, told=told, by=at.who, now=now())
    database().atomic(partial(work, within=at.community_ids))
    return redirect(f"/desk/sampling/calls/{number}")


def read_try(sent: dict[str, str]) -> Told:
    """Make a try of what a form or a body says."""
    return Told(sent["key"], Answer(sent["answer"]), sent["said"].strip())
