"""Pages for volunteers: activities, sign-up, and checking in on site. They need no script."""

from datetime import date
from typing import Any, NamedTuple
from uuid import uuid4

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, people, programmes
from service.activities import rules
from service.activities.actions.attendance import stay
from service.activities.actions.gate import Sent, scan
from service.activities.actions.rights import may_award, suspended_until
from service.activities.eligibility import risk_digest
from service.activities.queries.lists import Card, card, cards
from service.activities.queries.plans import partners_in
from service.activities.queries.signups import unagreed_risks
from service.activities.routes.keepers import gate, keeps, run, signed_in, visible
from service.activities.routes.scans import answered
from service.activities.routes.signups import read_activity
from service.clock import business_day
from service.web import caller, now

pages = Blueprint("activities_pages", __name__)

DIGITS_COUNT = 6


class Risks(NamedTuple):
    """The words about a post's risks, and what stands for them in an agreement."""

    text: str
    digest: str


@pages.get("/activities")
def show_list() -> ResponseReturnValue:
    """List what takes place from today on, by day, the reader's own community first."""
    found = run(
        cards,
        community_ids=visible(),
        since=business_day(now()),
        volunteer_id=caller().volunteer_id,
    )
    days: dict[Any, list[Card]] = {}
    for one in found:
        days.setdefault(one.activity.business_day, []).append(one)
    mine = caller().volunteer_id if caller().kind == "volunteer" else None
    captain = mine is not None and run(may_award, volunteer_id=mine, now=now())
    return render_template("activities/list.html", days=days, captain=captain)


@pages.get("/activities/<code>")
def show_activity(code: str) -> ResponseReturnValue:
    """Show one activity: sign up, one's turn in the queue, or what to do on site."""
    page = run(read_page, code=code)
    onsite = request.args.get("onsite", "")
    return render_template("activities/show.html", onsite=onsite, now=now(), **page)


def read_page(session: Session, *, code: str) -> dict[str, Any]:
    """Read what the page of an activity shows to this reader."""
    found, places = read_activity(session, code=code)
    row = found.activity
    figures = programmes.rule_set(session, row.programme_id, row.business_day)
    whole = rules.present_minutes(row.starts_at, row.ends_at, row.starts_at, row.ends_at)
    leader = people.volunteer_by_id(session, row.leader_id)
    return {
        "card": found,
        "posts": [(post, rules.earn(figures, post.rule, whole)) for post in places],
        "step": figures.step_minutes,
        "leader_tail": leader.tail,
        "partners": partners_in(session, row.id),
        "leads": caller().volunteer_id == row.leader_id,
        "leads_not_until": not_leading(session, row),
        "keeps": keeps(session, row),
        "stay": own_stay(session, row),
        "unagreed": risks_to_agree(session, row, caller().volunteer_id),
        "wards": ward_seats(session, row, caller().volunteer_id),
    }


def not_leading(session: Session, row: activities.Activity) -> date | None:
    """Return until when the reader, who leads this activity, is suspended from leading."""
    mine = caller().volunteer_id
    leads = mine is not None and mine == row.leader_id
    return suspended_until(session, mine, on=business_day(now())) if leads else None


def own_stay(session: Session, row: activities.Activity) -> activities.Attendance | None:
    """Return the reader's own attendance, if any."""
    mine = caller().volunteer_id
    return stay(session, activity_id=row.id, volunteer_id=mine) if mine else None


def risks_to_agree(
    session: Session, row: activities.Activity, volunteer_id: int | None
) -> Risks | None:
    """Return the risks to which somebody with a place has not agreed, if there are such."""
    said = unagreed_risks(session, row.id, volunteer_id) if volunteer_id else ""
    return Risks(said, risk_digest(said)) if said else None


def ward_seats(
    session: Session, found: activities.Activity, guardian_id: int | None
) -> list[dict[str, Any]]:
    """Return where the wards of somebody stand at an activity of their community."""
    wards = people.wards(session, guardian_id) if guardian_id else []
    seats = []
    for ward in wards:
        if ward.community_id == found.community_id:
            at = card(session, found, ward.id)
            said = {"mine": at.mine, "place": at.place}
            risks = risks_to_agree(session, found, ward.id)
            seats.append({"code": ward.code, "tail": ward.tail, "unagreed": risks, **said})
    return seats


@pages.get("/activities/<code>/here")
def show_digits(code: str) -> ResponseReturnValue:
    """Ask for the six digits that are shown on site."""
    signed_in()
    return render_template(
        "activities/here.html", now=now(), result=None, **run(read_page, code=code)
    )


@pages.post("/activities/<code>/here")
def post_here(code: str) -> ResponseReturnValue:
    """Check oneself in or out, by the code that was scanned or the digits that were typed."""
    sent = request.form
    action = "out" if sent.get("action") == "out" else "in"
    nonce = sent.get("nonce", "")[:40] or uuid4().hex
    answer = scan(gate(), Sent(read_code(code), action, nonce, activity=code))
    result = answered(answer)["text"]
    page = run(read_page, code=code)
    return render_template("activities/here.html", now=now(), result=result, **page)


def read_code(activity: str) -> str:
    """Return what the form proves: the scanned code of the place, else six digits."""
    if onsite := request.form.get("onsite", "")[:80]:
        return f"/s/{activity.lower()}.{onsite}"
    typed = "".join(filter(str.isdecimal, request.form.get("digits", "")))
    return f"{typed[:DIGITS_COUNT]:0>{DIGITS_COUNT}}"
