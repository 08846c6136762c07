"""Pages for whoever leads or keeps an activity: calling it off, and what came of it."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.activities.actions import lifecycle
from service.activities.actions.outcomes import TOLD_IN, outcomes_of
from service.activities.refusals import NotYourMove
from service.activities.routes.keepers import run
from service.activities.routes.plans.api import call_off, report, take_step
from service.activities.routes.plans.forms import Form, attempted, loaded
from service.activities.routes.plans.whose import Planned, planned
from service.activities.schemas.planning import CallOffSchema, OutcomesSentSchema

pages = Blueprint("leader_pages", __name__)


@pages.get("/activities/<code>/call-off")
def show_call_off(code: str) -> ResponseReturnValue:
    """Ask for the reason that everybody who signed up will read."""
    return call_off_page(code, Form({}))


def call_off_page(code: str, form: Form) -> ResponseReturnValue:
    """Show the question; 422 where its answer is wrong."""
    found = run(read_end, code=code)
    shown = render_template("activities/plans/call_off.html", form=form, **found)
    return shown, 422 if form.errors else 200


def read_end(session: Session, *, code: str) -> dict[str, Any]:
    """Read an activity that the caller may call off. Raises NotYourMove."""
    mine = planned(session, code)
    if "cancelled" not in lifecycle.steps(mine.activity, mine.mover):
        raise NotYourMove
    return {"activity": mine.activity, "keeps": mine.keeps}


@pages.post("/activities/<code>/call-off")
def post_call_off(code: str) -> ResponseReturnValue:
    """Call it off; who signed up is told, and the list says who has no phone to be told by."""
    form = Form({"reason": request.form.get("reason", "").strip()})
    sent = loaded(form, CallOffSchema())
    if sent is None:
        return call_off_page(code, form)
    told = run(call_off, code=code, reason=sent["reason"])
    return redirect(run(after_end, code=code, told=told))


def after_end(session: Session, *, code: str, told: int) -> str:
    """Return what to read next: who must still be told, or the plan that nobody else ever saw."""
    if planned(session, code).activity.published_at is None:
        return f"/desk/activities/{code}"
    return f"/activities/{code}/signups" if told else f"/activities/{code}"


@pages.get("/activities/<code>/outcomes")
def show_outcomes(code: str) -> ResponseReturnValue:
    """Show what was reported, to be filled in or amended."""
    return outcomes_page(code, None)


def outcomes_page(code: str, form: Form | None) -> ResponseReturnValue:
    """Show the form; 422 where something in it is wrong."""
    found = run(read_report, code=code)
    if form is None:
        said = {f"counter-{at}": value for at, (_, value) in enumerate(found["counters"])}
        form = Form({"served": found["activity"].served, **said})
    shown = render_template("activities/plans/outcomes.html", form=form, **found)
    return shown, 422 if form.errors else 200


def read_report(session: Session, *, code: str) -> dict[str, Any]:
    """Read what was reported of an activity to its leader, keepers and auditors."""
    mine = planned(session, code, reading=True)
    return {
        "activity": mine.activity,
        "counters": list(outcomes_of(session, mine.activity).items()),
        "may_close": may_close(session, mine),
        "may_tell": bool(mine.mover.parts) and mine.activity.status in TOLD_IN,
    }


def may_close(session: Session, mine: Planned) -> bool:
    """Tell whether the caller may close a list on which nobody waits: nobody came."""
    return "confirmed" in lifecycle.steps(mine.activity, mine.mover) and not lifecycle.undecided(
        session, mine.activity
    )


@pages.post("/activities/<code>/close")
def post_close(code: str) -> ResponseReturnValue:
    """Close the list of an activity to which nobody came."""
    run(take_step, code=code, to="confirmed")
    return redirect(f"/activities/{code}/outcomes")


@pages.post("/activities/<code>/outcomes")
def post_outcomes(code: str) -> ResponseReturnValue:
    """Report what came of it; an empty field says nothing of its counter."""
    names = [name for name, _ in run(read_report, code=code)["counters"]]
    form = Form({name: text.strip() for name, text in request.form.items() if text.strip()})
    told = told_by(form.values, names)
    sent = loaded(told, OutcomesSentSchema())
    if sent is None:
        form.errors = {
            f"counter-{names.index(at.split('/')[1])}" if "/" in at else at: words
            for at, words in told.errors.items()
        }
        return outcomes_page(code, form)
    done = attempted(form, partial(run, keep, code=code, sent=sent))
    return redirect(f"/activities/{code}/outcomes?kept=1") if done else outcomes_page(code, form)


def told_by(values: dict[str, Any], names: list[str]) -> Form:
    """Return what the fields report; an empty field says nothing."""
    counters = {
        name: values[f"counter-{at}"] for at, name in enumerate(names) if f"counter-{at}" in values
    }
    return Form(
        {name: values[name] for name in ("served",) if name in values} | {"counters": counters}
    )


def keep(session: Session, *, code: str, sent: dict[str, Any]) -> bool:
    """Keep a report of the caller's."""
    report(session, code=code, **sent)
    return True
