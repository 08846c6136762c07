"""Pages on which people sign up: posts and their risks, and who stands where. No script needed."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, people
from service.activities.actions.agreeing import agree
from service.activities.actions.signups import OWN
from service.activities.eligibility import risk_digest
from service.activities.queries.lists import card
from service.activities.queries.signups import PAGE, listed
from service.activities.refusals import NotSignedUp
from service.activities.routes.keepers import kept, run, signed_in
from service.activities.routes.pages import read_page
from service.activities.routes.signups import free_seat, office, seat_somebody
from service.activities.signup_refusals import RiskNotAgreed
from service.errors import Conflict, Invalid, NotFound, Refusal
from service.web import now
from service.web.problems import from_refusal

pages = Blueprint("joining_pages", __name__)

NUMBER_MAX = 20


@dataclass(frozen=True, slots=True)
class Form:
    """What the page of a sign-up shows again when something was wrong: nothing is typed twice."""

    who: str  # self | ward | other
    volunteer: str | None = None
    post: str | None = None
    refusal: Refusal | None = None


@pages.get("/activities/<code>/join")
def show_join(code: str) -> ResponseReturnValue:
    """Show the posts and their risks to whoever signs up: oneself, a ward, or another one."""
    ward = request.args.get("ward", "")[:NUMBER_MAX]
    who = "ward" if ward else "other" if "other" in request.args else "self"
    return join_page(code, Form(who, ward or None))


def join_page(code: str, form: Form) -> ResponseReturnValue:
    """Show the form to somebody who may use it. Raises NotYours, UnknownActivity."""
    office(code, form.volunteer if form.who == "ward" else "" if form.who == "other" else None)
    page = run(read_page, code=code)
    problem = from_refusal(form.refusal) if form.refusal else None
    digests = {post.id: risk_digest(post.risk_text) for post, _ in page["posts"] if post.risk_text}
    shown = render_template(
        "activities/join.html", form=form, problem=problem, digests=digests, **page
    )
    return shown, problem.status if problem else 200


@pages.post("/activities/<code>/signups")
def post_signup(code: str) -> ResponseReturnValue:
    """Sign up from a page; a refusal is said beside what was filled in."""
    signed_in()
    form = sent_form()
    try:
        seat_somebody(code, volunteer=form.volunteer, post=form.post, agreed=sent_agreement())
    except RiskNotAgreed as refusal:  # without a form the risks have not been seen yet
        said = refusal if "form" in request.form else None
        return join_page(code, Form(form.who, form.volunteer, form.post, said))
    except (Conflict, Invalid, NotFound) as refusal:
        if "form" not in request.form:
            raise
        return join_page(code, Form(form.who, form.volunteer, form.post, refusal))
    return redirect(f"/activities/{code}" + ("/signups" if form.who == "other" else ""))


def sent_form() -> Form:
    """Return what the form says; a number is read as it is printed, in capitals."""
    sent = request.form
    number = sent.get("volunteer", "").strip().upper()[:NUMBER_MAX] or None
    who = sent.get("who", "self")
    who = who if who in {"self", "ward", "other"} else "self"
    if who != "self":
        number = number or ""  # an empty field means nobody, and never oneself
    return Form(who, number, sent.get("post", "")[:80] or None)


def sent_agreement() -> str | None:
    """Return the digest of the risk text that was ticked under the chosen post, if any."""
    return request.form.get(f"agreed:{request.form.get('post', '')}")


@pages.post("/activities/<code>/signups/agree")
def post_agree(code: str) -> ResponseReturnValue:
    """Agree to the risks of a place that one has: oneself, the guardian, or who read them out."""
    signed_in()
    form = sent_form()
    kind, person = office(code, form.volunteer)
    agreed = request.form.get("agreed", "")
    run(note_agreement, code=code, volunteer=person, kind=kind, agreed=agreed)
    return redirect(f"/activities/{code}" + ("/signups" if form.who == "other" else ""))


def note_agreement(session: Session, *, code: str, volunteer: str, kind: str, agreed: str) -> None:
    """Note an agreement of somebody whom the caller may speak for. Raises UnknownVolunteer."""
    found, person = activities.activity(session, code), people.volunteer(session, volunteer)
    if kind not in OWN and person.community_id != found.community_id:
        raise people.UnknownVolunteer
    agree(session, found, person, agreed=agreed, actor=signed_in().actor, now=now())


@pages.post("/activities/<code>/signups/cancel")
def post_cancel(code: str) -> ResponseReturnValue:
    """Give a place or turn back from a page: one's own, a ward's, or another one's."""
    signed_in()
    form = sent_form()
    with suppress(NotSignedUp):  # given back before: a second tap on the same button
        free_seat(code, form.volunteer)
    return redirect(f"/activities/{code}" + ("/signups" if form.who == "other" else ""))


@pages.get("/activities/<code>/signups")
def show_signups(code: str) -> ResponseReturnValue:
    """Show the leader or the recorder who has a place and who waits, in order."""
    page = run(read_signups, code=code, after=cursor())
    return render_template("activities/signups.html", now=now(), **page)


def cursor() -> tuple[int, int, int]:
    """Return after which line the page begins; anything unreadable begins at the first."""
    parts = request.args.get("after", "").split(".")
    if len(parts) != len(FIRST) or not all(p.isdecimal() and len(p) < 19 for p in parts):
        return FIRST
    rank, priority, turn = map(int, parts)
    return min(rank, 1), min(priority, 1), turn


FIRST = (0, 0, 0)


def read_signups(session: Session, *, code: str, after: tuple[int, int, int]) -> dict[str, Any]:
    """Read a page of an activity's sign-ups for somebody who keeps it."""
    found = kept(session, code)
    rows = listed(session, found.id, after=after)
    more = rows[PAGE - 1].at if len(rows) > PAGE else None
    return {
        "card": card(session, found, None),
        "rows": rows[:PAGE],
        "digests": {row.risk_text: risk_digest(row.risk_text) for row in rows if row.risk_text},
        "after": ".".join(map(str, more)) if more else "",
    }
