"""The form of a plan: a new one, one that is amended, and a copy. It needs no script."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people, programmes
from service.activities.actions import editing, series
from service.activities.actions.planning import Plan, PostPlan, plan_activity
from service.activities.models import Activity, Template
from service.activities.queries import plans as reads
from service.activities.queries.lists import find_activity
from service.activities.refusals import NotYourMove
from service.activities.routes.keepers import run, signed_in
from service.activities.routes.plans.api import check_leader
from service.activities.routes.plans.forms import Form, attempted, loaded, typed, typed_posts
from service.activities.routes.plans.whose import Planned, home, homes, planned
from service.activities.routes.plans.words import UNPAID
from service.activities.schemas.planning import PlanFormSchema
from service.activities.weekdays import moments
from service.clock import business_day
from service.programmes import ZERO, Rate
from service.web import now
from service.web.locale import gettext

pages = Blueprint("plan_forms", __name__)

FIELDS = {
    **dict.fromkeys(("community", "template", "title", "place", "leader", "team"), "text"),
    **dict.fromkeys(("insurance_ref", "content", "day", "starts", "ends", "until_day"), "text"),
    "key": "text",
    "weekdays": "list",
    "partners": "list",
    "skip_holidays": "tick",
}


@pages.get("/desk/activities/new")
def show_new() -> ResponseReturnValue:
    """Choose a kind of activity, then fill in the form that it begins."""
    found = run(read_choices, community=request.args.get("community", ""))
    kind = request.args.get("template", "")
    known = next((one for one in found["kinds"] if one.code == kind), None)
    if known is None:
        return render_template("activities/plans/choose.html", **found)
    return form_page(Form(begun(found, known)), found)


def begun(found: Mapping[str, Any], kind: Template) -> dict[str, Any]:
    """Return what a kind of activity puts into the form."""
    return {
        "community": found["community"].code,
        "template": kind.code,
        "title": kind.name,
        "content": kind.content,
        "posts": kind.default_posts or [{"name": kind.name, "capacity": 10}],
    }


def read_choices(session: Session, *, community: str = "") -> dict[str, Any]:
    """Read what the form offers to choose from, in one of the caller's communities."""
    mine = homes(session)
    if not mine:
        raise NotYourMove
    place = next((one for one in mine if one.code == community), mine[0])
    day = business_day(now(), zone_of(session, place))
    figures = programmes.rule_set(session, place.programme_id or 0, day)
    rates = sorted(figures.rates.values(), key=lambda rate: (len(rate.requires), rate.per_hour))
    known = reads.kinds(session, [place.programme_id or 0], limit=200)
    return {
        "homes": mine,
        "community": place,
        "kinds": [one for one in known if one.active],
        "teams": reads.teams(session, place.id),
        "rates": [*rates, Rate(ZERO, gettext(UNPAID), 0, frozenset())],
        "partners": [one for one in reads.partner_page(session, [place.id or 0]) if one.active],
    }


def zone_of(session: Session, place: people.Unit) -> str:
    """Return the zone of a community's programme."""
    return programmes.programme_by_id(session, place.programme_id or 0).zone


def form_page(
    form: Form, choices: Mapping[str, Any], row: Activity | None = None
) -> ResponseReturnValue:
    """Show the form; 422 where something in it is wrong."""
    form.values.setdefault("key", series.new_code())
    rows = [*form.values.get("posts", []), {}]
    if "more" in request.form:
        rows.append({})
    usual = usual_minutes(form, choices)
    page = render_template(
        "activities/plans/form.html", form=form, row=row, rows=rows, usual=usual, **choices
    )
    return page, 422 if form.errors else 200


def usual_minutes(form: Form, choices: Mapping[str, Any]) -> int | None:
    """Return how long an activity of the chosen kind usually takes, if its kind says so."""
    chosen = (one for one in choices["kinds"] if one.code == form.values.get("template"))
    return next((one.duration_minutes for one in chosen), None)


def end_as_usual(form: Form, choices: Mapping[str, Any]) -> None:
    """Give a form without an end the one that is usual for its kind."""
    usual = usual_minutes(form, choices)
    with suppress(ValueError):
        if usual and "ends" not in form.values:
            start = datetime.combine(date.min, time.fromisoformat(form.values.get("starts", "")))
            form.values["ends"] = f"{start + timedelta(minutes=usual):%H:%M}"


@pages.post("/desk/activities/new")
def post_new() -> ResponseReturnValue:
    """Draft or publish what the form says; with weekdays it becomes a series."""
    form = sent_form()
    choices = run(read_choices, community=form.values.get("community", ""))
    end_as_usual(form, choices)
    sent = None if "more" in request.form else loaded(form, PlanFormSchema())
    if sent is None:
        return form_page(form, choices)
    made = attempted(form, partial(run, begin, sent=sent, draft=request.form.get("do") == "draft"))
    return redirect(made) if made else form_page(form, choices)


def sent_form() -> Form:
    """Return the form of this request with its posts."""
    return Form(typed(FIELDS) | {"posts": typed_posts(request.form)})


def begin(session: Session, *, sent: dict[str, Any], draft: bool) -> str:
    """Plan an activity, or a series of them; return where its page is."""
    place = home(session, sent.pop("community"))
    check_leader(session, sent["leader"].upper(), place.id)
    actor = signed_in().actor
    if sent["weekdays"]:
        begun_series = series.plan_series(
            session, series_of(sent), community=place, actor=actor, now=now()
        )
        return f"/desk/series/{begun_series.code}"
    code = f"{sent['day']:%y%m%d}-{sent['key']}"
    if find_activity(session, code) is None:  # else the same form was sent twice
        plan = replace(plan_of(sent, zone_of(session, place)), code=code, draft=draft)
        plan_activity(session, plan, community=place, actor=actor, now=now())
    return f"/desk/activities/{code}"


def series_of(sent: Mapping[str, Any]) -> series.SeriesPlan:
    """Return the series that a form states."""
    weekly = series.Weekly(
        sent["weekdays"],
        sent["starts"],
        sent["ends"],
        sent["day"],
        sent["until_day"],
        sent["skip_holidays"],
    )
    return series.SeriesPlan(**stated(sent), weekly=weekly, code=f"S{sent['key']}")


def plan_of(sent: Mapping[str, Any], zone: str) -> Plan:
    """Return the plan that a form states; an end not after the start is on the next day."""
    starts_at, ends_at = moments(sent["day"], sent["starts"], sent["ends"], zone)
    return Plan(code="", starts_at=starts_at, ends_at=ends_at, **stated(sent))


def stated(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a plan and a series say alike."""
    names = ("template", "title", "place", "team", "insurance_ref", "content", "partners")
    rows = [PostPlan(**post) for post in sent["posts"]]
    return {name: sent[name] for name in names} | {
        "leader": sent["leader"].upper(),
        "posts": rows,
    }


@pages.get("/desk/activities/<code>/edit")
def show_edit(code: str) -> ResponseReturnValue:
    """Show the form with a plan in it."""
    row, values, choices = run(read_form, code=code)
    return form_page(Form(values), choices, row)


def read_form(session: Session, *, code: str) -> tuple[Activity, dict[str, Any], dict[str, Any]]:
    """Read a plan that the caller keeps, as the form says it. Raises NotYourMove."""
    mine = editable(session, code)
    place = people.unit_by_id(session, mine.activity.community_id)
    plan = editing.stated_plan(session, mine.activity)
    choices = read_choices(session, community=place.code)
    return mine.activity, values_of(plan, place.code, zone_of(session, place)), choices


def editable(session: Session, code: str) -> Planned:
    """Return a plan that the caller keeps. Raises NotYourMove, UnknownActivity."""
    mine = planned(session, code)
    if not mine.keeps:
        raise NotYourMove
    return mine


def values_of(plan: Plan, community: str, zone: str) -> dict[str, Any]:
    """Return a plan as the fields of the form."""
    starts, ends = (local(moment, zone) for moment in (plan.starts_at, plan.ends_at))
    names = ("template", "title", "place", "leader", "team", "insurance_ref", "content")
    rows = [
        {name: getattr(post, name) for name in PostPlan.__slots__ if getattr(post, name)}
        for post in plan.posts
    ]
    return {name: getattr(plan, name) or "" for name in names} | {
        "community": community,
        "day": starts.date().isoformat(),
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "partners": [str(one) for one in plan.partners],
        "posts": rows,
    }


def local(moment: datetime, zone: str) -> datetime:
    """Return a moment by the wall clock of a zone."""
    return moment.astimezone(ZoneInfo(zone))


@pages.post("/desk/activities/<code>/edit")
def post_edit(code: str) -> ResponseReturnValue:
    """Amend a plan by the form; a new time or place is told to whoever signed up."""
    row, _, choices = run(read_form, code=code)
    form = sent_form()
    form.values["community"] = choices["community"].code
    end_as_usual(form, choices)
    sent = None if "more" in request.form else loaded(form, PlanFormSchema())
    if sent is None:
        return form_page(form, choices, row)
    done = attempted(form, partial(run, amend, code=code, sent=sent))
    return redirect(done) if done else form_page(form, choices, row)


def amend(session: Session, *, code: str, sent: dict[str, Any]) -> str:
    """Amend a plan that the caller keeps; return where its page is."""
    mine = editable(session, code)
    place = people.unit_by_id(session, mine.activity.community_id)
    check_leader(session, sent["leader"].upper(), place.id)
    plan = replace(plan_of(sent, zone_of(session, place)), code=mine.activity.code)
    editing.amend_plan(session, mine.activity, plan, by=mine.mover, now=now())
    return f"/desk/activities/{mine.activity.code}"


@pages.get("/desk/activities/<code>/copy")
def show_copy(code: str) -> ResponseReturnValue:
    """Show the form with another plan's content and without its day: a new activity."""
    _, values, choices = run(read_form, code=code)
    for post in values["posts"]:
        post.pop("id", None)
    return form_page(Form(values | {"day": ""}), choices)
