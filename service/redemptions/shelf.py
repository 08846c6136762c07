"""What may be given this moment: goods as they stand, for one person or for whoever comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service import ledger, shops
from service.clock import business_day
from service.redemptions.models import UnknownGood
from service.redemptions.rules import Offer, objection

PLENTY = 10**9  # the points of whoever comes: nobody is refused for want of them
NOTHING: Mapping[int | None, int] = {}


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who would get something, and what that person can spend."""

    volunteer_id: int | None = None
    points: int = PLENTY


ANYBODY = Shopper()


def on_shelf(
    session: Session,
    goods: Sequence[shops.Good],
    *,
    volunteer_id: int | None,
    now: datetime,
    used: Mapping[int | None, int] = NOTHING,
) -> list[Offer]:
    """Return goods as they stand this moment; `used` says how often each was taken lately."""
    ids, day = [good.id or 0 for good in goods], business_day(now)
    taken = shops.taken_on(session, ids, day)
    own = shops.taken_by(session, ids, volunteer_id=volunteer_id, day=day) if volunteer_id else {}
    return [
        Offer(
            code=good.code,
            name=good.name,
            points=good.points,
            stock=good.stock,
            daily_limit=good.daily_limit,
            taken_today=taken.get(good.id or 0, 0),
            used=used.get(good.id, 0),
            person_limit=good.person_limit,
            taken_by_person=own.get(good.id or 0, 0),
            on_sale=shops.on_sale(good, now),
            picture=good.picture_url,
        )
        for good in goods
    ]


def spendable(session: Session, *, programme_id: int, code: str) -> int:
    """Return what somebody can spend: posted less set aside; negative is a debt."""
    found = ledger.account(session, programme_id=programme_id, address=f"volunteer:{code}")
    return found.posted - found.held_out if found else 0


def against(
    session: Session,
    shop: shops.Shop,
    good: shops.Good,
    *,
    qty: int,
    now: datetime,
    who: Shopper = ANYBODY,
) -> str | None:
    """Name what speaks against giving so many of a good now, in the words of a sale; or None."""
    if shop.status != shops.Status.ADMITTED:
        return "shop_suspended"
    if not good.active:
        return "not_offered"
    offer, *_ = on_shelf(session, [good], volunteer_id=who.volunteer_id, now=now)
    return objection(offer, who.points, qty)


def good_of(session: Session, shop_id: int, code: str) -> shops.Good:
    """Return a shop's good by its code. Raises UnknownGood."""
    found = next((good for good in shops.goods(session, [shop_id]) if good.code == code), None)
    if found is None:
        raise UnknownGood
    return found
