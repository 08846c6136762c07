"""Ledger tables and what the ledger refuses. The SQL of the migrations is the truth they mirror."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import UserDefinedType
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Invalid, NotFound
from service.i18n import N_

DEBT_LOT = date.max  # the "expiry" under which a debt stands among the lot moves


class InsufficientPoints(Conflict):
    """The balance does not cover the amount."""

    slug, title = "insufficient-points", N_("Not enough points")


class UnknownAccount(NotFound):
    """No account of this programme was ever opened at one of these addresses."""

    slug, title = "unknown-account", N_("Unknown account")


class ClosedAccount(Conflict):
    """One of the accounts is closed and takes nothing more."""

    slug, title = "closed-account", N_("The account is closed")


class AccountNotEmpty(Conflict):
    """An account with a balance, or with something held, cannot be closed."""

    slug, title = "account-not-empty", N_("The account is not empty")


class Unbalanced(Invalid):
    """The legs do not sum to zero in each unit, or one of them is not a leg at all."""

    slug, title = "unbalanced", N_("The transfer does not balance")


class AlreadyReversed(Conflict):
    """A transfer is reversed once."""

    slug, title = "already-reversed", N_("This was reversed already")


class NotReversible(Conflict):
    """No such transfer in this programme, or one that posted nothing of its own."""

    slug, title = "not-reversible", N_("This cannot be reversed")


class PeriodClosed(Conflict):
    """The books take nothing more for that day."""

    slug, title = "period-closed", N_("The books are closed for that day")


class PeriodNotOver(Conflict):
    """A month is closed when its last day has ended."""

    slug, title = "period-not-over", N_("The month is not over yet")


class AmountTooLarge(Invalid):
    """An amount, or a balance that it would make, does not fit into 64 bits."""

    slug, title = "amount-too-large", N_("The amount is too large")


class Unwritable(Invalid):
    """A text has a NUL or half a character in it; no database keeps such a thing."""

    slug, title = "unwritable-text", N_("A text contains characters that cannot be stored")


class UnknownHold(NotFound):
    """No such hold in this programme."""

    slug, title = "unknown-hold", N_("There is no such hold")


class HoldResolved(Conflict):
    """A hold is captured or released once."""

    slug, title = "hold-resolved", N_("This hold was settled already")


class HoldExpired(Conflict):
    """The time of the hold is over; what it set aside is free again."""

    slug, title = "hold-expired", N_("The time for this has run out")


class HoldNotOver(Conflict):
    """A hold expires at its time, not before."""

    slug, title = "hold-not-over", N_("The hold has not ended yet")


class CaptureTooMuch(Invalid):
    """A capture takes what was held, or less of it, and nothing else."""

    slug, title = "capture-too-much", N_("More than was set aside")


class Unit(StrEnum):
    """What is counted: points, or yuan in fen. Both are whole numbers."""

    PTS = "PTS"
    CNY = "CNY"


class Kind(StrEnum):
    """Why amounts move."""

    OPEN = "open"
    AWARD = "award"
    MANUAL = "manual"
    REDEEM = "redeem"
    DISCOUNT = "discount"
    VOID = "void"
    REVERSE = "reverse"
    EXPIRE = "expire"
    ADJUST = "adjust"
    PLEDGE = "pledge"
    HOLD = "hold"
    RELEASE = "release"


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id; only the sealer reads it, in SQL."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the type's name in DDL."""
        return "xid8"


class Account(Model, table=True):
    """One place where points or yuan can be.

    `debt` is what its owner owes below the floor. An untracked account's `posted` and `entries`
    are what the sealer has rolled up: the balance is in `queries.balance`.
    """

    __tablename__ = "ledger_accounts"
    __table_args__ = (UniqueConstraint("programme_id", "address", "unit"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int
    address: str = Field(sa_type=Text)
    unit: str = Field(sa_type=Text)
    tracked: bool
    by_lots: bool = False
    floor: int | None = Field(default=None, sa_type=BigInteger)
    posted: int = Field(default=0, sa_type=BigInteger)
    held_out: int = Field(default=0, sa_type=BigInteger)
    held_in: int = Field(default=0, sa_type=BigInteger)
    debt: int = Field(default=0, sa_type=BigInteger)
    entries: int = Field(default=0, sa_type=BigInteger)
    opened_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    # Whose readers see it: the database finds it when it is opened; None is the programme's own.
    place_id: int | None = Field(default=None, sa_type=BigInteger)


class Transfer(Model, table=True):
    """One reason, said once, and everything that is known of it. Never changed, never deleted."""

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        UniqueConstraint("programme_id", "key"),
        Index("uq_ledger_transfers_reverses_id", "reverses_id", unique=True),
        Index("uq_ledger_transfers_pending_id", "pending_id", unique=True),
        Index(
            "ix_ledger_transfers_business_day_programme_id", "business_day", "programme_id", "id"
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int
    key: str = Field(sa_type=Text)
    request_hash: bytes = Field(sa_type=LargeBinary)
    kind: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text, index=True)
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    business_day: date
    effective_on: date
    reverses_id: int | None = Field(default=None, sa_type=BigInteger)
    pending_id: int | None = Field(default=None, sa_type=BigInteger)
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    memo: dict[str, Any] = Field(sa_type=JSONB)
    xid: str | None = Field(default=None, sa_column=Column(Xid8, nullable=False))


class Entry(Model, table=True):
    """One leg of a transfer in one account: the statement, in the order of `seq`."""

    __tablename__ = "ledger_entries"

    account_id: int = Field(sa_type=BigInteger, primary_key=True)
    seq: int = Field(sa_type=BigInteger, primary_key=True)
    transfer_id: int = Field(sa_type=BigInteger, index=True)
    amount: int = Field(sa_type=BigInteger)
    balance: int | None = Field(default=None, sa_type=BigInteger)
    effective_on: date


class Lot(Model, table=True):
    """Points of one account that expire at the end of the same day."""

    __tablename__ = "ledger_lots"
    __table_args__ = (Index("ix_ledger_lots_expires_on", "expires_on"),)

    account_id: int = Field(sa_type=BigInteger, primary_key=True)
    expires_on: date = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)


class LotMove(Model, table=True):
    """What one transfer put into a lot or took from it; `DEBT_LOT` stands for the debt."""

    __tablename__ = "ledger_lot_moves"

    transfer_id: int = Field(sa_type=BigInteger, primary_key=True)
    account_id: int = Field(sa_type=BigInteger, primary_key=True)
    expires_on: date = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)


class HoldLeg(Model, table=True):
    """What one hold sets aside in one account: negative there, positive where it would go."""

    __tablename__ = "ledger_hold_legs"

    transfer_id: int = Field(sa_type=BigInteger, primary_key=True)
    account_id: int = Field(sa_type=BigInteger, primary_key=True)
    amount: int = Field(sa_type=BigInteger)


class Hold(Model, table=True):
    """A hold that is still open, by the transfer that set it up."""

    __tablename__ = "ledger_holds"
    __table_args__ = (
        Index(
            "ix_ledger_holds_programme_id_expires_at", "programme_id", "expires_at", "transfer_id"
        ),
    )

    transfer_id: int = Field(sa_type=BigInteger, primary_key=True)
    programme_id: int
    expires_at: datetime = Field(sa_type=Instant)


class Unsealed(Model, table=True):
    """A transfer that the log does not have yet, with its leaf."""

    __tablename__ = "ledger_unsealed"

    transfer_id: int = Field(sa_type=BigInteger, primary_key=True)
    leaf: bytes = Field(sa_type=LargeBinary)


class Books(Model, table=True):
    """The watermark of a programme: nothing is posted for this day or an earlier one."""

    __tablename__ = "ledger_books"

    programme_id: int = Field(primary_key=True)
    closed_through: date


class PeriodState(StrEnum):
    """A month that has no row is open."""

    CLOSING = "closing"
    SEALED = "sealed"


class Period(Model, table=True):
    """A month that takes no more transfers, and its seal once it has one."""

    __tablename__ = "ledger_periods"

    programme_id: int = Field(primary_key=True)
    month: date = Field(primary_key=True)
    state: str = Field(sa_type=Text)
    closing_at: datetime = Field(sa_type=Instant)
    closed_by: str = Field(sa_type=Text)
    sealed_at: datetime | None = Field(default=None, sa_type=Instant)
    size: int | None = Field(default=None, sa_type=BigInteger)
    root: bytes | None = Field(default=None, sa_type=LargeBinary)
    trial_root: bytes | None = Field(default=None, sa_type=LargeBinary)
    previous: bytes | None = Field(default=None, sa_type=LargeBinary)
    seal: bytes | None = Field(default=None, sa_type=LargeBinary)
    note: str | None = Field(default=None, sa_type=Text)
