"""Pages to be printed or filled in at the shelf: the pledge sheet, and the stock count."""

from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.clock import business_day
from service.shops import overview, queries
from service.shops.actions import shelf
from service.shops.actions.shelf import Counted
from service.shops.routes.house import asked_page
from service.shops.routes.members import kept_shop, run
from service.shops.routes.tills import KEEPERS
from service.shops.schemas import ShelfCountSchema
from service.web import caller, now

pages = Blueprint("papers", __name__)


@pages.get("/desk/shops/<code>/sheet")
def show_sheet(code: str) -> ResponseReturnValue:
    """Show the pledge sheet for two signatures: what is pledged, on which terms, what is left."""
    return render_template("shops/sheet.html", **run(read_sheet, code=code))


def read_sheet(session: Session, *, code: str) -> dict[str, Any]:
    """Read what the pledge sheet says, as of today."""
    shop = kept_shop(session, code, *KEEPERS)
    assert shop.id is not None
    today = business_day(now())
    return {
        "shop": shop,
        "today": today,
        "association": queries.association_of(session, shop),
        "goods": [one for one in queries.goods(session, [shop.id]) if one.pledged_qty],
        "terms": queries.terms_on(session, shop.id, today),
        "standing": overview.standing(session, shop),
        "lines": queries.pledges(session, shop.id),
    }


@pages.get("/desk/shops/<code>/counts")
def show_counts(code: str) -> ResponseReturnValue:
    """Show the form that takes the whole shelf, and what was counted before."""
    return render_template("shops/counts.html", **run(read_counts, code=code))


def read_counts(session: Session, *, code: str) -> dict[str, Any]:
    """Read a shop's shelf and one page of its counts."""
    shop = kept_shop(session, code, *KEEPERS)
    assert shop.id is not None
    rows = queries.counts(session, shop.id, before=asked_page("before"), limit=queries.LINES + 1)
    more = rows[queries.LINES - 1][0].id if len(rows) > queries.LINES else None
    return {
        "shop": shop,
        "goods": queries.goods(session, [shop.id]),
        "rows": rows[: queries.LINES],
        "next": more,
        "key": f"d-{uuid4().hex}",
    }


@pages.post("/desk/shops/<code>/counts")
def post_counts(code: str) -> ResponseReturnValue:
    """Keep what was counted of each good; what was left empty was not counted."""
    form = {name: value.strip() for name, value in request.form.items() if value.strip()}
    sent: dict[str, Any] = {name: form[name] for name in ("key", "note") if name in form}
    counted = {
        name.removeprefix("good-"): value
        for name, value in form.items()
        if name.startswith("good-")
    }
    given = ShelfCountSchema().load({**sent, "counted": counted})
    run(count_shelf, code=code, given=given)
    return redirect(f"/desk/shops/{code}/counts", 303)


def count_shelf(session: Session, *, code: str, given: dict[str, Any]) -> None:
    """Keep a count of several goods, all or none."""
    shop = kept_shop(session, code, *KEEPERS)
    for good_code, qty in sorted(given["counted"].items()):
        good = shelf.good_of(session, shop, good_code)
        counted = Counted(given["key"], qty, given["note"])
        shelf.count(session, shop, good, counted, actor=caller().actor, now=now())
