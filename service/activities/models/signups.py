"""The table of sign-ups: places, and turns in the queue."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field

from service.db import Instant, Model


class SignupStatus(StrEnum):
    """Where a sign-up stands; `came` and `no_show` are said by the gate and the clock."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    CAME = "came"
    NO_SHOW = "no_show"


class Signup(Model, table=True):
    """One volunteer's place, or turn in the queue, at one activity."""

    __tablename__ = "activities_signups"
    __table_args__ = (
        UniqueConstraint("activity_id", "volunteer_id"),
        Index("ix_activities_signups_post_id_priority", "post_id", "priority", "turn"),
        Index("ix_activities_signups_volunteer_id", "volunteer_id", "status"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    post_id: int = Field(sa_type=BigInteger, foreign_key="activities_posts.id")
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    status: str = Field(sa_type=Text)
    turn: int = Field(sa_type=BigInteger)
    assisted: bool
    walk_in: bool = False
    walked_in_from: str | None = Field(default=None, sa_type=Text)  # what a walk-in was before
    actor: str = Field(sa_type=Text)
    signed_at: datetime = Field(sa_type=Instant)
    promoted_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    no_show_at: datetime | None = Field(default=None, sa_type=Instant)
    signed_by_kind: str = Field(default="self", sa_type=Text)  # self | leader | recorder | guardian
    priority: int = Field(default=0, sa_type=SmallInteger)  # 1: behind the others in the queue
    agreed_at: datetime | None = Field(default=None, sa_type=Instant)
    agreed_sha256: bytes | None = Field(default=None, sa_type=LargeBinary)  # of the risk text
