"""The yuan of exceptions. Points are put right by awards and reversals, never here.

An exception's amount is what the shop says less what the books say. What the books take over goes
from where it comes from to what the shop has given; what is not decided waits in suspense.

             pledge:SHOP     suspense:SHOP   given-goods:SHOP
park         -amount         +amount                           undecided: goods left on a bad proof,
                                                               or the exception is carried over
settle       +amount -taken  -amount         +taken            taken: all, some or nothing of it

Of discounts it is discount-granted, suspense-discount:SHOP and given-discount:SHOP. Rounding of a
shop's day goes from rounding:SHOP and rounding-discount:SHOP into what was given.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service import ledger, shops
from service.clock import business_day
from service.ledger import Kind, Leg, Place, Unit
from service.reconciliation.models import Difference

# The other accounts were opened with the shop.
OPENED = {
    "suspense": Place(tracked=True),
    "suspense-discount": Place(tracked=True),
    "rounding": ledger.HOT_END,
    "rounding-discount": ledger.HOT_END,
}
MADE = text(
    "SELECT count(*) FROM ledger_transfers WHERE programme_id = :programme AND source = :of"
)
LOCK = text("SELECT pg_advisory_xact_lock(7330, hashtext(:of))")
ROUNDED = text(
    """SELECT coalesce(sum(e.amount), 0)::bigint FROM ledger_transfers t
  JOIN ledger_entries e ON e.transfer_id = t.id JOIN ledger_accounts a ON a.id = e.account_id
WHERE t.programme_id = :programme AND t.source = :of AND a.address = :address"""
)
BAD = text(
    """UPDATE reconciliation_exceptions e SET shop_id = s.id,
  amount_fen = coalesce(e.amount_fen, r.value_fen),
  suspended_fen = coalesce(e.amount_fen, r.value_fen)
FROM shops s JOIN redemptions r ON r.shop_id = s.id
WHERE e.community_id = :community AND e.day = :day AND e.kind = 'OFFLINE_BAD'
  AND s.code = e.subject AND r.key = e.reference
  AND e.status IN ('open', 'assigned') AND e.suspended_fen = 0
  AND r.status = 'refused' AND r.offline AND r.value_fen > 0
RETURNING e.shop_id, e.suspended_fen"""
)


@dataclass(frozen=True, slots=True)
class Accounts:
    """Between which accounts a shop's difference moves."""

    origin: str
    suspense: str
    given: str


@dataclass(frozen=True, slots=True)
class Deed:
    """Who decided what, and when; it stands in the transfer's memo."""

    by: str
    word: str
    now: datetime


def accounts(shop: shops.Shop, row: Difference) -> Accounts:
    """Return an exception's accounts: those of discounts, else those of goods."""
    if "discount" in {row.ours_kind, row.detail.get("what")}:
        own = (f"{family}:{shop.code}" for family in ("suspense-discount", "given-discount"))
        return Accounts("discount-granted", *own)
    own = (f"{family}:{shop.code}" for family in ("pledge", "suspense", "given-goods"))
    return Accounts(*own)


def legs(places: Accounts, *, parked: int, taken: int) -> tuple[Leg, ...]:
    """Return what moves: so much comes to be parked (or leaves), so much is taken over."""
    moves = {places.suspense: parked, places.given: taken, places.origin: -parked - taken}
    return tuple(Leg(address, Unit.CNY, fen) for address, fen in moves.items() if fen)


def park(session: Session, row: Difference, *, deed: Deed) -> int | None:
    """Put an exception's amount into suspense, unless it stands there; the row is locked."""
    if not row.amount_fen or row.suspended_fen:
        return None
    row.suspended_fen = row.amount_fen
    return move(session, row, parked=row.amount_fen, taken=0, deed=deed)


def settle(session: Session, row: Difference, *, taken: int, deed: Deed) -> int | None:
    """Take so much over into what the shop has given, and empty the suspense; the row is locked.

    Return the transfer, or None where no yuan move.
    """
    parked, row.suspended_fen = -row.suspended_fen, 0
    return move(session, row, parked=parked, taken=taken, deed=deed)


def move(session: Session, row: Difference, *, parked: int, taken: int, deed: Deed) -> int | None:
    """Post one step of an exception's yuan; the memo keeps the day that it is about."""
    if not parked and not taken:
        return None
    shop = shop_of(session, row)
    said = {"exception": row.id, "day": str(row.day), "reference": row.reference}
    said |= {"class": row.kind, "answer": deed.word}
    moved = legs(accounts(shop, row), parked=parked, taken=taken)
    return post(session, shop, f"exception:{row.id}", legs=moved, memo=said, deed=deed)


def shop_of(session: Session, row: Difference) -> shops.Shop:
    """Return the shop that an exception is about."""
    return (
        shops.shop_by_id(session, row.shop_id) if row.shop_id else shops.shop(session, row.subject)
    )


def post(
    session: Session,
    shop: shops.Shop,
    source: str,
    *,
    legs: tuple[Leg, ...],
    memo: dict[str, Any],
    deed: Deed,
) -> int:
    """Post one transfer of a source whose postings stand in one queue; they are numbered."""
    for address in sorted(leg.address for leg in legs if leg.address.split(":")[0] in OPENED):
        ledger.open_account(
            session,
            programme_id=shop.programme_id,
            address=address,
            unit=Unit.CNY,
            place=OPENED[address.split(":")[0]],
            now=deed.now,
        )
    asked = {"programme": shop.programme_id, "of": source}
    reason = ledger.Reason(
        programme_id=shop.programme_id,
        key=f"{source}:{1 + session.execute(MADE, asked).scalar_one()}",
        actor=deed.by,
        source=source,
        occurred_at=deed.now,
        business_day=business_day(deed.now),
        memo=memo,
    )
    posted = ledger.post(session, reason, kind=Kind.ADJUST, legs=legs, now=deed.now)
    return posted.transfer_id


def park_bad(session: Session, community_id: int, day: date, *, now: datetime) -> int:
    """Put the value of goods that left on a bad proof into suspense; return of how many sales.

    The shop's pledge is less by it, and nothing counts as given, until somebody answers. What
    stands there already stays; the others of a shop's day are one transfer.
    """
    sums: Counter[int] = Counter()
    rows = session.execute(BAD, {"community": community_id, "day": day}).all()
    for shop_id, fen in rows:
        sums[shop_id] += fen
    for shop_id, fen in sorted(sums.items()):
        shop = shops.shop_by_id(session, shop_id)
        source = f"suspense:{shop.code}:{day}"
        session.execute(LOCK, {"of": source})
        places = Accounts(*(f"{one}:{shop.code}" for one in ("pledge", "suspense", "given-goods")))
        moved = legs(places, parked=fen, taken=0)
        deed = Deed("system", "bad_proof", now)
        post(session, shop, source, legs=moved, memo={"day": str(day)}, deed=deed)
    return len(rows)


def settle_rounding(
    session: Session,
    shop: shops.Shop,
    day: date,
    *,
    goods_fen: int,
    discount_fen: int,
    now: datetime,
) -> int | None:
    """Take over what a shop's day differs by cents: theirs less ours, within the tolerance.

    Said again it posts nothing, with other figures what has changed. Return the transfer, if any.
    """
    source = f"rounding:{shop.code}:{day}"
    session.execute(LOCK, {"of": source})
    asked = {"programme": shop.programme_id, "of": source}
    moved: dict[str, int] = {}
    for family, fen in (("goods", goods_fen), ("discount", discount_fen)):
        given = f"given-{family}:{shop.code}"
        rest = fen - session.execute(ROUNDED, {**asked, "address": given}).scalar_one()
        origin = "rounding" if family == "goods" else "rounding-discount"
        moved |= {given: rest, f"{origin}:{shop.code}": -rest}
    found = tuple(Leg(address, Unit.CNY, fen) for address, fen in moved.items() if fen)
    if not found:
        return None
    deed = Deed("system", "rounding", now)
    return post(session, shop, source, legs=found, memo={"day": str(day)}, deed=deed)
