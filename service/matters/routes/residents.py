"""The resident's link: how the matter stands, the answer, and a rating. Nobody signs in."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.clock import business_day
from service.matters.actions.rating import rate
from service.matters.models import Matter
from service.matters.queries.lists import find_by_token
from service.matters.refusals import UnknownMatter
from service.matters.routes.whose import run
from service.matters.rules import RATING_CHANGES, State
from service.matters.schemas import RatingSchema, ResidentSchema
from service.web import now
from service.web.api import ApiBlueprint
from service.web.limits import Limit

api = ApiBlueprint(
    "matters_residents", __name__, url_prefix="/api/v1", description="A resident's link"
)
pages = Blueprint("matters_q", __name__)
GUESSES = Limit("matter-link", most=30, seconds=60)


def behind(token: str) -> Matter:
    """Return the matter of a link; every wrong one gets the same answer, and is counted."""
    GUESSES.check()
    try:
        return run(find_by_token, token=token.lower())
    except UnknownMatter:
        GUESSES.count()
        raise


@pages.get("/q/<token>")
def show_link(token: str) -> ResponseReturnValue:
    """Show how the matter stands and its answer; looking changes nothing."""
    row = behind(token)
    key = f"q-{uuid4().hex}"
    return render_template("matters/link.html", matter=row, may_rate=may_rate(row), key=key)


@pages.post("/q/<token>/rating")
def post_rating_form(token: str) -> ResponseReturnValue:
    """Rate the answer from the page."""
    row = behind(token)
    sent = {name: request.form.get(name, "") for name in ("rating", "words", "key")}
    run(rate_it, number=row.id or 0, given=RatingSchema().load(sent))
    return redirect(f"/q/{row.token}", 303)


@api.get("/links/<token>")
@api.response(200, ResidentSchema)
def get_link(token: str) -> ResponseReturnValue:
    """Tell how the matter of a link stands."""
    return described(behind(token))


@api.post("/links/<token>/rating")
@api.arguments(RatingSchema)
@api.response(200, ResidentSchema)
def post_rating(given: dict[str, Any], token: str) -> ResponseReturnValue:
    """Rate the answer: once, changeable for seven days."""
    return described(run(rate_it, number=behind(token).id or 0, given=given))


def rate_it(session: Session, *, number: int, given: dict[str, Any]) -> Matter:
    """Rate a matter that was found by its link."""
    row = session.get_one(Matter, number)
    return rate(session, row, **given, now=now())


def may_rate(row: Matter) -> bool:
    """Tell whether a rating can be given or changed now."""
    if row.rated_at is not None:
        return now() <= row.rated_at + RATING_CHANGES
    return row.state == State.ANSWERED


def described(row: Matter) -> dict[str, Any]:
    """Write what the link tells: no place, no text, no names."""
    plain = ("number", "category", "state", "raised_at", "due_on", "answered_at", "rating")
    said = {name: getattr(row, name) for name in plain}
    late = row.late(business_day(now()))
    answer = row.answer if row.state == State.ANSWERED or row.rating else None
    return said | {"answer": answer, "late": late, "may_rate": may_rate(row)}
