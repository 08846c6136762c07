"""Admitting shops: their goods on the shelf, their accounts, what they pledged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session, select

from service import ledger, outbox, trail
from service.clock import business_day as day_of
from service.ledger import Unit
from service.shops.actions.pledges import Change, Line, write
from service.shops.actions.terms import FIRST, Agreement, keep
from service.shops.models import Association, Good, PledgeKind, Shop, Step
from service.shops.rules import Terms


@dataclass(frozen=True, slots=True)
class NewGood:
    """A good as the shop pledges it."""

    code: str
    name: str
    value_fen: int
    points: int
    pledged_qty: int
    daily_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """A shop with its terms, as the association admits it."""

    code: str
    name: str
    kind: str
    community_id: int
    terms: Terms
    goods: tuple[NewGood, ...]
    pledge_fen: int
    licence_checked: bool = True
    food_licence_required: bool = False


def add_association(session: Session, *, programme_id: int, code: str, name: str) -> Association:
    """Add an association, or return the one that has this code."""
    found = session.exec(select(Association).where(Association.code == code)).one_or_none()
    if found is None:
        found = Association(programme_id=programme_id, code=code, name=name)
        session.add(found)
        session.flush()
    return found


def admit(
    session: Session,
    admission: Admission,
    *,
    association: Association,
    actor: str,
    business_day: date,
    now: datetime,
) -> Shop:
    """Admit a shop with its goods, open its accounts and post its pledge.

    A shop that was admitted before is returned as it is.
    """
    found = session.exec(select(Shop).where(Shop.code == admission.code)).one_or_none()
    if found is not None:
        return found
    assert association.id is not None
    facts = {name: getattr(admission, name) for name in FACTS}
    shop = Shop(
        association_id=association.id,
        programme_id=association.programme_id,
        admitted_at=now,
        pledge_fen=0,
        **facts,
    )
    session.add(shop)
    session.flush()
    shelve(session, shop, admission.goods)
    open_accounts(session, shop, now=now)
    first = min(business_day, day_of(now))
    agreed = Agreement(FIRST, first, admission.terms, document="")
    keep(session, shop, agreed, actor=actor, now=now)
    if admission.pledge_fen:
        line = Line("1", "", actor, now, business_day)
        write(session, shop, Change(PledgeKind.SIGN, admission.pledge_fen), line=line)
    assert shop.id is not None
    session.add(Step(shop_id=shop.id, status=shop.status, reason="", actor=actor, at=now))
    said = {"shop": shop.code, "association": association.code}
    outbox.publish(session, "ShopAdmitted", f"shop:{shop.code}", said, now=now)
    trail.record(session, actor=actor, action="shop.admit", subject=f"shop:{shop.code}", now=now)
    return shop


FACTS = (
    "code",
    "name",
    "kind",
    "community_id",
    "licence_checked",
    "food_licence_required",
)


def shelve(session: Session, shop: Shop, goods: Iterable[NewGood]) -> None:
    """Put the pledged goods on the shelf: the stock is what was pledged."""
    assert shop.id is not None
    for good in goods:
        terms = {name: getattr(good, name) for name in GOOD_TERMS}
        session.add(Good(shop_id=shop.id, stock=good.pledged_qty, **terms))
    session.flush()


GOOD_TERMS = ("code", "name", "value_fen", "points", "pledged_qty", "daily_limit")


def open_accounts(session: Session, shop: Shop, *, now: datetime) -> None:
    """Open what a shop's redemptions, discounts and pledge move."""
    places = {
        (f"redeemed:{shop.code}", Unit.PTS): ledger.HOT_END,
        (f"pledge:{shop.code}", Unit.CNY): ledger.HOT_END,
        (f"given-goods:{shop.code}", Unit.CNY): ledger.HOT_END,
        (f"given-discount:{shop.code}", Unit.CNY): ledger.HOT_END,
        ("discount-granted", Unit.CNY): ledger.HOT_END,
        ("fund", Unit.CNY): ledger.HOT_END,
    }
    for (address, unit), place in places.items():
        ledger.open_account(
            session,
            programme_id=shop.programme_id,
            address=address,
            unit=unit,
            place=place,
            now=now,
        )


def put_back(
    session: Session, *, good_id: int, volunteer_id: int | None, qty: int, day: date
) -> int:
    """Return goods to the shelf and to the day's limits, the person's too; return the stock now.

    Locks the good's row, so call it before any account is locked.
    """
    given = {"good": good_id, "volunteer": volunteer_id, "qty": qty, "day": day}
    back = text("SELECT shops_put_back(:good, :volunteer, :qty, :day)")
    stock: int = session.execute(back, given).scalar_one()
    return stock
