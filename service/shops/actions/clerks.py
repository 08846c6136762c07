"""Who sells in a shop: four digits each, and one shift at a till. No names are kept."""

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, update

from service import people, trail
from service.passes import Keyring, pin_locked_until
from service.shops import duty, queries
from service.shops.models import Clerk, ClerkRole, Shift, Shop, ShopNotAdmitted, Status
from service.shops.refusals import LabelTaken, UnknownClerk
from service.shops.rules import PIN_SAID_FOR, PIN_TRIES, SHIFT_LIFE


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, under which key, with the keys that draw and check digits."""

    keys: Keyring
    key: str
    actor: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Drawn:
    """A clerk with the digits that were just drawn; None when they were said long ago."""

    clerk: Clerk
    pin: str | None


def add_clerk(
    session: Session, shop: Shop, *, label: str, role: ClerkRole = ClerkRole.CLERK, act: Act
) -> Drawn:
    """Let somebody sell in a shop; the same key again says the same digits for some minutes.

    Raises LabelTaken, ShopNotAdmitted. From the first clerk on, tills sell only in a shift.
    """
    assert shop.id is not None
    lock(session, shop)
    if shop.status != Status.ADMITTED:
        raise ShopNotAdmitted
    row = duty.clerk(session, shop.id, label)
    if row is not None:
        if row.pin_key != act.key:
            raise LabelTaken
        return said_again(shop, row, act)
    pin = draw(shop, label, act)
    row = Clerk(
        shop_id=shop.id,
        label=label,
        role=role,
        pin_hash=act.keys.pin_hash(name_of(shop, label), pin),
        pin_key=act.key,
        pin_made_at=act.now,
        made_by=act.actor,
        made_at=act.now,
    )
    session.add(row)
    session.flush()
    people.ask_for_shifts(session, shop_id=shop.id, asked=True)
    note(session, "clerk.add", shop, label=label, act=act)
    return Drawn(row, pin)


def reset_pin(session: Session, shop: Shop, *, label: str, act: Act) -> Drawn:
    """Draw new digits for a clerk, unlock them, and end the shifts that the old ones opened."""
    lock(session, shop)
    row = known(session, shop, label)
    if row.pin_key == act.key:
        return said_again(shop, row, act)
    pin = draw(shop, label, act)
    row.pin_hash = act.keys.pin_hash(name_of(shop, label), pin)
    row.pin_key, row.pin_made_at = act.key, act.now
    row.pin_failures, row.pin_locked_until = 0, None
    end_shifts_of(session, shop, row, now=act.now)
    note(session, "clerk.reset-pin", shop, label=label, act=act)
    return Drawn(row, pin)


def remove_clerk(session: Session, shop: Shop, *, label: str, act: Act) -> None:
    """Let somebody sell no more; what they sold stays theirs. Doing it twice is no fault."""
    assert shop.id is not None
    lock(session, shop)
    row = duty.clerk(session, shop.id, label)
    if row is None:
        return
    row.ended_at = act.now
    session.flush()
    end_shifts_of(session, shop, row, now=act.now)
    left = bool(duty.clerks(session, shop.id))
    people.ask_for_shifts(session, shop_id=shop.id, asked=left)
    note(session, "clerk.remove", shop, label=label, act=act)


def lock(session: Session, shop: Shop) -> None:
    """Put those who change a shop's clerks or pair its tills in a queue; sales go on."""
    session.refresh(shop, with_for_update={"key_share": True})


def known(session: Session, shop: Shop, label: str) -> Clerk:
    """Return a shop's clerk. Raises UnknownClerk."""
    assert shop.id is not None
    row = duty.clerk(session, shop.id, label)
    if row is None:
        raise UnknownClerk
    return row


def name_of(shop: Shop, label: str) -> str:
    """Name a clerk apart from every booklet, and as the books name the actor: SHOP:LABEL."""
    return f"{shop.code}:{label}"


def draw(shop: Shop, label: str, act: Act) -> str:
    """Work four digits out of the act's key, so that the same act sent twice draws the same."""
    made = act.keys.pin_hash(f"clerk:{name_of(shop, label)}", act.key)
    return f"{int.from_bytes(made[:8]) % 10_000:04d}"


def said_again(shop: Shop, row: Clerk, act: Act) -> Drawn:
    """Say the digits once more to who sent the same act twice; not to who comes back later."""
    fresh = act.now - row.pin_made_at <= PIN_SAID_FOR
    return Drawn(row, draw(shop, row.label, act) if fresh else None)


def end_shifts_of(session: Session, shop: Shop, row: Clerk, *, now: datetime) -> None:
    """End every shift that a clerk has open, at whichever till."""
    assert shop.id is not None
    session.exec(
        update(Shift)
        .where(col(Shift.clerk_id) == row.id, col(Shift.ends_at) > now)
        .values(ends_at=now)
    )
    people.clear_clerk(session, shop_id=shop.id, clerk=name_of(shop, row.label))


def note(session: Session, action: str, shop: Shop, *, label: str, act: Act) -> None:
    """Leave a trace of who changed a shop's clerks."""
    subject = f"shop:{shop.code}"
    detail = {"clerk": label}
    trail.record(
        session, actor=act.actor, action=action, subject=subject, detail=detail, now=act.now
    )


@dataclass(frozen=True, slots=True)
class Started:
    """What came of a PIN: a shift, or why not and how many tries are left."""

    reason: str | None = None
    tries_left: int | None = None


def start_shift(
    session: Session, keys: Keyring, *, device_id: int, label: str, pin: str, now: datetime
) -> Started:
    """Begin a clerk's shift at a till. A wrong PIN is answered, not raised: its count must stay."""
    device = people.device(session, device_id)
    session.refresh(device, with_for_update=True)
    assert device.shop_id is not None
    shop = queries.shop_by_id(session, device.shop_id)
    row = duty.clerk(session, device.shop_id, label, lock=True)
    if row is None:
        return Started("pin_wrong", PIN_TRIES - 1)
    name = name_of(shop, row.label)
    if refused := refuse(row, keys.pin_hash(name, pin), now):
        return refused
    if device.clerk != name or device.clerk_until is None or device.clerk_until <= now:
        open_shift(session, device, row, name=name, now=now)
    return Started()


def refuse(row: Clerk, hashed: bytes, now: datetime) -> Started | None:
    """Compare a PIN and count; the fifth wrong one in a row locks until tomorrow."""
    if row.pin_locked_until is not None and row.pin_locked_until > now:
        return Started("pin_locked", 0)
    failures = 0 if row.pin_locked_until is not None else row.pin_failures
    row.pin_locked_until = None
    if hmac.compare_digest(row.pin_hash, hashed):
        row.pin_failures = 0
        return None
    row.pin_failures = failures + 1
    if row.pin_failures < PIN_TRIES:
        return Started("pin_wrong", PIN_TRIES - row.pin_failures)
    row.pin_locked_until = pin_locked_until(now)
    return Started("pin_locked", 0)


def open_shift(
    session: Session, device: people.Device, row: Clerk, *, name: str, now: datetime
) -> None:
    """Write the shift down and put it on the till; whoever stood there before has gone."""
    assert device.id is not None
    assert row.id is not None
    close_shift(session, device.id, now=now)
    until = now + SHIFT_LIFE
    session.add(Shift(device_id=device.id, clerk_id=row.id, started_at=now, ends_at=until))
    device.clerk, device.clerk_until = name, until
    trail.record(
        session, actor=f"clerk:{name}", action="till.shift", subject=f"device:{device.id}", now=now
    )


def end_shift(session: Session, *, device_id: int, now: datetime) -> None:
    """End the shift at a till; where there is none, nothing happens."""
    close_shift(session, device_id, now=now)
    people.hand_over(session, device_id=device_id, clerk=None, until=None)


def close_shift(session: Session, device_id: int, *, now: datetime) -> None:
    """Move the end of a till's open shift to this moment."""
    session.exec(
        update(Shift)
        .where(col(Shift.device_id) == device_id, col(Shift.ends_at) > now)
        .values(ends_at=now)
    )
