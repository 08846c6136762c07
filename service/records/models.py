"""Tables of records: honours, training, evaluations, stars, exports. Hours stand in the awards."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from service.db import Instant, Model


class StarStatus(StrEnum):
    """Where a star stands; a withdrawn one may be proposed again when the hours come back."""

    PROPOSED = "proposed"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class HonourKind(Model, table=True):
    """A kind of honour that a programme gives, such as 道德文明使者 or 党员示范户."""

    __tablename__ = "records_honour_kinds"
    __table_args__ = (UniqueConstraint("programme_id", "name"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int = Field(foreign_key="programmes.id")
    name: str = Field(sa_type=Text)
    active: bool = True
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)


class Honour(Model, table=True):
    """One honour of one volunteer; withdrawn with a reason, never deleted."""

    __tablename__ = "records_honours"
    __table_args__ = (
        Index("ix_records_honours_volunteer_id", "volunteer_id", "id"),
        Index("ix_records_honours_community_id", "community_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    key: str = Field(sa_type=Text, unique=True)
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    kind_id: int = Field(sa_type=BigInteger, foreign_key="records_honour_kinds.id", index=True)
    day: date
    reason: str = Field(sa_type=Text)
    granted_by: str = Field(sa_type=Text)
    granted_at: datetime = Field(sa_type=Instant)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_why: str | None = Field(default=None, sa_type=Text)


class Training(Model, table=True):
    """One training that no activity's list knows; withdrawn with a reason, never deleted."""

    __tablename__ = "records_trainings"
    __table_args__ = (
        Index("ix_records_trainings_volunteer_id", "volunteer_id", "id"),
        Index("ix_records_trainings_community_id", "community_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    key: str = Field(sa_type=Text, unique=True)
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    kind: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    day: date
    minutes: int
    certificate: str = Field(default="", sa_type=Text)
    entered_by: str = Field(sa_type=Text)
    entered_at: datetime = Field(sa_type=Instant)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_why: str | None = Field(default=None, sa_type=Text)


class Evaluation(Model, table=True):
    """What the leader says of somebody's service at an activity."""

    __tablename__ = "records_evaluations"
    __table_args__ = (UniqueConstraint("activity_id", "volunteer_id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id", index=True)
    grade: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    made_by: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Instant)
    amended_by: str | None = Field(default=None, sa_type=Text)
    amended_at: datetime | None = Field(default=None, sa_type=Instant)


class Rating(Model, table=True):
    """What somebody who was served says of an activity. Nobody's name; append-only."""

    __tablename__ = "records_ratings"
    __table_args__ = (UniqueConstraint("activity_id", "browser"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    browser: bytes = Field(sa_type=LargeBinary)
    grade: int = Field(sa_type=SmallInteger)
    day: date


class Star(Model, table=True):
    """One star level of one volunteer: proposed by the system, decided by the secretary."""

    __tablename__ = "records_stars"
    __table_args__ = (
        Index(
            "uq_records_stars_once",
            "volunteer_id",
            "level",
            unique=True,
            postgresql_where=text("status <> 'withdrawn'"),
        ),
        Index("ix_records_stars_community_id", "community_id", "status", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id", index=True)
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    level: int
    needed: int
    minutes: int
    proposed_at: datetime = Field(sa_type=Instant)
    notice_until: date
    status: str = Field(sa_type=Text)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str | None = Field(default=None, sa_type=Text)
    review_at: datetime | None = Field(default=None, sa_type=Instant)
    kept_minutes: int | None = None


class Export(Model, table=True):
    """One file of records that left the house. Append-only."""

    __tablename__ = "records_exports"
    __table_args__ = (Index("ix_records_exports_programme_id", "programme_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int = Field(foreign_key="programmes.id")
    communities: list[int] = Field(sa_type=ARRAY(BigInteger))
    upto: date
    format: str = Field(sa_type=Text)
    purpose: str = Field(default="house", sa_type=Text)
    lines: int
    scanned_minutes: int = Field(sa_type=BigInteger)
    typed_minutes: int = Field(sa_type=BigInteger)
    sha256: bytes = Field(sa_type=LargeBinary)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
