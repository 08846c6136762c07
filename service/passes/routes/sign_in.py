"""Signing in and out, as JSON and as one plain page."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import accounts, passes, people, trail
from service.errors import Refusal
from service.passes.schemas import SessionSchema, SignInSchema
from service.passes.sign_in import NobodysBooklet, SignedIn, sign_in_volunteer, signed_in
from service.web import caller, database, now, settings
from service.web.api import ApiBlueprint
from service.web.callers import bearer, forget, keep, session_token
from service.web.entrance import asker, forget_half, keep_half, local, shown, site
from service.web.limits import Limit, TooManyFailures
from service.web.problems import from_refusal

api = ApiBlueprint("sessions", __name__, url_prefix="/api/v1", description="Signing in")
pages = Blueprint("sign_in", __name__)

WRONG_SIGN_INS = Limit("sign-in", most=20, seconds=60)
PIN_TRIES = 5  # as many as the database gives a booklet that is in use
NEXT_STEPS = {
    "second": "/sign-in/second",
    "enrol": "/sign-in/factor",
    "renew": "/sign-in/password",
}
T = TypeVar("T")


def keys() -> passes.Keyring:
    """Return the keys of this application's codes."""
    return passes.keyring(settings().secret_keys, settings().public_url)


def counted(step: Callable[[dict[str, str]], T], sent: dict[str, str]) -> T:
    """Take a step of signing in. Raises WrongSignIn, PinLocked or TooManyFailures."""
    WRONG_SIGN_INS.check()
    try:
        return step(sent)
    except NobodysBooklet:
        WRONG_SIGN_INS.count()
        lock_nobodys(sent["booklet"])
        raise
    except (people.WrongSignIn, passes.PinLocked, accounts.WrongCode):
        WRONG_SIGN_INS.count()
        raise


def lock_nobodys(booklet: str) -> None:
    """Raise PinLocked for a number that was tried five times today, as one in use would be.

    So nobody learns which numbers there are. While Redis is away they are told apart.
    """
    left = passes.pin_locked_until(now()) - now()
    typed = sha256(booklet.strip().upper().encode()).hexdigest()
    tries = Limit("nobodys-booklet", most=PIN_TRIES, seconds=int(left.total_seconds())).count(typed)
    if tries is not None and tries >= PIN_TRIES:
        raise passes.PinLocked


def open_session(sent: dict[str, str]) -> SignedIn:
    """Sign in by booklet and PIN, or by name and password, in one go.

    Raises SecondStepNeeded, FactorNeeded or OwnPasswordNeeded where it alone opens nothing.
    """
    if "booklet" in sent:
        shows = not settings().production
        return sign_in_volunteer(database(), keys(), now=now(), shows=shows, **sent)
    step = first_step(sent)
    if step.state == "enrol":
        raise accounts.FactorNeeded
    if step.state == "second":
        step = second_step(step, sent)
    if step.state == "renew":
        raise accounts.OwnPasswordNeeded
    return signed_in(step)


def second_step(step: accounts.Step, sent: dict[str, str]) -> accounts.Step:
    """Take the second step with the code that came along. Raises SecondStepNeeded, WrongCode."""
    if "code" not in sent:
        raise accounts.SecondStepNeeded
    showing = shown(code=sent["code"])
    asking: dict[str, Any] = {"token": step.token, "site": site(), "asker": asker(), "now": now()}
    return accounts.finish(database(), shown=showing, **asking)


def first_step(sent: dict[str, str]) -> accounts.Step:
    """Take a member of staff's name and password."""
    return accounts.begin(
        database(),
        login=sent["login"].strip(),
        password=sent["password"],
        asker=asker(),
        strict=settings().production,
        now=now(),
    )


def sign_out(answer: Response) -> Response:
    """End the caller's session and take the browser's token away."""
    token = bearer() or session_token()
    ending = partial(close, token=token, actor=caller().actor, now=now())
    database().atomic(ending)
    return forget(answer)


def close(session: Session, *, token: str, actor: str, now: datetime) -> None:
    """End a session, by whoever it is; a token that opened nothing leaves no line of its own."""
    if people.close_session(session, token=token, now=now):
        trail.record(session, actor=actor, action="session.end", subject=actor, now=now)


@api.post("/sessions")
@api.arguments(SignInSchema)
@api.response(201, SessionSchema)
def post_session(sent: dict[str, str]) -> ResponseReturnValue:
    """Sign in. The token goes into the cookie of a browser, or into an Authorization header."""
    found = counted(open_session, sent)
    roles = [{"role": role, "scope": scope} for role, scope in sorted(found.roles)]
    said = {"token": found.token, "kind": found.kind, "code": found.code, "roles": roles}
    answer = make_response(SessionSchema().dump(said), 201)
    return keep(answer, found.token, found.kind)


@api.delete("/sessions/current")
@api.response(204)
def delete_session() -> ResponseReturnValue:
    """Sign out; doing it twice is no fault."""
    return sign_out(make_response("", 204))


@pages.get("/sign-in")
def show_sign_in() -> ResponseReturnValue:
    """Show the one page where everybody signs in."""
    return form_page()


@pages.post("/sign-in")
def post_sign_in() -> ResponseReturnValue:
    """Sign in from the page, and go on where the reader wanted to go."""
    volunteer = "booklet" in request.form
    names = ("booklet", "pin") if volunteer else ("login", "password")
    sent = {name: request.form.get(name, "")[:200] for name in names}
    wanted = local(request.form.get("next", ""))
    try:
        if not volunteer:
            return led_on(counted(first_step, sent), wanted)
        found = counted(open_session, sent)
    except (people.WrongSignIn, passes.PinLocked, TooManyFailures) as refusal:
        return form_page(refusal, wrong=names[0], typed=sent[names[0]])
    return keep(make_response(redirect(wanted)), found.token, found.kind)


def led_on(step: accounts.Step, wanted: str) -> Response:
    """Let a member of staff in, or lead to the page of the next step."""
    if step.state == "open":
        return keep(forget_half(make_response(redirect(wanted))), step.token, "staff")
    onwards = redirect(f"{NEXT_STEPS[step.state]}?{urlencode({'next': wanted})}")
    return keep_half(make_response(onwards), step.token)


@pages.post("/sign-out")
def post_sign_out() -> ResponseReturnValue:
    """Sign out from a page."""
    return sign_out(make_response(redirect("/sign-in")))


def form_page(refusal: Refusal | None = None, **typed: Any) -> ResponseReturnValue:
    """Show the form, with what was wrong with it."""
    problem = from_refusal(refusal) if refusal else None
    wanted = local(request.values.get("next", ""))
    page = render_template("passes/sign_in.html", problem=problem, next=wanted, **typed)
    return page, problem.status if problem else 200
