"""Uploads: the views that take a file, and the one way in which a kept one is sent."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request, send_file

from service import files
from service.web import settings
from service.web.cookies import carried

UPLOAD_BYTES_MAX = 16 * 1024 * 1024  # a whole request; what is too large for a picture is told so
TABLE_BYTES_MAX = 48 * 1024 * 1024  # a shop's file: half a million lines
STRANGERS_BYTES_MAX = 64 * 1024  # a sign-in, a rating, an objection
# What was sent to us is looked at and saved, and can do nothing: no script, no frame, no address.
INERT = "default-src 'none'; frame-ancestors 'none'; sandbox"
View = TypeVar("View", bound=Callable[..., Any])


def takes_pictures(view: View) -> View:
    """Let a view's requests be as large as a photograph; put it below the route's decorator."""
    view.body_max = UPLOAD_BYTES_MAX  # type: ignore[attr-defined]
    return view


def takes_tables(view: View) -> View:
    """Let a view's requests be as large as a shop's list of sales; goes where the other goes."""
    view.body_max = TABLE_BYTES_MAX  # type: ignore[attr-defined]
    return view


def install(app: Flask) -> None:
    """Widen the limit before anything reads the form; goes before the guard of the callers."""
    app.before_request(widen)


def widen() -> None:
    """Take a larger body where files are taken, and a small one from whoever shows no token."""
    view = current_app.view_functions.get(request.endpoint or "")
    if most := getattr(view, "body_max", None):
        request.max_content_length = most
    elif not (request.headers.get("Authorization") or carried("staff") or carried("device")):
        request.max_content_length = STRANGERS_BYTES_MAX


def received(field: str = "picture") -> bytes | None:
    """Return the content of a form's picture, or None where nobody chose one.

    One byte more than is allowed is read, so that `files.keep` refuses it by its size.
    """
    sent = request.files.get(field)
    content = sent.stream.read(files.BYTES_MAX + 1) if sent else b""
    return content or None


def show(file: files.File) -> Response:
    """Send a kept picture to somebody who may see it. Raises UnknownFile when it is gone."""
    found = files.path(file, settings().files_folder)
    if not found.is_file():
        raise files.UnknownFile
    name = f"{file.purpose}-{file.code[:6]}{found.suffix}"
    content = BytesIO(found.read_bytes())  # small: it was drawn anew
    return inert(send_file(content, file.media_type, download_name=name, max_age=0))


def inert(answer: Response) -> Response:
    """Let a browser that opens a file of somebody's run nothing of it."""
    answer.headers["Content-Security-Policy"] = INERT
    return answer
