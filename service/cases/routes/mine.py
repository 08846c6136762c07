"""A volunteer's own objections on the phone: what can be objected to, and every answer."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities
from service.cases import matters, queries
from service.cases.models import About
from service.cases.queries import PAGE
from service.cases.routes import filing
from service.cases.routes.whose import form, run
from service.cases.schemas import ListAskSchema, ObjectSchema
from service.people import Caller
from service.web.access import require

pages = Blueprint("own_objection_pages", __name__)


@pages.get("/me/objections")
def show_own() -> ResponseReturnValue:
    """Show the caller's objections with their answers, and the awards to object to."""
    who, asked = require("volunteer"), ListAskSchema().load(request.args.to_dict())
    rows = run(queries.own_objections, volunteer_id=who.volunteer_id, before=asked["before"])
    following = rows[PAGE - 1].id if len(rows) > PAGE else None
    awards = run(queries.awards_of, volunteer_id=who.volunteer_id)
    answered = run(queries.cases_about, volunteer_id=who.volunteer_id)
    return render_template(
        "cases/mine.html", rows=rows[:PAGE], next=following, awards=awards, answered=answered
    )


@pages.get("/me/objections/new")
def show_new() -> ResponseReturnValue:
    """Show the form to object to one thing, which is named above it."""
    who = require("volunteer")
    given = {name: request.args.get(name, "")[:80] for name in ("kind", "ref", "notice")}
    found = run(read_matter, given=given, who=who)
    return render_template("cases/object.html", key=uuid4().hex, given=given, **found)


def read_matter(session: Session, *, given: dict[str, str], who: Caller) -> dict[str, Any]:
    """Read what the caller objects to, and the arithmetic of an award. Raises NotObjectable."""
    found = matters.matter(session, given["kind"], given["ref"], volunteer_id=who.volunteer_id)
    award = None
    if given["kind"] == About.AWARD:
        award = activities.awards_by_key(session, [given["ref"]], [found.community_id])[0]
    return {"matter": found, "award": award}


@pages.post("/me/objections")
def post_own() -> ResponseReturnValue:
    """File the caller's objection and show it."""
    who = require("volunteer")
    given = ObjectSchema().load(form("key", "kind", "ref", "notice", "text"))
    row, _ = run(filing.file_own, given=given, who=who)
    return redirect(f"/me/objections/{row.id}")


@pages.get("/me/objections/<int:number>")
def show_one(number: int) -> ResponseReturnValue:
    """Show one of the caller's objections with its answer."""
    who = require("volunteer")
    return render_template("cases/mine_one.html", **run(read_own, number=number, who=who))


def read_own(session: Session, *, number: int, who: Caller) -> dict[str, Any]:
    """Read an own objection and what it is about."""
    row = queries.own_objection(session, number, who.volunteer_id)
    return {"row": row, "title": filing.titled(session, row)}
