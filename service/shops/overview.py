"""What the desk shows beside a shop's rows: what is left of its pledge, what runs low, totals."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from service import ledger
from service.ledger import Unit
from service.shops.models import Association, Good, Pledge, PledgeKind, Shop, Status
from service.shops.rules import LOW_SHARE

FAMILIES = ("pledge", "given-goods", "given-discount", "suspense", "rounding")


@dataclass(frozen=True, slots=True)
class Totals:
    """One association in four figures; money in fen."""

    association: Association
    admitted: int
    pledged_fen: int
    left_fen: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a shop's pledge stands: the first three come to what is left, or the books are wrong."""

    pledged_fen: int
    taken_back_fen: int
    given_fen: int  # as goods
    left_fen: int
    discount_fen: int  # given off bills; no part of the pledge
    suspense_fen: int = 0  # undecided: the reconciliation asks about it
    rounding_fen: int = 0  # given beyond the pledge, by cents

    @property
    def balanced(self) -> bool:
        """Whether the figures come to what the ledger says is left."""
        spent = self.taken_back_fen + self.given_fen + self.suspense_fen + self.rounding_fen
        return self.pledged_fen - spent == self.left_fen


def pledge_left(session: Session, rows: Iterable[Shop]) -> dict[str, int]:
    """Return what is left of the pledge of some shops, in fen, by their codes."""
    by_programme: dict[int, list[str]] = {}
    for row in rows:
        by_programme.setdefault(row.programme_id, []).append(row.code)
    found: dict[str, int] = {}
    for programme_id, codes in by_programme.items():
        places = [f"pledge:{code}" for code in codes]
        balances = ledger.balances(
            session, programme_id=programme_id, addresses=places, unit=Unit.CNY
        )
        found |= {address.partition(":")[2]: fen for address, fen in balances.items()}
    return found


def totals(session: Session, associations: Iterable[Association]) -> list[Totals]:
    """Add up the shops of some associations, each for itself."""
    led = list(associations)
    asked = select(Shop).where(col(Shop.association_id).in_([one.id for one in led]))
    rows = session.exec(asked).all()
    rest = pledge_left(session, rows)
    return [total(one, [row for row in rows if row.association_id == one.id], rest) for one in led]


def total(association: Association, rows: list[Shop], rest: dict[str, int]) -> Totals:
    """Add up one association's shops."""
    return Totals(
        association,
        admitted=sum(row.status == Status.ADMITTED for row in rows),
        pledged_fen=sum(row.pledge_fen for row in rows),
        left_fen=sum(rest.get(row.code, 0) for row in rows),
    )


def low_counts(session: Session, shop_ids: Iterable[int]) -> dict[int, int]:
    """Return how many goods run low in some shops; the others are missing."""
    asked = (
        select(Good.shop_id, func.count())
        .where(col(Good.shop_id).in_(list(shop_ids)), col(Good.active), Good.pledged_qty > 0)
        .where(Good.stock * LOW_SHARE <= Good.pledged_qty)
        .group_by(col(Good.shop_id))
    )
    return dict(session.exec(asked).all())


def standing(session: Session, shop: Shop) -> Standing:
    """Return how a shop's pledge stands this moment."""
    asked = select(Pledge.kind, func.sum(Pledge.fen)).where(Pledge.shop_id == shop.id)
    sums = dict(session.exec(asked.group_by(col(Pledge.kind))).all())
    back = int(sums.pop(PledgeKind.END, 0))
    places = [f"{family}:{shop.code}" for family in FAMILIES]
    pledge, goods, discount, suspense, rounding = ledger.balances(
        session, programme_id=shop.programme_id, addresses=places, unit=Unit.CNY
    ).values()
    pledged = int(sum(sums.values()))
    return Standing(pledged, back, goods, pledge, discount, suspense, rounding)
