"""Undoing a redemption: void, reversal by two people, expiry, in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select, update

from service import ledger, outbox, programmes, shops, trail
from service.clock import business_day
from service.ledger import Kind, Reason
from service.people import Caller
from service.redemptions.models import (
    NotReversible,
    OwnBenefit,
    OwnProposal,
    Redemption,
    Reversal,
    Status,
)
from service.redemptions.rules import void_until
from service.redemptions.sale import Buyer, Till

UNDONE = (Status.VOIDED, Status.REVERSED)


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


def void(
    session: Session,
    till: Till,
    *,
    key: str,
    buyer: Buyer | None,
    undo_key: str | None,
    now: datetime,
) -> Undone:
    """Undo a sale within its minutes, while the same person's code is shown again.

    What waits may be given up without a code. A key that we never saw becomes a tombstone: the
    late original is refused.
    """
    row = lock_key(session, shop_id=till.shop_id, key=key)
    if row is None:
        return Undone(bury(session, till, key=key, buyer=buyer, undo_key=undo_key, now=now))
    if row.status in UNDONE:
        same = row.status == Status.VOIDED and row.undo_key == undo_key
        return Undone(row, None if same else "already_reversed", replayed=same)
    if reason := against_void(session, row, buyer, now=now):
        return Undone(row, reason)
    row.undo_key = undo_key
    undo(session, row, Status.VOIDED, actor=till.actor, now=now)
    return Undone(row)


def bury(
    session: Session,
    till: Till,
    *,
    key: str,
    buyer: Buyer | None,
    undo_key: str | None,
    now: datetime,
) -> Redemption:
    """Leave a tombstone for a key whose original has not come yet."""
    row = Redemption(
        shop_id=till.shop_id,
        key=key,
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
        undo_key=undo_key,
        undone_by=till.actor,
        undone_at=now,
    )
    session.add(row)
    session.flush()
    return row


def against_void(
    session: Session, row: Redemption, buyer: Buyer | None, *, now: datetime
) -> str | None:
    """Name what speaks against undoing a sale at the till, or None."""
    if row.status == Status.WAITING:
        return None
    if row.status != Status.CAPTURED:
        return "nothing_to_void"
    shop = shops.shop_by_id(session, row.shop_id)
    rules = programmes.rule_set(session, shop.programme_id, row.business_day)
    if now > void_until(row.occurred_at, rules.void_minutes):
        return "too_late"
    if buyer is None:
        return "show_code"
    if buyer.refusal is not None:
        return buyer.refusal
    return None if buyer.volunteer_id == row.volunteer_id else "other_pass"


def undo(session: Session, row: Redemption, status: Status, *, actor: str, now: datetime) -> None:
    """Put everything back: the goods, the day's count, the very lots, the pledge."""
    if row.transfer_id is not None:
        row.undo_transfer_id = give_back(session, row, status, actor=actor, now=now)
    else:
        row.reason = "given_up"
    row.status, row.undone_by, row.undone_at = status, actor, now


def give_back(
    session: Session, row: Redemption, status: Status, *, actor: str, now: datetime
) -> int:
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
    kind = Kind.VOID if status == Status.VOIDED else Kind.REVERSE
    reason = Reason(
        programme_id=shop.programme_id,
        key=f"{kind}:{shop.code}:{row.key}",
        actor=actor,
        source=f"redemption:{row.id}",
        occurred_at=now,
        business_day=business_day(now),
        lot_expires_on=rules.lot_expiry(row.business_day),
    )
    said = {"redemption": row.id, "shop": shop.code, "key": row.key, "points": row.points}
    event = "RedemptionVoided" if status == Status.VOIDED else "RedemptionReversed"
    outbox.publish(session, event, f"redemption:{row.id}", said, now=now)
    posted = ledger.reverse(session, reason, transfer_id=row.transfer_id, now=now, kind=kind)
    return posted.transfer_id


def propose_reversal(
    session: Session, row: Redemption, *, reason: str, proposer: Caller, now: datetime
) -> Reversal:
    """Propose to reverse a sale. The first proposal stands; a second one changes nothing."""
    if row.status != Status.CAPTURED:
        raise NotReversible
    assert row.id is not None
    found = session.get(Reversal, row.id)
    if found is None:
        found = Reversal(
            redemption_id=row.id, reason=reason, proposed_by=proposer.actor, proposed_at=now
        )
        session.add(found)
        said = {"redemption": row.id, "key": row.key, "reason": reason}
        subject = f"redemption:{row.id}"
        outbox.publish(session, "ReversalProposed", subject, said, now=now)
        note(session, proposer, "redemption.propose-reversal", row, detail=said, now=now)
    return found


def approve_reversal(
    session: Session, row: Redemption, *, approver: Caller, now: datetime
) -> Reversal:
    """Reverse a sale as the second person. Raises OwnProposal, OwnBenefit, NotReversible."""
    found = session.get(Reversal, row.id, with_for_update=True)
    if found is None:
        raise NotReversible
    if approver.actor == found.proposed_by:
        raise OwnProposal
    if approver.volunteer_id is not None and approver.volunteer_id == row.volunteer_id:
        raise OwnBenefit
    if found.approved_by == approver.actor and row.status == Status.REVERSED:
        return found  # the same person again: the answer of the first time
    if row.status != Status.CAPTURED:
        raise NotReversible
    found.approved_by, found.approved_at = approver.actor, now
    undo(session, row, Status.REVERSED, actor=approver.actor, now=now)
    note(session, approver, "redemption.approve-reversal", row, detail={"key": row.key}, now=now)
    return found


def note(
    session: Session,
    caller: Caller,
    action: str,
    row: Redemption,
    *,
    detail: dict[str, Any],
    now: datetime,
) -> None:
    """Leave a trace of who decided about a sale."""
    subject = f"redemption:{row.id}"
    trail.record(
        session, actor=caller.actor, action=action, subject=subject, detail=detail, now=now
    )


def expire_waiting(session: Session, *, now: datetime) -> int:
    """Give up what nobody confirmed in time; return how many. Nothing had moved."""
    over = update(Redemption).where(
        col(Redemption.status) == Status.WAITING, col(Redemption.expires_at) <= now
    )
    found = session.execute(over.values(status=Status.EXPIRED, reason="expired"))
    count: int = found.rowcount  # type: ignore[attr-defined]
    return count
