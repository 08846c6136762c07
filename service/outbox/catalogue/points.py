"""Payloads of points: given, cut, taken back, running out."""

from dataclasses import dataclass
from datetime import date

from service.outbox.catalogue.registry import event
from service.outbox.catalogue.shape import Inner, InnerOrNone
from service.outbox.models import EventType


@dataclass(frozen=True, slots=True)
class OfAward:
    """What every event of an award says."""

    award: str
    volunteer: str
    kind: str
    rule: str
    minutes: int
    points: int
    service_day: date


@event(EventType.AWARD_POSTED, "award.posted")
@dataclass(frozen=True, slots=True)
class AwardPosted(OfAward):
    """Points were given for service and can be spent."""


@event(EventType.AWARD_NOTICED, "award.noticed")
@dataclass(frozen=True, slots=True)
class AwardNoticed(OfAward):
    """Points were granted and come when their notice is over."""

    spendable_on: date


@event(EventType.AWARD_CAPPED, "award.capped")
@dataclass(frozen=True, slots=True)
class AwardCapped(OfAward):
    """A cap took some of the points; the hours stand."""

    cut: int
    cut_by: str | None


@event(EventType.MANUAL_AWARD_ENTERED, "award.entered")
@dataclass(frozen=True, slots=True)
class ManualAwardEntered:
    """Somebody entered an award by hand, with evidence."""

    award: str
    volunteer: str
    status: str
    points: int
    picture: bool
    by: Inner
    evidence: InnerOrNone


@dataclass(frozen=True, slots=True)
class OfReversal:
    """What every event of an award's reversal says."""

    award: str
    volunteer: str
    kind: str
    points: int
    minutes: int
    service_day: date
    reason: Inner


@event(EventType.REVERSAL_PROPOSED, "reversal.proposed")
@dataclass(frozen=True, slots=True)
class AwardReversalProposed(OfReversal):
    """Somebody asked to take an award back; another person decides."""


@event(EventType.REVERSAL_POSTED, "reversal.posted")
@dataclass(frozen=True, slots=True)
class AwardReversalPosted(OfReversal):
    """An award was taken back by two people."""


@event(EventType.REVERSAL_PROPOSED, "reversal.proposed")
@dataclass(frozen=True, slots=True)
class SaleReversalProposed:
    """Somebody asked to take a redemption back; another person decides."""

    redemption: int
    key: str
    qty: int
    reason: Inner


@event(EventType.RIGHT_SUSPENDED, "right.suspended")
@dataclass(frozen=True, slots=True)
class RightSuspended:
    """A volunteer may no longer enter awards."""

    volunteer: str
    right: str
    by: Inner
    until: date | None = None  # its last day; without one, until somebody lifts it


@dataclass(frozen=True, slots=True)
class OfLot:
    """What every event of points by their last day says."""

    account: str
    points: int
    expires_on: date


@event(EventType.POINTS_EXPIRING, "points.expiring")
@dataclass(frozen=True, slots=True)
class PointsExpiring(OfLot):
    """Points will run out soon."""


@event(EventType.POINTS_EXPIRED, "points.expired")
@dataclass(frozen=True, slots=True)
class PointsExpired(OfLot):
    """Points have run out."""
