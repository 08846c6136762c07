"""The desk's pages of exceptions: the queue, and one exception with all that can be done."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import activities, people, shops, trail
from service.money import fen_of
from service.people import Caller
from service.reconciliation import queries, queue, words
from service.reconciliation.models import Difference, Kind, Standing
from service.reconciliation.queries import SHOP_KINDS, Seen
from service.reconciliation.queue_schemas import (
    AssignSchema,
    CarrySchema,
    DecideSchema,
    QueueAskSchema,
    ReplySchema,
)
from service.reconciliation.routes import queue_deeds as deeds
from service.reconciliation.routes.whose import CLERKS, QUEUE_READERS, seen_by, today
from service.reconciliation.schemas import ANSWERS
from service.web import database
from service.web.locale import gettext, moment, points, yuan
from service.web.uploads import received, show, takes_pictures

queue_pages = Blueprint("exceptions", __name__)
FILTERS = ("community", "shop", "kind", "age", "state", "after")


@queue_pages.get("/desk/exceptions")
def show_queue() -> ResponseReturnValue:
    """List what waits, the oldest first, with how much of it is old."""
    keeper, seen = seen_by(*QUEUE_READERS)
    given = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    asked = QueueAskSchema().load(given)
    page = database().atomic(partial(read_queue, keeper=keeper, seen=seen, given=asked))
    return render_template("reconciliation/exceptions.html", given=given, words=words, **page)


def read_queue(
    session: Session, *, keeper: Caller, seen: Seen, given: dict[str, Any]
) -> dict[str, Any]:
    """Read a page of the queue, its counts, and what it can be narrowed by."""
    inside = deeds.community_asked(session, seen, given["community"])
    who, asked = deeds.reads(session, keeper, inside), given["asked"]
    page = queue.queue(session, who, asked)
    places = sorted(
        (people.unit_by_id(session, one) for one in seen.community_ids), key=lambda one: one.code
    )
    return {
        "asked": asked,
        "who": who,
        "rows": page.rows,
        "next": page.next,
        "counts": queue.counts(session, who),
        "kinds": [one for one in Kind if not seen.shops_only or one in SHOP_KINDS],
        "places": {one.id: one for one in places},
        "shops": shops_seen(session, inside, places),
        "named": names_in(session, page.rows),
        "said": who_said(queries.titles(session)),
    }


def shops_seen(session: Session, seen: Seen, places: list[people.Unit]) -> list[shops.Shop]:
    """Return the shops of the communities that are shown, in the order of their codes."""
    programmes = {one.programme_id for one in places if one.programme_id is not None}
    every = [row for one in programmes for row in shops.list_shops(session, programme_id=one)]
    return [row for row in every if row.community_id in seen.community_ids and seen.has(row.code)]


def names_in(session: Session, rows: list[Difference]) -> Callable[[str], str]:
    """Return what says the name of a shop, a good or an activity of these rows by its code."""
    known = shops.shops_by_id(session, {row.shop_id for row in rows if row.shop_id})
    names = {row.code: row.short_name for row in known.values()}
    for good in shops.goods(session, known):
        names[f"{known[good.shop_id].code}/{good.code}"] = good.name
    days = {(row.programme_id, row.day) for row in rows if row.kind not in SHOP_KINDS}
    for programme, day in days:
        held = activities.activities_of(session, programme_id=programme, day=day)
        names |= {row.code: row.title for row in held}
    return lambda code: names.get(code, code.rpartition("/")[2])


def who_said(titles: dict[str, str]) -> Callable[[str | None], str]:
    """Return what says who an actor is: a title, or the tail of a booklet's number."""

    def said(actor: str | None) -> str:
        kind, _, code = (actor or "").partition(":")
        if kind == "volunteer":
            return gettext(words.VOLUNTEER).format(tail=code[-words.TAIL :])
        return titles.get(code) or gettext(words.SYSTEM)

    return said


@queue_pages.get("/desk/exceptions/<int:number>")
def show_exception(number: int) -> ResponseReturnValue:
    """Show one exception: both sides, who looks after it, what was said, what can be done."""
    keeper, seen = seen_by(*QUEUE_READERS)
    answering, approving = deeds.within(*CLERKS), deeds.within(*deeds.APPROVERS)

    def work(session: Session) -> dict[str, Any]:
        row = queries.exception(session, number, seen)
        open_ = row.status != Standing.RESOLVED
        may = {
            "answer": open_ and queries.visible(row, answering),
            "approve": open_ and queries.visible(row, approving),
        }
        return {"may": may, **read_exception(session, row, keeper=keeper, seen=seen)}

    page = database().atomic(work)
    return render_template(
        "reconciliation/exceptions_one.html",
        key=uuid4().hex,
        answers=ANSWERS,
        today=today(),
        words=words,
        **page,
    )


def read_exception(
    session: Session, row: Difference, *, keeper: Caller, seen: Seen
) -> dict[str, Any]:
    """Read what the page of one exception shows."""
    who = deeds.reads(session, keeper, seen)
    named = names_in(session, [row])
    return {
        "row": row,
        "who": who,
        "limits": who.limits[row.programme_id],
        "found": queue.story(session, row),
        "place": people.unit_by_id(session, row.community_id),
        "shop": shops.shop_by_id(session, row.shop_id) if row.shop_id else None,
        "about_shop": row.kind in SHOP_KINDS,
        "sides": sides(row, named),
        "assignees": queue.assignees(session, row),
        "deeds": trail.about(session, f"exception:{row.id}"),
        "named": named,
        "said": who_said(queries.titles(session)),
    }


def sides(row: Difference, named: Callable[[str], str]) -> list[tuple[str, str | None, str | None]]:
    """Return what the books and the shop say line by line, as far as either is known."""
    ours, theirs = row.detail, row.detail.get("theirs") or {}
    if row.amount_fen is None and not theirs:
        return []
    good = named(f"{row.subject}/{ours['good']}") if ours.get("good") else None
    count = theirs.get("qty")
    item = " × ".join(str(one) for one in (theirs.get("item"), count) if one) or None
    found = [
        (words.SIDES["yuan"], said_fen(row.ours_fen), said_fen(row.theirs_fen)),
        (words.SIDES["points"], said_number(ours), said_number(theirs)),
        (words.SIDES["good"], good, item),
        (words.SIDES["at"], said_moment(ours), said_moment(theirs)),
        (words.SIDES["reference"], ours.get("key"), theirs.get("reference")),
    ]
    return [line for line in found if line[1] or line[2]]


def said_fen(fen: int | None) -> str | None:
    """Write yuan, where there are any."""
    return None if fen is None else yuan(fen)


def said_number(side: dict[str, Any]) -> str | None:
    """Write a side's points."""
    return None if side.get("points") is None else points(int(side["points"]))


def said_moment(side: dict[str, Any]) -> str | None:
    """Write when it happened by one side."""
    return moment(datetime.fromisoformat(side["at"])) if side.get("at") else None


@queue_pages.post("/desk/exceptions/<int:number>/assignment")
def post_assignment(number: int) -> ResponseReturnValue:
    """Give it to whom the form names, or to nobody."""
    given = {name: request.form.get(name) or None for name in ("to", "was")}
    deeds.give(number, AssignSchema().load(given))
    return back(number)


@queue_pages.post("/desk/exceptions/<int:number>/resolution")
@takes_pictures
def post_resolution(number: int) -> ResponseReturnValue:
    """Answer it as the form says, with a picture if one was chosen."""
    seen_by(*CLERKS)  # before the form is read
    given: dict[str, Any] = deeds.from_form("resolution", "note", "reason", "key")
    if given.get("resolution") == "adjusted" and request.form.get("yuan", "").strip():
        fen = fen_of(request.form["yuan"], "yuan", signed=True)
        given["fen"] = -abs(fen) if request.form.get("less") == "1" else fen
    deeds.say(number, ReplySchema().load(given), received())
    return back(number)


@queue_pages.post("/desk/exceptions/<int:number>/carry")
@takes_pictures
def post_carry(number: int) -> ResponseReturnValue:
    """Carry it over to the day of the form."""
    seen_by(*CLERKS)
    given = deeds.from_form("until", "note", "reason", "key")
    deeds.say(number, CarrySchema().load(given), received())
    return back(number)


@queue_pages.post("/desk/exceptions/<int:number>/approval")
def post_approval(number: int) -> ResponseReturnValue:
    """Approve or decline the answer that waits."""
    seen_by(*CLERKS, *deeds.APPROVERS)
    given = {"answer": request.form.get("answer", type=int), "approve": request.form.get("approve")}
    deeds.decide(number, DecideSchema().load(given))
    return back(number)


@queue_pages.get("/desk/exceptions/<int:number>/pictures/<code>")
def show_picture(number: int, code: str) -> ResponseReturnValue:
    """Send a picture that stands beside an answer to those who may read it."""
    return show(deeds.picture(number, code))


def back(number: int) -> ResponseReturnValue:
    """Return to the exception's page."""
    return redirect(f"/desk/exceptions/{number}", 303)
