"""Choices: a good that a volunteer chose on the phone is held until the own code is shown there.

A choice is a redemption that was identified by the own session: held at once, captured by the
shop's till when it reads the person's code, without a tap.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from sqlmodel import Session, col, select

from service import shops
from service.clock import business_day
from service.db import Database
from service.people import Caller
from service.redemptions import holds
from service.redemptions.actions import OPEN, lock_key
from service.redemptions.catalogue import wanted
from service.redemptions.models import (
    AlreadyChosen,
    NotWaiting,
    Redemption,
    Status,
    UnknownRedemption,
)
from service.redemptions.pickup import Choice, asks_for_pin, hold_for_phone
from service.redemptions.queries import by_key_anywhere
from service.redemptions.sale import Answer, Buyer


@dataclass(frozen=True, slots=True)
class Wish:
    """What a volunteer would like, said once under one nonce of the form or the client."""

    nonce: str
    shop: str
    good: str
    qty: int = 1
    proxy: str | None = None
    again: bool = False  # asked about the same good within the hour, and meant


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice with its names, for the phone and for the till."""

    row: Redemption
    good: shops.Good
    shop: shops.Shop


def key_of(person: Caller, shop: shops.Shop, nonce: str) -> str:
    """Make a choice's key of person, shop and nonce: nobody can take a till's key first."""
    said = f"{person.volunteer_id}|{shop.code}|{nonce}"
    return "phone-" + sha256(said.encode()).hexdigest()[:32]


def choose(database: Database, wish: Wish, person: Caller, *, now: datetime) -> Answer:
    """Hold a good for the person until the code is shown in its shop; or say why not.

    Raises UnknownShop, UnknownGood, KeyReused, AlreadyChosen.
    """
    return database.atomic(partial(hold_wish, wish=wish, person=person, now=now))


def hold_wish(session: Session, *, wish: Wish, person: Caller, now: datetime) -> Answer:
    """Hold what is wished; one choice at a time waits in a shop, however quick two taps are."""
    assert person.volunteer_id is not None
    shop, good = wanted(session, wish.shop, wish.good, person)
    assert shop.id is not None
    key = key_of(person, shop, wish.nonce)
    lock_key(session, shop_id=shop.id, key=f"choices-of-{person.volunteer_id}")
    others = chosen(session, volunteer_id=person.volunteer_id, shop_id=shop.id, now=now)
    if any(other.row.key != key for other in others):
        raise AlreadyChosen
    choice = Choice(key, shop.id, good.code, qty=wish.qty, proxy=wish.proxy, again=wish.again)
    return hold_for_phone(session, choice, volunteer_id=person.volunteer_id, now=now)


def give_up(session: Session, *, key: str, person: Caller, now: datetime) -> Chosen:
    """Let go what the person chose; doing it twice is no fault. Raises NotWaiting."""
    found = one_chosen(session, key=key, person=person)
    row = lock_key(session, shop_id=found.row.shop_id, key=key)
    assert row is not None
    session.refresh(row)
    if row.status in OPEN:
        holds.let_go(session, row, reason="given_up", actor=person.actor, now=now)
    elif row.reason != "given_up":
        raise NotWaiting
    return found


def decline(
    session: Session, *, key: str, shop: str | None, person: Caller, now: datetime
) -> Redemption:
    """Say no to a sale that waits for the person's word: it was not them. Raises NotWaiting."""
    found = by_key_anywhere(session, key, shop=shop, volunteer_id=person.volunteer_id)
    row = lock_key(session, shop_id=found.shop_id, key=key)
    assert row is not None
    session.refresh(row)
    if row.status == Status.HELD and row.reason == "step_up":
        holds.let_go(session, row, reason="declined", actor=person.actor, now=now)
    elif row.reason != "declined":
        raise NotWaiting
    return row


def chosen(
    session: Session, *, volunteer_id: int, now: datetime, shop_id: int | None = None
) -> list[Chosen]:
    """Return what somebody chose and has not fetched, oldest first; of one shop if named."""
    day = business_day(now)
    asked = (
        select(Redemption, shops.Good, shops.Shop)
        .join(shops.Shop, col(shops.Shop.id) == Redemption.shop_id)
        .join(shops.Good, col(shops.Good.id) == Redemption.good_id)
        .where(
            Redemption.volunteer_id == volunteer_id,
            col(Redemption.business_day).between(day - timedelta(days=1), day),
            Redemption.status == Status.HELD,
            Redemption.via == "phone",
            col(Redemption.expires_at) > now,
        )
    )
    if shop_id is not None:
        asked = asked.where(Redemption.shop_id == shop_id)
    return [Chosen(*row) for row in session.exec(asked.order_by(col(Redemption.id))).all()]


def one_chosen(session: Session, *, key: str, person: Caller) -> Chosen:
    """Return a choice of the person's own, whatever became of it. Raises UnknownRedemption."""
    row = by_key_anywhere(session, key, volunteer_id=person.volunteer_id)
    if row.via != "phone" or row.good_id is None:
        raise UnknownRedemption
    good = shops.goods_by_id(session, [row.good_id])[row.good_id]
    return Chosen(row, good, shops.shop_by_id(session, row.shop_id))


@dataclass(frozen=True, slots=True)
class Intent:
    """What somebody who shows a code here has chosen beforehand, as the till is told it."""

    key: str
    good: str
    name: str
    qty: int
    points: int
    proxy: str | None
    needs_pin: bool
    expires_at: datetime | None


def intent_here(session: Session, *, shop_id: int, buyer: Buyer, now: datetime) -> Intent | None:
    """Return what the person chose in this shop, if anything waits."""
    assert buyer.volunteer_id is not None
    waiting = chosen(session, volunteer_id=buyer.volunteer_id, shop_id=shop_id, now=now)
    if not waiting:
        return None
    row, good = waiting[0].row, waiting[0].good
    return Intent(
        key=row.key,
        good=good.code,
        name=good.name,
        qty=row.qty,
        points=row.points,
        proxy=row.proxy,
        needs_pin=asks_for_pin(row, buyer),
        expires_at=row.expires_at,
    )
