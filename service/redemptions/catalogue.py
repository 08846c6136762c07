"""What points buy: the programme's goods on a volunteer's phone, and a shop's on its standee."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, tuple_
from sqlmodel import Session, col, select

from service import shops
from service.clock import business_day
from service.people import Caller
from service.redemptions.rules import objection
from service.redemptions.shelf import ANYBODY, Shopper, against, good_of, on_shelf, spendable

PAGE = 24
SEPARATOR = "~"  # stands in no code of a shop or good


@dataclass(frozen=True, slots=True)
class Choosable:
    """A good of a shop on the phone, and why it cannot be had now."""

    shop: shops.Shop
    good: shops.Good
    reason: str | None
    short: int  # points that are missing


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of what there is, and where the next one begins."""

    rows: list[Choosable]
    next: str | None


@dataclass(frozen=True, slots=True)
class Standee:
    """What a shop's sign opens; `own` is whether the reader may choose here."""

    shop: shops.Shop
    rows: list[Choosable]
    terms: shops.Terms
    own: bool


def shelf(
    session: Session, person: Caller, *, everything: bool, after: str | None, now: datetime
) -> Shelf:
    """Return a page of the programme's goods, the own community's shops first.

    Unless everything is asked for, what is sold out or costs more than one has is left out.
    """
    assert person.programme_id is not None
    who = shopper(session, person)
    order = (col(shops.Shop.community_id) != person.community_id, shops.Shop.code, shops.Good.code)
    asked = (
        select(shops.Good, shops.Shop)
        .join(shops.Shop, col(shops.Shop.id) == shops.Good.shop_id)
        .where(
            shops.Shop.programme_id == person.programme_id,
            shops.Shop.status == shops.Status.ADMITTED,
            col(shops.Good.active),
        )
    )
    if not everything:
        asked = asked.where(shops.Good.points <= who.points, col(shops.Good.stock) > 0)
    if cursor := read_cursor(after):
        asked = asked.where(tuple_(*order) > tuple_(*cursor))
    found = session.exec(asked.order_by(*order).limit(PAGE + 1)).all()
    rows = judged(session, [*found[:PAGE]], who, now=now)
    return Shelf(rows, cursor_of(rows[-1], person) if len(found) > PAGE else None)


def read_cursor(after: str | None) -> tuple[ColumnElement[Any], ...] | None:
    """Read where a page begins; what is no cursor of ours begins at the start."""
    parts = (after or "").split(SEPARATOR)
    if len(parts) != 3:
        return None
    return (literal(parts[0] == "1"), literal(parts[1]), literal(parts[2]))


def cursor_of(last: Choosable, person: Caller) -> str:
    """Write where the next page begins."""
    far = last.shop.community_id != person.community_id
    return SEPARATOR.join(("1" if far else "0", last.shop.code, last.good.code))


def judged(
    session: Session,
    found: list[tuple[shops.Good, shops.Shop]],
    who: Shopper,
    *,
    now: datetime,
) -> list[Choosable]:
    """Say of goods of admitted shops what speaks against each for one person."""
    goods = [good for good, _ in found]
    offers = on_shelf(session, goods, volunteer_id=who.volunteer_id, now=now)
    return [
        Choosable(shop, good, objection(offer, who.points), missing(good, who))
        for (good, shop), offer in zip(found, offers, strict=True)
    ]


def of_shop(session: Session, shop: shops.Shop, *, who: Shopper, now: datetime) -> list[Choosable]:
    """Return what one shop gives, for somebody or for whoever reads its standee."""
    found = [(good, shop) for good in shops.goods(session, [shop.id or 0]) if good.active]
    return judged(session, found, who, now=now)


def shopper(session: Session, person: Caller) -> Shopper:
    """Return a volunteer as somebody who may get something."""
    assert person.programme_id is not None
    points = spendable(session, programme_id=person.programme_id, code=person.code)
    return Shopper(person.volunteer_id, points)


def wanted(
    session: Session, shop_code: str, code: str, person: Caller
) -> tuple[shops.Shop, shops.Good]:
    """Return a shop of the person's programme and its good. Raises UnknownShop, UnknownGood."""
    shop = shops.shop(session, shop_code)
    if shop.programme_id != person.programme_id or shop.admitted_at is None:
        raise shops.UnknownShop
    return shop, good_of(session, shop.id or 0, code)


def one(
    session: Session, *, shop_code: str, code: str, person: Caller, now: datetime
) -> tuple[Choosable, int]:
    """Return one good and the points to spend. Raises UnknownShop, UnknownGood."""
    shop, good = wanted(session, shop_code, code, person)
    who = shopper(session, person)
    reason = against(session, shop, good, qty=1, now=now, who=who)
    return Choosable(shop, good, reason, missing(good, who)), who.points


def missing(good: shops.Good, who: Shopper) -> int:
    """Return how many points somebody is short of a good; a debt does not make it more."""
    return max(0, good.points - max(0, who.points))


def standee(session: Session, *, code: str, person: Caller | None, now: datetime) -> Standee | None:
    """Return an admitted shop's page, for everybody or for the volunteer who looks; or None."""
    asked = select(shops.Shop).where(col(shops.Shop.code).in_((code, code.upper())))
    shop = session.exec(asked.limit(1)).first()
    if shop is None or shop.status != shops.Status.ADMITTED:
        return None
    own = person is not None and person.programme_id == shop.programme_id
    who = shopper(session, person) if person and own else ANYBODY
    terms = shops.terms_on(session, shop.id or 0, business_day(now))
    return Standee(shop, of_shop(session, shop, who=who, now=now), terms, own)
