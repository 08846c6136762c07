"""What shops pledge, good by good, and what they take back: each line is a posting in yuan.

sign, top_up   fund -fen, pledge:SHOP +fen; the goods stand on the shelf
end            pledge:SHOP -fen, fund +fen; what was left of the good is off the shelf

The account of a pledge has no floor: goods that left without network are recorded whatever it says.
Then the account is below zero, nothing is left to give back, and the reconciliation names it.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, func, select

from service import ledger, outbox, trail
from service.clock import business_day
from service.errors import KeyReused
from service.ledger import Kind, Leg, Unit
from service.shops.models import Good, Pledge, PledgeKind, Shop, ShopNotAdmitted, Status
from service.shops.refusals import NothingPledged


@dataclass(frozen=True, slots=True)
class Line:
    """One line to be written: its key (of the form), the paper that was signed, who and when."""

    key: str
    document: str
    actor: str
    now: datetime
    agreed_on: date | None = None  # the business day, where it is not today's

    @property
    def business_day(self) -> date:
        """The day for which it is posted."""
        return self.agreed_on or business_day(self.now)


@dataclass(frozen=True, slots=True)
class Change:
    """What a line does: so many fen, for so many of a good, or for what is left of all."""

    kind: PledgeKind
    fen: int
    good: Good | None = None
    qty: int | None = None

    @property
    def signed_fen(self) -> int:
        """What it adds to the pledge."""
        return -self.fen if self.kind == PledgeKind.END else self.fen


def pledge(session: Session, shop: Shop, good: Good, *, qty: int, line: Line) -> Pledge:
    """Put so many more of a good on the shelf and its value into the pledge.

    The same line again returns the first one. Raises ShopNotAdmitted, KeyReused.
    """
    known = lock(session, shop, good)
    if (found := written(session, shop, line.key)) is not None:
        if (found.good_id, found.qty) != (good.id, qty):
            raise KeyReused
        return found
    if shop.status != Status.ADMITTED:
        raise ShopNotAdmitted
    kind = PledgeKind.TOP_UP if known.pledged_qty else PledgeKind.SIGN
    known.pledged_qty += qty
    known.stock += qty
    known.active = True
    return write(session, shop, Change(kind, qty * known.value_fen, known, qty), line=line)


def end(session: Session, shop: Shop, good: Good, *, line: Line) -> Pledge:
    """Take what is left of a good off the shelf and out of the pledge.

    The same line again returns the first one. Raises NothingPledged.
    """
    known = lock(session, shop, good)
    if (found := written(session, shop, line.key)) is not None:
        return found
    if known.stock <= 0:
        raise NothingPledged
    qty = known.stock
    known.stock, known.active = 0, False
    known.pledged_qty = max(0, known.pledged_qty - qty)
    change = Change(PledgeKind.END, qty * known.value_fen, known, qty)
    return write(session, shop, change, line=line)


def end_all(session: Session, shop: Shop, *, actor: str, document: str, now: datetime) -> None:
    """Take every good off the shelf, and give back what is then left of the pledge."""
    goods = session.exec(select(Good).where(Good.shop_id == shop.id).order_by(Good.code)).all()
    for good in goods:
        if good.stock > 0:
            line = Line(f"end:{good.code}", document, actor, now)
            end(session, shop, good, line=line)
    address = f"pledge:{shop.code}"
    left = ledger.balance(session, programme_id=shop.programme_id, address=address, unit=Unit.CNY)
    line = Line("end", document, actor, now)
    if left > 0 and written(session, shop, line.key) is None:
        write(session, shop, Change(PledgeKind.END, left), line=line)


def lock(session: Session, shop: Shop, good: Good) -> Good:
    """Lock the shop and the good, in this order; a sale locks the good."""
    session.refresh(shop, with_for_update={"key_share": True})
    session.refresh(good, with_for_update={"key_share": True})
    return good


def written(session: Session, shop: Shop, key: str) -> Pledge | None:
    """Return the line that has this key."""
    asked = select(Pledge).where(Pledge.shop_id == shop.id, Pledge.key == key)
    return session.exec(asked).one_or_none()


def write(session: Session, shop: Shop, change: Change, *, line: Line) -> Pledge:
    """Post a line and keep it."""
    assert shop.id is not None
    shop.pledge_fen = max(0, shop.pledge_fen + change.signed_fen)
    code = change.good.code if change.good else None
    row = Pledge(
        shop_id=shop.id,
        key=line.key,
        kind=change.kind,
        good_id=change.good.id if change.good else None,
        qty=change.qty,
        fen=change.fen,
        document=line.document,
        actor=line.actor,
        business_day=line.business_day,
        at=line.now,
        transfer_id=post(session, shop, change, line=line),
    )
    session.add(row)
    said = {"shop": shop.code, "fen": change.signed_fen, "good": code}
    outbox.publish(session, "PledgeRecorded", f"shop:{shop.code}", said, now=line.now)
    trail.record(
        session,
        actor=line.actor,
        action=f"pledge.{change.kind}",
        subject=f"shop:{shop.code}",
        detail={**said, "document": line.document},
        now=line.now,
    )
    session.flush()
    return row


def post(session: Session, shop: Shop, change: Change, *, line: Line) -> int:
    """Post a line in yuan; return its transfer. The shop's row is locked, so lines are numbered."""
    lines = select(func.count()).select_from(Pledge).where(col(Pledge.shop_id) == shop.id)
    reason = ledger.Reason(
        programme_id=shop.programme_id,
        key=f"pledge:{shop.code}:{1 + session.exec(lines).one()}",
        actor=line.actor,
        source=f"shop:{shop.code}",
        occurred_at=line.now,
        business_day=line.business_day,
        memo={"good": change.good.code, "qty": change.qty} if change.good else {},
    )
    fen = change.signed_fen
    legs = (Leg("fund", Unit.CNY, -fen), Leg(f"pledge:{shop.code}", Unit.CNY, fen))
    return ledger.post(session, reason, kind=Kind.PLEDGE, legs=legs, now=line.now).transfer_id
