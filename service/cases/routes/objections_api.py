"""Objections as JSON: the volunteer's own, and those of a community."""

from typing import Any

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.cases import queries
from service.cases.models import Objection
from service.cases.queries import PAGE
from service.cases.routes import filing
from service.cases.routes.whose import DECIDERS, OPENERS, Desk, desk, reads, run, told
from service.cases.schemas import (
    ListAskSchema,
    ObjectionSchema,
    ObjectionsSchema,
    ObjectSchema,
    PaperObjectSchema,
    ReplySchema,
    tell_objection,
)
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("objections", __name__, url_prefix="/api/v1", description="Objections")


@api.get("/me/objections")
@api.arguments(ListAskSchema, location="query")
@api.response(200, ObjectionsSchema)
def get_own(asked: dict[str, Any]) -> ResponseReturnValue:
    """List the caller's own objections, the newest first."""
    who = require("volunteer")
    rows = run(queries.own_objections, volunteer_id=who.volunteer_id, before=asked["before"])
    following = str(rows[PAGE - 1].id) if len(rows) > PAGE else None
    return {"items": [tell_objection(row, who.code) for row in rows[:PAGE]], "next": following}


@api.post("/me/objections")
@api.arguments(ObjectSchema)
@api.response(201, ObjectionSchema)
def post_own(given: dict[str, Any]) -> ResponseReturnValue:
    """Object to an award, a notice, a star or an exception that is about oneself."""
    who = require("volunteer")
    row, known = run(filing.file_own, given=given, who=who)
    return tell_objection(row, who.code), 200 if known else 201


@api.get("/me/objections/<int:number>")
@api.response(200, ObjectionSchema)
def get_own_one(number: int) -> ResponseReturnValue:
    """Tell one of the caller's own objections with its answer."""
    who = require("volunteer")
    row: Objection = run(queries.own_objection, number=number, volunteer_id=who.volunteer_id)
    return tell_objection(row, who.code)


@api.get("/objections")
@api.arguments(ListAskSchema, location="query")
@api.response(200, ObjectionsSchema)
def get_objections(asked: dict[str, Any]) -> ResponseReturnValue:
    """List the objections of the caller's communities: what is due first, or the answered ones."""
    rows, following = run(page, asked=asked, at=reads())
    items = [tell_objection(one.row, one.volunteer.code) for one in rows]
    return {"items": items, "next": following}


def page(
    session: Session, *, asked: dict[str, Any], at: Desk
) -> tuple[list[queries.Listed], str | None]:
    """Read a page of objections, and where the next one begins."""
    if asked["answered"]:
        rows = queries.objections_answered(session, at.community_ids, before=asked["before"])
        last = rows[PAGE - 1].row if len(rows) > PAGE else None
        return rows[:PAGE], str(last.id) if last else None
    after = asked["after"]
    rows = queries.objections_due(session, at.community_ids, after=after)
    last = rows[PAGE - 1].row if len(rows) > PAGE else None
    return rows[:PAGE], f"{last.due_on.isoformat()}~{last.id}" if last else None


@api.post("/objections")
@api.arguments(PaperObjectSchema)
@api.response(201, ObjectionSchema)
def post_objection(given: dict[str, Any]) -> ResponseReturnValue:
    """Type in what a volunteer without a phone wrote on paper."""
    row, known = run(filing.file_paper, given=given, at=desk(*OPENERS))
    return tell_objection(row, given["volunteer"].upper()), 200 if known else 201


@api.get("/objections/<int:number>")
@api.response(200, ObjectionSchema)
def get_objection(number: int) -> ResponseReturnValue:
    """Tell an objection of the caller's communities."""
    return run(read_one, number=number, at=reads())  # type: ignore[no-any-return]


def read_one(session: Session, *, number: int, at: Desk) -> dict[str, Any]:
    """Read an objection with whose it is."""
    found = told(session, queries.objection(session, number, at.community_ids))
    return tell_objection(found.row, found.volunteer.code if found.volunteer else "")


@api.post("/objections/<int:number>/answer")
@api.arguments(ReplySchema)
@api.response(200, ObjectionSchema)
def post_answer(given: dict[str, Any], number: int) -> ResponseReturnValue:
    """Answer an objection in writing; one that is right goes on as a case."""
    run(filing.reply, number=number, given=given, at=desk(*DECIDERS), reads=reads())
    return run(read_one, number=number, at=reads())  # type: ignore[no-any-return]
