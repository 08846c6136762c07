"""HTTP of a volunteer's own choice: on which ways messages come, and about what."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from sqlmodel import Session

from service.inbox import addresses, channels
from service.inbox.routes.words import STATUSES, TOPICS
from service.inbox.schemas import AddressSchema, TopicsSchema, WaySchema, WaysSchema
from service.inbox.ways import Way, one_way, open_way, ways
from service.inbox.words import TOPIC_NAMES
from service.web import database, now, settings
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.locale import locale
from service.web.problems import from_validation

api = ApiBlueprint("notices", __name__, url_prefix="/api/v1", description="Ways of messages")
pages = Blueprint("notice_pages", __name__)


@api.get("/me/notices")
@api.response(200, WaysSchema)
def get_ways() -> dict[str, Any]:
    """Tell on which ways the volunteer's messages come."""
    return {"items": read_ways()}


@api.put("/me/notices/<channel>")
@api.arguments(AddressSchema)
@api.response(200, WaySchema)
def put_address(given: dict[str, Any], channel: str) -> Way:
    """Ask for messages at an address; it must be confirmed from there. Twice is once."""
    return ask(channel, given["address"])


@api.put("/me/notices/<channel>/topics")
@api.arguments(TopicsSchema)
@api.response(200, WaySchema)
def put_topics(given: dict[str, Any], channel: str) -> Way:
    """Choose what to hear of on one way."""
    return choose(channel, given["topics"])


@api.delete("/me/notices/<channel>")
@api.response(200, WaySchema)
def delete_address(channel: str) -> Way:
    """Stop one way; the address is forgotten. Twice is once."""
    return stop(channel)


@pages.get("/me/notices")
def show_ways() -> ResponseReturnValue:
    """Show on which ways messages come."""
    return ways_page()


@pages.post("/me/notices/<channel>")
def post_address(channel: str) -> ResponseReturnValue:
    """Take an address from the page; a wrong one is said beside its field."""
    typed = request.form.get("address", "").strip()
    try:
        given = AddressSchema().load({"address": typed})
    except ValidationError as error:
        return ways_page(typed=typed, error=from_validation(error).errors[0]["detail"]), 422
    ask(channel, given["address"])
    return redirect("/me/notices?said=asked", 303)


@pages.post("/me/notices/<channel>/topics")
def post_topics(channel: str) -> ResponseReturnValue:
    """Take the ticked topics of the page."""
    choose(channel, [topic for topic in request.form.getlist("topic") if topic in TOPIC_NAMES])
    return redirect("/me/notices?said=chosen", 303)


@pages.post("/me/notices/<channel>/stop")
def post_stop(channel: str) -> ResponseReturnValue:
    """Stop one way with one tap."""
    stop(channel)
    return redirect("/me/notices?said=stopped", 303)


def ways_page(**more: Any) -> str:
    """Draw the page; `typed` and `error` belong to an address that was not taken."""
    said = request.args.get("said")
    words = {"topics": TOPICS, "statuses": STATUSES}
    return render_template("inbox/notices.html", ways=read_ways(), said=said, **words, **more)


def read_ways() -> list[Way]:
    """Read the calling volunteer's ways."""
    mine = require("volunteer").volunteer_id or 0
    given = channels(settings())
    return database().atomic(partial(ways, volunteer_id=mine, channels=given, now=now()))


def ask(channel: str, address: str) -> Way:
    """Take down where the calling volunteer wants messages too."""
    mine, speaks = require("volunteer").volunteer_id or 0, locale()
    way = open_way(channels(settings()), channel)

    def work(session: Session) -> Way:
        addresses.ask(session, mine, channel, address=address, locale=speaks, now=now())
        session.flush()
        return one_way(session, mine, way, now())

    return database().atomic(work)


def choose(channel: str, topics: list[str]) -> Way:
    """Keep what the calling volunteer wants to hear of."""
    mine = require("volunteer").volunteer_id or 0
    way = open_way(channels(settings()), channel)

    def work(session: Session) -> Way:
        addresses.choose(session, mine, channel, topics=topics)
        return one_way(session, mine, way, now())

    return database().atomic(work)


def stop(channel: str) -> Way:
    """End a way of the calling volunteer, also one that is no longer open here."""
    mine = require("volunteer").volunteer_id or 0
    way = channels(settings()).get(channel)

    def work(session: Session) -> Way:
        found = addresses.open_address(session, mine, channel)
        if found is not None:
            addresses.stop(session, found.id or 0, now=now())
            session.flush()
        return one_way(session, mine, way, now()) if way else Way(channel, ready=False)

    return database().atomic(work)
