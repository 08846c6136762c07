"""Tables of public notices. What was published is never edited: see migration 0035."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model


class State(StrEnum):
    """Where a notice stands; a dropped draft never had a number."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ENDED = "ended"
    DROPPED = "dropped"


PUBLIC = (State.PUBLISHED, State.ENDED)


class Notice(Model, table=True):
    """What a community told everybody of some days of service, shown on so many working days."""

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("community_id", "key"),
        UniqueConstraint("community_id", "year", "number"),
        Index("ix_notices_community_id", "community_id", "id"),
        Index("ix_notices_public", "published_at", "id"),
        Index("ix_notices_running", "ends_on"),
        Index("ix_notices_unprinted", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    key: str = Field(sa_type=Text)
    programme_id: int = Field(foreign_key="programmes.id")
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    since: date
    until: date
    starts_on: date
    ends_on: date
    status: str = Field(default=State.DRAFT, sa_type=Text)
    year: int | None = None
    number: int | None = None
    code: str | None = Field(default=None, sa_type=Text, unique=True)
    name: str | None = Field(default=None, sa_type=Text)
    content: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    digest: str | None = Field(default=None, sa_type=Text)
    drafted_by: str = Field(sa_type=Text)
    drafted_at: datetime = Field(sa_type=Instant)
    published_by: str | None = Field(default=None, sa_type=Text)
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    filed: int | None = None
    answered: int | None = None
    file: str | None = Field(default=None, sa_type=Text)


class NoticeRow(Model, table=True):
    """One person in a notice, by the tail of the booklet's number, with what the hash is of."""

    __tablename__ = "notices_rows"
    __table_args__ = (
        Index("uq_notices_rows_volunteer_id_notice_id", "volunteer_id", "notice_id", unique=True),
    )

    notice_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="notices.id")
    nth: int = Field(primary_key=True)
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    tail: str = Field(sa_type=Text)
    what: list[str] = Field(sa_type=ARRAY(Text))
    minutes: int
    points: int
    salt: str = Field(sa_type=Text)


class Counter(Model, table=True):
    """The last number that a community gave in a year, on paper or here."""

    __tablename__ = "notices_counters"

    community_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="people_units.id")
    year: int = Field(primary_key=True)
    last: int
