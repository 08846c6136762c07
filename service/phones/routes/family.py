"""The relative's phone: its code, up to what it fetches, and nothing else of the volunteer.

It is no sign-in: its cookie names it on these pages alone, and is no caller anywhere.
"""

from contextlib import suppress
from functools import partial
from typing import Any

from flask import Blueprint, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import passes, people, programmes
from service.clock import business_day
from service.phones import actions
from service.web import cookies, database, now

pages = Blueprint("family_phone", __name__)


@pages.get("/helper")
def show_helper() -> ResponseReturnValue:
    """Show the code that fetches for somebody, how far it goes, and until when."""
    try:
        page = database().atomic(partial(read, token=cookies.carried("helper")))
    except passes.HelperOver:
        answer = make_response(render_template("phones/helper.html", helper=None), 404)
        cookies.take(answer, "helper")
        return answer
    answer = make_response(render_template("phones/helper.html", **page))
    answer.headers["Cache-Control"] = "no-store"
    return answer


def read(session: Session, *, token: str) -> dict[str, Any]:
    """Read what a relative sees: a tail, the limits, the last day. No points and no history."""
    found = passes.helper(session, token, now=now())
    owner = people.volunteer_by_id(session, found.volunteer_id)
    rules = programmes.rule_set(session, owner.programme_id, business_day(now()))
    return {"helper": found, "tail": owner.tail, "limits": rules.helper}


@pages.post("/helper/end")
def post_end() -> ResponseReturnValue:
    """Give up fetching, from the relative's own phone; doing it twice is no fault."""
    if not (token := cookies.carried("helper")):
        raise passes.HelperOver
    with suppress(passes.HelperOver):
        database().atomic(partial(end, token=token))
    onwards = make_response(redirect("/helper", 303))
    cookies.take(onwards, "helper")
    return onwards


def end(session: Session, *, token: str) -> None:
    """End the relative's phone in its own name."""
    found = passes.helper(session, token, now=now())
    owner = people.volunteer_by_id(session, found.volunteer_id)
    assert found.id is not None
    actions.end_helper(session, owner, helper_id=found.id, actor=f"helper:{found.id}", now=now())
