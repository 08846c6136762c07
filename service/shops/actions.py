"""What can be done with shops and their tills. Each action runs in the caller's transaction."""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import text
from sqlmodel import Session, select

from service import ledger, outbox, people, trail
from service.ledger import Kind, Leg, Unit
from service.shops.models import (
    Association,
    ClaimOver,
    Good,
    Shop,
    ShopNotAdmitted,
    Status,
    TillClaim,
)
from service.shops.rules import ALPHABET, CLAIM_LIFE, TOKEN_LENGTH, claim_open


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
    discount_max_pct: int
    discount_bill_cap_fen: int
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
    terms = {name: getattr(admission, name) for name in TERMS}
    shop = Shop(
        association_id=association.id,
        programme_id=association.programme_id,
        admitted_at=now,
        **terms,
    )
    session.add(shop)
    session.flush()
    shelve(session, shop, admission.goods)
    open_accounts(session, shop, now=now)
    post_pledge(session, shop, actor=actor, business_day=business_day, now=now)
    said = {"shop": shop.code, "association": association.code}
    outbox.publish(session, "ShopAdmitted", f"shop:{shop.code}", said, now=now)
    trail.record(session, actor=actor, action="shop.admit", subject=f"shop:{shop.code}", now=now)
    return shop


TERMS = (
    "code",
    "name",
    "kind",
    "community_id",
    "discount_max_pct",
    "discount_bill_cap_fen",
    "pledge_fen",
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


def post_pledge(
    session: Session, shop: Shop, *, actor: str, business_day: date, now: datetime
) -> None:
    """Post the value that a shop pledges; nothing is posted for nothing."""
    if shop.pledge_fen == 0:
        return
    reason = ledger.Reason(
        programme_id=shop.programme_id,
        key=f"pledge:{shop.code}:1",
        actor=actor,
        source=f"shop:{shop.code}",
        occurred_at=now,
        business_day=business_day,
    )
    legs = (
        Leg("fund", Unit.CNY, -shop.pledge_fen),
        Leg(f"pledge:{shop.code}", Unit.CNY, shop.pledge_fen),
    )
    ledger.post(session, reason, kind=Kind.PLEDGE, legs=legs, now=now)
    said = {"shop": shop.code, "fen": shop.pledge_fen}
    outbox.publish(session, "PledgeRecorded", f"shop:{shop.code}", said, now=now)


def put_back(session: Session, *, good_id: int, qty: int, day: date) -> int:
    """Return goods to the shelf and to their day's limit; return the stock now.

    Locks the good's row, so call it before any account is locked.
    """
    session.execute(
        text("SELECT FROM shops_goods WHERE id = :good FOR NO KEY UPDATE"), {"good": good_id}
    )
    taken = text("SELECT shops_take(:good, :qty, :day)")
    stock: int = session.execute(taken, {"good": good_id, "qty": -qty, "day": day}).scalar_one()
    return stock


def claim_till(session: Session, shop: Shop, *, actor: str, now: datetime) -> tuple[str, str]:
    """Allow one tablet to be paired with a shop; return the token and the four digits, once."""
    if shop.status != Status.ADMITTED:
        raise ShopNotAdmitted
    assert shop.id is not None
    token = "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))
    digits = f"{secrets.randbelow(10_000):04d}"
    session.add(
        TillClaim(
            token_hash=token_hash(token),
            shop_id=shop.id,
            digits=digits,
            made_by=actor,
            made_at=now,
            expires_at=now + CLAIM_LIFE,
        )
    )
    trail.record(session, actor=actor, action="till.claim", subject=f"shop:{shop.code}", now=now)
    return token, digits


def token_hash(token: str) -> bytes:
    """Return what is kept of a claim's token: 100 random bits need no salt."""
    return sha256(token.strip().lower().encode()).digest()


@dataclass(frozen=True, slots=True)
class Paired:
    """A tablet that was just paired; its token is said only here."""

    device: people.Device
    token: str
    shop: Shop


def pair_till(session: Session, *, claim: str, digits: str, now: datetime) -> Paired | None:
    """Pair the tablet that holds a claim and whose holder reads the digits on the other screen.

    Raises ClaimOver. Wrong digits are counted and answered with None: raising would undo the count.
    """
    row = session.get(TillClaim, token_hash(claim), with_for_update=True)
    if row is None or not claim_open(row.expires_at, row.used_at, row.tries, now):
        raise ClaimOver
    if not hmac.compare_digest(row.digits, digits):
        row.tries += 1
        return None
    shop = session.get_one(Shop, row.shop_id)
    count = len(people.devices_of_shop(session, row.shop_id))
    device, token = people.pair_device(
        session,
        name=f"{shop.short_name} {count + 1}",
        paired_by=row.made_by,
        now=now,
        shop_id=shop.id,
        community_id=shop.community_id,
    )
    row.used_at, row.device_id = now, device.id
    said = {"shop": shop.code, "device": device.id}
    outbox.publish(session, "TillPaired", f"device:{device.id}", said, now=now)
    subject = f"device:{device.id}"
    trail.record(
        session, actor=row.made_by, action="till.pair", subject=subject, detail=said, now=now
    )
    return Paired(device, token, shop)


def revoke_till(
    session: Session, *, device_id: int, shop: Shop, actor: str, now: datetime
) -> people.Device:
    """Shut a shop's till out; its next call is nobody's."""
    device = people.revoke_device(session, device_id=device_id, now=now)
    said = {"shop": shop.code, "device": device_id}
    outbox.publish(session, "TillRevoked", f"device:{device_id}", said, now=now)
    subject = f"device:{device_id}"
    trail.record(session, actor=actor, action="till.revoke", subject=subject, detail=said, now=now)
    return device
