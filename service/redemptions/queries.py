"""Reads of redemptions: by key, a till's day, what can be offered, who waits."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from service import people, programmes, shops
from service.clock import business_day
from service.redemptions import discounts
from service.redemptions.models import (
    GIVEN,
    AmbiguousKey,
    GivenDiscount,
    Redemption,
    Status,
    UnknownRedemption,
)
from service.redemptions.rules import (
    Offer,
    Tile,
    discount,
    for_helper,
    receipt,
    shop_flags,
    tiles,
    void_until,
)
from service.redemptions.sale import Answer, Ask, Buyer, Till, answer_of, describe
from service.redemptions.shelf import on_shelf, spendable

USED_DAYS = 30  # how far back "most used" looks
LIST_MAX = 100
RECEIPTS = 1_000_000  # a receipt is known by its last six digits
NO_SALE = (Status.REFUSED, Status.EXPIRED)
SAMPLE_FEN = 10_000  # a bill on which a rate shows


@dataclass(frozen=True, slots=True)
class Looked:
    """What a clerk sees of whoever's code was shown: a tail, a rate and tiles. No balance."""

    tail: str
    via: str
    discount_pct: int
    discount_used: bool
    tiles: list[Tile]
    excluded: tuple[str, ...]  # kinds of goods of which nothing comes off here


@dataclass(frozen=True, slots=True)
class DayTotals:
    """A shop's day so far, in four figures."""

    redemptions: int
    points: int
    discounts: int
    discount_fen: int


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the till's list of today."""

    row: Redemption
    good: str
    receipt: str
    void_until: datetime

    @property
    def flags(self) -> list[str]:
        """Return what a shop may know of why people will look at this sale."""
        return shop_flags(self.row.flags)


def by_key(session: Session, key: str, *, shop_id: int) -> Redemption:
    """Return a shop's redemption by its key. Raises UnknownRedemption."""
    asked = select(Redemption).where(Redemption.shop_id == shop_id, Redemption.key == key)
    found = session.exec(asked).one_or_none()
    if found is None:
        raise UnknownRedemption
    return found


def by_key_anywhere(
    session: Session, key: str, *, shop: str | None = None, volunteer_id: int | None = None
) -> Redemption:
    """Return the one redemption with a key, of a named shop or person if given.

    Raises UnknownRedemption, or AmbiguousKey when two shops have used the same key.
    """
    asked = select(Redemption).where(Redemption.key == key)
    if shop is not None:
        asked = asked.where(Redemption.shop_id == shops.shop(session, shop).id)
    elif volunteer_id is None:  # the index begins with the shop: it is asked for each of them
        asked = asked.where(col(Redemption.shop_id).in_(select(shops.Shop.id)))
    if volunteer_id is not None:
        asked = asked.where(Redemption.volunteer_id == volunteer_id)
    found = session.exec(asked.limit(2)).all()
    if not found:
        raise UnknownRedemption
    if len(found) > 1:
        raise AmbiguousKey
    return found[0]


def answer(session: Session, row: Redemption) -> Answer:
    """Tell a redemption as the till was told it."""
    found = shops.goods_by_id(session, [row.good_id] if row.good_id else [])
    good = found.get(row.good_id) if row.good_id else None
    shop = shops.shop_by_id(session, row.shop_id)
    rules = programmes.rule_set(session, shop.programme_id, row.business_day)
    kept = {name: getattr(row, name) for name in TOLD}
    said = {**kept, "good_name": good.name if good else "", "outcome": None}
    return answer_of(said, row.key, good.code if good else "", rules)


TOLD = (
    "id",
    "status",
    "reason",
    "qty",
    "points",
    "value_fen",
    "tail",
    "via",
    "flags",
    "occurred_at",
    "expires_at",
    "stock_left",
)


def look_up(session: Session, *, shop_id: int, buyer: Buyer, now: datetime) -> Looked:
    """Say what may be offered to whoever's code was shown, here and at this moment."""
    assert buyer.volunteer_id is not None
    day = business_day(now)
    shop = shops.shop_by_id(session, shop_id)
    standing = discounts.look(session, shop, buyer, day)
    points = spendable(session, programme_id=shop.programme_id, code=buyer.code)
    offered = tiles(
        offers(session, shop_id=shop_id, volunteer_id=buyer.volunteer_id, now=now), points
    )
    terms = shops.terms_on(session, shop_id, day)
    off = discount(SAMPLE_FEN, standing.pct, terms)
    used = standing.given >= standing.allowed
    if buyer.via == "helper":  # fewer points, and no discount: that standing is not theirs
        limits = programmes.rule_set(session, shop.programme_id, day).helper
        spent = fetched_today(session, volunteer_id=buyer.volunteer_id, day=day)
        return Looked(buyer.tail, buyer.via, 0, False, for_helper(offered, limits, spent), ())
    return Looked(buyer.tail, buyer.via, off.pct, used, offered, terms.excluded)


def fetched_today(session: Session, *, volunteer_id: int, day: date) -> int:
    """Return the points that a relative has fetched on a day; what is set aside counts."""
    asked = select(func.coalesce(func.sum(Redemption.points), 0)).where(
        Redemption.volunteer_id == volunteer_id,
        Redemption.business_day == day,
        col(Redemption.status).in_((Status.HELD, *GIVEN)),
        func.array_position(Redemption.flags, "helper").is_not(None),
    )
    return int(session.exec(asked).one())


def offers(
    session: Session, *, shop_id: int, volunteer_id: int | None, now: datetime
) -> list[Offer]:
    """Return a shop's goods as they stand this moment, and how often each was taken lately."""
    day = business_day(now)
    since = day - timedelta(days=USED_DAYS)
    counted = (
        select(Redemption.good_id, func.count())
        .where(Redemption.shop_id == shop_id, col(Redemption.status).in_(GIVEN))
        .where(col(Redemption.business_day).between(since, day - timedelta(days=1)))
        .group_by(col(Redemption.good_id))
    )
    used = dict(session.exec(counted).all())
    goods = [good for good in shops.goods(session, [shop_id]) if good.active]
    return on_shelf(session, goods, volunteer_id=volunteer_id, now=now, used=used)


def day_totals(session: Session, *, shop_id: int, day: date) -> DayTotals:
    """Add up a shop's day: what was given and not undone."""
    kept = Redemption.points // Redemption.qty * (Redemption.qty - Redemption.returned_qty)
    redeemed = select(func.count(), func.coalesce(func.sum(kept), 0)).where(
        Redemption.shop_id == shop_id,
        Redemption.business_day == day,
        col(Redemption.status).in_(GIVEN),
    )
    given = select(func.count(), func.coalesce(func.sum(GivenDiscount.discount_fen), 0)).where(
        GivenDiscount.shop_id == shop_id, GivenDiscount.business_day == day
    )
    count, points = session.exec(redeemed).one()
    discounted, fen = session.exec(given).one()
    return DayTotals(count, int(points), discounted, int(fen))


def day_list(
    session: Session, *, shop_id: int, day: date, before: int | None = None, limit: int = 50
) -> list[Line]:
    """Return one page of a shop's day, newest first; what was refused is not a sale."""
    asked = select(Redemption).where(
        Redemption.shop_id == shop_id,
        Redemption.business_day == day,
        col(Redemption.status).not_in(NO_SALE),
    )
    if before is not None:
        asked = asked.where(col(Redemption.id) < before)
    page = asked.order_by(col(Redemption.id).desc()).limit(min(limit, LIST_MAX))
    return list(lines(session, list(session.exec(page)), shop_id=shop_id, day=day))


def by_receipt(session: Session, number: int, *, shop_id: int) -> list[Line]:
    """Return a shop's sales whose receipts end in these six digits, newest first.

    Receipts are numbered through all shops, so a number ends so once in a million sales.
    """
    ids = receipts(session, number)
    asked = select(Redemption).where(col(Redemption.id).in_(ids), Redemption.shop_id == shop_id)
    rows = session.exec(asked.order_by(col(Redemption.id).desc())).all()
    return [
        line
        for row in rows
        if row.status not in NO_SALE
        for line in lines(session, [row], shop_id=shop_id, day=row.business_day)
    ]


def receipts(session: Session, number: int) -> list[int]:
    """Return the newest receipts that end in these six digits."""
    newest = session.exec(select(func.max(Redemption.id))).one() or 0
    return list(range(number, newest + 1, RECEIPTS))[-LIST_MAX:]


def lines(session: Session, rows: list[Redemption], *, shop_id: int, day: date) -> Iterable[Line]:
    """Give rows their goods' names and the moment until which each may be undone."""
    shop = shops.shop_by_id(session, shop_id)
    minutes = programmes.rule_set(session, shop.programme_id, day).void_minutes
    goods = shops.goods_by_id(session, {row.good_id for row in rows if row.good_id})
    for row in rows:
        good = goods.get(row.good_id) if row.good_id else None
        until = void_until(row.occurred_at, minutes)
        yield Line(row, good.name if good else "", receipt(row.id or 0), until)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sale that waits for the volunteer's own word."""

    key: str
    shop: str  # its code
    shop_name: str
    good: str
    qty: int
    points: int
    expires_at: datetime
    proxy: str | None = None  # who came for it, where somebody else did


def waiting_for(session: Session, *, volunteer_id: int, now: datetime) -> list[Waiting]:
    """Return what waits for a volunteer to confirm on the phone, oldest first."""
    asked = (
        select(Redemption, shops.Shop, shops.Good)
        .join(shops.Shop, col(shops.Shop.id) == Redemption.shop_id)
        .join(shops.Good, col(shops.Good.id) == Redemption.good_id)
        .where(
            Redemption.volunteer_id == volunteer_id,
            Redemption.status == Status.HELD,
            Redemption.reason == "step_up",
            col(Redemption.expires_at) > now,
        )
        .order_by(col(Redemption.id))
    )
    return [
        Waiting(
            row.key, shop.code, shop.short_name, good.name, row.qty, row.points, until, row.proxy
        )
        for row, shop, good in session.exec(asked).all()
        if (until := row.expires_at) is not None
    ]


def of_day(session: Session, *, programme_id: int, day: date) -> list[Redemption]:
    """Return every redemption of a programme's day that moved something or was sold offline."""
    asked = (
        select(Redemption)
        .join(shops.Shop, col(shops.Shop.id) == Redemption.shop_id)
        .where(shops.Shop.programme_id == programme_id, Redemption.business_day == day)
        .where(col(Redemption.transfer_id).is_not(None) | col(Redemption.offline))
    )
    return list(session.exec(asked.order_by(col(Redemption.id))).all())


def asked_again(session: Session, row: Redemption, *, actor: str, now: datetime) -> dict[str, Any]:
    """Return what a waiting sale asked, now with the volunteer's own word."""
    assert row.volunteer_id is not None
    assert row.good_id is not None
    who = people.volunteer_by_id(session, row.volunteer_id)
    good = shops.goods_by_id(session, [row.good_id])[row.good_id]
    buyer = Buyer(
        row.volunteer_id, who.code, who.programme_id, row.tail, row.via, row.pid, row.step
    )
    ask = Ask(key=row.key, code="", good=good.code, qty=row.qty, proxy=row.proxy)
    params = describe(Till(row.shop_id, actor, row.device_id), ask, buyer, now=now)
    return {**params, "hash": row.request_hash, "verified": True}
