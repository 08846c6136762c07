"""The desk itself: the day's equation, what waits for the reader, what is late."""

from functools import partial

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from service import matters, records
from service.clock import business_day
from service.desk import queues, today
from service.live import BOARD
from service.people import Caller, Role, communities_under
from service.reports import READERS, Scope, chart, equation, scope_of
from service.web import database, now
from service.web.access import require
from service.web.live import offer

pages = Blueprint("desk", __name__)


@pages.get("/desk")
def show_desk() -> ResponseReturnValue:
    """Show the equation of the day, what waits for a decision, and what is late."""
    found, day = require(*READERS), business_day(now())
    scope = scope_of(database(), found)
    differences = today.exceptions(database(), scope)
    return render_template(
        "desk/today.html",
        today=day,
        now=now(),
        sums=equation(database(), scope, day),
        queues=queues.waiting_for(database(), scope, found, now()),
        waiting=today.waiting(database(), scope, now()),
        differences=differences,
        ages=today.ages(differences, day),
        bars=chart(database(), scope, day),
        pledges=today.pledges(database(), scope),
        calls=calls_for(found),
        records=late(scope),
    )


@pages.get("/desk/part")
def show_desk_part() -> ResponseReturnValue:
    """Send the equation of the day alone, for the page that asks for it again."""
    found, day = require(*READERS), business_day(now())
    scope = scope_of(database(), found)
    offer(BOARD)
    sums = equation(database(), scope, day)
    return render_template("desk/_equation.html", sums=sums, day=day)


def late(scope: Scope) -> records.Counts:
    """Count the service records that are late or soon will be."""
    clerk = records.Clerk(scope.programme_id, scope.community_ids, now())
    return records.late_counts(database(), clerk)


def calls_for(found: Caller) -> list[matters.Listed]:
    """Return the calls for help that wait in the communities that the caller keeps."""
    codes = found.scopes(Role.SECRETARY, Role.RECORDER)
    within = communities_under(database(), codes)
    return database().atomic(partial(matters.calls, community_ids=within)) if within else []
