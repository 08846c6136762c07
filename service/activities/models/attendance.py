"""Tables of the gate: scans, append-only, and the stays they make."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from service.db import Instant, Model

AT_A_DEVICE: Any = {"postgresql_where": text("device IS NOT NULL")}


class Scan(Model, table=True):
    """One reading at a gate, refused ones too. Never changed, never deleted."""

    __tablename__ = "activities_scans"
    __table_args__ = (
        UniqueConstraint("actor", "nonce"),
        Index("ix_activities_scans_activity_id", "activity_id", "id"),
        Index("uq_activities_scans_device_nonce", "device", "nonce", unique=True, **AT_A_DEVICE),
        Index("ix_activities_scans_device_device_seq", "device", "device_seq", **AT_A_DEVICE),
        Index("ix_activities_scans_device_id", "device", "id", **AT_A_DEVICE),
        Index("ix_activities_scans_tablet", "actor", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="activities.id")
    volunteer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id", index=True
    )
    action: str = Field(sa_type=Text)
    way: str = Field(sa_type=Text)
    code_hash: bytes = Field(sa_type=LargeBinary)
    status: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    already: bool
    effective_at: datetime = Field(sa_type=Instant)
    actor: str = Field(sa_type=Text)
    device_seq: int | None = Field(default=None, sa_type=BigInteger)
    nonce: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    offline: bool
    assurance: str | None = Field(default=None, sa_type=Text)  # A0 (typed) … A3 (seen by staff)
    device: str | None = Field(default=None, sa_type=Text)  # a browser; its seq has no gaps
    moment: datetime | None = Field(default=None, sa_type=Instant)  # occurred_at by our clock
    clock_offset_ms: int | None = Field(default=None, sa_type=BigInteger)
    uptime_ms: int | None = Field(default=None, sa_type=BigInteger)
    boot: str | None = Field(default=None, sa_type=Text)


class Attendance(Model, table=True):
    """Somebody's stay at an activity: one row, whatever the gate heard."""

    __tablename__ = "activities_attendances"
    __table_args__ = (
        UniqueConstraint("activity_id", "volunteer_id"),
        Index("uq_activities_attendances_open", "volunteer_id", unique=True),
        Index("ix_activities_attendances_volunteer_id", "volunteer_id", "in_at"),
        Index(
            "ix_activities_attendances_status",
            "status",
            "activity_id",
            postgresql_where=text("status = 'undecided'"),
        ),
        Index("ix_activities_attendances_unconfirmed", "activity_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    kind: str = Field(default="service", sa_type=Text)
    status: str = Field(sa_type=Text)  # in | out | undecided | confirmed | audience
    in_at: datetime = Field(sa_type=Instant)
    out_at: datetime | None = Field(default=None, sa_type=Instant)
    in_way: str = Field(sa_type=Text)  # C1 C2 C3 are scans, C4 is typed: they stay apart for ever
    out_way: str | None = Field(default=None, sa_type=Text)
    in_actor: str = Field(sa_type=Text)
    out_actor: str | None = Field(default=None, sa_type=Text)
    offline: bool = False
    amended: bool = False
    amended_by: str | None = Field(default=None, sa_type=Text)
    amended_at: datetime | None = Field(default=None, sa_type=Instant)
    assurance: str | None = Field(default=None, sa_type=Text)  # the weaker of in and out
    decided: str | None = Field(default=None, sa_type=Text)  # planned_end time not_counted expired
