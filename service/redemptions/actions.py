"""Undoing a redemption at the till, and expiry, in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session, select

from service import ledger, outbox, programmes, shops
from service.clock import business_day
from service.ledger import Kind, Reason
from service.redemptions import holds
from service.redemptions.models import Redemption, Status
from service.redemptions.rules import too_old, void_until
from service.redemptions.sale import Buyer, Till

UNDONE = (Status.VOIDED, Status.PARTLY_REVERSED, Status.REVERSED)
OPEN = (Status.WAITING, Status.HELD)


@dataclass(frozen=True, slots=True)
class Undo:
    """What a till asks to undo: whose code was shown again, and when, if there was no network."""

    key: str
    buyer: Buyer | None = None
    undo_key: str | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of a void: done, or why not."""

    row: Redemption
    reason: str | None = None
    replayed: bool = False


def lock_key(session: Session, *, shop_id: int, key: str) -> Redemption | None:
    """Hold a key until the end of the transaction; return its row, locked, if there is one."""
    session.execute(text("SELECT redemptions_lock_key(:shop, :key)"), {"shop": shop_id, "key": key})
    asked = select(Redemption).where(Redemption.shop_id == shop_id, Redemption.key == key)
    return session.exec(asked.with_for_update()).one_or_none()


def void(session: Session, till: Till, asked: Undo, *, now: datetime) -> Undone:
    """Undo a sale within its minutes, while the same person's code is shown again.

    What waits may be given up without a code. A key that we never saw becomes a tombstone: the
    late original is refused.
    """
    row = lock_key(session, shop_id=till.shop_id, key=asked.key)
    if row is None:
        return Undone(bury(session, till, asked, now=now))
    if row.status in UNDONE:
        same = row.status == Status.VOIDED and row.undo_key == asked.undo_key
        return Undone(row, None if same else "already_reversed", replayed=same)
    if reason := against_void(session, row, asked, now=now):
        return Undone(row, reason)
    row.undo_key = asked.undo_key
    undo(session, row, actor=till.actor, now=now)
    return Undone(row)


def bury(session: Session, till: Till, asked: Undo, *, now: datetime) -> Redemption:
    """Leave a tombstone for a key whose original has not come yet."""
    buyer = asked.buyer
    row = Redemption(
        shop_id=till.shop_id,
        key=asked.key,
        status=Status.VOIDED,
        reason="voided_first",
        qty=0,
        points=0,
        value_fen=0,
        volunteer_id=buyer.volunteer_id if buyer else None,
        tail=buyer.tail if buyer else "",
        via="unknown",
        device_id=till.device_id,
        actor=till.actor,
        flags=[],
        offline=False,
        occurred_at=now,
        recorded_at=now,
        business_day=business_day(now),
        undo_key=asked.undo_key,
        undone_by=till.actor,
        undone_at=now,
    )
    session.add(row)
    session.flush()
    return row


def against_void(session: Session, row: Redemption, asked: Undo, *, now: datetime) -> str | None:
    """Name what speaks against undoing a sale at the till, or None.

    The minutes count to the moment when the code was shown again, if the till could not send it
    then and sends it within the hours that the rules foresee for sales without a network.
    """
    if row.status in OPEN:
        return None
    if row.status != Status.CAPTURED:
        return "nothing_to_void"
    shop = shops.shop_by_id(session, row.shop_id)
    rules = programmes.rule_set(session, shop.programme_id, row.business_day)
    undone_at = min(asked.occurred_at or now, now)
    late = too_old(undone_at, now, rules.offline.max_age_hours)
    if late or undone_at > void_until(row.occurred_at, rules.void_minutes):
        return "too_late"
    buyer = asked.buyer
    if buyer is None:
        return "show_code"
    if buyer.refusal is not None:
        return buyer.refusal
    return None if buyer.volunteer_id == row.volunteer_id else "other_pass"


def undo(session: Session, row: Redemption, *, actor: str, now: datetime) -> None:
    """Put everything back: the goods, the day's counts, the very lots, the pledge."""
    if row.transfer_id is None:
        holds.let_go(session, row, reason="given_up", actor=actor, now=now)
        return
    row.undo_transfer_id = give_back(session, row, actor=actor, now=now)
    row.status, row.undone_by, row.undone_at = Status.VOIDED, actor, now


def give_back(session: Session, row: Redemption, *, actor: str, now: datetime) -> int:
    """Return the goods to the shelf and post the mirror image; return its transfer."""
    assert row.good_id is not None
    assert row.transfer_id is not None
    shops.put_back(
        session,
        good_id=row.good_id,
        volunteer_id=row.volunteer_id,
        qty=row.qty,
        day=row.business_day,
    )
    shop = shops.shop_by_id(session, row.shop_id)
    rules = programmes.rule_set(session, shop.programme_id, row.business_day)
    reason = Reason(
        programme_id=shop.programme_id,
        key=f"{Kind.VOID}:{shop.code}:{row.key}",
        actor=actor,
        source=f"redemption:{row.id}",
        occurred_at=now,
        business_day=business_day(now),
        lot_expires_on=rules.lot_expiry(row.business_day),
    )
    said = {"redemption": row.id, "shop": shop.code, "key": row.key, "points": row.points}
    outbox.publish(session, "RedemptionVoided", f"redemption:{row.id}", said, now=now)
    posted = ledger.reverse(session, reason, transfer_id=row.transfer_id, now=now, kind=Kind.VOID)
    return posted.transfer_id


def expire_one(session: Session, *, now: datetime) -> bool:
    """Let the oldest go that waited or held too long; False when there is none (left).

    One a transaction: who holds the goods and wallets of several stands in the way of sales.
    """
    expired = text("SELECT redemptions_expire_one(:now)")
    return bool(session.execute(expired, {"now": now}).scalar_one())
