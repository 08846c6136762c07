"""HTTP for the association's members: JSON, and what its pages do with the same words."""

from collections.abc import Callable
from functools import partial
from typing import Any

from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import people
from service.clock import business_day
from service.errors import Forbidden
from service.people import Caller
from service.shops import queries
from service.shops.actions import membership, pledges, shelf
from service.shops.actions.membership import Application, Decision, Licences
from service.shops.actions.shelf import Counted, Limits, Offer
from service.shops.models import Good, Pledge, Shop, StockCount
from service.shops.routes.tills import KEEPERS
from service.shops.rules import NO_TERMS, Terms, steps_from
from service.shops.schemas import (
    ApplicationSchema,
    CountsAskSchema,
    CountSchema,
    CountsSchema,
    GoodSchema,
    LimitsSchema,
    OfferSchema,
    PledgeLineSchema,
    PledgeSchema,
    ShopsAskSchema,
    ShopSchema,
    ShopsSchema,
    ShopStepSchema,
    ShopWholeSchema,
    StockCountSchema,
)
from service.web import caller, database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint(
    "members_api", __name__, url_prefix="/api/v1", description="The association's members"
)

OFFICER = "association_officer"
PAGE = 50
LIMITS = ("daily_limit", "person_limit", "sold_from", "sold_to", "first_day", "last_day")


def run(work: Callable[..., Any], **given: Any) -> Any:
    """Run work in a transaction."""
    return database().atomic(partial(work, **given))


def kept_shop(session: Session, code: str, *roles: str) -> Shop:
    """Return a shop that the caller looks after. Raises Forbidden, UnknownShop."""
    keeper = require(*roles)
    shop = queries.shop(session, code)
    queries.check_reach(session, keeper, shop, roles)
    return shop


def decision(reason: str) -> Decision:
    """Return who decides now, and why."""
    return Decision(caller().actor, reason, now())


def apply(session: Session, *, given: dict[str, Any]) -> Shop:
    """Write an application down for the caller's association."""
    keeper: Caller = require(OFFICER)
    led = queries.associations_within(session, keeper.scopes(OFFICER))
    wanted = given.get("association") or (led[0].code if len(led) == 1 else None)
    found = [one for one in led if one.code == wanted]
    if not found:
        raise Forbidden
    place = people.unit(session, given["community"])
    if place.kind != "community" or place.programme_id != found[0].programme_id:
        raise people.UnknownUnit(field="community")
    assert place.id is not None
    application = Application(
        given["code"], given["name"], given["kind"], place.id, given["food_licence_required"]
    )
    return membership.apply(
        session, application, association=found[0], decision=decision(given["reason"])
    )


def step(session: Session, *, code: str, given: dict[str, Any]) -> Shop:
    """Take one step of a shop's way."""
    shop = kept_shop(session, code, OFFICER)
    why = decision(given["reason"])
    if given["step"] == "check":
        seen = ("licence_no", "licence_until", "food_licence_no", "food_licence_until")
        licences = Licences(*(given[name] for name in seen))
        return membership.check(session, shop, licences, decision=why)
    if given["step"] == "admit":
        return membership.take_in(session, shop, terms_in(given), decision=why)
    plain = {"suspend": membership.suspend, "resume": membership.resume, "leave": membership.leave}
    return plain[given["step"]](session, shop, decision=why)


def terms_in(given: dict[str, Any]) -> Terms:
    """Return the terms of discount in a request."""
    kinds = tuple(given["excluded_kinds"])
    return Terms(given["discount_max_pct"], given["discount_bill_cap_fen"], kinds)


def offer(session: Session, *, code: str, given: dict[str, Any]) -> Good:
    """Put a good on a shop's list."""
    shop = kept_shop(session, code, *KEEPERS)
    new = Offer(given["code"], given["name"], given["value_fen"], limits_of(given))
    return shelf.offer(session, shop, new, actor=caller().actor, now=now())


def limits_of(given: dict[str, Any]) -> Limits:
    """Return the limits in a request."""
    return Limits(**{name: given[name] for name in LIMITS})


def limit(session: Session, *, code: str, good: str, given: dict[str, Any]) -> Good:
    """Set a good's limits."""
    shop = kept_shop(session, code, *KEEPERS)
    found = shelf.good_of(session, shop, good)
    return shelf.limit(session, shop, found, limits_of(given), actor=caller().actor, now=now())


def pledge(session: Session, *, code: str, good: str, given: dict[str, Any]) -> Pledge:
    """Pledge so many more of a good, or take back what is left of it."""
    shop = kept_shop(session, code, OFFICER)
    found = shelf.good_of(session, shop, good)
    line = pledges.Line(given["key"], given["document"], caller().actor, now())
    if given["qty"] is None:
        return pledges.end(session, shop, found, line=line)
    return pledges.pledge(session, shop, found, qty=given["qty"], line=line)


def count(session: Session, *, code: str, good: str, given: dict[str, Any]) -> StockCount:
    """Keep a stock count."""
    shop = kept_shop(session, code, *KEEPERS)
    found = shelf.good_of(session, shop, good)
    counted = Counted(given["key"], given["counted"], given["note"])
    return shelf.count(session, shop, found, counted, actor=caller().actor, now=now())


def page_of(session: Session, *, asked: dict[str, Any]) -> tuple[list[Shop], str | None]:
    """Return one page of the shops that the caller looks after, and where the next one begins."""
    within = require(*KEEPERS).scopes(*KEEPERS)
    which = {name: asked.get(name) for name in ("status", "association")}
    rows = queries.members(session, within, **which, after=asked["after"], limit=PAGE + 1)
    return rows[:PAGE], rows[PAGE - 1].code if len(rows) > PAGE else None


def whole(session: Session, *, code: str) -> dict[str, Any]:
    """Return a shop with its goods."""
    shop = kept_shop(session, code, *KEEPERS)
    goods = queries.goods(session, [shop.id or 0])
    return {**described(session, [shop])[0], "goods": goods, "steps": steps_from(shop.status)}


def described(session: Session, rows: list[Shop]) -> list[dict[str, Any]]:
    """Write shops as JSON's fields, with the terms of discount that hold today."""
    held = queries.terms_of(session, [row.id or 0 for row in rows], business_day(now()))
    return [{**facts(row), **said(held.get(row.id or 0, NO_TERMS))} for row in rows]


def facts(row: Shop) -> dict[str, Any]:
    """Write what a shop is, without its terms."""
    return {name: getattr(row, name) for name in ShopSchema().fields if hasattr(row, name)}


def said(terms: Terms) -> dict[str, Any]:
    """Write terms of discount as JSON's fields."""
    return {
        "discount_max_pct": terms.max_pct,
        "discount_bill_cap_fen": terms.bill_cap_fen,
        "excluded_kinds": terms.excluded,
    }


def listed(session: Session, *, asked: dict[str, Any]) -> dict[str, Any]:
    """Return one page of shops as JSON's fields."""
    rows, following = page_of(session, asked=asked)
    return {"items": described(session, rows), "next": following}


def one(session: Session, *, done: Callable[..., Shop], **given: Any) -> dict[str, Any]:
    """Do something to a shop and tell how it stands now."""
    return described(session, [done(session, **given)])[0]


@api.get("/shops")
@api.arguments(ShopsAskSchema, location="query")
@api.response(200, ShopsSchema)
def get_shops(asked: dict[str, Any]) -> dict[str, Any]:
    """List the shops that the caller looks after, whatever their status."""
    found: dict[str, Any] = run(listed, asked=asked)
    return found


@api.post("/shops")
@api.arguments(ApplicationSchema)
@api.response(201, ShopSchema)
def post_shop(given: dict[str, Any]) -> Any:
    """Write a shop's application down."""
    return run(one, done=apply, given=given)


@api.get("/shops/<code>")
@api.response(200, ShopWholeSchema)
def get_shop(code: str) -> Any:
    """Show a shop with its goods, and which steps can be taken."""
    return run(whole, code=code)


@api.post("/shops/<code>/steps")
@api.arguments(ShopStepSchema)
@api.response(200, ShopSchema)
def post_step(given: dict[str, Any], code: str) -> Any:
    """Check, admit, suspend or take back a shop, or let it leave."""
    return run(one, done=step, code=code, given=given)


@api.post("/shops/<code>/goods")
@api.arguments(OfferSchema)
@api.response(201, GoodSchema)
def post_good(given: dict[str, Any], code: str) -> Any:
    """Offer something new; a pledge puts it on the shelf."""
    return run(offer, code=code, given=given)


@api.put("/shops/<code>/goods/<good>/limits")
@api.arguments(LimitsSchema)
@api.response(200, GoodSchema)
def put_limits(given: dict[str, Any], code: str, good: str) -> Any:
    """Set how many, to whom, at what hours and on which days a good is given."""
    return run(limit, code=code, good=good, given=given)


@api.post("/shops/<code>/goods/<good>/pledges")
@api.arguments(PledgeLineSchema)
@api.response(201, PledgeSchema)
def post_pledge(given: dict[str, Any], code: str, good: str) -> Any:
    """Pledge `qty` more of a good; without `qty`, take back what is left of it."""
    return run(pledge, code=code, good=good, given=given)


@api.post("/shops/<code>/goods/<good>/counts")
@api.arguments(CountSchema)
@api.response(201, StockCountSchema)
def post_count(given: dict[str, Any], code: str, good: str) -> ResponseReturnValue:
    """Keep what somebody counted on the shelf."""
    found: ResponseReturnValue = run(count, code=code, good=good, given=given)
    return found


@api.get("/shops/<code>/counts")
@api.arguments(CountsAskSchema, location="query")
@api.response(200, CountsSchema)
def get_counts(asked: dict[str, Any], code: str) -> Any:
    """List what was counted on a shop's shelf beside what the books said, newest first."""
    return run(counted, code=code, asked=asked)


def counted(session: Session, *, code: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Read one page of a shop's counts as JSON's fields."""
    shop, limit = kept_shop(session, code, *KEEPERS), asked["limit"]
    rows = queries.counts(session, shop.id or 0, before=asked["before"], limit=limit + 1)
    items = [{**row.model_dump(), "good": good.code, "by": row.actor} for row, good in rows[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(rows) > limit else None}
