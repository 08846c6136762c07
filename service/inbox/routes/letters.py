"""HTTP of the inbox: a volunteer's own messages, as a page and as JSON."""

from functools import partial
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service.inbox.actions import mark_read
from service.inbox.models import Letter
from service.inbox.queries import PAGE, letters, unread_count
from service.inbox.schemas import LetterSchema, LettersSchema, PageAskedSchema
from service.inbox.wording import say
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.locale import locale

api = ApiBlueprint("inbox", __name__, url_prefix="/api/v1", description="Messages")
pages = Blueprint("inbox_pages", __name__)


@pages.get("/me/inbox")
def show_inbox() -> ResponseReturnValue:
    """Show a page of the volunteer's own messages, newest first."""
    page = read_page(request.args.get("before", type=int))
    return render_template("inbox/list.html", **page)


@pages.post("/me/inbox/<int:number>")
def open_letter(number: int) -> ResponseReturnValue:
    """Note that a message was read, and go to what it is about."""
    return redirect(read(number).link or "/me/inbox")


@api.get("/me/messages")
@api.arguments(PageAskedSchema, location="query")
@api.response(200, LettersSchema)
def get_letters(asked: dict[str, Any]) -> ResponseReturnValue:
    """List the volunteer's own messages, newest first."""
    return read_page(asked["before"])


@api.post("/me/messages/<int:number>/read")
@api.response(200, LetterSchema)
def post_read(number: int) -> ResponseReturnValue:
    """Note that a message was read; the first time stays."""
    return shown(read(number))


def read(number: int) -> Letter:
    """Mark one of the caller's own messages as read."""
    who = require("volunteer")
    asked = partial(mark_read, volunteer_id=who.volunteer_id or 0, letter_id=number, now=now())
    return database().atomic(asked)


def read_page(before: int | None) -> dict[str, Any]:
    """Read a page of the caller's own messages."""
    mine = require("volunteer").volunteer_id or 0
    found = database().atomic(partial(letters, volunteer_id=mine, before=before))
    return {
        "items": [shown(one) for one in found[:PAGE]],
        "next": found[PAGE - 1].id if len(found) > PAGE else None,
        "unread": database().atomic(partial(unread_count, volunteer_id=mine)),
    }


def shown(letter: Letter) -> dict[str, Any]:
    """Put a message into the reader's words."""
    said = say(letter, locale())
    return {
        "id": letter.id,
        "kind": letter.kind,
        "title": said.title,
        "body": said.body,
        "link": letter.link,
        "at": letter.at,
        "read_at": letter.read_at,
    }
