"""A shop's own day as its owner and its association read it: sales, discounts, counts, the pledge.

What is said of a volunteer is the tail of a booklet, as at the till.
"""

from dataclasses import dataclass
from datetime import date

from sqlmodel import Session, col, select

from service import shops
from service.redemptions.closing import last_word
from service.redemptions.models import DayWord, GivenDiscount
from service.redemptions.queries import DayTotals, Line, day_list, day_totals

PAGE = 25


@dataclass(frozen=True, slots=True)
class Asked:
    """Which day of which shop, and where the page of each list begins."""

    day: date
    sales_before: int | None = None
    discounts_before: int | None = None


@dataclass(frozen=True, slots=True)
class Daybook:
    """One page of a shop's day."""

    totals: DayTotals
    sales: list[Line]
    more_sales: int | None
    discounts: list[GivenDiscount]
    more_discounts: int | None
    counts: list[tuple[shops.StockCount, shops.Good]]
    pledge_left_fen: int
    word: DayWord | None


def read(session: Session, shop: shops.Shop, asked: Asked) -> Daybook:
    """Read a shop's day."""
    assert shop.id is not None
    which = {"shop_id": shop.id, "limit": PAGE + 1}
    sales = day_list(session, day=asked.day, before=asked.sales_before, **which)
    given = discounts(session, day=asked.day, before=asked.discounts_before, **which)
    return Daybook(
        totals=day_totals(session, shop_id=shop.id, day=asked.day),
        sales=sales[:PAGE],
        more_sales=sales[PAGE - 1].row.id if len(sales) > PAGE else None,
        discounts=given[:PAGE],
        more_discounts=given[PAGE - 1].id if len(given) > PAGE else None,
        counts=shops.counts_on(session, shop.id, asked.day),
        pledge_left_fen=shops.pledge_left(session, [shop])[shop.code],
        word=last_word(session, shop_id=shop.id, day=asked.day),
    )


def discounts(
    session: Session, *, shop_id: int, day: date, before: int | None = None, limit: int = PAGE
) -> list[GivenDiscount]:
    """Return one page of the discounts of a shop's day, newest first."""
    asked = select(GivenDiscount).where(
        GivenDiscount.shop_id == shop_id, GivenDiscount.business_day == day
    )
    if before is not None:
        asked = asked.where(col(GivenDiscount.id) < before)
    return list(session.exec(asked.order_by(col(GivenDiscount.id).desc()).limit(limit)).all())
