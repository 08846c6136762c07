"""Reads of who sells in a shop: clerks, whose shift it is at a till, and whose it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session, col, select

from service import people
from service.shops.models import Clerk, Shift, Shop

LINES = 20


def clerks(session: Session, shop_id: int) -> list[Clerk]:
    """Return who sells in a shop at present, in the order of their labels: a handful."""
    asked = select(Clerk).where(Clerk.shop_id == shop_id, col(Clerk.ended_at).is_(None))
    return list(session.exec(asked.order_by(Clerk.label)).all())


def clerk(session: Session, shop_id: int, label: str, *, lock: bool = False) -> Clerk | None:
    """Return a shop's clerk by the label, or None; who left is nobody."""
    asked = select(Clerk).where(
        Clerk.shop_id == shop_id, Clerk.label == label, col(Clerk.ended_at).is_(None)
    )
    return session.exec(asked.with_for_update() if lock else asked).one_or_none()


def clerk_at(session: Session, *, device_id: int, at: datetime) -> str | None:
    """Return whose shift it was at a till at a moment, as SHOP:LABEL; None when nobody's."""
    asked = (
        select(Shop.code, Clerk.label)
        .join(Clerk, col(Clerk.shop_id) == Shop.id)
        .join(Shift, col(Shift.clerk_id) == Clerk.id)
        .where(Shift.device_id == device_id, Shift.started_at <= at, Shift.ends_at > at)
        .order_by(col(Shift.started_at).desc())
    )
    found = session.exec(asked.limit(1)).first()
    return ":".join(found) if found else None


def last_shifts(session: Session, clerk_ids: Iterable[int]) -> dict[int, Shift]:
    """Return the latest shift of each of some clerks."""
    asked = (
        select(Shift)
        .where(col(Shift.clerk_id).in_(list(clerk_ids)))
        .order_by(col(Shift.clerk_id), col(Shift.started_at).desc())
        .ext(distinct_on(col(Shift.clerk_id)))
    )
    return {row.clerk_id: row for row in session.exec(asked).all()}


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Whose shift it is at a till, and who may begin one there."""

    needed: bool  # the shop has clerks: without a shift nothing is sold
    clerk: str | None
    role: str | None
    until: datetime | None
    clerks: list[Clerk]


def shift(session: Session, *, device_id: int, now: datetime) -> OnDuty:
    """Return whose shift it is at a till."""
    device = people.device(session, device_id)
    assert device.shop_id is not None
    found = clerks(session, device.shop_id)
    open_ = device.clerk_until is not None and device.clerk_until > now
    label = device.clerk.split(":", 1)[1] if open_ and device.clerk else None
    role = next((str(row.role) for row in found if row.label == label), None)
    until = device.clerk_until if label else None
    return OnDuty(bool(found), label, role, until, found)


@dataclass(frozen=True, slots=True)
class Stood:
    """One shift with the clerk and the till that it names."""

    shift: Shift
    clerk: str
    till: str


def shifts(
    session: Session, shop_id: int, *, before: int | None = None, limit: int = LINES
) -> list[Stood]:
    """Return one page of a shop's shifts, newest first; of those who left, too."""
    sellers = session.exec(select(Clerk.id, Clerk.label).where(Clerk.shop_id == shop_id)).all()
    labels = dict(sellers)
    asked = (
        select(Shift, people.Device.name)
        .join(people.Device, col(people.Device.id) == Shift.device_id)
        .where(col(Shift.clerk_id).in_(list(labels)))
    )
    if before is not None:
        asked = asked.where(col(Shift.id) < before)
    rows = session.exec(asked.order_by(col(Shift.id).desc()).limit(limit)).all()
    return [Stood(row, labels[row.clerk_id], till) for row, till in rows]
