"""A shop's day on the desk, and its discounts as JSON: for who keeps the shop or its community."""

from dataclasses import asdict
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import shops
from service.clock import business_day
from service.people import Role
from service.redemptions import daybook
from service.redemptions.daybook import Asked
from service.redemptions.routes.till import SHOP_READERS
from service.redemptions.schemas import DiscountsOfDaySchema, ShopDaySchema
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("shop_day_api", __name__, url_prefix="/api/v1", description="A shop's day")
pages = Blueprint("shop_day", __name__)
READERS = (*SHOP_READERS, Role.APPROVER, Role.AUDITOR)


def readable(session: Session, code: str) -> shops.Shop:
    """Return a shop whose day the caller may read. Raises Forbidden, UnknownShop."""
    reader = require(*READERS)
    shop = shops.shop(session, code)
    shops.check_reach(session, reader, shop, READERS)
    return shop


@api.get("/shops/<code>/discounts")
@api.arguments(ShopDaySchema, location="query")
@api.response(200, DiscountsOfDaySchema)
def get_discounts(asked: dict[str, Any], code: str) -> Any:
    """List the discounts of a shop's day, newest first: a tail and amounts, no person."""
    return database().atomic(partial(read_discounts, code=code, asked=asked))


def read_discounts(session: Session, *, code: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Read one page of a shop's discounts."""
    shop = readable(session, code)
    day, before = asked.get("day") or business_day(now()), asked.get("before")
    most = daybook.PAGE + 1
    rows = daybook.discounts(session, shop_id=shop.id or 0, day=day, before=before, limit=most)
    more = rows[daybook.PAGE - 1].id if len(rows) == most else None
    return {"items": rows[: daybook.PAGE], "next": more}


@pages.get("/desk/shops/<code>/day")
def show_day(code: str) -> ResponseReturnValue:
    """Show a shop's day: what it gave for points, what it gave off, what was counted."""
    given = ShopDaySchema().load(request.args.to_dict())
    today = business_day(now())
    day = min(given.get("day") or today, today)
    asked = Asked(day, given.get("before"), given.get("discounts"))
    context = database().atomic(partial(read_day, code=code, asked=asked))
    return render_template("redemptions/shop_day.html", **context, **around(asked.day, today))


def read_day(session: Session, *, code: str, asked: Asked) -> dict[str, Any]:
    """Read what the page shows."""
    shop = readable(session, code)
    return {"shop": shop, "asked": asdict(asked), "book": daybook.read(session, shop, asked)}


def around(day: date, today: date) -> dict[str, Any]:
    """Return the day, and its neighbours as far as there are any."""
    one = timedelta(days=1)
    return {
        "day": day,
        "earlier": day - one if day > date.min else None,
        "later": day + one if day < today else None,
    }
