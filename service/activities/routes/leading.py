"""Pages for the leader and the recorder: the code on site, the gate, forgotten check-outs."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, passes, people
from service.activities.actions.attendance import Amended, fill_in_check_out
from service.activities.actions.gate import Sent, check_keeper, look, scan
from service.activities.queries.lists import card, last_scans, posts, present_count
from service.activities.refusals import UnfitTime, UnknownActivity
from service.activities.routes.keepers import gate, kept, keys, run, signed_in
from service.activities.routes.scans import answered
from service.clock import SHANGHAI, business_day
from service.live import activity_topic
from service.web import now
from service.web.live import offer

pages = Blueprint("leading_pages", __name__)


@pages.get("/activities/<code>/onsite")
def show_onsite(code: str) -> ResponseReturnValue:
    """Show the code of the place and its digits, large, for people to scan."""
    found = run(kept, code=code)
    shown = passes.onsite_code(keys(), found.onsite_secret, found.code, at=now())
    picture = passes.data_uri(shown.url)
    heads = run(read_heads, found=found)
    return render_template(
        "activities/onsite.html", activity=found, shown=shown, picture=picture, **heads
    )


@pages.get("/activities/<code>/onsite/part")
def show_heads(code: str) -> ResponseReturnValue:
    """Send how many came alone, for the page that asks for it again."""
    found = run(kept, code=code)
    offer(activity_topic(found.code))
    return render_template("activities/_heads.html", **run(read_heads, found=found))


def read_heads(session: Session, *, found: activities.Activity) -> dict[str, Any]:
    """Read how many came, and how many have a place."""
    taken = card(session, found, None).taken
    return {"present": present_count(session, found.id), "taken": taken}


@pages.get("/gate/<code>")
def show_gate(code: str) -> ResponseReturnValue:
    """Show the gate: the camera, the number of somebody without a code, the last results."""
    return gate_page(code, result=None, action=request.args.get("action", "in"))


@pages.post("/gate/<code>")
def post_gate(code: str) -> ResponseReturnValue:
    """Take a typed number without a script."""
    action = request.form.get("action", "in")
    sent = Sent(
        code=request.form.get("code", "").strip()[:512] or "-",
        action=action if action in {"in", "out", "audience"} else "in",
        nonce=request.form.get("nonce", "")[:40] or uuid4().hex,
        activity=code,
        post=request.form.get("post") or None,
    )
    return gate_page(code, result=answered(scan(gate(), sent))["text"], action=action)


def gate_page(code: str, *, result: dict[str, str] | None, action: str) -> ResponseReturnValue:
    """Show a gate that the caller may stand at: leader, recorder, or the community's tablet."""
    row = look(gate(), code, None, now())
    if not row:
        raise UnknownActivity
    check_keeper(signed_in(), row, today=business_day(now()))
    page = run(read_gate, code=code)
    nonce = uuid4().hex
    return render_template(
        "activities/gate.html", result=result, action=action, nonce=nonce, now=now(), **page
    )


def read_gate(session: Session, *, code: str) -> dict[str, Any]:
    """Read the head of the gate's page and its last results."""
    found = activities.activity(session, code)
    return {
        "activity": found,
        "card": card(session, found, None),
        "posts": posts(session, found.id),
        "post": request.form.get("post", ""),
        "present": present_count(session, found.id),
        "last": last_scans(session, found.id),
    }


@pages.post("/activities/<code>/stays/<volunteer>")
def post_stay(code: str, volunteer: str) -> ResponseReturnValue:
    """Decide a forgotten check-out: the planned end, a time, or not counted."""
    run(decide_stay, code=code, volunteer=volunteer)
    return redirect(f"/activities/{code}/confirm")


def decide_stay(session: Session, *, code: str, volunteer: str) -> Amended:
    """Fill in what the form says; a time that cannot be meant changes nothing."""
    found, person = kept(session, code), people.volunteer(session, volunteer)
    at = decided_at(found, request.form.get("decision", ""), request.form.get("time", ""))
    return fill_in_check_out(session, found, person, at=at, by=signed_in(), now=now())


def decided_at(found: activities.Activity, decision: str, typed: str) -> datetime | None:
    """Return the moment that was decided; None for a stay that is not counted."""
    if decision == "none":
        return None
    if decision == "end" or not typed:
        return found.ends_at
    try:
        clock = time.fromisoformat(typed)
    except ValueError as error:
        raise UnfitTime from error
    moment = datetime.combine(found.business_day, clock, ZoneInfo(SHANGHAI))
    return moment if moment >= found.opens_at else moment + timedelta(days=1)  # past midnight
