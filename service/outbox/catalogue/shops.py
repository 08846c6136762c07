"""Payloads of shops and their tills."""

from dataclasses import dataclass

from service.outbox.catalogue.registry import event
from service.outbox.catalogue.shape import InnerOrNone
from service.outbox.models import EventType


@event(EventType.SHOP_ADMITTED, "shop.admitted")
@dataclass(frozen=True, slots=True)
class ShopAdmitted:
    """A shop takes part, for the first time or again."""

    shop: str
    association: str | None = None
    reason: InnerOrNone = None


@event(EventType.SHOP_SUSPENDED, "shop.suspended")
@dataclass(frozen=True, slots=True)
class ShopSuspended:
    """A shop takes no points for the time being."""

    shop: str
    reason: InnerOrNone = None


@event(EventType.TILL_PAIRED, "till.paired")
@dataclass(frozen=True, slots=True)
class TillPaired:
    """A tablet is a shop's till."""

    shop: str
    device: int


@event(EventType.TILL_REVOKED, "till.revoked")
@dataclass(frozen=True, slots=True)
class TillRevoked:
    """A tablet is no longer a shop's till."""

    shop: str
    device: int
