"""A shop's day that is compared again now: the wish, the job, and how far it is."""

from contextlib import suppress
from functools import partial
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue

from service import batches as shop_days
from service.batches import Again, Far, Runner, UnknownBatch
from service.board import batches
from service.board.batches import Wanted
from service.board.reach import CLERKS, READERS, reach_of
from service.board.schemas import AgainSchema, ShopDayAskSchema
from service.errors import Refusal
from service.live import shop_topic
from service.web import database, now
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.live import offer

api = ApiBlueprint("again_api", __name__, url_prefix="/api/v1", description="Compare again")
pages = Blueprint("again", __name__)


@api.post("/batches/<int:number>/comparison")
@api.response(202, AgainSchema)
def post_comparison(number: int) -> dict[str, Any]:
    """Have a shop's day compared again; while that waits, the same again changes nothing."""
    return described(number, wish(number))


@api.get("/batches/<int:number>/comparison")
@api.response(200, AgainSchema)
def get_comparison(number: int) -> dict[str, Any]:
    """Tell whether a comparison that was asked for is done, and how far it is."""
    batches.batch(database(), reach_of(database(), require(*READERS)), number)
    return described(number, standing(number))


@pages.post("/desk/batches/<int:number>/comparison")
def compare_from_page(number: int) -> ResponseReturnValue:
    """Have a shop's day compared again."""
    wish(number)
    return redirect(f"/desk/batches/{number}#again", 303)


@pages.post("/desk/shops/<code>/day/comparison")
def compare_from_day(code: str) -> ResponseReturnValue:
    """Have the day compared again that a shop's page shows. Raises UnknownBatch."""
    reach = reach_of(database(), require(*CLERKS), CLERKS)
    if code not in reach.codes:  # before the day is read: a stranger is told nothing of it
        raise UnknownBatch
    day = ShopDayAskSchema().load({"day": request.form.get("day", "")})["day"]
    found = batches.batches(database(), reach, Wanted(shop=code, day=day)).rows
    if not found:
        raise UnknownBatch
    return compare_from_page(found[0]["id"])


@pages.get("/desk/batches/<int:number>/comparison")
def show_comparison(number: int) -> ResponseReturnValue:
    """Send what the batch's page says of it, for the script that asks again."""
    reader = require(*READERS)
    found = batches.batch(database(), reach_of(database(), reader), number)
    offer(shop_topic(found["code"]))
    may = found["code"] in reach_of(database(), reader, CLERKS).codes
    return render_template("board/_again.html", batch=found, again=shown(number), may_ask=may)


def wish(number: int) -> Again:
    """Keep the wish of one who answers exceptions there, and queue its job.

    Where the queue is away the wish stands: the next minute's look finds it. Raises UnknownBatch
    and BatchClosed.
    """
    reader = require(*CLERKS)
    batches.batch(database(), reach_of(database(), reader, CLERKS), number)
    asked = partial(shop_days.ask, batch_id=number, by=reader.actor, now=now())
    found: Again = database().atomic(asked)
    if found.waits and (runner := keeper()) is not None:
        with suppress(Refusal):
            runner.compare(number, found.turn)
    return found


def keeper() -> Runner | None:
    """Return who keeps the queue, where the entry handed somebody over."""
    found: Runner | None = current_app.extensions.get("aixin.backstage")
    return found


def standing(number: int) -> Again:
    """Read whether a wish still waits."""
    found: Again = database().atomic(partial(shop_days.standing, batch_id=number))
    return found


def far(number: int, again: Again) -> Far:
    """Say how far the job is; nothing where nobody knows."""
    runner = keeper() if again.waits else None
    if runner is not None:
        with suppress(Refusal):
            return runner.how_far(number, again.turn)
    return Far()


def shown(number: int) -> dict[str, Any]:
    """Return what a page says of a wish."""
    return described(number, standing(number))


def described(number: int, again: Again) -> dict[str, Any]:
    """Return a wish as JSON's fields."""
    reached = far(number, again)
    said = {"batch": number, "waits": again.waits, "job": f"batch-{number}-{again.turn}"}
    said |= {"asked_at": again.asked_at, "checked_at": again.checked_at}
    return said | {"done": reached.done, "total": reached.total}
