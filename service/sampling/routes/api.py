"""The random audit as JSON."""

from functools import partial
from typing import Any

from flask.typing import ResponseReturnValue

from service.sampling.actions.calling import answer_call
from service.sampling.queries.calls import PAGE as CALLS_PAGE
from service.sampling.queries.calls import Asked, Narrowed, call_of, calls
from service.sampling.queries.draws import PAGE, Drawn, draws
from service.sampling.routes.desk import read_try
from service.sampling.routes.reading import CALLERS, READERS, desk, drawn, own_draw
from service.sampling.schemas import (
    CallSchema,
    CallsPageSchema,
    CallsSchema,
    DrawSchema,
    DrawsSchema,
    PageSchema,
    TrySchema,
)
from service.web import database, now
from service.web.api import ApiBlueprint

api = ApiBlueprint("sampling", __name__, url_prefix="/api/v1", description="Random audit")


@api.get("/sampling/draws")
@api.arguments(PageSchema, location="query")
@api.response(200, DrawsSchema)
def get_draws(asked: dict[str, Any]) -> ResponseReturnValue:
    """List the draws of the caller's communities, the newest first."""
    at = desk(*READERS)
    rows = draws(database(), at.community_ids, before=asked["before"], limit=PAGE + 1)
    return {"items": rows[:PAGE], "next": rows[PAGE - 1].id if len(rows) > PAGE else None}


@api.get("/sampling/draws/<community>/<month>")
@api.response(200, DrawSchema)
def get_draw(community: str, month: str) -> Drawn:
    """Tell anybody one draw: numbers, seed and head, and no person."""
    return drawn(community, month)


@api.get("/sampling/draws/<community>/<month>/calls")
@api.arguments(CallsPageSchema, location="query")
@api.response(200, CallsSchema)
def get_calls(asked: dict[str, Any], community: str, month: str) -> ResponseReturnValue:
    """List the calls of a draw in its order: those without a result, or with `?all=1` every one."""
    at = desk(*READERS)
    row = own_draw(at, community, month)
    wanted = Narrowed(row.id, asked["all"] is None, asked["after"])
    found = calls(database(), at.community_ids, wanted, limit=CALLS_PAGE + 1)
    more = found[CALLS_PAGE - 1].place if len(found) > CALLS_PAGE else None
    return {"items": found[:CALLS_PAGE], "next": more}


@api.post("/sampling/calls/<int:number>/tries")
@api.arguments(TrySchema)
@api.response(200, CallSchema)
def post_try(sent: dict[str, Any], number: int) -> Asked:
    """Note what came of a try; the same key again counts once."""
    at = desk(*CALLERS)
    work = partial(answer_call, call_id=number, told=read_try(sent), by=at.who, now=now())
    database().atomic(partial(work, within=at.community_ids))
    return call_of(database(), at.community_ids, number)
