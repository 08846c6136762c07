"""The phone that is to be bound: it opens the code, its holder types the four digits."""

from functools import partial
from uuid import uuid4

from flask import Blueprint, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from service import passes
from service.phones import actions
from service.phones.models import BindingOver, DigitsWrong
from service.phones.schemas import BindSchema
from service.web import caller, cookies, database, now, settings
from service.web.callers import keep, session_token
from service.web.forms import filled
from service.web.limits import Limit
from service.web.problems import from_refusal

pages = Blueprint("phones", __name__)

WRONG = Limit("bind", most=20, seconds=60)
HELPER_SECONDS = 400 * 86_400  # the day that was set ends it, on our side


def keys() -> passes.Keyring:
    """Return the keys of this application's codes."""
    return passes.keyring(settings().secret_keys, settings().public_url)


@pages.get("/b/<tail>")
def show_bind(tail: str) -> ResponseReturnValue:
    """Show where the digits are typed; the code is not looked at, so that all read the same."""
    return form(tail)


@pages.post("/b/<tail>")
def post_bind(tail: str) -> ResponseReturnValue:
    """Bind this phone, and go on to its code."""
    WRONG.check()
    sent = BindSchema().load(filled())
    before = session_token() if caller().kind == "volunteer" else ""
    asking = actions.Asking(tail, replaces=before, **sent)
    try:
        bound = database().atomic(partial(actions.bind, keys=keys(), asking=asking, now=now()))
    except BindingOver:
        WRONG.count()
        raise
    if bound is None:
        WRONG.count()
        return form(tail, wrong=True)
    if bound.helps:
        onwards = make_response(redirect("/helper", 303))
        cookies.give(onwards, bound.token, "helper", seconds=HELPER_SECONDS)
        return onwards
    return keep(make_response(redirect("/home", 303)), bound.token, "volunteer")


def form(tail: str, *, wrong: bool = False) -> ResponseReturnValue:
    """Render the page with a number of its own, under which a lost answer is heard again."""
    problem = from_refusal(DigitsWrong()) if wrong else None
    page = render_template("phones/bind.html", tail=tail, nonce=uuid4().hex, problem=problem)
    answer = make_response(page, problem.status if problem else 200)
    answer.headers["Cache-Control"] = "no-store"
    return answer
