"""Reads for the desk: one sale with its proposals, those that wait for an answer, by receipt."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from service import shops
from service.redemptions import queries, reversals
from service.redemptions.models import Redemption, Reversal, UnknownRedemption
from service.redemptions.rules import receipt

PAGE = 30


@dataclass(frozen=True, slots=True)
class Sale:
    """A sale as the desk sees it: a tail, never a name."""

    row: Redemption
    shop: shops.Shop
    good: shops.Good | None
    proposals: tuple[Reversal, ...] = ()

    @property
    def receipt(self) -> str:
        """The number on the clerk's screen."""
        return receipt(self.row.id or 0)

    @property
    def left(self) -> int:
        """Pieces that are still out."""
        return self.row.qty - self.row.returned_qty

    @property
    def open(self) -> Reversal | None:
        """The proposal that waits for its answer."""
        return next((one for one in self.proposals if reversals.is_open(one)), None)


def sale_of(session: Session, number: int) -> Sale:
    """Return a sale by its number. Raises UnknownRedemption."""
    row = session.get(Redemption, number)
    if row is None:
        raise UnknownRedemption
    found = dressed(session, [row])[0]
    return Sale(row, found.shop, found.good, tuple(reversals.of_sale(session, row)))


def dressed(session: Session, rows: Collection[Redemption]) -> list[Sale]:
    """Give sales their shops and goods, each read once."""
    goods = shops.goods_by_id(session, {row.good_id for row in rows if row.good_id})
    where = shops.shops_by_id(session, {row.shop_id for row in rows})
    return [
        Sale(row, where[row.shop_id], goods.get(row.good_id) if row.good_id else None)
        for row in rows
    ]


def proposed(session: Session, shop_ids: Collection[int], *, after: int = 0) -> list[Sale]:
    """Return a page of the sales about which a proposal waits, the oldest sale first."""
    asked = (
        select(Redemption, Reversal)
        .join(Reversal, col(Reversal.redemption_id) == col(Redemption.id))
        .where(col(Reversal.approved_at).is_(None), col(Reversal.declined_at).is_(None))
        .where(col(Redemption.shop_id).in_(shop_ids), col(Redemption.id) > after)
        .order_by(col(Redemption.id))
        .limit(PAGE + 1)
    )
    found = session.exec(asked).all()
    every = dressed(session, [row for row, _ in found])
    return [
        Sale(sale.row, sale.shop, sale.good, (proposal,))
        for sale, (_, proposal) in zip(every, found, strict=True)
    ]


def by_receipt(session: Session, number: int, shop_ids: Collection[int]) -> list[Sale]:
    """Return the sales of these shops whose receipts end in six digits, newest first."""
    ids = queries.receipts(session, number)
    asked = select(Redemption).where(
        col(Redemption.id).in_(ids), col(Redemption.shop_id).in_(shop_ids)
    )
    rows = session.exec(asked.order_by(col(Redemption.id).desc())).all()
    return dressed(session, rows)
