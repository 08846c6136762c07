"""Reads of the ledger. An account without entries reads as 0, an unknown address too."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from service.ledger.models import Account, Entry, Lot, Transfer, Unit

PAGE_MAX = 200
BALANCES = text(
    """SELECT address, balance FROM ledger_balances
WHERE programme_id = :programme AND unit = :unit AND address = ANY (CAST(:addresses AS text[]))"""
)


@dataclass(frozen=True, slots=True)
class PostedLeg:
    """One side of a posted transfer; `balance` is None where the account keeps none."""

    address: str
    unit: Unit
    amount: int
    balance: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement: an entry with the transfer that it belongs to."""

    entry: Entry
    transfer: Transfer


def balance(session: Session, *, programme_id: int, address: str, unit: Unit = Unit.PTS) -> int:
    """Return what has been posted to one account, in points or fen."""
    return balances(session, programme_id=programme_id, addresses=[address], unit=unit)[address]


def balances(
    session: Session, *, programme_id: int, addresses: Iterable[str], unit: Unit = Unit.PTS
) -> dict[str, int]:
    """Return the balances of several accounts in one query.

    What an untracked account holds is what the sealer has rolled up, and what still waits for it.
    Whoever knows an address may ask, also for one beyond the own reach: a shop's pledge is such.
    """
    asked = list(addresses)
    params = {"programme": programme_id, "unit": unit, "addresses": asked}
    rows = session.execute(BALANCES, params)
    return {**dict.fromkeys(asked, 0), **{row[0]: row[1] for row in rows}}


def trial_balance(session: Session, *, programme_id: int) -> list[tuple[str, str, int]]:
    """Return (address, unit, balance) of every account, from the entries alone, by address."""
    total = func.coalesce(func.sum(Entry.amount), 0)
    rows = session.exec(
        select(col(Account.address), col(Account.unit), total)
        .outerjoin(Entry, col(Entry.account_id) == col(Account.id))
        .where(col(Account.programme_id) == programme_id)
        .group_by(col(Account.address), col(Account.unit))
        .order_by(col(Account.unit).desc(), col(Account.address))
    )
    return [(address, unit, int(amount)) for address, unit, amount in rows]


def lots(session: Session, *, programme_id: int, address: str) -> list[tuple[date, int]]:
    """Return (last day, points) of a wallet's lots that still hold something, soonest first."""
    rows = session.exec(
        select(col(Lot.expires_on), col(Lot.amount))
        .join(Account, col(Account.id) == col(Lot.account_id))
        .where(col(Account.programme_id) == programme_id, col(Account.address) == address)
        .where(col(Lot.amount) > 0)
        .order_by(col(Lot.expires_on))
    )
    return [(expires_on, amount) for expires_on, amount in rows]


def statement(
    session: Session, *, account_id: int, before: int | None = None, limit: int = 50
) -> list[Line]:
    """Return a page of an account's entries, newest first, below the sequence number `before`."""
    query = select(Entry, Transfer).join(Transfer, col(Transfer.id) == col(Entry.transfer_id))
    query = query.where(col(Entry.account_id) == account_id)
    if before is not None:
        query = query.where(col(Entry.seq) < before)
    rows = session.exec(query.order_by(col(Entry.seq).desc()).limit(min(limit, PAGE_MAX)))
    return [Line(entry, transfer) for entry, transfer in rows]


def account(
    session: Session, *, programme_id: int, address: str, unit: Unit = Unit.PTS
) -> Account | None:
    """Return the account at an address, or None."""
    return session.exec(
        select(Account).where(
            col(Account.programme_id) == programme_id,
            col(Account.address) == address,
            col(Account.unit) == unit,
        )
    ).first()


def legs(session: Session, *, transfer_id: int) -> list[PostedLeg]:
    """Return the legs of a transfer, points before yuan, the giving side first."""
    rows = session.exec(
        select(Account, Entry)
        .join(Account, col(Account.id) == col(Entry.account_id))
        .where(col(Entry.transfer_id) == transfer_id)
        .order_by(col(Account.unit).desc(), col(Entry.amount), col(Account.address))
    )
    return [PostedLeg(a.address, Unit(a.unit), e.amount, e.balance) for a, e in rows]


def balance_at(
    session: Session,
    *,
    account_id: int,
    recorded_upto: datetime | None = None,
    effective_upto: date | None = None,
) -> int:
    """Return an account's balance as it was known at a moment, as it counts for a day, or both.

    `recorded_upto` leaves out what we were told after that moment, `effective_upto` what counts
    for a later day; each bound is included.
    """
    query = select(func.sum(Entry.amount)).where(col(Entry.account_id) == account_id)
    if recorded_upto is not None:
        query = query.join(Transfer, col(Transfer.id) == col(Entry.transfer_id))
        query = query.where(col(Transfer.recorded_at) <= recorded_upto)
    if effective_upto is not None:
        query = query.where(col(Entry.effective_on) <= effective_upto)
    return int(session.exec(query).one() or 0)
