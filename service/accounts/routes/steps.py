"""The steps after the password: showing a second factor, adding one, and the first link.

Each page belongs to a half-open sign-in, whose token lies in a cookie of its own.
"""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import accounts, people, qr
from service.accounts.models import Purpose
from service.errors import Refusal
from service.web import database, now
from service.web.callers import keep, own_token
from service.web.entrance import asker, forget_half, half_token, keep_half, local, shown, site
from service.web.problems import from_refusal

pages = Blueprint("sign_in_steps", __name__)

TEXT_MAX = 200
REFUSED = (accounts.WeakPassword, accounts.NotTheSame, accounts.SamePassword)
CREDENTIAL_MAX = 20_000  # what a passkey's maker sends; attestations are not asked for


@pages.get("/sign-in/second")
def show_second() -> ResponseReturnValue:
    """Ask for the second factor of whoever's password was right."""
    return second_page()


@pages.post("/sign-in/second")
def post_second() -> ResponseReturnValue:
    """Take the second step, and go on where the reader wanted to go."""
    asking: dict[str, Any] = {"token": half_token(), "site": site(), "asker": asker(), "now": now()}
    try:
        step = accounts.finish(database(), shown=sent(), **asking)
    except (accounts.WrongCode, accounts.SignInOver) as refusal:
        return second_page(refusal)
    return signed_in(make_response(redirect(following(step))), step)


@pages.get("/sign-in/factor")
def show_factor() -> ResponseReturnValue:
    """Show what can be added: an app by its picture, or a passkey."""
    return factor_page()


@pages.post("/sign-in/factor")
def post_factor() -> ResponseReturnValue:
    """Add the app or the passkey; show the codes on paper once, after the first."""
    adding = partial(accounts.add, token=half_token(), shown=sent(), site=site(), now=now())
    try:
        added = database().atomic(partial(adding, keep=own_token()))
    except (accounts.WrongCode, accounts.SignInOver, accounts.FactorKnown) as refusal:
        return factor_page(refusal)
    onwards = following(added.step)
    page = render_template("accounts/codes.html", codes=added.codes, next=onwards, ended=True)
    answer = make_response(page if added.codes else redirect(onwards))
    return signed_in(answer, added.step)


@pages.get("/sign-in/password")
def show_password() -> ResponseReturnValue:
    """Ask for an own password whoever came in by one that somebody else gave."""
    return password_page()


@pages.post("/sign-in/password")
def post_password() -> ResponseReturnValue:
    """Set the own password, and go on where the reader wanted to go."""
    renewed = partial(accounts.renew, token=half_token(), now=now())
    try:
        step = database().atomic(partial(renewed, password=chosen()))
    except (*REFUSED, accounts.SignInOver) as refusal:
        return password_page(refusal)
    return signed_in(make_response(redirect(wanted())), step)


@pages.get("/sign-in/first/<token>")
def show_first(token: str) -> ResponseReturnValue:
    """Ask for the first password of whoever holds a one-time link; looking uses nothing up."""
    return first_page(token)


@pages.post("/sign-in/first/<token>")
def post_first(token: str) -> ResponseReturnValue:
    """Set the first password; a second factor follows."""
    taken = partial(accounts.take_up, token=token, device=asker().device, now=now())
    try:
        half = database().atomic(partial(taken, password=chosen()))
    except REFUSED as refusal:
        return first_page(token, refusal)
    except accounts.SignInOver:
        raise accounts.LinkOver from None
    return keep_half(make_response(redirect("/sign-in/factor")), half)


def chosen() -> str:
    """Return the new password of the form, typed twice. Raises NotTheSame."""
    new = request.form.get("new", "")[:TEXT_MAX]
    if new != request.form.get("again", "")[:TEXT_MAX]:
        raise accounts.NotTheSame
    return new


def sent() -> accounts.Shown:
    """Return what the form shows: a code, or what a passkey has signed."""
    code = request.form.get("code", "")[:TEXT_MAX]
    return shown(code=code, passkey=request.form.get("passkey", "")[:CREDENTIAL_MAX])


def wanted() -> str:
    """Return where the reader wanted to go."""
    return local(request.values.get("next", ""))


def following(step: accounts.Step | None) -> str:
    """Return the page that comes next: that of an own password, or the one that was wanted."""
    if step is None or step.state == "open":
        return wanted()
    return f"/sign-in/password?{urlencode({'next': wanted()})}"


def signed_in(answer: Response, step: accounts.Step | None) -> Response:
    """Let the browser keep the session that was opened, if one was, or the half that follows."""
    if step and step.state != "open":
        return keep_half(answer, step.token)
    forget_half(answer)
    return keep(answer, step.token, "staff") if step else answer


def second_page(refusal: Refusal | None = None) -> ResponseReturnValue:
    """Show the second step, or lead back to the password when that took too long."""

    def asked(session: Session) -> dict[str, Any] | None:
        half = accounts.pending(session, purposes=[Purpose.SECOND], **mine())
        return accounts.asked_to_show(session, half=half, site=site())

    try:
        options = database().atomic(asked)
    except accounts.SignInOver:
        return redirect("/sign-in")
    return page("accounts/second.html", refusal, options=options)


def factor_page(refusal: Refusal | None = None) -> ResponseReturnValue:
    """Show the app's picture and the passkey's button, or lead back to the password."""

    def asked(session: Session) -> dict[str, Any]:
        half = accounts.pending(session, purposes=[Purpose.ENROL], **mine())
        login = session.get_one(people.Staff, half.staff_id).code
        secret = accounts.app_secret(session, half=half)
        making = accounts.asked_to_make(session, half=half, login=login, site=site())
        picture = qr.data_uri(accounts.app_address(secret, login))
        return {"options": making, "picture": picture, "secret": secret, "must": half.opens}

    try:
        found = database().atomic(asked)
    except accounts.SignInOver:
        return redirect("/sign-in")
    return page("accounts/factor.html", refusal, **found)


def password_page(refusal: Refusal | None = None) -> ResponseReturnValue:
    """Show the form for an own password, or lead back to the first step."""

    def asked(session: Session) -> people.Staff:
        half = accounts.pending(session, purposes=[Purpose.RENEW], **mine())
        return session.get_one(people.Staff, half.staff_id)

    try:
        own = database().atomic(asked)
    except accounts.SignInOver:
        return redirect("/sign-in")
    return page("accounts/first.html", refusal, token="", own=own)


def first_page(token: str, refusal: Refusal | None = None) -> ResponseReturnValue:
    """Show the form of a one-time link. Raises LinkOver."""
    find = partial(accounts.pending, token=token, purposes=[Purpose.FIRST], now=now())
    try:
        half = database().atomic(find)
    except accounts.SignInOver:
        raise accounts.LinkOver from None
    own = database().atomic(lambda session: session.get_one(people.Staff, half.staff_id))
    return page("accounts/first.html", refusal, token=token, own=own)


def mine() -> dict[str, Any]:
    """Return whose half-open sign-in this is, and when."""
    return {"token": half_token(), "now": now()}


def page(template: str, refusal: Refusal | None, **told: Any) -> ResponseReturnValue:
    """Show a step's page, with what was wrong with what was sent."""
    problem = from_refusal(refusal) if refusal else None
    html = render_template(template, problem=problem, next=wanted(), **told)
    return html, problem.status if problem else 200
