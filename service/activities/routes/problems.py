"""Pages of what did not fit at the gate: of one activity for its leader, of all for the desk."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities
from service.activities.actions.gate import KEEPERS, OVER
from service.activities.actions.oversight import Heads
from service.activities.actions.problems import COUNTABLE, Resolution
from service.activities.actions.rights import may_award
from service.activities.queries.lists import in_the_place
from service.activities.queries.problems import (
    PAGE,
    headcounts,
    problems_in,
    problems_of,
    refused_scans,
    reopenings,
    watches_in,
)
from service.activities.refusals import UnfitTime
from service.activities.routes.keepers import READERS, keeps, kept, run, signed_in, visible
from service.activities.routes.oversight import count, open_again, settle
from service.activities.routes.words import of_problem, of_refusal
from service.clock import SHANGHAI
from service.i18n import N_
from service.web import now
from service.web.access import require
from service.web.locale import gettext

pages = Blueprint("problem_pages", __name__)


@pages.get("/activities/<code>/problems")
def show_problems(code: str) -> ResponseReturnValue:
    """Show what did not fit at one gate, the headcounts, and what the gate refused."""
    page = run(read_page, code=code, before=request.args.get("before", type=int))
    return render_template("activities/problems.html", now=now(), nonce=uuid4().hex, **page)


def read_page(session: Session, *, code: str, before: int | None) -> dict[str, Any]:
    """Read the page of an activity that the caller leads, keeps or audits."""
    found = kept(session, code, readers=True)
    rows = problems_of(session, found.id, before=before)
    who = signed_in()
    captain = who.volunteer_id is not None and may_award(session, who.volunteer_id, now=now())
    return {
        "activity": found,
        "keeps": keeps(session, found),
        "officer": who.has(*KEEPERS),
        "awards": who.has(*KEEPERS) or captain,
        "rows": [shown(row) for row in rows[:PAGE]],
        "over": found.status in OVER,
        "countable": COUNTABLE,
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
        "heads": headcounts(session, found.id),
        "present": in_the_place(session, found.id),
        "reopened": reopenings(session, found.id),
        "refused": [(row, of_refusal(row.reason)) for row in refused_scans(session, found.id)],
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """One row with its words, and the times that its form proposes."""

    row: Any
    words: dict[str, str]
    action: str | None
    gate: str  # who stood there
    came: str
    left: str


def shown(row: Any) -> Shown:
    """Propose what is known: the books' times, the scan's own, else the plan."""
    action = row.action or row.detail.get("action")
    came = row.in_at or (row.at if row.at and action == "in" else row.starts_at)
    left = (row.at if row.at and action == "out" else row.out_at) or row.ends_at
    return Shown(row, of_problem(row), action, standing(row.actor), wall(came), wall(left))


def standing(actor: str) -> str:
    """Name who stood at a gate: staff by their code, volunteers by the end of their number."""
    kind, _, name = actor.partition(":")
    return name if kind == "staff" else f"{gettext(AT_THE_GATE[kind])} {name[-3:]}"


AT_THE_GATE = {"volunteer": N_("volunteer"), "device": N_("tablet"), "system": N_("system")}


def wall(moment: datetime) -> str:
    """Return a time as an input of a form takes it."""
    return moment.astimezone(ZoneInfo(SHANGHAI)).strftime("%H:%M")


@pages.get("/desk/problems")
def show_desk() -> ResponseReturnValue:
    """Show staff what did not fit at the gates of their communities, and the audit's entries."""
    require(*READERS)
    state = "all" if request.args.get("show") == "all" else "open"
    before = request.args.get("before", type=int)
    page = run(read_desk, everything=state == "all", before=before)
    return render_template("activities/desk_problems.html", state=state, **page)


def read_desk(session: Session, *, everything: bool, before: int | None) -> dict[str, Any]:
    """Read the lists of the caller's communities."""
    seen = visible() or []
    rows = problems_in(session, seen, open_only=not everything, before=before)
    return {
        "rows": [shown(row) for row in rows[:PAGE]],
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
        "watches": watches_in(session, seen),
    }


@pages.post("/activities/<code>/problems/<int:number>")
def post_problem(code: str, number: int) -> ResponseReturnValue:
    """Resolve one row from the page."""
    run(settle_form, code=code, number=number)
    return redirect(f"/activities/{code}/problems")


def settle_form(session: Session, *, code: str, number: int) -> Any:
    """Read the form: a note, and the stay's times if it is to be counted."""
    found = kept(session, code)
    counted = request.form.get("resolution") == "counted"
    note = request.form.get("note", "").strip()[:500]
    times = [clock_of(found, request.form.get(name, "")) for name in ("in", "out")]
    word = Resolution("counted", note, *times) if counted else Resolution("noted", note)
    return settle(session, number=number, word=word)


def clock_of(found: activities.Activity, typed: str) -> datetime | None:
    """Return a time of the activity's day; early hours of one at night belong to the next."""
    if not typed:
        return None
    try:
        clock = time.fromisoformat(typed)
    except ValueError as error:
        raise UnfitTime from error
    moment = datetime.combine(found.business_day, clock, ZoneInfo(SHANGHAI))
    return moment if moment >= found.opens_at else moment + timedelta(days=1)


@pages.post("/activities/<code>/headcounts")
def post_headcount(code: str) -> ResponseReturnValue:
    """Keep a headcount from the page."""
    typed = request.form.get("count", "")
    nonce = request.form.get("nonce", "")[:40] or uuid4().hex
    if typed.isdecimal():
        run(count, code=code, heads=Heads(min(int(typed[:4]), 2000), nonce))
    return redirect(f"/activities/{code}/problems")


@pages.post("/activities/<code>/reopenings")
def post_reopening(code: str) -> ResponseReturnValue:
    """Open a gate again from the page, for some hours."""
    hours = request.form.get("hours", "")
    hours_open = int(hours) if hours.isdecimal() and 0 < int(hours) <= 24 else 1
    reason = request.form.get("reason", "").strip()[:300]
    run(open_again, code=code, until=now() + timedelta(hours=hours_open), reason=reason)
    return redirect(f"/activities/{code}/problems")
