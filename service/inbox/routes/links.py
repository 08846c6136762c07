"""HTTP of the links in e-mails: whoever has one reads the mailbox, and need not sign in.

Opening a link changes nothing, because mail servers open links to look at them; a button does.
"""

from functools import partial

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from service.inbox import addresses
from service.inbox.links import CONFIRM, STOP, read_link
from service.web import database, now, settings

pages = Blueprint("notice_links", __name__)


@pages.get("/notices/<link>")
def show_confirm(link: str) -> ResponseReturnValue:
    """Ask for the one tap that confirms an address."""
    read_link(settings().lasting_key, CONFIRM, link)
    return render_template("inbox/link.html", asks="confirm", done=False)


@pages.post("/notices/<link>")
def post_confirm(link: str) -> ResponseReturnValue:
    """Confirm an address; twice is once."""
    number = read_link(settings().lasting_key, CONFIRM, link)
    database().atomic(partial(addresses.confirm, address_id=number, now=now()))
    return render_template("inbox/link.html", asks="confirm", done=True)


@pages.get("/notices/<link>/stop")
def show_stop(link: str) -> ResponseReturnValue:
    """Ask for the one tap that ends all e-mails."""
    read_link(settings().lasting_key, STOP, link)
    return render_template("inbox/link.html", asks="stop", done=False)


@pages.post("/notices/<link>/stop")
def post_stop(link: str) -> ResponseReturnValue:
    """End all e-mails to an address; a mailbox's own button sends this too (RFC 8058)."""
    number = read_link(settings().lasting_key, STOP, link)
    database().atomic(partial(addresses.stop, address_id=number, now=now()))
    return render_template("inbox/link.html", asks="stop", done=True)
