"""HTTP of tickets: the till makes and watches one, the volunteer opens and takes it."""

from dataclasses import asdict
from functools import partial
from typing import Any

from flask import Blueprint, jsonify, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session

from service import passes
from service.errors import TooMany
from service.i18n import N_
from service.people import Caller
from service.redemptions import tickets
from service.redemptions.models import UnknownTicket
from service.redemptions.phone_schemas import AgainSchema, TicketSchema, WantedSchema
from service.redemptions.queries import answer
from service.redemptions.routes.till import idempotency_key, keys, this_till, till
from service.redemptions.sale import Till
from service.redemptions.schemas import AnswerSchema
from service.redemptions.tickets import Offered, Wanted
from service.web import caller, database, now
from service.web.access import require
from service.web.api import ApiBlueprint
from service.web.limits import Limit

TICKETS = Limit("tickets-minute", most=40, seconds=60)  # nobody taps more often; all are kept


class TooManyTickets(TooMany):
    """This till made more tickets within a minute than a clerk can show."""

    slug, title = "too-many-tickets", N_("Too many codes were made")
    detail = N_("This till waits a moment. Please try again then.")


api = ApiBlueprint("tickets_api", __name__, url_prefix="/api/v1", description="Shop tickets")
pages = Blueprint("tickets", __name__)


@api.post("/till/tickets")
@api.arguments(WantedSchema)
@api.response(201, TicketSchema)
def post_ticket(given: dict[str, Any]) -> ResponseReturnValue:
    """Make a ticket for a good, under the till's key; the volunteer's phone scans its code."""
    asking, key = till(), idempotency_key()
    assert key is not None
    slow_down(f"device:{asking.device_id}")
    work = partial(make, till=asking, wanted=Wanted(key, **given))
    told = database().atomic(work)
    replayed = told.pop("replayed")
    return make_response(jsonify(told), 201 if told["status"] == "ok" and not replayed else 200)


def slow_down(device: str) -> None:
    """Raise TooManyTickets where a till makes one after the other; open while Redis is away."""
    made = TICKETS.count(device)
    if made is not None and made > TICKETS.most:
        raise TooManyTickets(retry_after=TICKETS.left(device))


def make(session: Session, *, till: Till, wanted: Wanted) -> dict[str, Any]:
    """Make a ticket and write it with its code."""
    made = tickets.offer(session, keys(), till, wanted, now=now())
    url = passes.ticket_url(keys(), made.ticket.salt) if made.ticket else None
    picture = passes.data_uri(url) if url else None
    return {**write(session, made), "url": url, "image": picture, "replayed": made.replayed}


@api.get("/till/tickets/<key>")
@api.response(200, TicketSchema)
def get_ticket(key: str) -> ResponseReturnValue:
    """Tell a till where its ticket stands, and the sale's answer when there is one."""
    return jsonify(database().atomic(partial(watch, shop_id=this_till().shop_id, key=key)))


def watch(session: Session, *, shop_id: int, key: str) -> dict[str, Any]:
    """Read a shop's own ticket."""
    return write(session, tickets.watched(session, shop_id=shop_id, key=key, now=now()))


def write(session: Session, one: Offered) -> dict[str, Any]:
    """Write a ticket as its till is told it."""
    told = one.state == "done" and one.row is not None
    return {
        "status": "refused" if one.reason else "ok",
        "reason": one.reason,
        "key": one.key,
        "state": one.state,
        "good": one.good.code,
        "good_name": one.good.name,
        "qty": one.qty,
        "points": one.points,
        "expires_at": one.ticket.expires_at if one.ticket else None,
        "answer": asdict(answer(session, one.row)) if told and one.row else None,
    }


@api.post("/tickets/<tail>/confirmation")
@api.arguments(AgainSchema)
@api.response(200, AnswerSchema)
def post_confirmation(given: dict[str, Any], tail: str) -> ResponseReturnValue:
    """Take, as a volunteer, what a shop's ticket offers."""
    person = require("volunteer")
    taken = tickets.take(database(), tail=tail, person=person, again=given["again"], now=now())
    return jsonify(asdict(taken))


@pages.get("/r/<tail>")
def show_ticket(tail: str) -> ResponseReturnValue:
    """Show a ticket to the volunteer who scanned it; changes nothing. Others learn nothing."""
    found = caller()
    if found.kind != "volunteer":
        viewer = found.profile if found.kind == "device" else found.kind
        return render_template("redemptions/ticket.html", viewer=viewer, tail=tail)
    return ticket_page(found, tail)


def ticket_page(person: Caller, tail: str) -> ResponseReturnValue:
    """Show what a ticket offers, or one sentence for every reason why it cannot be used."""
    try:
        found = database().atomic(partial(tickets.opened, tail=tail, person=person, now=now()))
    except UnknownTicket:
        return render_template("redemptions/ticket.html", found=None), 404
    return render_template("redemptions/ticket.html", found=found, tail=tail)


@pages.post("/r/<tail>")
def take_ticket(tail: str) -> ResponseReturnValue:
    """Take what a ticket offers with one tap, and show what came of it."""
    person, again = require("volunteer"), "again" in request.form
    try:
        tickets.take(database(), tail=tail, person=person, again=again, now=now())
    except UnknownTicket:
        return render_template("redemptions/ticket.html", found=None), 404
    return redirect(f"/r/{tail}", 303)
