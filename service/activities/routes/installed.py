"""The gate as an installed page: where it opens, what it is called, and its service worker."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.activities.actions.gate import check_keeper
from service.activities.actions.rights import suspended_until
from service.activities.queries.lists import Card, cards
from service.activities.refusals import NotYours, SuspendedFromLeading
from service.activities.routes.keepers import run, signed_in, visible
from service.activities.routes.tablets import read_tablets
from service.activities.routes.uploads import Uploaded, upload
from service.clock import business_day
from service.i18n import N_
from service.web import now
from service.web.installed import app_manifest, worker
from service.web.locale import gettext

pages = Blueprint("installed_gate", __name__)


@pages.get("/gate/")
def show_gates() -> ResponseReturnValue:
    """Show the gates that the reader may stand at today; the installed page opens here."""
    return gates_page(uploaded=None)


@pages.post("/gate/queues")
def post_queues() -> ResponseReturnValue:
    """Take the file that a gate without a network saved, and say what became of it."""
    signed_in()
    sent = request.files.get("file")
    return gates_page(uploaded=upload(sent.read() if sent else b""))


def gates_page(*, uploaded: Uploaded | None) -> ResponseReturnValue:
    """Show today's gates, and what a file held."""
    found = run(todays_gates, who=signed_in())
    return render_template("activities/gates.html", **found, uploaded=uploaded, now=now())


def todays_gates(session: Session, *, who: people.Caller) -> dict[str, Any]:
    """Read what closes today or later and was begun by now or begins today; officers' tablets."""
    today = business_day(now())
    found = cards(session, community_ids=visible(), since=today, until=today)
    until = suspended_until(session, who.volunteer_id, on=today)
    gates = list(kept_by(who, found, until=until))
    return {"gates": gates, "until": until} | read_tablets(session, who=who)


def kept_by(who: people.Caller, found: list[Card], *, until: date | None) -> Iterator[Card]:
    """Yield the activities whose gate the caller may keep: as a leader only when not suspended."""
    for one in found:
        row = {
            "leads_not_until": until,
            "leader_id": one.activity.leader_id,
            "community": one.community,
            "community_id": one.activity.community_id,
        }
        try:
            check_keeper(who, row, today=business_day(now()))
        except (NotYours, SuspendedFromLeading):
            continue
        yield one


@pages.get("/gate/worker.js")
def get_worker() -> ResponseReturnValue:
    """Give the service worker from the folder that it may look after."""
    return worker("gate")


@pages.get("/gate/app.webmanifest")
def get_manifest() -> ResponseReturnValue:
    """Say how the gate is called and drawn on a home screen."""
    name, short_name = gettext(N_("Aixin gate")), gettext(N_("Gate"))
    return app_manifest("/gate/", name=name, short_name=short_name)
