"""Pages for awards by hand and lines of paper: entering them, and deciding as the second person."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, people, programmes
from service.activities.actions import awards, paper
from service.activities.actions.gate import KEEPERS
from service.activities.models import Award
from service.activities.queries.waiting import typed_awards, typed_lines
from service.activities.refusals import MayNotAward, UnfitTime
from service.activities.routes.hours import APPROVERS, decide_paper, enter, kept_by_staff
from service.activities.routes.keepers import run, signed_in, visible
from service.activities.schemas import ManualSentSchema, PaperSentSchema
from service.clock import SHANGHAI, business_day
from service.web import now
from service.web.access import require

pages = Blueprint("typed_pages", __name__)


@pages.get("/desk/awards")
def show_awards() -> ResponseReturnValue:
    """Show what was typed in, what waits for a second person, and the form for a new award."""
    who = require(*APPROVERS)
    return render_template("activities/awards.html", who=who, **run(read_typed))


def read_typed(session: Session) -> dict[str, Any]:
    """Read the awards by hand and the waiting paper lines of the caller's communities."""
    seen = visible() or []
    return {
        "typed": typed_awards(session, seen),
        "lines": typed_lines(session, community_ids=seen),
        "rates": rates_now(session),
        "today": business_day(now()),
        "key": f"MA-{uuid4().hex[:12]}",
    }


def rates_now(session: Session) -> list[programmes.Rate]:
    """Return the rates of today's rules in the caller's programme, the general ones first."""
    programme = signed_in().programme_id
    if programme is None:
        return []
    figures = programmes.rule_set(session, programme, business_day(now()))
    return sorted(figures.rates.values(), key=lambda rate: (len(rate.requires), rate.per_hour))


@pages.get("/awards/new")
def show_new_award() -> ResponseReturnValue:
    """Show the form to a volunteer who was entrusted with awards, or leads activities."""
    who = require("volunteer")
    if not run(awards.may_award, volunteer_id=who.volunteer_id):
        raise MayNotAward
    return render_template("activities/new_award.html", award=None, **run(read_typed))


@pages.post("/awards/new")
def post_new_award() -> ResponseReturnValue:
    """Enter an award as a captain; the page says whether it posted or waits."""
    require("volunteer")
    award = enter_form()
    return render_template("activities/new_award.html", award=award, **run(read_typed))


@pages.post("/desk/awards")
def post_award() -> ResponseReturnValue:
    """Enter an award at the desk."""
    require(*KEEPERS)
    enter_form()
    return redirect("/desk/awards")


def enter_form() -> Award:
    """Enter what the form says; the key is made with the form, so a double tap counts once."""
    form = request.form
    day = form.get("day", "")
    sent = ManualSentSchema().load(
        {name: form.get(name, "").strip() for name in ("volunteer", "rule", "evidence", "key")}
        | {"claimed_from": moment(day, form.get("from", "")).isoformat()}
        | {"claimed_to": moment(day, form.get("to", ""), after=form.get("from", "")).isoformat()}
    )
    volunteer = sent.pop("volunteer").upper()
    award, _ = run(enter, volunteer=volunteer, claim=awards.Claim(**sent))
    found: Award = award
    return found


def moment(day: str, clock: str, *, after: str = "") -> datetime:
    """Return a day and a time of a form as a moment; an end before its start is past midnight."""
    try:
        whole = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
    except ValueError as error:
        raise UnfitTime from error
    later = timedelta(days=1) if after and clock < after else timedelta()
    return (whole + later).replace(tzinfo=ZoneInfo(SHANGHAI))


@pages.post("/desk/awards/<key>/decision")
def post_decision(key: str) -> ResponseReturnValue:
    """Approve or refuse an award that somebody else typed in."""
    who = require(*APPROVERS)
    run(awards.decide_manual, key=key, accept=accepted(), by=who, now=now())
    return redirect("/desk/awards")


def accepted() -> bool:
    """Return what the pressed button says."""
    return request.form.get("decision") == "accept"


@pages.post("/activities/<code>/paper")
def post_paper(code: str) -> ResponseReturnValue:
    """Type in a line of the paper sheet from the confirmation page."""
    run(type_in_form, code=code)
    return redirect(f"/activities/{code}/confirm")


def type_in_form(session: Session, *, code: str) -> activities.PaperLine:
    """Enter the line that the form says; times are those of the activity's day."""
    found, form = kept_by_staff(session, code), request.form
    day = found.business_day.isoformat()
    sent = PaperSentSchema().load(
        {name: form.get(name, "").strip() for name in ("volunteer", "evidence")}
        | {"check_in": moment(day, form.get("from", "")).isoformat()}
        | {"check_out": moment(day, form.get("to", ""), after=form.get("from", "")).isoformat()}
    )
    person = people.volunteer(session, sent["volunteer"].upper())
    written = paper.Written(sent["check_in"], sent["check_out"], sent["evidence"])
    return paper.enter_line(session, found, person, written=written, by=signed_in(), now=now())


@pages.post("/activities/<code>/paper/<int:line>/decision")
def post_paper_decision(code: str, line: int) -> ResponseReturnValue:
    """Approve or refuse another person's line."""
    run(decide_paper, code=code, line=line, accept=accepted())
    home = "/desk/awards" if request.form.get("from") == "desk" else f"/activities/{code}/confirm"
    return redirect(home)
