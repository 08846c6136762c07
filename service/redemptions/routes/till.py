"""HTTP of the till: look up, redeem, void, discount, and the list of the day."""

import re
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import Any

from flask import jsonify, make_response, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import passes, shops
from service.clock import business_day
from service.passes import Keyring
from service.people import Caller
from service.redemptions import actions, choices, discounts, queries, sale
from service.redemptions.models import KeyMissing, Status, UnknownRedemption
from service.redemptions.queries import Line
from service.redemptions.routes.guesses import judge_reading, stop_guessing, stop_searching
from service.redemptions.sale import Ask, Buyer, Till
from service.redemptions.schemas import (
    AnswerSchema,
    BillSchema,
    DayQuerySchema,
    DaySchema,
    DiscountedSchema,
    LookedSchema,
    LookSchema,
    RedeemSchema,
    VoidSchema,
)
from service.web import caller, database, now, settings
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("till_api", __name__, url_prefix="/api/v1", description="A shop's till")

KEY = re.compile(r"[A-Za-z0-9._:-]{1,80}")
SHOP_READERS = ("shop_owner", "association_officer", "community_secretary", "volunteer_admin")


def till(*, left_at: datetime | None = None) -> Till:
    """Return the calling till, ready to sell. Raises Unauthorized or Forbidden for anybody else.

    Raises ShiftNeeded or TooManyCodes; never of goods that left without a network, at `left_at`:
    they are the clerk's whose shift it was then.
    """
    found = require("till")
    if left_at is not None:
        return till_then(found, left_at)
    stop_guessing(found, now())
    if found.shifts and found.clerk is None:
        raise shops.ShiftNeeded
    return this_till()


def this_till() -> Till:
    """Return the calling till for what sells nothing. Raises Unauthorized or Forbidden."""
    found = require("till")
    assert found.shop_id is not None
    return Till(found.shop_id, found.actor, found.id, programme_id=found.programme_id)


def till_then(found: Caller, moment: datetime) -> Till:
    """Return the calling till with the clerk of an earlier moment, or marked as nobody's shift."""
    own = this_till()
    if not found.shifts:
        return own
    assert found.id is not None
    read = partial(shops.clerk_at, device_id=found.id, at=moment)
    clerk = database().atomic(read)
    actor = f"clerk:{clerk}" if clerk else f"device:{found.id}"
    return replace(own, actor=actor, no_shift=clerk is None)


def keys() -> Keyring:
    """Return what reads this host's codes."""
    return passes.keyring(settings().secret_keys, settings().public_url)


def idempotency_key(*, needed: bool = True) -> str | None:
    """Return the act's key. Raises KeyMissing when it is needed or malformed."""
    sent = request.headers.get("Idempotency-Key")
    if sent is None and not needed:
        return None
    if sent is None or KEY.fullmatch(sent) is None:
        raise KeyMissing
    return sent


def shown(given: dict[str, Any]) -> Buyer:
    """Say whose code was shown just now."""
    at, undone_at = given.get("scanned_at"), given.get("occurred_at")
    ask = Ask(key="", good="", code=given["code"], scanned_at=at, occurred_at=undone_at)
    buyer = sale.identify(database(), keys(), ask, now=now())
    judge_reading(buyer.refusal)
    return buyer


@api.post("/till/lookups")
@api.arguments(LookSchema)
@api.response(200, LookedSchema)
def post_lookup(given: dict[str, Any]) -> dict[str, Any]:
    """Say what may be offered to whoever's code was shown. Changes nothing."""
    asking = till()
    stop_searching(caller(), given["code"], keys())
    buyer = shown(given)
    if buyer.refusal is not None:
        return {"status": "refused", "reason": buyer.refusal}
    read = partial(look, shop_id=asking.shop_id, buyer=buyer, moment=now())
    looked, intent = database().atomic(read)
    standing = {
        "discount_pct": looked.discount_pct,
        "discount_used": looked.discount_used,
        "excluded_kinds": looked.excluded,
    }
    return {
        "status": "ok",
        "reason": None,
        "tail": looked.tail,
        "via": looked.via,
        "needs_pin": looked.via not in passes.DYNAMIC,
        "scanned_at": given.get("scanned_at") or now(),
        "standing": standing,
        "tiles": looked.tiles,
        "intent": intent,
    }


def look(
    session: Session, *, shop_id: int, buyer: Buyer, moment: datetime
) -> tuple[queries.Looked, choices.Intent | None]:
    """Read what may be offered here, and what was chosen beforehand on the phone."""
    return (
        queries.look_up(session, shop_id=shop_id, buyer=buyer, now=moment),
        choices.intent_here(session, shop_id=shop_id, buyer=buyer, now=moment),
    )


@api.post("/redemptions")
@api.arguments(RedeemSchema)
@api.response(201, AnswerSchema)
def post_redemption(given: dict[str, Any]) -> ResponseReturnValue:
    """Redeem a good. The header Idempotency-Key names the act: send it again, it counts once."""
    asking = till(left_at=given.get("occurred_at"))
    key = idempotency_key()
    assert key is not None
    given.pop("offline")
    answer = sale.redeem(database(), keys(), asking, Ask(key=key, **given), now=now())
    judge_reading(answer.reason, qty=given["qty"])
    new = answer.state == "captured" and not answer.replayed
    return make_response(jsonify(answer.plain()), 201 if new else 200)


@api.get("/redemptions")
@api.arguments(DayQuerySchema, location="query")
@api.response(200, DaySchema)
def get_redemptions(asked: dict[str, Any]) -> dict[str, Any]:
    """List a shop's sales of a day, newest first, with the day's totals."""
    day = asked.get("day") or business_day(now())
    reader = require("till", *SHOP_READERS)
    page = partial(one_day, reader=reader, asked={**asked, "day": day})
    return database().atomic(page)


def one_day(session: Session, *, reader: Caller, asked: dict[str, Any]) -> dict[str, Any]:
    """Read one page of a shop's day; a till has only its own shop."""
    shop_id = shop_for(session, reader, asked.get("shop"))
    day, limit = asked["day"], asked["limit"]
    if "receipt" in asked:
        lines = queries.by_receipt(session, int(asked["receipt"]), shop_id=shop_id)
    else:
        lines = queries.day_list(
            session, shop_id=shop_id, day=day, before=asked.get("before"), limit=limit
        )
    more = str(lines[-1].row.id) if len(lines) == limit else None
    totals = queries.day_totals(session, shop_id=shop_id, day=day)
    return {"items": [write(line) for line in lines], "next": more, "totals": totals}


def shop_for(session: Session, reader: Caller, code: str | None) -> int:
    """Return the shop whose day the caller may read."""
    if reader.shop_id is not None:
        return reader.shop_id
    shop = shops.shop(session, code or "")
    shops.check_reach(session, reader, shop, SHOP_READERS)
    assert shop.id is not None
    return shop.id


def write(line: Line) -> dict[str, Any]:
    """Write a line of the day as JSON's fields."""
    row = line.row
    return {
        "key": row.key,
        "receipt": line.receipt,
        "good": line.good,
        "qty": row.qty,
        "points": row.points,
        "tail": row.tail,
        "state": row.status,
        "flags": line.flags,
        "occurred_at": row.occurred_at,
        "can_void": row.status == Status.CAPTURED and now() <= line.void_until,
    }


@api.get("/redemptions/<key>")
@api.response(200, AnswerSchema)
def get_redemption(key: str) -> ResponseReturnValue:
    """Tell what became of a key: to its shop's till, or to whose points it is."""
    asking = require("till", "volunteer")
    answer = database().atomic(partial(told, key=key, asking=asking))
    return jsonify(answer.plain())


def told(session: Session, *, key: str, asking: Caller) -> sale.Answer:
    """Read a redemption for who may. Raises UnknownRedemption."""
    if asking.shop_id is not None:
        return queries.answer(session, queries.by_key(session, key, shop_id=asking.shop_id))
    if asking.volunteer_id is None:
        raise UnknownRedemption
    row = queries.by_key_anywhere(session, key, volunteer_id=asking.volunteer_id)
    return queries.answer(session, row)


@api.post("/redemptions/<key>/void")
@api.arguments(VoidSchema)
@api.response(200, AnswerSchema)
def post_void(given: dict[str, Any], key: str) -> ResponseReturnValue:
    """Undo a sale while its minutes last and the person's code is shown again."""
    asking = this_till()
    if "code" in given and "occurred_at" not in given:
        stop_guessing(caller(), now())
    if KEY.fullmatch(key) is None:
        raise UnknownRedemption
    buyer = shown(given) if "code" in given else None
    if buyer and buyer.refusal == "unknown_code" and "occurred_at" in given:
        buyer = replace(buyer, refusal="other_pass")  # taken from stopped tills too: tells nothing
    asked = actions.Undo(
        key,
        buyer,
        idempotency_key(needed=False),
        given.get("occurred_at"),
    )
    done = partial(void, till=asking, asked=asked, moment=now())
    return jsonify(database().atomic(done))


def void(session: Session, *, till: Till, asked: actions.Undo, moment: datetime) -> dict[str, Any]:
    """Undo and tell: the redemption as it stands now, and why it could not be undone."""
    done = actions.void(session, till, asked, now=moment)
    session.flush()
    answer = queries.answer(session, done.row).plain()
    status = "ok" if done.reason is None else WAITS_FOR.get(done.reason, "refused")
    return {**answer, "status": status, "reason": done.reason, "replayed": done.replayed}


WAITS_FOR = {"show_code": "needs_input"}


@api.post("/discounts")
@api.arguments(BillSchema)
@api.response(201, DiscountedSchema)
def post_discount(given: dict[str, Any]) -> ResponseReturnValue:
    """Give the discount that the standing earns here. Costs no points; the key counts once."""
    asking = till()
    key = idempotency_key()
    assert key is not None
    bill = discounts.Bill(key, given["bill_fen"], given["excluded_fen"])
    buyer = shown(given)
    answer = database().atomic(
        partial(discounts.give, till=asking, bill=bill, buyer=buyer, now=now())
    )
    new = answer.status == "ok" and not answer.replayed
    return make_response(jsonify(asdict(answer)), 201 if new else 200)
