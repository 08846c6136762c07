"""Ledger tables and what the ledger refuses. The SQL of migration 0001 is the truth they mirror."""

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
    """No account was ever opened at one of these addresses, or it is closed."""

    slug, title = "unknown-account", N_("Unknown or closed account")


class Unbalanced(Invalid):
    """The legs do not sum to zero in each unit, or one of them is not a leg at all."""

    slug, title = "unbalanced", N_("The transfer does not balance")


class AlreadyReversed(Conflict):
    """A transfer is reversed once."""

    slug, title = "already-reversed", N_("This was reversed already")


class NotReversible(Conflict):
    """No such transfer in this programme, or it is itself a reversal."""

    slug, title = "not-reversible", N_("This cannot be reversed")


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


class Xid8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id; only the sealer reads it, in SQL."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """Return the type's name in DDL."""
        return "xid8"


class Account(Model, table=True):
    """One place where points or yuan can be. `debt` is what its owner owes below the floor."""

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


class Transfer(Model, table=True):
    """One reason, said once, and everything that is known of it. Never changed, never deleted."""

    __tablename__ = "ledger_transfers"
    __table_args__ = (
        UniqueConstraint("programme_id", "key"),
        Index("uq_ledger_transfers_reverses_id", "reverses_id", unique=True),
        Index("uq_ledger_transfers_pending_id", "pending_id", unique=True),
        Index(
            "ix_ledger_transfers_programme_id_business_day", "programme_id", "business_day", "id"
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
    reverses_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="ledger_transfers.id"
    )
    pending_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="ledger_transfers.id"
    )
    memo: dict[str, Any] = Field(sa_type=JSONB)
    xid: str | None = Field(default=None, sa_column=Column(Xid8, nullable=False))


class Entry(Model, table=True):
    """One leg of a transfer in one account: the statement, in the order of `seq`."""

    __tablename__ = "ledger_entries"

    account_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="ledger_accounts.id")
    seq: int = Field(sa_type=BigInteger, primary_key=True)
    transfer_id: int = Field(sa_type=BigInteger, foreign_key="ledger_transfers.id", index=True)
    amount: int = Field(sa_type=BigInteger)
    balance: int | None = Field(default=None, sa_type=BigInteger)
    effective_on: date


class Lot(Model, table=True):
    """Points of one account that expire at the end of the same day."""

    __tablename__ = "ledger_lots"
    __table_args__ = (Index("ix_ledger_lots_expires_on", "expires_on"),)

    account_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="ledger_accounts.id")
    expires_on: date = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)


class LotMove(Model, table=True):
    """What one transfer put into a lot or took from it; `DEBT_LOT` stands for the debt."""

    __tablename__ = "ledger_lot_moves"
    __table_args__ = (Index("ix_ledger_lot_moves_account_id", "account_id", "transfer_id"),)

    transfer_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="ledger_transfers.id"
    )
    account_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="ledger_accounts.id")
    expires_on: date = Field(primary_key=True)
    amount: int = Field(sa_type=BigInteger)
