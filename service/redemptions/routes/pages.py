"""Pages of redemptions: the till, and what waits on the volunteer's phone."""

from datetime import date
from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people, shops
from service.clock import business_day
from service.people import Caller
from service.redemptions import queries
from service.redemptions.routes.reversals import confirm
from service.web import caller, database, now
from service.web.access import require

pages = Blueprint("redemptions", __name__)


@pages.get("/till")
def till_page() -> ResponseReturnValue:
    """Show the till: one page for the whole day. A tablet that is none is asked to be paired."""
    found = caller()
    if found.profile != "till":
        return redirect("/till/pair")
    day = business_day(now())
    context = database().atomic(partial(till_context, found=found, day=day))
    return render_template("redemptions/till.html", **context)


def till_context(session: Session, *, found: Caller, day: date) -> dict[str, Any]:
    """Read what the till's first screen shows."""
    assert found.shop_id is not None
    assert found.id is not None
    return {
        "shop": shops.shop_by_id(session, found.shop_id),
        "device": people.device(session, found.id),
        "totals": queries.day_totals(session, shop_id=found.shop_id, day=day),
        "low": shops.low_stock(session, shop_id=found.shop_id),
    }


@pages.get("/redemptions/waiting")
def waiting_page() -> ResponseReturnValue:
    """Show the volunteer what waits for a word of theirs."""
    said = request.args.get("said", "")
    return render_template("redemptions/waiting.html", waiting=waiting(), said=said)


@pages.get("/redemptions/waiting/part")
def waiting_part() -> ResponseReturnValue:
    """Send the same block alone, for the page that asks for it again."""
    return render_template("redemptions/_asked.html", waiting=waiting())


def waiting() -> list[queries.Waiting]:
    """Read what waits for the calling volunteer."""
    person = require("volunteer")
    assert person.volunteer_id is not None
    read = partial(queries.waiting_for, volunteer_id=person.volunteer_id, now=now())
    return database().atomic(read)


@pages.post("/redemptions/<key>/confirm")
def confirm_from_page(key: str) -> ResponseReturnValue:
    """Confirm with one tap, and say what came of it."""
    answer = confirm(require("volunteer"), key, request.form.get("shop"))
    return redirect(f"/redemptions/waiting?said={answer.reason or answer.state}", 303)
