"""The desk's pages of plans: the list by state, and one plan with its steps."""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people, programmes
from service.activities.actions import editing, lifecycle
from service.activities.actions.outcomes import outcomes_of
from service.activities.actions.rights import suspended_until
from service.activities.models import Series
from service.activities.queries import plans as reads
from service.activities.queries.lists import card, posts
from service.activities.routes.keepers import READERS, run, visible
from service.activities.routes.plans.api import take_step
from service.activities.routes.plans.whose import planned
from service.activities.routes.plans.words import plan_words
from service.clock import business_day
from service.web import now
from service.web.access import require

pages = Blueprint("plan_pages", __name__)
pages.app_context_processor(plan_words)

GROUPS = {
    "current": ("draft", "published", "open", "to_confirm"),
    "after": ("confirmed", "noticed"),
    "archived": ("archived",),
    "cancelled": ("cancelled",),
}


@pages.get("/desk/activities")
def show_plans() -> ResponseReturnValue:
    """List the plans of the reader's communities by state, the latest first."""
    require(*READERS)
    group = request.args.get("state", "current")
    group = group if group in GROUPS else "current"
    found = run(
        reads.plan_page,
        community_ids=visible() or [],
        states=GROUPS[group],
        behind=behind(request.args.get("behind", "")),
    )
    last = found[reads.PAGE - 1].activity if len(found) > reads.PAGE else None
    return render_template(
        "activities/plans/list.html",
        cards=found[: reads.PAGE],
        group=group,
        groups=GROUPS,
        next=f"{last.business_day}.{last.id}" if last else "",
    )


def behind(text: str) -> reads.Behind | None:
    """Read where a page begins; what is none begins at the top."""
    day, _, number = text.partition(".")
    try:
        return reads.Behind(date.fromisoformat(day), int(number)) if text else None
    except ValueError:
        return None


@pages.get("/desk/activities/<code>")
def show_plan(code: str) -> ResponseReturnValue:
    """Show one plan: its posts, its partners, its story, and the steps that the reader may take."""
    return render_template("activities/plans/show.html", now=now(), **run(read_plan, code=code))


def read_plan(session: Session, *, code: str) -> dict[str, Any]:
    """Read what the page of a plan shows."""
    mine = planned(session, code, reading=True)
    row, today = mine.activity, business_day(now())
    figures = programmes.rule_set(session, row.programme_id, row.business_day)
    return {
        "rates": {code: rate.name for code, rate in figures.rates.items()},
        "card": card(session, row, None),
        "posts": posts(session, row.id),
        "partners": reads.partners_in(session, row.id),
        "leader": people.volunteer_by_id(session, row.leader_id).code,
        "leads_not_until": suspended_until(session, row.leader_id, on=max(today, row.business_day)),
        "series": session.get(Series, row.series_id) if row.series_id else None,
        "outcomes": outcomes_of(session, row),
        "story": reads.story(session, row),
        "mine": mine,
        "steps": [to for to in lifecycle.steps(row, mine.mover) if to != "cancelled"],
        "may_end": "cancelled" in lifecycle.steps(row, mine.mover) and row.opens_at > now(),
        "may_edit": mine.keeps and row.status in editing.CHANGEABLE,
    }


@pages.post("/desk/activities/<code>/state")
def post_state(code: str) -> ResponseReturnValue:
    """Take one step on from the page."""
    run(take_step, code=code, to=request.form.get("to", ""))
    return redirect(f"/desk/activities/{code}")
