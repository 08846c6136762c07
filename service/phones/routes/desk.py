"""The recorder's page of a volunteer's phones; the volunteer stands at the desk."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from flask import Blueprint, make_response, redirect, render_template
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import passes, people, programmes
from service.clock import business_day
from service.people import Caller
from service.phones import actions, queries
from service.phones.actions import Offer, Wish
from service.phones.routes.bind import keys
from service.phones.schemas import HelperClaimSchema, OwnClaimSchema
from service.web import database, now
from service.web.access import require
from service.web.forms import filled

pages = Blueprint("desk_phones", __name__)

RECORDER = "volunteer_admin"
USUAL = timedelta(days=90)


def within_reach(session: Session, *, code: str, who: Caller) -> people.Volunteer:
    """Return a volunteer of the recorder's communities; else nobody is there."""
    found = people.volunteer(session, code)
    chain = people.codes_above(session, found.community_id)
    if not people.authorised(who, [RECORDER], chain):
        raise people.UnknownVolunteer
    return found


def read(session: Session, *, owner: people.Volunteer) -> dict[str, Any]:
    """Read what both pages show: the phones, the day proposed for a relative, the limits."""
    assert owner.id is not None
    today = business_day(now())
    limits = programmes.rule_set(session, owner.programme_id, today).helper
    latest = limits.latest(today)
    return {
        "volunteer": owner,
        "phones": queries.phones_of(session, owner.id, now=now()),
        "limits": limits,
        "today": today,
        "latest": latest,
        "usual": min(today + USUAL, latest),
        "key": uuid4().hex,
    }


def page_of(session: Session, *, code: str, who: Caller) -> dict[str, Any]:
    """Read the recorder's page."""
    return read(session, owner=within_reach(session, code=code, who=who))


def offered(
    session: Session, *, code: str, who: Caller, wish: dict[str, Any]
) -> tuple[Offer, dict[str, Any]]:
    """Make a claim in the recorder's name, and read the page anew."""
    owner = within_reach(session, code=code, who=who)
    asked = Wish(actor=who.actor, **wish)
    return actions.claim(session, keys(), owner, wish=asked, now=now()), read(session, owner=owner)


def shown(template: str, offer: Offer | None = None, **page: Any) -> ResponseReturnValue:
    """Render a page that is kept nowhere, with a code that was just made."""
    picture = passes.data_uri(offer.url) if offer else ""
    answer = make_response(render_template(template, offer=offer, picture=picture, **page))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/desk/volunteers/<code>/phones")
def show_phones(code: str) -> ResponseReturnValue:
    """Show which phones are bound."""
    who = require(RECORDER)
    return shown("phones/desk.html", **database().atomic(partial(page_of, code=code, who=who)))


@pages.post("/desk/volunteers/<code>/phones")
def post_claim(code: str) -> ResponseReturnValue:
    """Show a code for one phone of the volunteer, and the four digits."""
    return claimed(code, OwnClaimSchema().load(filled()))


@pages.post("/desk/volunteers/<code>/helpers")
def post_helper(code: str) -> ResponseReturnValue:
    """Show a code for a relative's phone, and the four digits."""
    return claimed(code, HelperClaimSchema().load(filled()))


def claimed(code: str, wish: dict[str, Any]) -> ResponseReturnValue:
    """Make a claim and show it."""
    who = require(RECORDER)
    offer, page = database().atomic(partial(offered, code=code, who=who, wish=wish))
    return shown("phones/desk.html", offer, **page)


@pages.post("/desk/volunteers/<code>/phones/<int:phone_id>/end")
def post_unbind(code: str, phone_id: int) -> ResponseReturnValue:
    """Unbind a phone: it is signed out and its code is dead from this moment on."""
    who = require(RECORDER)
    database().atomic(partial(unbind, code=code, who=who, phone_id=phone_id))
    return redirect(f"/desk/volunteers/{code}/phones", 303)


def unbind(session: Session, *, code: str, who: Caller, phone_id: int) -> None:
    """Unbind a phone in the recorder's name."""
    owner = within_reach(session, code=code, who=who)
    actions.unbind(session, owner, phone_id=phone_id, actor=who.actor, now=now())


@pages.post("/desk/volunteers/<code>/helpers/<int:helper_id>/end")
def post_end_helper(code: str, helper_id: int) -> ResponseReturnValue:
    """End a relative's phone: it fetches nothing from this moment on."""
    who = require(RECORDER)
    database().atomic(partial(end_helper, code=code, who=who, helper_id=helper_id))
    return redirect(f"/desk/volunteers/{code}/phones", 303)


def end_helper(session: Session, *, code: str, who: Caller, helper_id: int) -> None:
    """End a relative's phone in the recorder's name."""
    owner = within_reach(session, code=code, who=who)
    actions.end_helper(session, owner, helper_id=helper_id, actor=who.actor, now=now())
