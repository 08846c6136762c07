"""Pages of the audit: what was found, one finding, and asking for a look."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people, trail
from service.audit import queries
from service.audit.book import RULES, TITLES
from service.audit.models import Status
from service.audit.queries import DECIDERS
from service.audit.routes import shown
from service.audit.routes.reading import (
    Desk,
    ask_for,
    decider,
    dismiss_it,
    read_page,
    reader,
    run,
    runs_of,
)
from service.audit.runs import percent_done
from service.audit.schemas import AskSchema, PeriodSchema, ReasonSchema
from service.audit.words import MEANINGS, STATES, SUBJECTS, WEIGHTS
from service.clock import business_day
from service.web import now

pages = Blueprint("audit_desk", __name__)

WORDS = {
    "TITLES": TITLES,
    "MEANINGS": MEANINGS,
    "STATES": STATES,
    "SUBJECTS": SUBJECTS,
    "WEIGHTS": WEIGHTS,
}
CASE_MAKERS = ("community_secretary", "volunteer_admin")


@pages.get("/desk/audit")
def show_findings() -> ResponseReturnValue:
    """List what was found, by state, rule and community."""
    at = reader()
    given = {name: value for name, value in request.args.items() if value}
    asked = AskSchema().load(given)
    page, looks = run(read_list, at=at, asked=asked)
    return render_template(
        "audit/list.html",
        page=page,
        asked=asked,
        subject=shown.subject,
        **look_parts(at, looks),
        **WORDS,
    )


def read_list(session: Session, *, at: Desk, asked: dict[str, Any]) -> tuple[Any, Any]:
    """Read a page of findings, and the looks that were asked for."""
    return read_page(session, at=at, asked=asked), runs_of(session, at=at)


def look_parts(at: Desk, looks: Any) -> dict[str, Any]:
    """Return what the part about looks shows; by itself the month until today is proposed."""
    today = business_day(now())
    return {
        "looks": looks,
        "rules": len(RULES),
        "percent": percent_done,
        "may_ask": at.who.has(*DECIDERS),
        "today": today,
        "month_ago": today - timedelta(days=30),
    }


@pages.get("/desk/audit/part")
def show_looks() -> ResponseReturnValue:
    """Send the looks without the page around them, for the script that asks again."""
    at = reader()
    return render_template("audit/_looks.html", **look_parts(at, run(runs_of, at=at)))


@pages.post("/desk/audit/runs")
def post_run() -> ResponseReturnValue:
    """Ask for a look through the days that were chosen."""
    at = decider()
    names = ("since", "until", "community")
    given = {name: request.form[name] for name in names if request.form.get(name)}
    run(ask_for, at=at, given=PeriodSchema().load(given))
    return redirect("/desk/audit", 303)


@pages.get("/desk/audit/<int:number>")
def show_finding(number: int) -> ResponseReturnValue:
    """Show one finding: what it is made of, what else is known of the same, what was done."""
    at = reader()
    return render_template("audit/one.html", **run(read_one, at=at, number=number), **WORDS)


def read_one(session: Session, *, at: Desk, number: int) -> dict[str, Any]:
    """Read what the page of a finding shows."""
    row = queries.finding(session, number, at.community_ids)
    others = queries.findings_about(session, row.subject, at.community_ids)
    return {
        "row": row,
        "place": people.unit_by_id(session, row.community_id),
        "about": shown.subject(row.subject),
        "kind": row.subject.partition(":")[0],
        "parts": list(shown.parts(row.evidence)),
        "others": [one for one in others if one.id != row.id],
        "deeds": trail.about(session, f"finding:{row.id}"),
        "actor": shown.actor,
        "may_decide": row.status == Status.OPEN and at.who.has(*DECIDERS),
        "may_open": row.status == Status.OPEN and at.who.has(*CASE_MAKERS),
    }


@pages.post("/desk/audit/<int:number>/dismissal")
def post_dismissal(number: int) -> ResponseReturnValue:
    """Say that a finding is nothing, and why."""
    at = decider()
    given = ReasonSchema().load({"reason": request.form.get("reason", "")})
    run(dismiss_it, at=at, number=number, reason=given["reason"])
    return redirect(f"/desk/audit/{number}", 303)
