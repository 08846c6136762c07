"""Who is calling: a token in a cookie or an Authorization header, looked up once a request.

A browser's cookie is sent by any page that asks for it, so an unsafe request with a cookie must
also carry the CSRF token, which only our own pages know. A Bearer token is never sent unasked.
"""

import hmac
from hashlib import sha256
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from service.accounts import needs_factor
from service.errors import Forbidden, Unauthorized
from service.i18n import N_
from service.people import ANONYMOUS, Caller, family, renew_token, resolve_token
from service.web import caller, cookies, database, devices, now, settings
from service.web.rights import ANYBODY, allowed, may

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
OWN_SITE = {"same-origin", "none"}
SESSION_SECONDS = {"staff": 12 * 3600, "volunteer": 30 * 86_400, "device": 400 * 86_400}


class CsrfMissing(Forbidden):
    """An unsafe request came with a cookie but without our page's token."""

    slug, title = "csrf", N_("This page is out of date")
    detail = N_("Please load the page again and repeat.")


class TillRevoked(Unauthorized):
    """The tablet was shut out; what its page stored is cleared together with this answer."""

    slug, title = "till-revoked", N_("This tablet was shut out")
    detail = N_("To use it again, pair it again.")


class DeviceNotAllowed(Forbidden):
    """A tablet's token opens what its profile needs and nothing else."""

    slug, title = "device-not-allowed", N_("This tablet is not for that")


def install(app: Flask) -> None:
    """Guard every request before its view runs, and renew a tablet's token after it."""
    app.before_request(guard)
    app.before_request(guard_rights)
    app.after_request(settle_device)
    app.jinja_env.globals["csrf_token"] = csrf_token


def resolve() -> Caller:
    """Find the caller. A Bearer token comes first; a till's cookie before a person's."""
    for token in (bearer(), *carried()):
        found = resolve_token(database(), token, now=now()) if token else None
        if found and not held_back(found):
            g.token = token
            devices.named(found)
            return found
    return ANONYMOUS


def held_back(found: Caller) -> bool:
    """Tell whether somebody's office asks for a second step that this session has not seen.

    So it is for who was given such an office while signed in: the next request asks for it.
    """
    asked = settings().production and found.kind == "staff" and not found.strong
    return asked and needs_factor(found.roles)


def guard_rights() -> None:
    """Let through whom the table of rights names; tell a tablet that was shut out.

    Who may be anybody is not looked up: a file of the page costs no statement.
    """
    if request.endpoint is None:
        return
    who = allowed(request.method, request.endpoint)
    if ANYBODY in who and not (cookies.carried("device") or bearer()):
        return
    found = caller()
    if found.shut_out and request.path.startswith("/api/"):
        raise TillRevoked
    if may(found, who):
        return
    if found.kind == "device":
        raise DeviceNotAllowed
    raise Unauthorized if found.kind == "anonymous" else Forbidden


def settle_device(response: Response) -> Response:
    """Give a tablet its next token when the old one is a week old; clear one that was shut out.

    A script that holds a Bearer token keeps it: only a browser hears of a new one.
    """
    found: Caller | None = g.get("caller")
    if found is None or "kept" in g:
        return response
    if found.shut_out:
        return forget(response, "device")
    if found.renew and found.id is not None and not bearer():
        secret = settings().secret_key
        token = renew_token(database(), token=g.token, device_id=found.id, secret=secret, now=now())
        return keep(response, token, "device") if token else response
    return response


def own_token() -> str:
    """Return the token that named the caller; nothing for who is anonymous."""
    caller()
    token: str = g.get("token", "")
    return token


def bearer() -> str:
    """Return the token of the Authorization header, or nothing."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def carried() -> list[str]:
    """Return the tokens that this request's cookies carry; the till's page speaks as the till."""
    kinds = ("device", "staff") if for_device() else ("staff", "device")
    return [cookies.carried(kind) for kind in kinds]


def session_token() -> str:
    """Return the token of the person who is signed in in this browser, or nothing."""
    return cookies.carried("staff")


def for_device() -> bool:
    """Tell whether a shop's tablet would be asking here, should both cookies be present."""
    parts = ("/till", "/redemptions", "/discounts")
    path = request.path.removeprefix("/api/v1")
    return path.startswith(parts) or request.headers.get("X-Aixin-Surface") == "till"


def guard() -> None:
    """Refuse what another site's page made our reader's browser send.

    Browsers say whence a request comes, in one header or in two; the token stands where they do
    not. A page that hides its origin says "null", and is not ours either.
    """
    if request.method in SAFE_METHODS or bearer():
        return
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise CsrfMissing
    if request.headers.get("Sec-Fetch-Site", "none") not in OWN_SITE:
        raise CsrfMissing
    if any((*carried(), cookies.carried("helper"))) and not is_ours(sent_token()):
        raise CsrfMissing


def sent_token() -> str:
    """Return the CSRF token of this request's header or form."""
    return request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")


def is_ours(token: str) -> bool:
    """Tell whether a page of ours had this token; also one from before the secret changed."""
    known = [csrf_token(secret) for secret in settings().secret_keys]
    return any(hmac.compare_digest(token.encode(), one.encode()) for one in known)


def csrf_token(secret: str = "") -> str:
    """Return the token that this browser's pages send along; it dies with the cookies.

    A relative's phone, on which nobody is signed in, has one of its own.
    """
    key = (secret or settings().secret_key).encode()
    tokens = [cookies.carried(kind) for kind in ("staff", "device")]
    if not any(tokens):
        tokens += [helper] if (helper := cookies.carried("helper")) else []
    spoken = "|".join(family(token) for token in tokens)  # a renewed tablet's page goes on
    return hmac.new(key, b"csrf|" + spoken.encode(), sha256).hexdigest()


def keep(response: Response, token: str, kind: str) -> Response:
    """Give the browser its token: out of reach of scripts, never sent from another site."""
    g.kept = True
    cookies.give(response, token, kind, seconds=SESSION_SECONDS[kind])
    return response


def forget(response: Response, kind: str = "staff") -> Response:
    """Take the browser's token away, and everything that the page stored when it was a till."""
    cookies.take(response, kind)
    if kind == "device":
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
    g.pop("caller", None)
    return response
