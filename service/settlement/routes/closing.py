"""Shops' days over HTTP: what waits for a signature, one day, and many signed in one act."""

from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import shops
from service.errors import NotFound, Refusal
from service.people import Caller
from service.reconciliation import CLASSES
from service.settlement import queries
from service.settlement.actions import days
from service.settlement.actions.days import Act
from service.settlement.models import ShopDay, UnknownShopDay
from service.settlement.queries import Within
from service.settlement.routes.whose import (
    ACTS,
    OFFICES,
    STEPS,
    due,
    reader,
    run,
    signer,
    who_said,
)
from service.settlement.rules import FOLLOWS, Step
from service.settlement.schemas import (
    DaysAskSchema,
    DaysSchema,
    ManySchema,
    ManySignedSchema,
    ShopDayWholeSchema,
    SignatureSchema,
)
from service.web import now
from service.web.api import ApiBlueprint

api = ApiBlueprint(
    "closing_api", __name__, url_prefix="/api/v1/settlement", description="Closing shops' days"
)
pages = Blueprint("closing", __name__)
OPEN = (Step.PREPARED, Step.DISPUTED, Step.CONFIRMED, Step.REVIEWED)
NAMES = ("shop_id", "day", "version", "step", "digest", "waiting", "silent_until", "seal")


@pages.get("/desk/closing")
def show_days() -> ResponseReturnValue:
    """List the days that are not closed; those that wait for the reader can be signed at once."""
    who, seen = reader()
    asked = DaysAskSchema().load(request.args.to_dict())
    return render_template("settlement/closing.html", **run(read_days, who=who, seen=seen, **asked))


def read_days(
    session: Session, *, who: Caller, seen: Within, after: str | None = None
) -> dict[str, Any]:
    """Read a page of days: those for the reader's own signature apart from the rest."""
    step = mine_first(who)
    rows = queries.days_to_sign(session, seen, step=OPEN, after=cursor(after))
    page = rows[: queries.DAYS_PAGE]
    reach = signer(step)[1] if step else None
    mine = [row for row in page if step and reach and waits(row, step, reach)]
    return {
        "mine": mine,
        "clean": [row for row in mine if not row.waiting],
        "rest": [row for row in page if row not in mine],
        "step": step,
        "steps": STEPS,
        "shops": shops.shops_by_id(session, {row.shop_id for row in page}),
        "next": token(page[-1]) if len(rows) > queries.DAYS_PAGE else None,
    }


def mine_first(who: Caller) -> Step | None:
    """Return the signature that somebody's office sets."""
    steps = (Step.CONFIRMED, Step.REVIEWED, Step.CLOSED)
    return next((step for step in steps if who.has(OFFICES[step])), None)


def waits(row: ShopDay, step: Step, reach: Within) -> bool:
    """Tell whether a day waits for this signature by somebody with this reach."""
    mine = reach.has(shop_id=row.shop_id, community_id=row.community_id)
    return mine and row.step in FOLLOWS[step]


def cursor(said: str | None) -> tuple[date, int] | None:
    """Read where a page begins. Raises NotFound."""
    if said is None:
        return None
    day, _, shop = said.partition(":")
    return day_of(day), int(shop)


def token(row: ShopDay) -> str:
    """Say where the next page begins."""
    return f"{row.day}:{row.shop_id}"


def day_of(word: str) -> date:
    """Read a day from an address. Raises NotFound."""
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        raise NotFound from error


@api.get("/days")
@api.arguments(DaysAskSchema, location="query")
@api.response(200, DaysSchema)
def get_days(asked: dict[str, Any]) -> Any:
    """List the shops' days that are not closed, oldest first."""
    _, seen = reader()
    return run(listed, seen=seen, **asked)


def listed(session: Session, *, seen: Within, after: str | None = None) -> dict[str, Any]:
    """Return one page of days as JSON's fields."""
    rows = queries.days_to_sign(session, seen, step=OPEN, after=cursor(after))
    page = rows[: queries.DAYS_PAGE]
    known = shops.shops_by_id(session, {row.shop_id for row in page})
    said = [describe(row, known[row.shop_id]) for row in page]
    return {"items": said, "next": token(page[-1]) if len(rows) > queries.DAYS_PAGE else None}


def describe(row: ShopDay, shop: shops.Shop) -> dict[str, Any]:
    """Return a day as JSON's fields."""
    return {name: getattr(row, name) for name in NAMES} | {"shop": shop.code}


@pages.post("/desk/closing")
def sign_from_page() -> ResponseReturnValue:
    """Sign the days that are ticked."""
    ticked = [word.split("|") for word in request.form.getlist("day")]
    listed_ = [dict(zip(("shop", "day", "digest"), parts, strict=False)) for parts in ticked]
    given = ManySchema().load({"step": request.form.get("step", ""), "days": listed_})
    found = run(sign_many, given=given)
    told = f"?signed={found['signed']}&refused={len(found['refused'])}"
    return redirect("/desk/closing" + told, 303)


@api.post("/days/signatures")
@api.arguments(ManySchema)
@api.response(200, ManySignedSchema)
def post_signatures(given: dict[str, Any]) -> Any:
    """Sign many shops' days in one act; what cannot be signed is told, and stops no other."""
    return run(sign_many, given=given)


def sign_many(session: Session, *, given: dict[str, Any]) -> dict[str, Any]:
    """Sign day by day, oldest first: a refusal is raised before anything of a day is written."""
    signed, refused = 0, []
    for one in sorted(given["days"], key=lambda each: (each["day"], each["shop"])):
        act = {"step": given["step"], "digest": one["digest"], "note": given["note"]}
        try:
            sign(session, shop=one["shop"], day=one["day"], given=act)
            signed += 1
        except Refusal as refusal:
            refused.append({"shop": one["shop"], "day": one["day"], "reason": refusal.slug})
    return {"signed": signed, "refused": refused}


def sign(session: Session, *, shop: str, day: date, given: dict[str, Any]) -> ShopDay:
    """Set one signature as whose turn it is."""
    who, mine = signer(given["step"])
    row = queries.day(session, shops.shop(session, shop).id or 0, day, mine)
    act = Act(Step(given["step"]), who.actor, given["digest"], given["note"].strip())
    return days.sign(session, row.shop_id, row.day, act, now=now())


@pages.get("/desk/closing/<shop>/<day>")
def show_day(shop: str, day: str) -> ResponseReturnValue:
    """Show what one shop's day is signed as, and by whom."""
    who, seen = reader()
    shown = run(read_day, who=who, seen=seen, shop=shop, day=day_of(day))
    return render_template("settlement/day.html", steps=STEPS, acts=ACTS, classes=CLASSES, **shown)


def seen_day(session: Session, *, seen: Within, shop: str, day: date) -> tuple[shops.Shop, ShopDay]:
    """Return a shop and its day; no shop has no day either. Raises UnknownShopDay."""
    try:
        found = shops.shop(session, shop)
    except shops.UnknownShop:
        raise UnknownShopDay from None
    return found, queries.day(session, found.id or 0, day, seen)


def read_day(
    session: Session, *, who: Caller, seen: Within, shop: str, day: date
) -> dict[str, Any]:
    """Read a shop's day with every signature that was ever set on it."""
    found, row = seen_day(session, seen=seen, shop=shop, day=day)
    place = {"shop_id": row.shop_id, "community_id": row.community_id}
    links = queries.links(session, row)
    said = who_said(session, [one.signed_by for one in links])
    return {"row": row, "shop": found, "links": links, "said": said,
            "due": due(who, row.step, **place)}  # fmt: skip


@api.get("/days/<shop>/<day>")
@api.response(200, ShopDayWholeSchema)
def get_day(shop: str, day: str) -> Any:
    """Tell what one shop's day is signed as, and by whom."""
    _, seen = reader()
    return run(whole, seen=seen, shop=shop, day=day_of(day))


def whole(session: Session, *, seen: Within, shop: str, day: date) -> dict[str, Any]:
    """Return one day as JSON's fields."""
    found, row = seen_day(session, seen=seen, shop=shop, day=day)
    signed = queries.links(session, row)
    return {**describe(row, found), "content": row.content, "signatures": signed}


@pages.post("/desk/closing/<shop>/<day>")
def sign_day_from_page(shop: str, day: str) -> ResponseReturnValue:
    """Sign one day, or disagree with a reason."""
    names = ("step", "digest", "note")
    given = SignatureSchema().load({name: request.form.get(name, "") for name in names})
    run(sign, shop=shop, day=day_of(day), given=given)
    return redirect(f"/desk/closing/{shop}/{day_of(day)}", 303)
