"""The page of a shop's standee: information for whoever scans it. It can never start a debit."""

from functools import partial

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from service.redemptions import catalogue
from service.web import caller, database, now

pages = Blueprint("standee", __name__)


@pages.get("/m/<tail>")
def show_shop(tail: str) -> ResponseReturnValue:
    """Show what a shop gives; a code of no shop of ours says how to redeem, and no more."""
    found = caller()
    person = found if found.kind == "volunteer" else None
    read = partial(catalogue.standee, code=tail[:40], person=person, now=now())
    viewer = found.profile if found.kind == "device" else found.kind
    return render_template("redemptions/standee.html", viewer=viewer, found=database().atomic(read))
