"""HTTP of choices made on the phone: what there is, choosing, giving up, handing over at a till."""

import secrets
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import Any

from flask import Blueprint, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service.people import Caller
from service.redemptions import catalogue, choices, pickup, queries
from service.redemptions.catalogue import Shelf
from service.redemptions.choices import Chosen, Wish
from service.redemptions.models import AlreadyChosen, NotWaiting, Status
from service.redemptions.phone_schemas import (
    CaptureSchema,
    ChoosableListSchema,
    ShelfQuerySchema,
    WishFormSchema,
    WishSchema,
)
from service.redemptions.pickup import Showing
from service.redemptions.routes.guesses import judge_reading
from service.redemptions.routes.till import idempotency_key, keys, till
from service.redemptions.schemas import AnswerSchema, ConfirmSchema
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint

api = ApiBlueprint("choices_api", __name__, url_prefix="/api/v1", description="Chosen on the phone")
pages = Blueprint("choices", __name__)

NONCE_BYTES = 12
QTY_OFFERED = 5  # a phone offers so many pieces at most; the till may give more


@api.get("/me/goods")
@api.arguments(ShelfQuerySchema, location="query")
@api.response(200, ChoosableListSchema)
def get_goods(asked: dict[str, Any]) -> Shelf:
    """List what the volunteer's points buy, shop by shop, the own community's first."""
    return read_shelf(require("volunteer"), asked)


def read_shelf(person: Caller, asked: dict[str, Any]) -> Shelf:
    """Read one page of what there is."""
    return database().atomic(
        partial(
            catalogue.shelf,
            person=person,
            everything=asked["everything"],
            after=asked.get("after"),
            now=now(),
        )
    )


@api.post("/me/choices")
@api.arguments(WishSchema)
@api.response(201, AnswerSchema)
def post_choice(given: dict[str, Any]) -> ResponseReturnValue:
    """Choose a good: it is held until the own code is shown in its shop. The key counts once."""
    person, nonce = require("volunteer"), idempotency_key()
    assert nonce is not None
    answer = choices.choose(database(), Wish(nonce, **given), person, now=now())
    new = answer.state == Status.HELD and not answer.replayed
    return make_response(jsonify(asdict(answer)), 201 if new else 200)


@api.delete("/me/choices/<key>")
@api.response(204)
def delete_choice(key: str) -> ResponseReturnValue:
    """Give a choice up; points and goods are free again."""
    give_up(key)
    return "", 204


def give_up(key: str) -> Chosen:
    """Let the calling volunteer's choice go."""
    person = require("volunteer")
    return database().atomic(partial(choices.give_up, key=key, person=person, now=now()))


@api.post("/redemptions/<key>/capture")
@api.arguments(CaptureSchema)
@api.response(201, AnswerSchema)
def post_capture(given: dict[str, Any], key: str) -> ResponseReturnValue:
    """Hand over what was chosen on the phone, to whoever shows that person's code at the till."""
    asking = till()
    answer = pickup.capture_held(database(), keys(), asking, Showing(key, **given), now=now())
    judge_reading(answer.reason)
    new = answer.state == Status.CAPTURED and not answer.replayed
    return make_response(jsonify(asdict(answer)), 201 if new else 200)


@pages.get("/home/goods")
def show_goods() -> ResponseReturnValue:
    """Show what the volunteer's points buy."""
    person = require("volunteer")
    asked = {"everything": "all" in request.args, "after": request.args.get("after", "")[:90]}
    found = read_shelf(person, asked)
    waiting = database().atomic(partial(open_choices, person=person))
    return render_template(
        "redemptions/goods.html", shelf=found, everything=asked["everything"], chosen=waiting
    )


def open_choices(session: Session, *, person: Caller) -> list[Chosen]:
    """Read what the person chose and has not fetched."""
    return choices.chosen(session, volunteer_id=person.volunteer_id or 0, now=now())


@pages.get("/home/goods/<shop>/<good>")
def show_good(shop: str, good: str) -> ResponseReturnValue:
    """Show one good with what it costs, before it is chosen."""
    return good_page(shop, good)


def good_page(shop: str, good: str, wish: Wish | None = None, **said: Any) -> ResponseReturnValue:
    """Show a good's form; `wish` is what was asked already, to be meant once more."""
    read = partial(catalogue.one, shop_code=shop, code=good, person=require("volunteer"), now=now())
    one, points = database().atomic(read)
    most = min(QTY_OFFERED, points // one.good.points, one.good.person_limit or QTY_OFFERED)
    nonce = wish.nonce if wish else secrets.token_hex(NONCE_BYTES)
    told = {"one": one, "points": points, "most": most, "nonce": nonce, "wish": wish}
    return render_template("redemptions/choose.html", **told, **said)


@pages.post("/home/goods/<shop>/<good>")
def choose_good(shop: str, good: str) -> ResponseReturnValue:
    """Choose a good from its page, and show what waits; the same good within the hour asks."""
    person = require("volunteer")
    sent = {name: value for name, value in request.form.items() if name != "csrf_token"}
    wish = Wish(**WishFormSchema().load({**sent, "shop": shop, "good": good}))
    try:
        answer = choices.choose(database(), wish, person, now=now())
    except AlreadyChosen:
        return good_page(shop, good, chosen=database().atomic(partial(open_choices, person=person)))
    if answer.state == Status.WAITING:
        return good_page(shop, good, wish)
    return redirect(f"/home/choices/{answer.key}", 303)


@pages.get("/home/choices/<key>")
def show_choice(key: str) -> ResponseReturnValue:
    """Show a choice: until when it is held, what to show at the shop, or what became of it."""
    return render_template("redemptions/choice.html", one=choice(key), now=now())


@pages.get("/home/choices/<key>/part")
def show_choice_part(key: str) -> ResponseReturnValue:
    """Send the same block alone, for the page that asks for it again."""
    return render_template("redemptions/_choice.html", one=choice(key), now=now())


def choice(key: str) -> Chosen:
    """Read a choice of the calling volunteer's own."""
    person = require("volunteer")
    return database().atomic(partial(choices.one_chosen, key=key, person=person))


@pages.post("/home/choices/<key>/give-up")
def give_up_from_page(key: str) -> ResponseReturnValue:
    """Give a choice up with one tap."""
    with suppress(NotWaiting):  # it was fetched or is over meanwhile: the page says which
        give_up(key)
    return redirect(f"/home/choices/{key}", 303)


@api.post("/redemptions/<key>/refusal")
@api.arguments(ConfirmSchema)
@api.response(200, AnswerSchema)
def post_refusal(given: dict[str, Any], key: str) -> ResponseReturnValue:
    """Say no, as the volunteer whose points they are, to a sale that waits for their word."""
    return jsonify(database().atomic(partial(refuse, key=key, shop=given.get("shop"))))


def refuse(session: Session, *, key: str, shop: str | None) -> dict[str, Any]:
    """Let go what a till holds, and tell how it stands."""
    person = require("volunteer")
    row = choices.decline(session, key=key, shop=shop, person=person, now=now())
    return asdict(queries.answer(session, row))


@pages.post("/redemptions/<key>/decline")
def decline_from_page(key: str) -> ResponseReturnValue:
    """Say no with one tap, and see what is to be done now."""
    said = "declined"
    try:
        database().atomic(partial(refuse, key=key, shop=request.form.get("shop")))
    except NotWaiting:
        said = "over"
    return redirect(f"/redemptions/waiting?said={said}", 303)
