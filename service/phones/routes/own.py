"""The volunteer's own page: which phones are bound, and a relative who fetches."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import passes, people
from service.errors import Unauthorized
from service.people import Caller
from service.phones import actions
from service.phones.actions import Offer, Wish
from service.phones.models import PinWrong
from service.phones.routes.bind import keys
from service.phones.routes.desk import read, shown
from service.phones.schemas import OwnHelperClaimSchema
from service.web import database, now
from service.web.access import require
from service.web.callers import own_token
from service.web.forms import filled

pages = Blueprint("own_phones", __name__)

HERE = "/me/phones"
PAGE = "phones/mine.html"


def owner_of(session: Session, who: Caller) -> people.Volunteer:
    """Return the volunteer who is calling."""
    if who.volunteer_id is None:
        raise Unauthorized
    return people.volunteer_by_id(session, who.volunteer_id)


def page_of(session: Session, *, who: Caller) -> dict[str, Any]:
    """Read the own page, and which of the phones this one is."""
    page = read(session, owner=owner_of(session, who))
    return {**page, "here": people.token_hash(own_token())}


@pages.get(HERE)
def show_phones() -> ResponseReturnValue:
    """Show the own phones and the relative's."""
    who = require("volunteer")
    return shown(PAGE, **database().atomic(partial(page_of, who=who)))


@pages.post(f"{HERE}/<int:phone_id>/end")
def post_unbind(phone_id: int) -> ResponseReturnValue:
    """Unbind one of the own phones; this one too, if that is meant."""
    who = require("volunteer")
    database().atomic(partial(unbind, who=who, phone_id=phone_id))
    return redirect(HERE, 303)


def unbind(session: Session, *, who: Caller, phone_id: int) -> None:
    """Unbind a phone in the volunteer's name."""
    owner = owner_of(session, who)
    actions.unbind(session, owner, phone_id=phone_id, actor=who.actor, now=now())


@pages.post("/me/helpers")
def post_helper() -> ResponseReturnValue:
    """Show a code for a relative's phone to whoever types the booklet's PIN."""
    who = require("volunteer")
    sent = OwnHelperClaimSchema().load(filled())
    check_pin(who, sent.pop("pin"))
    offer, page = database().atomic(partial(offered, who=who, wish=sent))
    return shown(PAGE, offer, **page)


def check_pin(who: Caller, pin: str) -> None:
    """Let only the PIN of the booklet pass. Raises PinWrong, PinLocked."""
    tried = passes.check_pin(database(), keys(), booklet_code=who.code, pin=pin, at=now())
    if tried.status == "locked":
        raise passes.PinLocked
    if tried.status != "ok":
        raise PinWrong


def offered(session: Session, *, who: Caller, wish: dict[str, Any]) -> tuple[Offer, dict[str, Any]]:
    """Make a claim in the volunteer's name, and read the page anew."""
    owner = owner_of(session, who)
    asked = Wish(actor=who.actor, **wish)
    offer = actions.claim(session, keys(), owner, wish=asked, now=now())
    return offer, page_of(session, who=who)


@pages.post("/me/helpers/<int:helper_id>/end")
def post_end_helper(helper_id: int) -> ResponseReturnValue:
    """End the relative's phone."""
    who = require("volunteer")
    database().atomic(partial(end_helper, who=who, helper_id=helper_id))
    return redirect(HERE, 303)


def end_helper(session: Session, *, who: Caller, helper_id: int) -> None:
    """End the relative's phone in the volunteer's name."""
    owner = owner_of(session, who)
    actions.end_helper(session, owner, helper_id=helper_id, actor=who.actor, now=now())
