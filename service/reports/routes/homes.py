"""First pages: the way in, the volunteer's home and history."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service import activities, inbox, passes, records
from service.clock import business_day
from service.people import Caller, Role
from service.redemptions import chosen, waiting_for
from service.reports import home
from service.reports.routes.demo import demo_people
from service.reports.words import AGES, FAMILIES, KINDS
from service.web import caller, database, now, settings
from service.web.access import require

pages = Blueprint("homes", __name__)
pages.app_context_processor(lambda: {"KINDS": KINDS, "FAMILIES": FAMILIES, "AGES": AGES})
WAYS = (
    ((Role.SECRETARY, Role.APPROVER, Role.AUDITOR, Role.RECORDER), "/desk"),
    ((Role.OFFICER, Role.OWNER), "/desk/board"),
    ((Role.GRID,), "/desk/matters"),
    ((Role.ADMINISTRATOR,), "/desk/associations"),
)


@pages.get("/")
def start() -> ResponseReturnValue:
    """Send everybody to the page that is theirs; show a visitor the way in."""
    found = caller()
    if found.kind == "anonymous" and settings().demo:
        return render_template("reports/start.html", people=demo_people(database()))
    return redirect(first_page(found))


def first_page(found: Caller) -> str:
    """Return where a caller begins."""
    if found.kind == "staff":
        return next((page for roles, page in WAYS if found.has(*roles)), "/activities")
    return {"volunteer": "/home", "device": "/till"}.get(found.kind, "/sign-in")


@pages.get("/home")
def volunteer_home() -> ResponseReturnValue:
    """Show the pass, the points, the next activity, and what the points buy nearby."""
    found, today = require("volunteer"), business_day(now())
    held = home.purse(database(), volunteer_id=found.volunteer_id or 0, day=today)
    place = {"programme_id": held.programme_id}
    own: dict[str, Any] = {"volunteer_id": found.volunteer_id or 0, "now": now()}
    return render_template(
        "reports/home.html",
        purse=held,
        today=today,
        upcoming=home.next_activity(database(), **own),
        goods=home.goods_nearby(database(), **place, balance=held.free, day=today),
        shops=home.shop_count(database(), **place),
        waiting=database().atomic(partial(waiting_for, **own)),
        chosen=database().atomic(partial(chosen, **own)),
        unread=database().atomic(partial(inbox.unread_count, volunteer_id=found.volunteer_id or 0)),
    )


@pages.get("/home/history")
def volunteer_history() -> ResponseReturnValue:
    """Show every movement of the volunteer's own points, newest first."""
    found = require("volunteer")
    held = home.purse(database(), volunteer_id=found.volunteer_id or 0, day=business_day(now()))
    rows = home.history(database(), held, before=request.args.get("before", type=int))
    more = rows[home.PAGE - 1]["seq"] if len(rows) > home.PAGE else None
    tail = partial(passes.receipt_tail, receipt_keys())
    return render_template(
        "reports/history.html", purse=held, rows=rows[: home.PAGE], next=more, tail=tail
    )


def receipt_keys() -> passes.Keyring:
    """Return the keys that make the addresses of receipts."""
    return passes.keyring(settings().secret_keys, settings().public_url)


@pages.get("/home/me")
def volunteer_me() -> ResponseReturnValue:
    """Show the volunteer's standing and the way out."""
    found = require("volunteer")
    held = home.purse(database(), volunteer_id=found.volunteer_id or 0, day=business_day(now()))
    star = records.star_of(database(), found.volunteer_id or 0)
    wards = activities.wards_of(database(), found.volunteer_id or 0, now=now())
    return render_template("reports/me.html", purse=held, star=star, wards=wards)
