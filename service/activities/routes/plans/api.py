"""The JSON of planning: amending, taking steps, calling off, outcomes, series."""

from dataclasses import replace
from typing import Any

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.activities.actions import editing, lifecycle, outcomes, series
from service.activities.actions.planning import PostPlan
from service.activities.models import Activity, Series
from service.activities.refusals import NotYourMove, OtherCommunity
from service.activities.routes.keepers import run, signed_in
from service.activities.routes.plans.whose import home, kept_series, planned
from service.activities.routes.signups import read_plan, shown
from service.activities.schemas import ActivitySchema
from service.activities.schemas.planning import (
    ActivityStateSchema,
    ActivityStepSchema,
    AmendedPlanSchema,
    CalledOffSchema,
    CallOffSchema,
    OutcomesSchema,
    OutcomesSentSchema,
    SeriesEndSchema,
    SeriesSchema,
    SeriesSentSchema,
)
from service.web import now
from service.web.api import ApiBlueprint

api = ApiBlueprint("plans", __name__, url_prefix="/api/v1", description="Planning")


@api.put("/activities/<code>")
@api.arguments(AmendedPlanSchema)
@api.response(200, ActivitySchema)
def put_activity(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Amend a plan; a new time or place is told to everybody with a place or a turn."""
    run(amend, code=code, changes=sent)
    found, places = run(read_plan, code=code)
    return shown(found) | {"posts": places}


def amend(session: Session, *, code: str, changes: dict[str, Any]) -> Activity:
    """Change what was sent of a plan that the caller keeps. Raises NotYourMove."""
    mine = planned(session, code)
    if not mine.keeps:
        raise NotYourMove
    if "posts" in changes:
        changes["posts"] = [PostPlan(**post) for post in changes["posts"]]
    plan = replace(editing.stated_plan(session, mine.activity), **changes)
    check_leader(session, plan.leader, mine.activity.community_id)
    return editing.amend_plan(session, mine.activity, plan, by=mine.mover, now=now())


def check_leader(session: Session, leader: str, community_id: int | None) -> None:
    """Let only a volunteer of the community lead. Raises UnknownVolunteer, OtherCommunity."""
    if people.volunteer(session, leader).community_id != community_id:
        raise OtherCommunity


@api.post("/activities/<code>/state")
@api.arguments(ActivityStepSchema)
@api.response(200, ActivityStateSchema)
def post_step(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Take an activity one step on: published, confirmed (nobody came), noticed, archived."""
    found: Activity = run(take_step, code=code, to=sent["to"])
    return {"code": found.code, "status": found.status}


def take_step(session: Session, *, code: str, to: str) -> Activity:
    """Move an activity that the caller leads or keeps."""
    mine = planned(session, code)
    return lifecycle.move(session, mine.activity, to, by=mine.mover, now=now())


@api.post("/activities/<code>/cancellation")
@api.arguments(CallOffSchema)
@api.response(200, CalledOffSchema)
def post_cancellation(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Call an activity off before its gate opens; everybody with a place or a turn is told."""
    return {"status": "cancelled", "told": run(call_off, code=code, reason=sent["reason"])}


def call_off(session: Session, *, code: str, reason: str) -> int:
    """Call off an activity that the caller leads or keeps."""
    mine = planned(session, code)
    return lifecycle.call_off(session, mine.activity, reason=reason, by=mine.mover, now=now())


@api.get("/activities/<code>/outcomes")
@api.response(200, OutcomesSchema)
def get_outcomes(code: str) -> ResponseReturnValue:
    """Show what came of an activity to whoever leads, keeps or audits it."""
    found: dict[str, Any] = run(read_outcomes, code=code)
    return found


def read_outcomes(session: Session, *, code: str) -> dict[str, Any]:
    """Read what was reported of an activity."""
    found = planned(session, code, reading=True).activity
    return {"served": found.served, "counters": outcomes.outcomes_of(session, found)}


@api.put("/activities/<code>/outcomes")
@api.arguments(OutcomesSentSchema)
@api.response(200, OutcomesSchema)
def put_outcomes(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """Report what came of an activity; amendable, with a trail, until it is archived."""
    run(report, code=code, **sent)
    found: dict[str, Any] = run(read_outcomes, code=code)
    return found


def report(session: Session, *, code: str, served: int | None, counters: dict[str, int]) -> None:
    """Report for an activity that the caller leads or keeps."""
    mine = planned(session, code)
    outcomes.report_outcomes(
        session, mine.activity, served=served, counters=counters, by=mine.mover, now=now()
    )


@api.post("/series")
@api.arguments(SeriesSentSchema)
@api.response(201, SeriesSchema)
def post_series(sent: dict[str, Any]) -> ResponseReturnValue:
    """Begin a series and plan its first weeks."""
    weekly = series.Weekly(**sent.pop("weekly"))
    posts = [PostPlan(**post) for post in sent.pop("posts")]
    community = sent.pop("community")
    plan = series.SeriesPlan(posts=posts, weekly=weekly, **sent)
    found, count = run(begin_series, plan=plan, community=community)
    return {"code": found.code, "planned": count}


def begin_series(
    session: Session, *, plan: series.SeriesPlan, community: str
) -> tuple[Series, int]:
    """Begin a series in a community of the caller's; return it and how many dates it has."""
    place = home(session, community)
    check_leader(session, plan.leader, place.id)
    found = series.plan_series(session, plan, community=place, actor=signed_in().actor, now=now())
    return found, series.count_dates(session, found)


@api.post("/series/<code>/dates")
@api.response(200, SeriesSchema)
def post_dates(code: str) -> ResponseReturnValue:
    """Plan the coming weeks of a series now; each date once, however often this is asked."""
    return {"code": code, "planned": run(plan_dates, code=code)}


def plan_dates(session: Session, *, code: str) -> int:
    """Plan what the coming weeks of a series lack."""
    found, by = kept_series(session, code)
    return len(series.make_occurrences(session, found, actor=by.actor, now=now()))


@api.post("/series/<code>/end")
@api.arguments(SeriesEndSchema)
@api.response(200, CalledOffSchema)
def post_end(sent: dict[str, Any], code: str) -> ResponseReturnValue:
    """End a series; with a reason, what lies ahead is called off too."""
    return {"status": "ended", "told": run(end, code=code, reason=sent["reason"])}


def end(session: Session, *, code: str, reason: str | None) -> int:
    """End a series of the caller's; return how many dates were called off."""
    found, by = kept_series(session, code)
    return series.end_series(session, found, by=by, now=now(), reason=reason)
