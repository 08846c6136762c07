"""What a shop offers, on which terms, and what was counted on its shelf."""

from dataclasses import asdict, dataclass
from datetime import date, datetime, time

from sqlmodel import Session, select

from service import outbox, programmes, trail
from service.clock import business_day
from service.errors import KeyReused
from service.shops.models import Good, Shop, ShopNotAdmitted, Status, StockCount
from service.shops.refusals import CodeTaken, UnknownOffer, ValueNotWhole
from service.shops.rules import points_of


@dataclass(frozen=True, slots=True)
class Limits:
    """How many a day the shop gives, how many one person gets, at what hours, on which days."""

    daily_limit: int | None = None
    person_limit: int | None = None
    sold_from: time | None = None
    sold_to: time | None = None
    first_day: date | None = None
    last_day: date | None = None


def good_of(session: Session, shop: Shop, code: str) -> Good:
    """Return a shop's good by its code. Raises UnknownOffer."""
    asked = select(Good).where(Good.shop_id == shop.id, Good.code == code)
    found = session.exec(asked).one_or_none()
    if found is None:
        raise UnknownOffer
    return found


@dataclass(frozen=True, slots=True)
class Offer:
    """A new good: its name and value. Points follow from the value and never change."""

    code: str
    name: str
    value_fen: int
    limits: Limits = Limits()


def offer(session: Session, shop: Shop, new: Offer, *, actor: str, now: datetime) -> Good:
    """Put a good on a shop's list; a pledge puts it on the shelf. The same again returns it.

    Raises ShopNotAdmitted, CodeTaken, ValueNotWhole.
    """
    session.refresh(shop, with_for_update={"key_share": True})
    asked = select(Good).where(Good.shop_id == shop.id, Good.code == new.code)
    found = session.exec(asked).one_or_none()
    if found is not None:
        if (found.name, found.value_fen) != (new.name, new.value_fen):
            raise CodeTaken(field="code")
        return found
    if shop.status != Status.ADMITTED:
        raise ShopNotAdmitted
    assert shop.id is not None
    good = Good(
        shop_id=shop.id,
        code=new.code,
        name=new.name,
        value_fen=new.value_fen,
        points=points(session, shop, new.value_fen, now=now),
        pledged_qty=0,
        stock=0,
        **asdict(new.limits),
    )
    session.add(good)
    session.flush()
    said = {"good": good.code, "name": good.name, "value_fen": good.value_fen}
    note(session, shop, "good.offer", said, actor=actor, now=now)
    return good


def points(session: Session, shop: Shop, value_fen: int, *, now: datetime) -> int:
    """Return the points of a value by the rules of the day. Raises ValueNotWhole."""
    rules = programmes.rule_set(session, shop.programme_id, business_day(now))
    found = points_of(value_fen, rules.points_per_yuan)
    if found is None:
        raise ValueNotWhole(field="value_fen", rate=rules.points_per_yuan)
    return found


def limit(
    session: Session, shop: Shop, good: Good, limits: Limits, *, actor: str, now: datetime
) -> Good:
    """Set a good's limits, hours and days. What was taken today counts on under the new limits."""
    session.refresh(good, with_for_update={"key_share": True})
    asked = asdict(limits)
    if any(getattr(good, name) != value for name, value in asked.items()):
        for name, value in asked.items():
            setattr(good, name, value)
        said = {name: str(value) for name, value in asked.items() if value is not None}
        note(session, shop, "good.limit", {"good": good.code, **said}, actor=actor, now=now)
    return good


@dataclass(frozen=True, slots=True)
class Counted:
    """What somebody found on the shelf; the key is that of the form."""

    key: str
    qty: int
    note: str


def count(
    session: Session, shop: Shop, good: Good, counted: Counted, *, actor: str, now: datetime
) -> StockCount:
    """Keep a stock count beside what the books say. It moves nothing: people answer a difference.

    The same count again returns the first one. Raises KeyReused.
    """
    session.refresh(good, with_for_update={"key_share": True})
    asked = select(StockCount).where(StockCount.good_id == good.id, StockCount.key == counted.key)
    found = session.exec(asked).one_or_none()
    if found is not None:
        if found.counted != counted.qty:
            raise KeyReused
        return found
    assert good.id is not None
    row = StockCount(
        good_id=good.id,
        key=counted.key,
        counted=counted.qty,
        expected=good.stock,
        note=counted.note,
        actor=actor,
        at=now,
    )
    session.add(row)
    said = {"shop": shop.code, "good": good.code, "counted": row.counted, "expected": row.expected}
    outbox.publish(session, "StockCounted", f"shop:{shop.code}", said, now=now)
    note(session, shop, "good.count", said, actor=actor, now=now)
    session.flush()
    return row


def note(
    session: Session,
    shop: Shop,
    action: str,
    said: dict[str, object],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Leave a trace of who changed the shelf."""
    subject = f"shop:{shop.code}"
    trail.record(session, actor=actor, action=action, subject=subject, detail=said, now=now)
