"""Every failure becomes one Problem, and a Problem becomes JSON (RFC 9457) or a page."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app, g, redirect, render_template, request
from flask.typing import ResponseReturnValue
from marshmallow import ValidationError
from psycopg import InterfaceError as DriverAway
from psycopg import OperationalError as DriverBusy
from psycopg import errors
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    ServiceUnavailable,
)

from service.errors import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    Locked,
    NotFound,
    Refusal,
    TooMany,
    Unauthorized,
)
from service.i18n import N_
from service.locale.validation import template
from service.people import ANONYMOUS
from service.web.locale import gettext, locale

STATUS: dict[type[Refusal], int] = {
    Unauthorized: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    Invalid: 422,
    Locked: 423,
    TooMany: 429,
}
TITLES = {
    400: N_("The request cannot be read"),
    404: N_("Not found"),
    405: N_("This address does not take that kind of request"),
    413: N_("The request is too large"),
    415: N_("The request must be JSON"),
    500: N_("Something went wrong on our side"),
    503: N_("The service is not ready"),
}
DETAILS = {
    400: N_("Please check what was sent."),
    404: N_("There is nothing here. The link may be old."),
    413: N_("At most {megabytes} MB are taken."),
    500: N_("Nothing was changed. We have written it down and will look at it."),
    503: N_("It takes a moment. Please send it again: it counts once."),
}
AWAY = (OperationalError, InterfaceError, DriverBusy, DriverAway)
AWAY_S = 2  # what waits for us may ask again so soon
log = logging.getLogger("aixin")


@dataclass(frozen=True, slots=True)
class Problem:
    """RFC 9457 problem details, already in the reader's language."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[dict[str, str]] = field(default_factory=list)


def install(app: Flask) -> None:
    """Register the ways to fail; a bug arrives as an InternalServerError."""
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(ValidationError, lambda error: answer(from_validation(error)))
    app.register_error_handler(HTTPException, answer_http)
    app.register_error_handler(InternalServerError, answer_crash)
    for beyond in (DataError, errors.DataError):  # by the session, and by a call of the driver
        app.register_error_handler(beyond, answer_beyond)
    for away in AWAY:
        app.register_error_handler(away, answer_away)


def answer_refusal(refusal: Refusal) -> ResponseReturnValue:
    """Answer a refusal; a reader of pages who must sign in is sent there, and comes back."""
    asks_for_page = request.method == "GET" and not request.path.startswith("/api/")
    if isinstance(refusal, Unauthorized) and asks_for_page:
        return redirect(f"/sign-in?next={quote(request.path)}")
    after = refusal.params.get("retry_after") or refusal.retry_after
    return answer(from_refusal(refusal), [("Retry-After", str(after))] if after else ())


def answer_beyond(error: Exception) -> ResponseReturnValue:
    """Answer a number or a text of the request that is more than the database can hold."""
    log.warning("the database cannot take it: %s", type(getattr(error, "orig", error)).__name__)
    return answer_http(BadRequest())


def answer_away(error: Exception) -> ResponseReturnValue:
    """Say that the database is away or overrun; whether something was written is not known.

    A till keeps what it sold for the next time. Called a fault of ours, it would set it aside.
    Nobody is asked once more who is reading: the page that says it is a stranger's.
    """
    g.setdefault("caller", ANONYMOUS)
    log.warning("the database is away: %s", str(error).partition("\n")[0])
    return answer_http(ServiceUnavailable(retry_after=AWAY_S))


def answer_crash(crash: InternalServerError) -> ResponseReturnValue:
    """Answer what went wrong in a view, after it, or while its own problem was being written.

    Flask asks nobody who knows of a database that is away where it went once the view was done.
    """
    cause = crash.original_exception
    return answer_away(cause) if isinstance(cause, AWAY) else answer_http(crash)


def from_refusal(refusal: Refusal) -> Problem:
    """Translate the message first and fill it in afterwards."""
    status = next((code for kind, code in STATUS.items() if isinstance(refusal, kind)), 400)
    detail = gettext(refusal.detail).format(**refusal.params) if refusal.detail else ""
    title = gettext(refusal.title)
    field = refusal.params.get("field") or refusal.field  # a refusal may be of several requests
    wrong = [{"pointer": f"#/{field}", "detail": title}] if field else []
    return Problem(f"/problems/{refusal.slug}", title, status, detail, wrong)


def from_validation(error: ValidationError) -> Problem:
    """Turn marshmallow's message tree into a list of JSON pointers."""
    errors = list(leaves(error.messages))
    return Problem("/problems/invalid", gettext(N_("The request is not valid")), 422, "", errors)


def leaves(messages: Any, pointer: str = "#") -> Iterator[dict[str, str]]:
    """Yield one {pointer, detail} for each message of the tree."""
    if isinstance(messages, dict):
        for key, below in messages.items():
            yield from leaves(below, pointer if key == "_schema" else f"{pointer}/{key}")
    else:
        for message in messages if isinstance(messages, list) else [messages]:
            yield {"pointer": pointer, "detail": in_words(str(message))}


def in_words(message: str) -> str:
    """Translate what marshmallow says; its values are taken out first and put back after."""
    words, values = template(message)
    return gettext(words).format(**values)


def answer_http(error: HTTPException) -> ResponseReturnValue:
    """Give routing errors, aborts and crashes the same shape; let redirects through."""
    if error.code is None or error.code < 400:
        return error
    kept = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    title = gettext(TITLES.get(error.code, error.name))
    detail = gettext(DETAILS[error.code]) if error.code in DETAILS else ""
    detail = detail.format(megabytes=(request.max_content_length or 0) // 1024 // 1024)
    return answer(Problem("about:blank", title, error.code, detail), kept)


def answer(problem: Problem, headers: Iterable[tuple[str, str]] = ()) -> ResponseReturnValue:
    """Send JSON under /api and a page anywhere else. `headers` are kept: Allow, Retry-After."""
    sent = dict(headers) | {"Content-Language": locale(), "Vary": "Accept-Language, Cookie"}
    if not request.path.startswith("/api/"):
        return render_template("problem.html", problem=problem), problem.status, sent
    body = {name: value for name, value in asdict(problem).items() if value}
    sent["Content-Type"] = "application/problem+json"
    return current_app.json.dumps(body), problem.status, sent
