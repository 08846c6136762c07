"""Taking several sales back at once: proposed together, decided together or not at all."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from service import shops
from service.people import Caller, Volunteer
from service.redemptions.actions import lock_key
from service.redemptions.models import Redemption, Reversal, UnknownRedemption
from service.redemptions.reversals import Proposal, approve, decline, propose


def sales_by_key(
    session: Session, keys: Collection[str], community_ids: Collection[int]
) -> list[Redemption]:
    """Return the sales to volunteers of some communities by their keys, locked, oldest first.

    Raises UnknownRedemption where one is not there, or two shops have used a key.
    """
    asked = (
        select(Redemption)
        .join(Volunteer, col(Volunteer.id) == Redemption.volunteer_id)
        .where(col(Volunteer.community_id).in_(community_ids), col(Redemption.key).in_(keys))
        .where(col(Redemption.shop_id).in_(select(shops.Shop.id)))  # the index begins with it
    )
    found = list(session.exec(asked.order_by(col(Redemption.id))).all())
    if sorted(row.key for row in found) != sorted(set(keys)):
        raise UnknownRedemption
    for row in found:
        hold(session, row)
    return found


def hold(session: Session, row: Redemption) -> None:
    """Hold a sale until the end of the transaction, and read it as it stands now."""
    lock_key(session, shop_id=row.shop_id, key=row.key)
    session.refresh(row)


def propose_sales(
    session: Session,
    sales: Sequence[Redemption],
    *,
    bundle: str,
    reason: str,
    by: Caller,
    now: datetime,
) -> None:
    """Propose to take back all pieces of these sales under one name.

    Raises NotReversible, SaleProposedBefore.
    """
    for row in sales:
        propose(session, row, Proposal(reason, bundle=bundle), proposer=by, now=now)


def decide_sales(
    session: Session,
    sales: Sequence[Redemption],
    *,
    bundle: str,
    accept: bool,
    by: Caller,
    now: datetime,
) -> list[Reversal]:
    """Take all sales of a bundle back as the second person, or refuse to.

    Raises OwnProposal, OwnBenefit, NotReversible; then nothing has moved.
    """
    said: Any = {"nth": None, "now": now, "bundle": bundle}
    if accept:
        return [approve(session, row, approver=by, **said) for row in sales]
    return [decline(session, row, decliner=by, **said) for row in sales]
