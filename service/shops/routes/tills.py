"""HTTP for tills: claims, pairing, the association's list."""

from base64 import b64encode
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import passes
from service.people import Caller
from service.shops import queries
from service.shops.actions import tills
from service.shops.models import Shop, Status, UnknownTill, WrongDigits
from service.shops.rules import CLAIM_LIFE
from service.shops.schemas import (
    ClaimAskSchema,
    ClaimSchema,
    PairedSchema,
    PairSchema,
    TillsSchema,
)
from service.shops.shift_schemas import TillsAskSchema
from service.web import database, now, settings
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.callers import keep

api = ApiBlueprint("shops_api", __name__, url_prefix="/api/v1", description="Shops and tills")
pages = Blueprint("shops", __name__)

KEEPERS = ("association_officer", "shop_owner")
PAGE = 50


def make_claim(session: Session, *, keeper: Caller, code: str, moment: datetime) -> dict[str, Any]:
    """Make a claim for a shop and say where the tablet finds it."""
    shop = queries.shop(session, code)
    queries.check_reach(session, keeper, shop, KEEPERS)
    token, digits = tills.claim_till(session, shop, actor=keeper.actor, now=moment)
    url = f"{settings().public_url}/d/{token}"
    return {"url": url, "digits": digits, "expires_at": moment + CLAIM_LIFE, "shop": shop}


def pair(given: dict[str, str]) -> tills.Paired:
    """Pair the calling tablet. Raises ClaimOver or WrongDigits."""
    claim = given["claim"].strip().rstrip("/").rsplit("/", maxsplit=1)[-1]
    paired = database().atomic(
        partial(tills.pair_till, claim=claim, digits=given["digits"], now=now())
    )
    if paired is None:
        raise WrongDigits
    return paired


def revoke(session: Session, *, keeper: Caller, device_id: int, moment: datetime) -> None:
    """Shut out a till that the caller looks after."""
    till = queries.till(session, device_id)
    queries.check_reach(session, keeper, till.shop, KEEPERS, unknown=UnknownTill)
    tills.revoke_till(session, device_id=device_id, shop=till.shop, actor=keeper.actor, now=moment)


def describe(till: queries.Till) -> dict[str, Any]:
    """Write a till as JSON's fields."""
    device = till.device
    on_shift = device.clerk and device.clerk_until and device.clerk_until > now()
    return {
        "id": device.id,
        "name": device.name,
        "shop": till.shop.code,
        "paired_at": device.paired_at,
        "last_seen_at": device.last_seen_at,
        "heard_at": device.heard_at,
        "queued": device.queued,
        "queued_since": device.queued_since,
        "clock_offset_s": device.clock_offset_s,
        "clerk": device.clerk.split(":", 1)[1] if on_shift and device.clerk else None,
        "stopped_until": stopped if (stopped := device.blocked_until) and stopped > now() else None,
    }


def listed(
    session: Session, keeper: Caller, after: int
) -> tuple[list[Shop], list[queries.Till], int | None]:
    """Return the shops that the caller looks after, a page of their tills, and where it ends."""
    shops = queries.shops_within(session, keeper.scopes(*KEEPERS))
    found = queries.tills(session, shops, after=after, limit=PAGE)
    return shops, found, found[-1].device.id if len(found) == PAGE else None


@api.post("/tills/claims")
@api.arguments(ClaimAskSchema)
@api.response(201, ClaimSchema)
def post_claim(given: dict[str, str]) -> dict[str, Any]:
    """Allow one tablet to be paired with a shop, for ten minutes, once."""
    keeper = require(*KEEPERS)
    return database().atomic(partial(make_claim, keeper=keeper, code=given["shop"], moment=now()))


@api.post("/tills")
@api.arguments(PairSchema)
@api.response(201, PairedSchema)
def post_till(given: dict[str, str]) -> ResponseReturnValue:
    """Pair this tablet: the claim that it read and the digits on the other screen."""
    paired = pair(given)
    till = queries.Till(paired.device, paired.shop)
    said = PairedSchema().dump({**describe(till), "token": paired.token})
    return keep(make_response(said, 201), paired.token, "device")


@api.get("/tills")
@api.arguments(TillsAskSchema, location="query")
@api.response(200, TillsSchema)
def get_tills(asked: dict[str, int]) -> dict[str, Any]:
    """List the working tills that the caller looks after, and how they are."""
    work = partial(listed, keeper=require(*KEEPERS), after=asked["after"])
    _, found, following = database().atomic(work)
    return {"items": [describe(till) for till in found], "next": following}


@api.delete("/tills/<int:device_id>")
@api.response(204)
def delete_till(device_id: int) -> None:
    """Shut a till out: its next call is nobody's, and its page forgets what it stored."""
    keeper = require(*KEEPERS)
    database().atomic(partial(revoke, keeper=keeper, device_id=device_id, moment=now()))


@pages.get("/till/pair")
@pages.get("/d/<token>")
def pair_page(token: str = "") -> ResponseReturnValue:
    """Show where the tablet's holder types the four digits; reading the code pairs nothing yet."""
    shop = None
    if token:
        shop = database().atomic(
            partial(queries.claimed_shop, token_hash=tills.token_hash(token), now=now())
        )
    return render_template("shops/pair.html", token=token, shop=shop, wrong=False)


@pages.post("/till/pair")
def pair_from_page() -> ResponseReturnValue:
    """Pair this tablet and open its till."""
    given: dict[str, str] = PairSchema().load(
        {name: request.form.get(name, "") for name in ("claim", "digits")}
    )
    try:
        paired = pair(given)
    except WrongDigits:
        token = given["claim"]
        return render_template("shops/pair.html", token=token, shop=None, wrong=True), 403
    return keep(make_response(redirect("/till", 303)), paired.token, "device")


@pages.get("/desk/tills")
def tills_page() -> ResponseReturnValue:
    """Show the association its members' tills."""
    return show_tills(require(*KEEPERS))


@pages.post("/desk/tills/claims")
def claim_from_page() -> ResponseReturnValue:
    """Show a new claim: the code for the tablet and the digits for its holder, once."""
    keeper = require(*KEEPERS)
    code = ClaimAskSchema().load({"shop": request.form.get("shop", "")})["shop"]
    claim = database().atomic(partial(make_claim, keeper=keeper, code=code, moment=now()))
    drawn = b64encode(passes.svg(claim["url"]).encode()).decode()
    return show_tills(keeper, {**claim, "picture": f"data:image/svg+xml;base64,{drawn}"})


@pages.post("/desk/tills/<int:device_id>/revoke")
def revoke_from_page(device_id: int) -> ResponseReturnValue:
    """Shut a till out and show the list without it."""
    keeper = require(*KEEPERS)
    database().atomic(partial(revoke, keeper=keeper, device_id=device_id, moment=now()))
    return redirect("/desk/tills", 303)


def show_tills(keeper: Caller, claim: dict[str, Any] | None = None) -> ResponseReturnValue:
    """Render the list, with a claim that was just made."""
    after = TillsAskSchema().load(request.args.to_dict())["after"]
    work = partial(listed, keeper=keeper, after=after)
    shops, found, following = database().atomic(work)
    page = render_template(
        "shops/tills.html",
        shops=[shop for shop in shops if shop.status == Status.ADMITTED],  # only they are paired
        tills=[{**describe(till), "shop": till.shop} for till in found],
        claim=claim,
        after=after,
        next=following,
        now=now(),
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response
