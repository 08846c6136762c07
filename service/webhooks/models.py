"""Tables of webhooks: a partner's address, what it is to be told, and how every attempt went."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Invalid, NotFound
from service.i18n import N_


class UnknownEndpoint(NotFound):
    """No such address in the caller's programmes."""

    slug, title = "unknown-endpoint", N_("There is no such webhook")


class UnknownDelivery(NotFound):
    """No such delivery at this address."""

    slug, title = "unknown-delivery", N_("There is no such delivery")


class AddressRefused(Invalid):
    """The address is one to which nothing of ours may be sent."""

    slug, title = "address-refused", N_("Nothing can be sent to this address")
    field = "url"


class NotHttps(AddressRefused):
    """Outside of our own networks, what we send is encrypted."""

    detail = N_("It must begin with https:// and name a host.")


class NotPublic(AddressRefused):
    """The host lies in a network that is nobody's business outside (SSRF)."""

    detail = N_("Its host lies in a private network that the settings do not allow.")


class NoSuchHost(AddressRefused):
    """The name means nothing, or nobody answers for it."""

    detail = N_("Its host cannot be found. Please check the name.")


class IsDisabled(Conflict):
    """Nothing is sent to an address that is switched off."""

    slug, title = "webhook-disabled", N_("This webhook is switched off")
    detail = N_("Please switch it on first.")


class Status(StrEnum):
    """Whether an address is told anything."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class Reason(StrEnum):
    """Why an address is told nothing."""

    NONE = ""
    BY_HAND = "by_hand"
    FAILING = "failing"
    GONE = "gone"


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


class Consent(StrEnum):
    """Which switch of a volunteer lets this partner hear of that volunteer."""

    PARTNERS = "partners"
    EXPORT = "export"  # the bridge to the national system


class Endpoint(Model, table=True):
    """A partner's address in a programme."""

    __tablename__ = "webhooks_endpoints"
    __table_args__ = (UniqueConstraint("programme_id", "url"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int = Field(foreign_key="programmes.id")
    title: str = Field(sa_type=Text)
    url: str = Field(sa_type=Text)
    types: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))
    salt: bytes = Field(sa_type=LargeBinary)
    generation: int = 1
    previous_until: datetime | None = Field(default=None, sa_type=Instant)
    consent: str = Field(default=Consent.PARTNERS, sa_type=Text)
    status: str = Field(default=Status.ENABLED, sa_type=Text)
    reason: str = Field(default=Reason.NONE, sa_type=Text)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)
    failures: int = 0
    failing_since: datetime | None = Field(default=None, sa_type=Instant)
    paused_until: datetime | None = Field(default=None, sa_type=Instant)
    made_by: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Instant)


PENDING = text("status = 'pending'")


class Delivery(Model, table=True):
    """One event for one partner."""

    __tablename__ = "webhooks_deliveries"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "event_id"),
        Index(
            "ix_webhooks_deliveries_pending",
            "endpoint_id",
            "subject",
            "event_id",
            postgresql_where=PENDING,
        ),
        Index(
            "ix_webhooks_deliveries_due",
            "endpoint_id",
            "next_at",
            "event_id",
            postgresql_where=PENDING,
        ),
        Index("ix_webhooks_deliveries_status", "endpoint_id", "status", "id"),
        Index("ix_webhooks_deliveries_endpoint_id", "endpoint_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    endpoint_id: int = Field(sa_type=BigInteger, foreign_key="webhooks_endpoints.id")
    event_id: int = Field(sa_type=BigInteger, foreign_key="outbox_events.id")
    type: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    status: str = Field(default=State.PENDING, sa_type=Text)
    attempts: int = 0
    next_at: datetime = Field(sa_type=Instant)
    leased_until: datetime | None = Field(default=None, sa_type=Instant)
    made_at: datetime = Field(sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)


class Attempt(Model, table=True):
    """One time that a delivery was sent, and what came back."""

    __tablename__ = "webhooks_attempts"
    __table_args__ = (Index("ix_webhooks_attempts_delivery_id", "delivery_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    delivery_id: int = Field(sa_type=BigInteger, foreign_key="webhooks_deliveries.id")
    at: datetime = Field(sa_type=Instant)
    ms: int
    code: int | None = None
    error: str = Field(default="", sa_type=Text)
    answer: str = Field(default="", sa_type=Text)
