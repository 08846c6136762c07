"""The trail's one table."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model


class Record(Model, table=True):
    """Somebody did or saw something. Append-only, by grant and by trigger."""

    __tablename__ = "trail_records"
    __table_args__ = (
        Index("ix_trail_records_subject", "subject", "id"),
        Index("ix_trail_records_actor", "actor", "id"),
        Index("ix_trail_records_at", "at", "id"),
        Index("ix_trail_records_unit_id_at", "unit_id", "at", "id"),
        Index("ix_trail_records_action_at", "action", "at", "id"),
        Index("ix_trail_records_actor_at", "actor", "at", "id"),
        Index("ix_trail_records_device_at", "device", "at", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    at: datetime = Field(sa_type=Instant)
    actor: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    detail: dict[str, Any] = Field(sa_type=JSONB)
    # Where it was: the database finds it as the row is written; None is the house itself.
    unit_id: int | None = Field(default=None, sa_type=BigInteger)
    # A tablet's number or a browser's family, never an address; None is our own work.
    device: str | None = Field(default=None, sa_type=Text)
