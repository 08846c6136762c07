"""Discounts by standing. They cost no points; what they cost the shop is posted in yuan."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256

from sqlmodel import Session, func, select

from service import activities, ledger, outbox, programmes, shops
from service.clock import business_day
from service.errors import KeyReused
from service.ledger import Kind, Leg, Reason, Unit
from service.redemptions.models import GivenDiscount, NothingExcluded
from service.redemptions.rules import Discount, discount
from service.redemptions.sale import Buyer, Till


@dataclass(frozen=True, slots=True)
class Bill:
    """A bill for which a discount is asked, under the till's key."""

    key: str
    bill_fen: int
    excluded_fen: int = 0  # of it, for kinds of which nothing comes off

    def asked_by(self, volunteer_id: int | None) -> bytes:
        """Return what tells this bill of this person from another one under the same key."""
        said = [volunteer_id, self.bill_fen, *([self.excluded_fen] if self.excluded_fen else [])]
        return sha256("|".join(map(str, said)).encode()).digest()


@dataclass(frozen=True, slots=True)
class Discounted:
    """What the till shows for a bill: what comes off and what is paid."""

    status: str  # ok | not_eligible | refused
    bill_fen: int
    pay_fen: int
    pct: int = 0
    discount_fen: int = 0
    excluded_fen: int = 0
    reason: str | None = None
    tail: str = ""
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What a person's lifetime points are worth in one shop today."""

    tier: str
    pct: int
    given: int  # discounts that were given already
    allowed: int


def give(session: Session, till: Till, bill: Bill, *, buyer: Buyer, now: datetime) -> Discounted:
    """Give the discount that the person's standing earns in this shop, and post what it cost.

    A negative balance does not stop it. What floors to nothing is not recorded. Raises KeyReused,
    NothingExcluded.
    """
    asked = bill.asked_by(buyer.volunteer_id)
    found = find(session, till, bill.key)
    if found is not None and found.request_hash != asked:
        raise KeyReused
    if found is not None:
        return replace(kept(found), replayed=True)
    shop = shops.shop_by_id(session, till.shop_id)
    nothing = Discounted(
        "refused", bill.bill_fen, bill.bill_fen, excluded_fen=bill.excluded_fen, tail=buyer.tail
    )
    if reason := against(shop, buyer):
        return replace(nothing, reason=reason)
    day = business_day(now)
    terms = shops.terms_on(session, till.shop_id, day)
    if bill.excluded_fen and not terms.excluded:
        raise NothingExcluded
    standing = look(session, shop, buyer, day)
    off = discount(bill.bill_fen, standing.pct, terms, excluded_fen=bill.excluded_fen)
    if off.discount_fen == 0:
        return replace(nothing, status="not_eligible")
    if standing.given >= standing.allowed:
        return replace(nothing, reason="discount_used")
    transfer_id = post(session, shop, till, bill, off=off, now=now)
    row = GivenDiscount(
        shop_id=till.shop_id,
        key=bill.key,
        request_hash=asked,
        volunteer_id=buyer.volunteer_id or 0,
        tail=buyer.tail,
        bill_fen=bill.bill_fen,
        excluded_fen=bill.excluded_fen,
        tier=standing.tier,
        pct=off.pct,
        discount_fen=off.discount_fen,
        pay_fen=off.pay_fen,
        device_id=till.device_id,
        actor=till.actor,
        occurred_at=now,
        recorded_at=now,
        business_day=day,
        nth=standing.given + 1,  # a rival of the same moment has the same: the index lets one in
        transfer_id=transfer_id,
    )
    session.add(row)
    session.flush()
    return kept(row)


def against(shop: shops.Shop, buyer: Buyer) -> str | None:
    """Name what speaks against any discount for this code, or None."""
    if buyer.volunteer_id is None or buyer.refusal is not None:
        return buyer.refusal or "unknown_code"
    if buyer.via == "helper":
        return "helper_discount"  # the standing is the volunteer's, who is not there
    if shop.status != shops.Status.ADMITTED:
        return "shop_suspended"
    return None if shop.programme_id == buyer.programme_id else "wrong_community"


def look(session: Session, shop: shops.Shop, buyer: Buyer, day: date) -> Standing:
    """Return the tier of a person's lifetime points, and how many discounts today has seen."""
    assert buyer.volunteer_id is not None
    rules = programmes.rule_set(session, shop.programme_id, day)
    tier = rules.tier(activities.standing(session, buyer.volunteer_id).lifetime)
    counted = select(func.count()).where(
        GivenDiscount.volunteer_id == buyer.volunteer_id,
        GivenDiscount.shop_id == shop.id,
        GivenDiscount.business_day == day,
    )
    given = session.exec(counted).one()
    return Standing(tier.code, tier.pct, given, rules.discounts_per_shop_day)


def find(session: Session, till: Till, key: str) -> GivenDiscount | None:
    """Return the discount of a key, if one was given."""
    asked = select(GivenDiscount).where(
        GivenDiscount.shop_id == till.shop_id, GivenDiscount.key == key
    )
    return session.exec(asked).one_or_none()


def kept(row: GivenDiscount) -> Discounted:
    """Tell a recorded discount as it was told the first time."""
    told = Discounted("ok", row.bill_fen, row.pay_fen, row.pct, row.discount_fen, tail=row.tail)
    return replace(told, excluded_fen=row.excluded_fen)


def post(
    session: Session, shop: shops.Shop, till: Till, bill: Bill, *, off: Discount, now: datetime
) -> int:
    """Post what the shop gave off, and tell of it; return the transfer."""
    source = f"discount:{shop.code}:{bill.key}"
    reason = Reason(
        programme_id=shop.programme_id,
        key=source,
        actor=till.actor,
        source=source,
        occurred_at=now,
        business_day=business_day(now),
        memo={
            "bill_fen": bill.bill_fen,
            "pct": off.pct,
            **({"excluded_fen": bill.excluded_fen} if bill.excluded_fen else {}),
        },
    )
    legs = (
        Leg("discount-granted", Unit.CNY, -off.discount_fen),
        Leg(f"given-discount:{shop.code}", Unit.CNY, off.discount_fen),
    )
    posted = ledger.post(session, reason, kind=Kind.DISCOUNT, legs=legs, now=now)
    said = {"shop": shop.code, "key": bill.key, "pct": off.pct, "discount_fen": off.discount_fen}
    outbox.publish(session, "DiscountGiven", source, said, now=now)
    return posted.transfer_id
