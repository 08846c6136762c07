"""Tables around the scans: what was undone, what does not fit, heads that were counted."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.activities.models.attendance import AT_A_DEVICE
from service.db import Instant, Model


class Undo(Model, table=True):
    """A gate takes one of its own scans back; it may arrive before the scan. Never changed."""

    __tablename__ = "activities_undos"
    __table_args__ = (
        UniqueConstraint("actor", "nonce"),
        Index("uq_activities_undos_device_nonce", "device", "nonce", unique=True, **AT_A_DEVICE),
        Index("ix_activities_undos_actor_scan_nonce", "actor", "scan_nonce"),
        Index("ix_activities_undos_device_device_seq", "device", "device_seq", **AT_A_DEVICE),
        Index("ix_activities_undos_activity_id", "activity_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    actor: str = Field(sa_type=Text)
    scan_nonce: str = Field(sa_type=Text)
    nonce: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    device: str | None = Field(default=None, sa_type=Text)
    device_seq: int | None = Field(default=None, sa_type=BigInteger)
    status: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    already: bool


class Problem(Model, table=True):
    """Something of the gate that needs a person's look; it stays, with who resolved it and how."""

    __tablename__ = "activities_problems"
    __table_args__ = (
        Index("ix_activities_problems_activity_id", "activity_id", "id"),
        Index("ix_activities_problems_open", "id", postgresql_where=text("resolved_at IS NULL")),
        Index("ix_activities_problems_volunteer_id", "volunteer_id", "activity_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    key: str = Field(sa_type=Text, unique=True)
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    kind: str = Field(sa_type=Text)
    scan_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="activities_scans.id", index=True
    )
    volunteer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id"
    )
    actor: str = Field(sa_type=Text)
    device: str | None = Field(default=None, sa_type=Text)
    detail: dict[str, Any] = Field(sa_type=JSONB)
    opened_at: datetime = Field(sa_type=Instant)
    resolved_at: datetime | None = Field(default=None, sa_type=Instant)
    resolved_by: str | None = Field(default=None, sa_type=Text)
    resolution: str | None = Field(default=None, sa_type=Text)  # noted | counted | arrived
    note: str | None = Field(default=None, sa_type=Text)


class Headcount(Model, table=True):
    """Heads that the leader counted, beside the gate's own number of that moment."""

    __tablename__ = "activities_headcounts"
    __table_args__ = (
        UniqueConstraint("by", "nonce"),
        Index("ix_activities_headcounts_activity_id", "activity_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    at: datetime = Field(sa_type=Instant)
    count: int
    present: int
    by: str = Field(sa_type=Text)
    nonce: str = Field(sa_type=Text)


class Watch(Model, table=True):
    """An entry for the audit: scans that came too fast, or in a rhythm that no hand has."""

    __tablename__ = "activities_watches"
    __table_args__ = (Index("ix_activities_watches_activity_id", "activity_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    key: str = Field(sa_type=Text, unique=True)
    kind: str = Field(sa_type=Text)  # burst | identical_gaps
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    actor: str = Field(sa_type=Text)
    device: str | None = Field(default=None, sa_type=Text)
    detail: dict[str, Any] = Field(sa_type=JSONB)
    at: datetime = Field(sa_type=Instant)


class Reopening(Model, table=True):
    """A gate that was opened again: until when, why, and by whom."""

    __tablename__ = "activities_reopenings"
    __table_args__ = (Index("ix_activities_reopenings_activity_id", "activity_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    until: datetime = Field(sa_type=Instant)
    reason: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
