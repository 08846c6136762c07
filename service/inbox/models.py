"""The inbox's tables: messages, and the other ways on which they are sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Gone, NotFound, TooMany
from service.i18n import N_


class UnknownMessage(NotFound):
    """The reader has no message with this number."""

    slug, title = "unknown-message", N_("There is no such message")


class ChannelMissing(NotFound):
    """Nothing can be sent on this way here; whoever runs the service has not set it up."""

    slug, title = "channel-missing", N_("This way is not open here yet")
    detail = N_("Your messages are always under Me, Messages.")


class UnknownLink(NotFound):
    """The link of an e-mail is not ours, or not whole."""

    slug, title = "unknown-link", N_("This link is not right")
    detail = N_("Please open the whole link in the e-mail.")


class LinkOver(Gone):
    """The address was not confirmed in time, or another took its place."""

    slug, title = "link-over", N_("This link is over")
    detail = N_("Enter your address again under Me, Messages.")


class TooManyAddresses(TooMany):
    """Each new address gets an e-mail, so strangers would be written to without an end."""

    slug, title = "too-many-addresses", N_("Too many addresses today")
    detail = N_("Please try again tomorrow.")
    retry_after = 86_400
    field = "address"


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


class Address(Model, table=True):
    """Where else a volunteer may be reached; what ended keeps its consent and loses the address."""

    __tablename__ = "inbox_addresses"
    __table_args__ = (
        Index(
            "uq_inbox_addresses_volunteer_id_channel",
            "volunteer_id",
            "channel",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_inbox_addresses_volunteer_id_asked_at", "volunteer_id", "asked_at"),
        {"schema": "identity"},
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    channel: str = Field(sa_type=Text)
    address: str | None = Field(sa_type=Text)
    locale: str = Field(sa_type=Text)
    consent: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_why: str | None = Field(default=None, sa_type=Text)


class Mute(Model, table=True):
    """What a volunteer does not want to hear of on one way."""

    __tablename__ = "inbox_mutes"

    volunteer_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("people_volunteers.id"), primary_key=True)
    )
    channel: str = Field(sa_type=Text, primary_key=True)
    topic: str = Field(sa_type=Text, primary_key=True)


class Delivery(Model, table=True):
    """One message on another way than the inbox; without a message, the question to confirm."""

    __tablename__ = "inbox_deliveries"
    __table_args__ = (
        Index("uq_inbox_deliveries_message_id_channel", "message_id", "channel", unique=True),
        Index(
            "ix_inbox_deliveries_due", "due_at", "id", postgresql_where=text("status = 'waiting'")
        ),
        Index("ix_inbox_deliveries_address_id_id", "address_id", "id"),
        Index("ix_inbox_deliveries_failed", "ended_at", postgresql_where=text("status = 'failed'")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    message_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="inbox_messages.id"
    )
    address_id: int = Field(sa_type=BigInteger, foreign_key="identity.inbox_addresses.id")
    channel: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    attempts: int = Field(default=0, sa_type=Integer)
    due_at: datetime = Field(sa_type=Instant)
    outcome: str | None = Field(default=None, sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
