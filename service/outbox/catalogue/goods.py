"""Payloads of the till: goods for points, and discounts."""

from dataclasses import dataclass
from datetime import date, datetime

from service.outbox.catalogue.registry import event
from service.outbox.catalogue.shape import InnerOrNone
from service.outbox.models import EventType


@event(EventType.REDEMPTION_CAPTURED, "redemption.captured")
@dataclass(frozen=True, slots=True)
class RedemptionCaptured:
    """Goods were given for points; their value is pledged yuan, in fen."""

    redemption: int
    shop: str
    key: str
    good: str
    qty: int
    points: int
    value_fen: int
    volunteer: str
    tail: str | None
    proxy: str | None
    flags: list[str] | None
    offline: bool
    business_day: date
    occurred_at: datetime


@event(EventType.REDEMPTION_HELD, "redemption.held")
@dataclass(frozen=True, slots=True)
class RedemptionHeld:
    """Goods wait for the volunteer's own yes; the points are kept so long."""

    redemption: int
    shop: str
    key: str
    good: str
    qty: int
    points: int
    volunteer: str
    reason: str | None
    expires_at: datetime | None


@event(EventType.REDEMPTION_EXPIRED, "redemption.expired")
@dataclass(frozen=True, slots=True)
class RedemptionExpired:
    """Nobody said yes in time; nothing was given."""

    redemption: int
    shop: str
    key: str
    points: int
    reason: InnerOrNone


@event(EventType.REDEMPTION_VOIDED, "redemption.voided")
@dataclass(frozen=True, slots=True)
class RedemptionVoided:
    """The shop took a redemption back within its time."""

    redemption: int
    shop: str
    key: str
    points: int
    reason: InnerOrNone = None


@event(EventType.REDEMPTION_REVERSED, "redemption.reversed")
@dataclass(frozen=True, slots=True)
class RedemptionReversed:
    """Two people took a redemption back, or some of its pieces; so many are left."""

    redemption: int
    shop: str
    key: str
    qty: int
    points: int
    left: int


@event(EventType.DISCOUNT_GIVEN, "discount.given")
@dataclass(frozen=True, slots=True)
class DiscountGiven:
    """A shop took something off a bill, by the standing of the volunteer."""

    shop: str
    key: str
    pct: int
    discount_fen: int


@event(EventType.PLEDGE_RECORDED, "pledge.recorded")
@dataclass(frozen=True, slots=True)
class PledgeRecorded:
    """A shop pledged goods, or took a pledge back (below zero)."""

    shop: str
    fen: int
    good: str | None


@event(EventType.STOCK_COUNTED, "stock.counted")
@dataclass(frozen=True, slots=True)
class StockCounted:
    """Somebody counted a shop's shelf."""

    shop: str
    good: str
    counted: int
    expected: int | None


@event(EventType.STOCK_COUNTED, "stock.counted")
@dataclass(frozen=True, slots=True)
class DayCounted:
    """A community's day was counted, on paper and on the shelves, to be compared with the books."""

    run: int
    day: date
    community: int
    paper: dict[str, int]
    stock: dict[str, int]
