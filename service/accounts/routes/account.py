"""The page of one's own account: second steps, where one is signed in, the password."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service import accounts, people
from service.accounts import upkeep
from service.accounts.rules import DEVICE_UNKNOWN
from service.errors import Forbidden, Refusal, Unauthorized
from service.people import Staff
from service.web import caller, database, now, settings
from service.web.callers import forget, own_token, session_token
from service.web.entrance import asker, keep_half
from service.web.problems import from_refusal

pages = Blueprint("account", __name__)

REFUSED = (accounts.WeakPassword, accounts.NotTheSame, accounts.SamePassword)


@pages.get("/account")
def show_account() -> ResponseReturnValue:
    """Show the caller's own sessions and second factors."""
    return account_page()


@pages.post("/account/password")
def post_password() -> ResponseReturnValue:
    """Change the password; whoever else is signed in with the old one is signed out."""
    own, new = owner(), request.form.get("new", "")[:200]
    try:
        typed_again(own)
        if new != request.form.get("again", "")[:200]:
            raise accounts.NotTheSame
        changed = partial(upkeep.set_password, staff=own, new=new, actor=caller().actor)
        database().atomic(partial(changed, now=now(), keep=own_token()))
    except (people.WrongSignIn, *REFUSED) as refusal:
        return account_page(refusal)
    return redirect("/account?done=password")


@pages.post("/account/factors")
def post_factor() -> ResponseReturnValue:
    """Begin to add a second factor; the page that follows shows it."""
    own = owner()
    assert own.id is not None
    try:
        typed_again(own)
    except people.WrongSignIn as refusal:
        return account_page(refusal)
    asked: dict[str, Any] = {"device": asker().device, "opens": False, "now": now()}
    token = database().atomic(partial(accounts.begin_adding, staff_id=own.id, **asked))
    page = f"/sign-in/factor?{urlencode({'next': '/account?done=factor'})}"
    return keep_half(make_response(redirect(page)), token)


@pages.post("/account/factors/<int:factor_id>/remove")
def post_remove_factor(factor_id: int) -> ResponseReturnValue:
    """Take one of the caller's own factors away."""
    own = owner()
    gone = partial(accounts.remove, staff=own, factor_id=factor_id, strict=settings().production)
    try:
        typed_again(own)
        database().atomic(partial(gone, now=now(), keep=own_token()))
    except (people.WrongSignIn, accounts.LastFactor) as refusal:
        return account_page(refusal)
    return redirect("/account?done=removed")


@pages.post("/account/codes")
def post_codes() -> ResponseReturnValue:
    """Make ten new recovery codes in the place of the old ones, and show them once."""
    own = owner()
    assert own.id is not None
    try:
        typed_again(own)
        database().atomic(partial(accounts.some_factor, staff_id=own.id))
    except (people.WrongSignIn, accounts.UnknownFactor) as refusal:
        return account_page(refusal)
    codes = database().atomic(partial(accounts.new_codes, staff=own, now=now()))
    return render_template("accounts/codes.html", codes=codes, next="/account")


@pages.post("/account/sessions/<named>/end")
def post_end_session(named: str) -> ResponseReturnValue:
    """End one of the caller's own sessions."""
    ended = partial(upkeep.end_session, staff=owner(), named=named, now=now())
    database().atomic(ended)
    return redirect("/account?done=session")


@pages.post("/account/sessions/end")
def post_end_sessions() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    ended = partial(upkeep.end_sessions, staff=owner(), actor=caller().actor, now=now())
    database().atomic(ended)
    return forget(make_response(redirect("/sign-in")))


def owner() -> Staff:
    """Return the member of staff who calls. Raises Unauthorized, Forbidden."""
    found = caller()
    if found.kind == "anonymous":
        raise Unauthorized
    if found.kind != "staff":
        raise Forbidden
    return database().atomic(partial(people.staff, code=found.code))


def typed_again(own: Staff) -> None:
    """Ask for the password once more: who finds an open page must not take the account over."""
    whose = accounts.Whose("password", own.code, asker().address)
    typed = request.form.get("password", "")[:200]
    accounts.check(database(), whose, password=typed, now=now())
    database().atomic(partial(accounts.forgive, whose=whose))


def account_page(refusal: Refusal | None = None) -> ResponseReturnValue:
    """Show the account, with what was wrong with what was sent."""
    own = owner()
    assert own.id is not None
    problem = from_refusal(refusal) if refusal else None
    page = render_template("accounts/account.html", own=own, problem=problem, **shown(own.id))
    return page, problem.status if problem else 200


def shown(staff_id: int) -> dict[str, Any]:
    """Return what the page says of somebody's account."""
    open_ones = database().atomic(partial(accounts.sessions, staff_id=staff_id, now=now()))
    held = database().atomic(partial(accounts.factors, staff_id=staff_id))
    mine = people.token_hash(session_token())
    return {
        "sessions": [(accounts.handle(one), one, one.token_hash == mine) for one in open_ones],
        "factors": held,
        "codes_left": database().atomic(partial(accounts.codes_left, staff_id=staff_id)),
        "needed": settings().production and accounts.needs_factor(caller().roles),
        "unknown": DEVICE_UNKNOWN,
        "done": request.args.get("done", ""),
    }
