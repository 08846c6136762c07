"""Tickets: the till shows a code for a good, the volunteer confirms it on the own phone.

The ticket fixes what is given; the redemption with its key is what became of it. A ticket has no
state of its own, so that the two cannot disagree: no redemption yet and in time is open.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session, select

from service import passes, people, shops
from service.db import Database
from service.errors import KeyReused
from service.passes import Keyring
from service.people import Caller
from service.redemptions import sale
from service.redemptions.models import Redemption, Status, Ticket, UnknownTicket
from service.redemptions.queries import answer
from service.redemptions.rules import TICKET_LIFE
from service.redemptions.sale import Answer, Ask, Buyer, Till, describe
from service.redemptions.shelf import Shopper, against, good_of, spendable

VIA = "phone"  # nothing was read at the till: the volunteer's own session identifies


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a till offers under one key."""

    key: str
    good: str
    qty: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A ticket as its till sees it, or why there is none."""

    key: str
    good: shops.Good
    qty: int
    points: int
    state: str  # open | asked | done | over
    ticket: Ticket | None = None
    reason: str | None = None
    row: Redemption | None = None
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A ticket on the phone that scanned it: what it is, what remains, what speaks against it."""

    ticket: Ticket
    good: shops.Good
    shop: shops.Shop
    state: str
    points_left: int  # after it; negative is what is missing
    reason: str | None = None
    row: Redemption | None = None


def offer(session: Session, keys: Keyring, till: Till, wanted: Wanted, *, now: datetime) -> Offered:
    """Make a ticket, or return the one that the key made before. Raises KeyReused, UnknownGood."""
    good = good_of(session, till.shop_id, wanted.good)
    found = ticket_by_key(session, till.shop_id, wanted.key)
    row = redemption_of(session, till.shop_id, wanted.key)
    if found is not None and (found.good_id, found.qty) == (good.id, wanted.qty):
        return seen(found, good, row, replayed=True, now=now)
    if found is not None or row is not None:
        raise KeyReused
    shop, points = shops.shop_by_id(session, till.shop_id), good.points * wanted.qty
    if reason := against(session, shop, good, qty=wanted.qty, now=now):
        return Offered(wanted.key, good, wanted.qty, points, "over", reason=reason)
    return seen(make(session, keys, till, wanted, good=good, now=now), good, None, now=now)


def make(
    session: Session, keys: Keyring, till: Till, wanted: Wanted, *, good: shops.Good, now: datetime
) -> Ticket:
    """Write a new ticket down."""
    assert good.id is not None
    salt = passes.new_ticket_salt()
    row = Ticket(
        digest=passes.ticket_digest(passes.ticket_tail(keys, salt)),
        salt=salt,
        shop_id=till.shop_id,
        key=wanted.key,
        good_id=good.id,
        qty=wanted.qty,
        points=good.points * wanted.qty,
        device_id=till.device_id,
        actor=till.actor,
        made_at=now,
        expires_at=now + TICKET_LIFE,
    )
    session.add(row)
    session.flush()
    return row


def ticket_by_key(session: Session, shop_id: int, key: str) -> Ticket | None:
    """Return the ticket that a till made under a key, if it did."""
    asked = select(Ticket).where(Ticket.shop_id == shop_id, Ticket.key == key)
    return session.exec(asked).one_or_none()


def redemption_of(session: Session, shop_id: int, key: str) -> Redemption | None:
    """Return what became of a key, if anything has."""
    asked = select(Redemption).where(Redemption.shop_id == shop_id, Redemption.key == key)
    return session.exec(asked).one_or_none()


def state_of(ticket: Ticket, row: Redemption | None, now: datetime) -> str:
    """Say where a ticket stands; one that the shop took back reads like one that is too old."""
    if row is None:
        return "open" if now < ticket.expires_at else "over"
    if row.status == Status.WAITING:
        return "asked" if row.expires_at is not None and now < row.expires_at else "over"
    return "over" if row.request_hash is None else "done"


def seen(
    ticket: Ticket,
    good: shops.Good,
    row: Redemption | None,
    *,
    now: datetime,
    replayed: bool = False,
) -> Offered:
    """Tell a ticket to its till."""
    state = state_of(ticket, row, now)
    of = (ticket.key, good, ticket.qty, ticket.points, state)
    return Offered(*of, ticket=ticket, row=row, replayed=replayed)


def watched(session: Session, *, shop_id: int, key: str, now: datetime) -> Offered:
    """Return a shop's own ticket, for the till that waits for it. Raises UnknownTicket."""
    found = ticket_by_key(session, shop_id, key)
    if found is None:
        raise UnknownTicket
    good = shops.goods_by_id(session, [found.good_id])[found.good_id]
    return seen(found, good, redemption_of(session, shop_id, key), now=now)


def opened(session: Session, *, tail: str, person: Caller, now: datetime) -> Opened:
    """Return a ticket for the volunteer who scanned it.

    Raises UnknownTicket for one that is over, somebody else's, or another programme's: nobody
    learns by trying which of them it was.
    """
    found = session.get(Ticket, passes.ticket_digest(tail))
    if found is None:
        raise UnknownTicket
    shop = shops.shop_by_id(session, found.shop_id)
    row = redemption_of(session, found.shop_id, found.key)
    state = state_of(found, row, now)
    foreign = row is not None and row.volunteer_id != person.volunteer_id
    if state == "over" or foreign or shop.programme_id != person.programme_id:
        raise UnknownTicket
    good = shops.goods_by_id(session, [found.good_id])[found.good_id]
    points = spendable(session, programme_id=shop.programme_id, code=person.code)
    standing = Opened(found, good, shop, state, points - found.points, row=row)
    return standing if state == "done" else checked(session, standing, person, points, now=now)


def checked(
    session: Session, standing: Opened, person: Caller, points: int, *, now: datetime
) -> Opened:
    """Say beforehand what a tap would be told, so that nobody taps in vain."""
    ticket, good, shop = standing.ticket, standing.good, standing.shop
    if good.points * ticket.qty != ticket.points:  # the price is another one than was shown
        raise UnknownTicket
    who = Shopper(person.volunteer_id, points)
    reason = against(session, shop, good, qty=ticket.qty, now=now, who=who)
    return Opened(ticket, good, shop, standing.state, standing.points_left, reason, standing.row)


def take(database: Database, *, tail: str, person: Caller, again: bool, now: datetime) -> Answer:
    """Redeem what a ticket offers; a second tap is told the same.

    `again` says that the person was asked about the same good within the hour and means it.
    Raises UnknownTicket, also when somebody else was quicker.
    """
    read = partial(asked_for, tail=tail, person=person, again=again, now=now)
    asked = database.atomic(read)
    if isinstance(asked, Answer):
        return asked
    try:
        return sale.send(database, asked["key"], asked)
    except KeyReused as error:
        raise UnknownTicket from error


def asked_for(
    session: Session, *, tail: str, person: Caller, again: bool, now: datetime
) -> Answer | dict[str, Any]:
    """Return what a sale is asked for this ticket, or what it answered already."""
    found = opened(session, tail=tail, person=person, now=now)
    if found.row is not None and (found.state == "done" or not again):
        return answer(session, found.row)
    who = people.volunteer(session, person.code)
    tail_of_booklet = who.code[-3:]
    buyer = Buyer(who.id, who.code, who.programme_id, tail_of_booklet, VIA)
    ticket = found.ticket
    ask = Ask(ticket.key, "", found.good.code, qty=ticket.qty, override_duplicate=again)
    till = Till(ticket.shop_id, person.actor, ticket.device_id)
    return {**describe(till, ask, buyer, now=now), "verified": True}
