"""A shop's standee: the page that it opens, which can never start a debit, and its print."""

from functools import partial

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from service import passes
from service.redemptions import catalogue
from service.redemptions.routes.shop_day import readable
from service.redemptions.routes.till import keys
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


@pages.get("/desk/shops/<code>/standee")
def show_sheet(code: str) -> ResponseReturnValue:
    """Show the sign for the shop's counter, for the printer."""
    shop = database().atomic(partial(readable, code=code))
    image = passes.data_uri(passes.shop_url(keys(), shop.code))
    return render_template("redemptions/standee_sheet.html", shop=shop, image=image)
