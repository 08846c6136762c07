"""Uploads: the views that take a picture, and the one way in which a kept one is sent."""

from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from flask import Flask, Response, current_app, request, send_file

from service import files
from service.web import settings

UPLOAD_BYTES_MAX = 16 * 1024 * 1024  # a whole request; what is too large for a picture is told so
View = TypeVar("View", bound=Callable[..., Any])


def takes_pictures(view: View) -> View:
    """Let a view's requests be as large as a photograph; put it below the route's decorator."""
    view.takes_pictures = True  # type: ignore[attr-defined]
    return view


def install(app: Flask) -> None:
    """Widen the limit before anything reads the form; goes before the guard of the callers."""
    app.before_request(widen)


def widen() -> None:
    """Take a larger body where pictures are taken, and nowhere else."""
    view = current_app.view_functions.get(request.endpoint or "")
    if getattr(view, "takes_pictures", False):
        request.max_content_length = UPLOAD_BYTES_MAX


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
    return send_file(content, file.media_type, download_name=name, max_age=0)
