"""Tables of the shops' files. What was read from a file is never edited; 0025 is the truth."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model

LINE_BITS = 24  # a row's number is its file's number and its line


class Status(StrEnum):
    """Where a file stands. A draft waits for its mapping, a bad one for a better mapping."""

    DRAFT = "draft"
    WAITING = "waiting"
    LOADED = "loaded"
    BAD = "bad"
    WITHDRAWN = "withdrawn"


class Repeats(StrEnum):
    """What becomes of rows that another file of the shop has too, with the very same content."""

    COUNT = "count"
    LEAVE_OUT = "leave_out"


class EvidenceFile(Model, table=True):
    """What a shop sent, and what became of it; the bytes lie in the folder of files."""

    __tablename__ = "evidence_files"
    __table_args__ = (
        Index(
            "uq_evidence_files_sent",
            "shop_id",
            "sha256",
            unique=True,
            postgresql_where=text("status <> 'withdrawn'"),
        ),
        Index("ix_evidence_files_shop_id", "shop_id", "id"),
        Index("ix_evidence_files_waiting", "id", postgresql_where=text("status = 'waiting'")),
        Index("ix_evidence_files_bad", "shop_id", "id", postgresql_where=text("status = 'bad'")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    sha256: bytes = Field(sa_type=LargeBinary)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    size: int = Field(sa_column=Column("bytes", BigInteger, nullable=False))
    status: Status = Field(default=Status.DRAFT, sa_type=Text)
    layout: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    mapping: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    repeats: str | None = Field(default=None, sa_type=Text)
    totals: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    rows: int = 0
    first_day: date | None = None
    last_day: date | None = None
    fault: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    sent_by: str = Field(sa_type=Text)
    sent_at: datetime = Field(sa_type=Instant)
    accepted_by: str | None = Field(default=None, sa_type=Text)
    accepted_at: datetime | None = Field(default=None, sa_type=Instant)
    read_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str | None = Field(default=None, sa_type=Text)


class EvidenceRow(Model, table=True):
    """One line of an accepted file, in our own terms."""

    __tablename__ = "evidence_rows"
    __table_args__ = (Index("ix_evidence_rows_shop_id_business_day", "shop_id", "business_day"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    file_id: int = Field(sa_type=BigInteger)
    shop_id: int = Field(sa_type=BigInteger)
    line: int
    business_day: date
    occurred_at: datetime | None = Field(default=None, sa_type=Instant)
    reference: str | None = Field(default=None, sa_type=Text)
    short_code: str | None = Field(default=None, sa_type=Text)
    kind: str = Field(sa_type=Text)
    item: str | None = Field(default=None, sa_type=Text)
    qty: int
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)
    bill_fen: int | None = Field(default=None, sa_type=BigInteger)
    points: int | None = Field(default=None, sa_type=BigInteger)
    status: str = Field(sa_type=Text)
    occurrence: int


class Mapping(Model, table=True):
    """Which column says what, remembered for a shop and one form of head line."""

    __tablename__ = "evidence_mappings"

    shop_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="shops.id")
    head: str = Field(sa_type=Text, primary_key=True)
    mapping: dict[str, Any] = Field(sa_type=JSONB)
    saved_by: str = Field(sa_type=Text)
    saved_at: datetime = Field(sa_type=Instant)
