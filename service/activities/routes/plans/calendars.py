"""Calendars to subscribe to: a community's for everybody, a volunteer's own by a secret link."""

from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people, programmes
from service.activities.actions.feeds import end_feed, feed_of, renew_feed, token_of, whose_feed
from service.activities.calendar import Entry, calendar
from service.activities.queries.feeds import entries_of_community, own_entries
from service.activities.routes.keepers import run
from service.clock import business_day
from service.i18n import N_
from service.people import UnknownUnit
from service.web import now, settings
from service.web.access import require
from service.web.locale import gettext

pages = Blueprint("calendars", __name__)

KEPT = timedelta(days=60)  # what is over stays in sight so long


@pages.get("/calendar/<community>.ics")
def get_community(community: str) -> ResponseReturnValue:
    """Send a community's activities to whoever subscribes."""
    name, entries = run(read_community, code=community)
    return sent(name, entries)


def read_community(session: Session, *, code: str) -> tuple[str, list[Entry]]:
    """Read a community's activities. Raises UnknownUnit."""
    place = people.unit(session, code)
    if place.programme_id is None:
        raise UnknownUnit
    zone = programmes.programme_by_id(session, place.programme_id).zone
    since = business_day(now(), zone) - KEPT
    return place.name, entries_of_community(session, place.id or 0, since=since)


@pages.get("/calendar/mine/<token>.ics")
def get_own(token: str) -> ResponseReturnValue:
    """Send a volunteer's own activities to whoever holds the link; no sign-in."""
    return sent(gettext(N_("My activities")), run(read_own, token=token))


def read_own(session: Session, *, token: str) -> list[Entry]:
    """Read what the holder of a link may see. Raises UnknownLink."""
    volunteer_id = whose_feed(session, token, secret_key=settings().lasting_key)
    return own_entries(session, volunteer_id, since=business_day(now()) - KEPT)


def sent(name: str, entries: list[Entry]) -> Response:
    """Send a calendar, or that it has not changed since it was asked for."""
    public = site()
    host = urlsplit(public).hostname or "localhost"
    answer = Response(
        calendar(name, entries, public_url=public, host=host),
        content_type="text/calendar; charset=utf-8",
    )
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def site() -> str:
    """Return the address at which people reach this service."""
    return settings().public_url


@pages.get("/me/calendar")
def show_own() -> ResponseReturnValue:
    """Show the volunteer's link, if there is one, and the community's."""
    who = require("volunteer")
    link = run(read_link, volunteer_id=who.volunteer_id or 0)
    return render_template(
        "activities/plans/calendar.html",
        link=link,
        community=f"{site()}/calendar/{who.community}.ics",
    )


def read_link(session: Session, *, volunteer_id: int) -> str:
    """Return the link to a volunteer's calendar, or nothing."""
    found = feed_of(session, volunteer_id)
    if found is None or found.serial is None:
        return ""
    return f"{site()}/calendar/mine/{token_of(settings().lasting_key, found.serial)}.ics"


@pages.post("/me/calendar")
def post_own() -> ResponseReturnValue:
    """Make a new link, which ends the old one, or take it back."""
    mine: dict[str, Any] = {"volunteer_id": require("volunteer").volunteer_id or 0, "now": now()}
    run(partial(end_feed if request.form.get("do") == "end" else renew_feed, **mine))
    return redirect("/me/calendar")
