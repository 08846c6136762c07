"""Reversals, of all pieces or some: one person proposes, another one answers.

The ledger takes the sale back and posts what remains of it anew. So the lots are restored by its
own mirror image, and what remains is spent as any sale is: the soonest to expire first.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from service import ledger, outbox, people, programmes, shops, trail
from service.clock import business_day
from service.ledger import Kind, Leg, Reason, Unit
from service.people import Caller
from service.redemptions.models import (
    GIVEN,
    MoreThanLeft,
    NotReversible,
    OwnBenefit,
    OwnProposal,
    Redemption,
    Reversal,
    SaleDecidedTogether,
    SaleProposedBefore,
    Status,
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """How many pieces should come back, and why; None for all that are left."""

    reason: str
    qty: int | None = None
    key: str | None = None  # of the form: sent again, it proposes nothing anew
    bundle: str | None = None  # of several: decided with the others, or not at all


def of_sale(session: Session, row: Redemption) -> list[Reversal]:
    """Return all proposals about a sale, the first one first."""
    asked = select(Reversal).where(Reversal.redemption_id == row.id).order_by(col(Reversal.nth))
    return list(session.exec(asked).all())


def is_open(found: Reversal) -> bool:
    """Tell whether a proposal still waits for its answer."""
    return found.approved_at is None and found.declined_at is None


def propose(
    session: Session, row: Redemption, proposal: Proposal, *, proposer: Caller, now: datetime
) -> Reversal:
    """Propose to take pieces of a sale back. While one proposal is open, a second changes nothing.

    The caller has locked the row. Raises NotReversible, MoreThanLeft; in a bundle also
    SaleProposedBefore.
    """
    earlier = of_sale(session, row)
    for found in earlier:
        if is_open(found) and proposal.bundle not in {None, found.bundle}:
            raise SaleProposedBefore(key=row.key)
        if is_open(found) or (proposal.key is not None and found.key == proposal.key):
            return found
    left = row.qty - row.returned_qty
    if row.status not in GIVEN:
        raise NotReversible
    if proposal.qty is not None and not 0 < proposal.qty <= left:
        raise MoreThanLeft(field="qty", left=left)
    assert row.id is not None
    found = Reversal(
        redemption_id=row.id,
        nth=len(earlier) + 1,
        key=proposal.key,
        qty=proposal.qty or left,
        reason=proposal.reason,
        proposed_by=proposer.actor,
        proposed_at=now,
        bundle=proposal.bundle,
    )
    session.add(found)
    said = {"redemption": row.id, "key": row.key, "qty": found.qty, "reason": proposal.reason}
    outbox.publish(session, "ReversalProposed", f"redemption:{row.id}", said, now=now)
    note(session, proposer, "redemption.propose-reversal", row, detail=said, now=now)
    return found


def approve(
    session: Session,
    row: Redemption,
    *,
    nth: int | None,
    approver: Caller,
    now: datetime,
    bundle: str | None = None,
) -> Reversal:
    """Take the proposed pieces back as the second person; the row is locked.

    The same person again is told the same. Raises OwnProposal, OwnBenefit, NotReversible.
    """
    found = proposed(session, row, nth, bundle)
    if found.approved_by == approver.actor:
        return found
    may_answer(found, row, approver)
    if row.status not in GIVEN:  # undone meanwhile; to decline is all that is left
        raise NotReversible
    found.approved_by, found.approved_at = approver.actor, now
    found.transfer_id = take_back(session, row, found, now=now)
    row.returned_qty += found.qty
    row.status = Status.REVERSED if row.returned_qty == row.qty else Status.PARTLY_REVERSED
    if row.status == Status.REVERSED:
        row.undo_transfer_id = found.transfer_id
        row.undone_by, row.undone_at = approver.actor, now
    said = {"key": row.key, "qty": found.qty}
    note(session, approver, "redemption.approve-reversal", row, detail=said, now=now)
    return found


def decline(
    session: Session,
    row: Redemption,
    *,
    nth: int | None,
    decliner: Caller,
    now: datetime,
    bundle: str | None = None,
) -> Reversal:
    """Answer no to a proposal, or withdraw one's own; nothing moves and another may be made.

    The same person again is told the same. Raises OwnBenefit, NotReversible.
    """
    found = proposed(session, row, nth, bundle)
    if found.declined_by == decliner.actor:
        return found
    if found.proposed_by != decliner.actor:
        may_answer(found, row, decliner)
    elif not is_open(found):
        raise NotReversible
    found.declined_by, found.declined_at = decliner.actor, now
    said = {"key": row.key, "qty": found.qty}
    note(session, decliner, "redemption.decline-reversal", row, detail=said, now=now)
    return found


def proposed(
    session: Session, row: Redemption, nth: int | None, bundle: str | None = None
) -> Reversal:
    """Return the proposal that is meant: the one named, else the newest of its bundle.

    Raises NotReversible, and SaleDecidedTogether for one of a bundle that is not decided as such.
    """
    every = of_sale(session, row)
    found = [one for one in every if nth is None or one.nth == nth]
    if not found:
        raise NotReversible
    if found[-1].bundle != bundle:
        raise SaleDecidedTogether
    return found[-1]


def may_answer(found: Reversal, row: Redemption, answerer: Caller) -> None:
    """Refuse the proposer, whoever gains, and what was answered before."""
    if answerer.actor == found.proposed_by:
        raise OwnProposal
    if answerer.volunteer_id is not None and answerer.volunteer_id == row.volunteer_id:
        raise OwnBenefit
    if not is_open(found):
        raise NotReversible


def take_back(session: Session, row: Redemption, found: Reversal, *, now: datetime) -> int:
    """Put pieces back on the shelf and out of the limits, and post; return the mirror image."""
    assert row.good_id is not None
    assert row.transfer_id is not None
    assert found.approved_by is not None
    shops.put_back(
        session,
        good_id=row.good_id,
        volunteer_id=row.volunteer_id,
        qty=found.qty,
        day=row.business_day,
    )
    shop = shops.shop_by_id(session, row.shop_id)
    rules = programmes.rule_set(session, shop.programme_id, row.business_day)
    whole = found.qty == row.qty
    reason = Reason(
        programme_id=shop.programme_id,
        key=f"{'reverse' if whole else f'reverse-{found.nth}'}:{shop.code}:{row.key}",
        actor=found.approved_by,
        source=f"redemption:{row.id}",
        occurred_at=now,
        business_day=business_day(now),
        lot_expires_on=rules.lot_expiry(row.business_day),
    )
    undone = ledger.reverse(session, reason, transfer_id=row.transfer_id, now=now).transfer_id
    rest = row.qty - row.returned_qty - found.qty
    if rest:
        row.transfer_id = post_rest(session, row, found, shop, rest=rest, now=now)
    said = {"redemption": row.id, "shop": shop.code, "key": row.key, "qty": found.qty}
    said |= {"points": row.points // row.qty * found.qty, "left": rest}
    outbox.publish(session, "RedemptionReversed", f"redemption:{row.id}", said, now=now)
    return undone


def post_rest(
    session: Session,
    row: Redemption,
    found: Reversal,
    shop: shops.Shop,
    *,
    rest: int,
    now: datetime,
) -> int:
    """Post anew what was not taken back; a wallet that is in debt stays in it."""
    assert row.volunteer_id is not None
    assert row.good_id is not None
    assert found.approved_by is not None
    points, fen = row.points // row.qty * rest, row.value_fen // row.qty * rest
    who = people.volunteer_by_id(session, row.volunteer_id)
    good = shops.goods_by_id(session, [row.good_id])[row.good_id]
    reason = Reason(
        programme_id=shop.programme_id,
        key=f"rest-{found.nth}:{shop.code}:{row.key}",
        actor=found.approved_by,
        source=f"redemption:{row.id}",
        occurred_at=row.occurred_at,
        business_day=business_day(now),
        memo={"good": good.name, "qty": rest} | ({"by": "helper"} if "helper" in row.flags else {}),
    )
    legs = (
        Leg(f"volunteer:{who.code}", Unit.PTS, -points),
        Leg(f"redeemed:{shop.code}", Unit.PTS, points),
        Leg(f"pledge:{shop.code}", Unit.CNY, -fen),
        Leg(f"given-goods:{shop.code}", Unit.CNY, fen),
    )
    posted = ledger.post(session, reason, kind=Kind.REDEEM, legs=legs, now=now, may_owe=True)
    return posted.transfer_id


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
