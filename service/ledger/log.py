"""Tables of the log, as migration 0008 makes them: leaves, tree, heads, keys, verifications."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model


class Leaf(Model, table=True):
    """One transfer's place in the log; dense from 0, each transfer once, never changed."""

    __tablename__ = "ledger_leaves"
    __table_args__ = (UniqueConstraint("transfer_id"),)

    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    transfer_id: int = Field(sa_type=BigInteger)
    hash: bytes = Field(sa_type=LargeBinary)


class Node(Model, table=True):
    """The root of one complete subtree of 256^level leaves."""

    __tablename__ = "ledger_nodes"

    level: int = Field(primary_key=True)
    index: int = Field(sa_type=BigInteger, primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary)


class Head(Model, table=True):
    """The log at one size: its root, and the note by which our keys stand for it."""

    __tablename__ = "ledger_heads"
    __table_args__ = (Index("ix_ledger_heads_sealed_at", "sealed_at", "size"),)

    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root: bytes = Field(sa_type=LargeBinary)
    note: str = Field(sa_type=Text)
    sealed_at: datetime = Field(sa_type=Instant)


class LogKey(Model, table=True):
    """A public key that has signed heads, kept after it has left the key file."""

    __tablename__ = "ledger_keys"

    vkey: str = Field(sa_type=Text, primary_key=True)
    since_size: int = Field(sa_type=BigInteger)
    added_at: datetime = Field(sa_type=Instant)
    retired_at: datetime | None = Field(default=None, sa_type=Instant)


class Verification(Model, table=True):
    """One reading of all books by the verifier: asked for, under way, or finished with findings."""

    __tablename__ = "ledger_verifications"
    __table_args__ = (
        Index(
            "uq_ledger_verifications_open",
            "finished_at",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    asked_by: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    size: int = Field(default=0, sa_type=BigInteger)
    transfers: int = Field(default=0, sa_type=BigInteger)
    entries: int = Field(default=0, sa_type=BigInteger)
    done: int = Field(default=0, sa_type=BigInteger)
    faults: int = Field(default=0, sa_type=BigInteger)
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)
