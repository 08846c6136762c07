"""Pages of awards for staff: what waits for a second person, all of them, one of them."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people, programmes, trail
from service.activities.actions import awards
from service.activities.actions.awards import Decision
from service.activities.actions.gate import KEEPERS
from service.activities.models import AwardStatus
from service.activities.queries.award_lists import (
    PAGE,
    ListedAward,
    Wanted,
    awards_page,
    awards_waiting,
    reversals_waiting,
)
from service.activities.queries.overlaps import overlaps_of
from service.activities.queries.waiting import approved_line, typed_lines
from service.activities.routes import reversals
from service.activities.routes.desk import read_form
from service.activities.routes.evidence import show_award_picture
from service.activities.routes.hours import APPROVERS
from service.activities.routes.keepers import READERS, run, signed_in, visible
from service.i18n import N_
from service.web import database, now
from service.web.access import require

pages = Blueprint("award_pages", __name__)

STATES = {
    AwardStatus.WAITING: ("warn", N_("waits for a second person")),
    AwardStatus.NOTICED: ("info", N_("in its notice days")),
    AwardStatus.POSTED: ("ok", N_("posted")),
    AwardStatus.REFUSED: ("bad", N_("refused")),
    AwardStatus.REVERSED: ("info", N_("taken back")),
}
ACTS = {
    "enter": N_("Entered"),
    "decide": N_("Approved or refused"),
    "see-evidence": N_("Looked at the picture"),
    "propose-reversal": N_("Proposed to take it back"),
    "approve-reversal": N_("Taken back"),
    "refuse-reversal": N_("Refused to take it back"),
}
FLAGS = {
    "manual": N_("typed in"),
    "paper": N_("from paper"),
    "typed": N_("times typed in"),
    "amended": N_("filled in"),
    "overlap": N_("same time on record"),
}
FILTERS = ("status", "volunteer", "activity")


@pages.get("/desk/awards")
def show_awards() -> ResponseReturnValue:
    """Show what waits for a second person, then the awards, filtered and by pages."""
    who = require(*READERS)
    asked = {name: request.args.get(name, "").strip() for name in FILTERS}
    before = request.args.get("before", type=int)
    page = run(read_awards, asked=asked, before=before)
    return render_template(
        "activities/awards.html",
        who=who,
        states=STATES,
        flags=FLAGS,
        asked=asked,
        before=before,
        **page,
    )


def read_awards(session: Session, *, asked: dict[str, str], before: int | None) -> dict[str, Any]:
    """Read what waits, and one page of the awards that were asked for."""
    seen = visible() or []
    wanted = Wanted(
        seen,
        status=asked["status"] if asked["status"] in {*AwardStatus} else None,
        volunteer=asked["volunteer"].upper() or None,
        activity=asked["activity"] or None,
        before=before,
    )
    rows = awards_page(session, wanted)
    return {
        "waiting": awards_waiting(session, seen),
        "proposed": reversals_waiting(session, seen),
        "lines": typed_lines(session, community_ids=seen),
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1].award.id if len(rows) > PAGE else None,
        **read_form(session),
    }


@pages.get("/desk/awards/<key>")
def show_award(key: str) -> ResponseReturnValue:
    """Show one award: how it came about, what proves it, who decided, and what can be done."""
    who = require(*READERS)
    page = run(read_award, key=key)
    return render_template("activities/award.html", who=who, states=STATES, acts=ACTS, **page)


def read_award(session: Session, *, key: str) -> dict[str, Any]:
    """Read one award of the caller's communities and its trail."""
    row: ListedAward = reversals.of_office(session, key, READERS)
    community = people.unit_by_id(session, row.volunteer.community_id).code
    chain, who = people.scope_chain(database(), community), signed_in()
    may = {
        "propose": people.authorised(who, KEEPERS, chain),
        "decide": people.authorised(who, APPROVERS, chain),
    }
    story = trail.about(session, f"award:{key}")
    line = approved_line(session, row.award.activity_id, row.award.volunteer_id)
    said = {"row": row, "story": story, "may": may, "flags": FLAGS, "line": line}
    return {**said, "rate": rate_name(session, row), "overlaps": overlaps_of(session, row.award)}


def rate_name(session: Session, row: ListedAward) -> str:
    """Return how the rules of its day call an award's rate."""
    award = row.award
    figures = programmes.rule_set(session, award.programme_id, award.service_day)
    rate = figures.rate(award.rule)
    return rate.name if rate else award.rule


@pages.get("/desk/awards/<key>/picture")
def show_picture(key: str) -> ResponseReturnValue:
    """Send the picture that proves an award."""
    return show_award_picture(key)


@pages.post("/desk/awards/<key>/decision")
def post_decision(key: str) -> ResponseReturnValue:
    """Approve or refuse an award that somebody else typed in."""
    who = require(*APPROVERS)
    run(awards.decide_manual, key=key, decision=pressed(), by=who, now=now())
    return redirect(f"/desk/awards/{key}")


@pages.post("/desk/awards/<key>/reversal")
def post_reversal(key: str) -> ResponseReturnValue:
    """Propose to take an award back."""
    require(*KEEPERS)
    run(reversals.propose, key=key, reason=request.form.get("reason", "")[:500])
    return redirect(f"/desk/awards/{key}")


@pages.post("/desk/awards/<key>/reversal/decision")
def post_reversal_decision(key: str) -> ResponseReturnValue:
    """Take an award back as the second person, or refuse to."""
    require(*APPROVERS)
    run(reversals.decide, key=key, decision=pressed())
    return redirect(f"/desk/awards/{key}")


def pressed() -> Decision:
    """Return what the pressed button and the reason beside it say."""
    accept = request.form.get("decision") == "accept"
    return Decision(accept, request.form.get("reason", "")[:500])


def own(row: ListedAward) -> bool:
    """Tell whether the caller made this award or gains by it, and so may not decide."""
    who = signed_in()
    mine = {row.award.maker_id, row.award.volunteer_id} - {None}
    return who.actor == row.award.maker or who.volunteer_id in mine


pages.app_context_processor(lambda: {"own_award": own})
