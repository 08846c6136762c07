"""Tables of the random audit: the month's draw, whom it asks to be called, every try."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from service.db import Instant, Model

UNANSWERED: Any = {"postgresql_where": text("result IS NULL")}


class Answer(StrEnum):
    """What came of one try."""

    CONFIRMED = "confirmed"
    DIFFERS = "differs"
    NO_ANSWER = "no_answer"


class Result(StrEnum):
    """What a call came to in the end."""

    CONFIRMED = "confirmed"
    DIFFERS = "differs"
    NOT_REACHED = "not_reached"


class Draw(Model, table=True):
    """A community's draw of a month, with all that is needed to make it again. Never changed."""

    __tablename__ = "sampling_draws"
    __table_args__ = (UniqueConstraint("community_id", "month"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int = Field(foreign_key="programmes.id")
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    month: date  # its first day
    percent: int
    tries: int
    head_size: int = Field(sa_type=BigInteger)
    head_root: bytes = Field(sa_type=LargeBinary)
    seed: str = Field(sa_type=Text)
    population: str = Field(sa_type=Text)  # a number a line, ascending
    listed: int
    digest: str = Field(sa_type=Text)
    drawn: int
    drawn_at: datetime = Field(sa_type=Instant)


class Call(Model, table=True):
    """One attendance that was drawn: somebody is to be asked whether it was so."""

    __tablename__ = "sampling_calls"
    __table_args__ = (
        UniqueConstraint("draw_id", "place"),
        Index("ix_sampling_calls_open", "community_id", "id", **UNANSWERED),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    draw_id: int = Field(sa_type=BigInteger, foreign_key="sampling_draws.id")
    place: int
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    attendance_id: int = Field(
        sa_type=BigInteger, foreign_key="activities_attendances.id", unique=True
    )
    award_id: int = Field(sa_type=BigInteger, foreign_key="activities_awards.id", index=True)
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id", index=True)
    missed: int = 0
    result: str | None = Field(default=None, sa_type=Text)
    finding_id: int | None = Field(default=None, sa_type=BigInteger)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)


class Try(Model, table=True):
    """One try to reach somebody, and what was said. Never changed."""

    __tablename__ = "sampling_tries"
    __table_args__ = (UniqueConstraint("call_id", "key"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    call_id: int = Field(sa_type=BigInteger, foreign_key="sampling_calls.id")
    key: str = Field(sa_type=Text)
    answer: str = Field(sa_type=Text)
    said: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    day: date
