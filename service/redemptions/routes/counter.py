"""HTTP of the counter: what a till needs without a network, and the end of its day."""

from datetime import date, datetime
from functools import partial
from typing import Any

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import programmes, shops
from service.clock import business_day
from service.live import shop_topic
from service.redemptions import closing, queries
from service.redemptions.routes.till import idempotency_key, this_till
from service.redemptions.rules import tiles
from service.redemptions.schemas import DayWordSchema, ShelfSchema, WhichDaySchema, WordSchema
from service.redemptions.shelf import PLENTY
from service.web import database, now
from service.web.api import ApiBlueprint
from service.web.live import offer

api = ApiBlueprint("counter_api", __name__, url_prefix="/api/v1", description="A shop's counter")


@api.get("/till/shelf")
@api.response(200, ShelfSchema)
def get_shelf() -> dict[str, Any]:
    """Say what the shop offers now, and what may be given without a network."""
    return database().atomic(partial(shelf, shop_id=this_till().shop_id, moment=now()))


def shelf(session: Session, *, shop_id: int, moment: datetime) -> dict[str, Any]:
    """Read the shop's goods as for a stranger with points enough."""
    shop = shops.shop_by_id(session, shop_id)
    offer(shop_topic(shop.code))
    day = business_day(moment)
    rules = programmes.rule_set(session, shop.programme_id, day)
    offered = queries.offers(session, shop_id=shop_id, volunteer_id=None, now=moment)
    return {
        "server_time": moment,
        "limits": {"card_day": rules.offline.card_day, "batch": rules.offline.shop_batch},
        "excluded_kinds": list(shops.terms_on(session, shop_id, day).excluded),
        "tiles": tiles(offered, PLENTY),
        "totals": queries.day_totals(session, shop_id=shop_id, day=day),
    }


@api.get("/till/day")
@api.arguments(WhichDaySchema, location="query")
@api.response(200, DayWordSchema)
def get_day(asked: dict[str, Any]) -> dict[str, Any]:
    """Tell what the shop said of its day."""
    day = asked.get("day") or business_day(now())
    return database().atomic(partial(told, shop_id=this_till().shop_id, day=day))


def told(session: Session, *, shop_id: int, day: date) -> dict[str, Any]:
    """Read the last word and the day's figures."""
    word = closing.last_word(session, shop_id=shop_id, day=day)
    totals = queries.day_totals(session, shop_id=shop_id, day=day)
    return write(closing.Said(word, totals), day, "open")


@api.post("/till/day")
@api.arguments(WordSchema)
@api.response(200, DayWordSchema)
def post_day(given: dict[str, Any]) -> ResponseReturnValue | dict[str, Any]:
    """Say that the shop's own count agrees with the day's figures, or what it counted instead."""
    till, key = this_till(), idempotency_key()
    assert key is not None
    day = given.get("day") or business_day(now())
    word = closing.Word(key, day, queries.DayTotals(**given["seen"]), given.get("counted"))
    said = database().atomic(partial(closing.say, till=till, word=word, now=now()))
    return write(said, day, "moved")


def write(said: closing.Said, day: date, without: str) -> dict[str, Any]:
    """Write a word as JSON's fields; `without` is the status where there is none."""
    row = said.row
    return {
        "status": "ok" if row else without,
        "day": day,
        "agrees": row.agrees if row else None,
        "counted": row.counted if row else None,
        "at": row.at if row else None,
        "totals": said.totals,
    }
