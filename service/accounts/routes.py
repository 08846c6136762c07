"""The page of one's own account: where one is signed in, and the password."""

from functools import partial
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service import accounts, people
from service.accounts import upkeep
from service.accounts.rules import DEVICE_UNKNOWN
from service.errors import Forbidden, Refusal, Unauthorized
from service.people import Staff
from service.web import caller, database, now
from service.web.callers import forget, session_token
from service.web.entrance import asker
from service.web.problems import from_refusal

pages = Blueprint("account", __name__)
blueprints = [pages]


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
        database().atomic(partial(changed, now=now(), keep=session_token()))
    except (people.WrongSignIn, accounts.WeakPassword, accounts.NotTheSame) as refusal:
        return account_page(refusal)
    return redirect("/account?done=password")


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
    mine = people.token_hash(session_token())
    return {
        "sessions": [(accounts.handle(one), one, one.token_hash == mine) for one in open_ones],
        "unknown": DEVICE_UNKNOWN,
        "done": request.args.get("done", ""),
    }
