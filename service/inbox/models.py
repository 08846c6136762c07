"""The inbox's one table."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import NotFound
from service.i18n import N_


class UnknownMessage(NotFound):
    """The reader has no message with this number."""

    slug, title = "unknown-message", N_("There is no such message")


class Letter(Model, table=True):
    """One message to one volunteer; its words are looked up by its kind when it is shown."""

    __tablename__ = "inbox_messages"
    __table_args__ = (
        UniqueConstraint("volunteer_id", "key"),
        Index("ix_inbox_messages_volunteer_id_id", "volunteer_id", "id"),
        Index("ix_inbox_messages_unread", "volunteer_id", postgresql_where=text("read_at IS NULL")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    key: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSONB)
    link: str | None = Field(default=None, sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    read_at: datetime | None = Field(default=None, sa_type=Instant)
