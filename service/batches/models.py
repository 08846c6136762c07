"""Tables of batches: a shop's day, what was matched in it, and what still waits for its half."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, NotFound
from service.i18n import N_


class UnknownBatch(NotFound):
    """No batch has this number, or it is another reader's."""

    slug, title = "unknown-batch", N_("There is no such batch")


class BatchClosed(Conflict):
    """What everybody has signed is not compared again; what comes late is in an open day."""

    slug, title = "batch-closed", N_("This day is closed")
    detail = N_("What comes late is compared with the shop's next open day.")


class UnknownSum(NotFound):
    """No run suggests such a sum, or not any more."""

    slug, title = "unknown-sum", N_("These lines do not make a sum any more")


class BatchStatus(StrEnum):
    """Where a batch stands: never run, prepared by the worker, or signed by all and closed."""

    OPEN = "open"
    PREPARED = "prepared"
    CLOSED = "closed"


class Batch(Model, table=True):
    """A shop's business day. `inputs` names what was compared, `digest` what came of it."""

    __tablename__ = "reconciliation_batches"
    __table_args__ = (
        UniqueConstraint("shop_id", "day"),
        Index("ix_reconciliation_batches_community_id_day", "community_id", "day", "id"),
        Index("ix_reconciliation_batches_day", "day", "id"),
        Index(
            "ix_reconciliation_batches_unclosed",
            "shop_id",
            "day",
            postgresql_where=text("status <> 'closed'"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int
    community_id: int = Field(sa_type=BigInteger)
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    day: date
    status: str = Field(default=BatchStatus.OPEN, sa_type=Text)
    nth: int = 0
    rules: str | None = Field(default=None, sa_type=Text)
    inputs: str | None = Field(default=None, sa_type=Text)
    digest: str | None = Field(default=None, sa_type=Text)
    high_water: str | None = Field(default=None, sa_type=Text)
    files: list[str] = Field(default_factory=list, sa_type=JSONB)
    said: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    totals: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    frozen_at: datetime | None = Field(default=None, sa_type=Instant)
    checked_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    asks: int = 0  # how often somebody wanted it compared again, and how often it then was
    answered: int = 0
    asked_by: str | None = Field(default=None, sa_type=Text)
    asked_at: datetime | None = Field(default=None, sa_type=Instant)


class BatchRun(Model, table=True):
    """A run that found something new, as it left its batch."""

    __tablename__ = "reconciliation_batch_runs"

    batch_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="reconciliation_batches.id"
    )
    nth: int = Field(primary_key=True)
    inputs: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    totals: dict[str, Any] = Field(sa_type=JSONB)
    at: datetime = Field(sa_type=Instant)


class Match(Model, table=True):
    """Two lines that are one, or one that counts nothing alone; suggestions are several to one."""

    __tablename__ = "reconciliation_matches"
    __table_args__ = (
        Index(
            "uq_reconciliation_matches_ours",
            "ours_id",
            "ours_kind",
            unique=True,
            postgresql_where=text("status = 'confirmed'"),
        ),
        Index(
            "uq_reconciliation_matches_theirs",
            "theirs_id",
            unique=True,
            postgresql_where=text("status = 'confirmed'"),
        ),
    )

    batch_id: int = Field(sa_column=Column(BigInteger, primary_key=True))
    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    pass_: int = Field(sa_column=Column("pass", SmallInteger, nullable=False))
    status: str = Field(sa_type=Text)
    ours_kind: str | None = Field(default=None, sa_type=Text)
    ours_id: int | None = Field(default=None, sa_type=BigInteger)
    theirs_id: int | None = Field(default=None, sa_type=BigInteger)
    diff_fen: int = Field(sa_type=BigInteger)


class Waiting(Model, table=True):
    """A line in the pool (存疑): it may find its half on another day, or when the shop speaks."""

    __tablename__ = "reconciliation_pool"
    __table_args__ = (
        Index("ix_reconciliation_pool_batch_id", "batch_id", "id"),
        Index(
            "ix_reconciliation_pool_taken_by",
            "taken_by",
            postgresql_where=text("taken_by IS NOT NULL"),
        ),
        Index(
            "uq_reconciliation_pool_ours",
            "ours_id",
            "ours_kind",
            unique=True,
            postgresql_where=text("taken_by IS NULL"),
        ),
        Index(
            "uq_reconciliation_pool_theirs",
            "theirs_id",
            unique=True,
            postgresql_where=text("taken_by IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    batch_id: int = Field(sa_type=BigInteger)
    why: str = Field(sa_type=Text)
    ours_kind: str | None = Field(default=None, sa_type=Text)
    ours_id: int | None = Field(default=None, sa_type=BigInteger)
    theirs_id: int | None = Field(default=None, sa_type=BigInteger)
    fen: int = Field(sa_type=BigInteger)
    taken_by: int | None = Field(default=None, sa_type=BigInteger)
