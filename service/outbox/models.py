"""Outbox tables and the catalogue of events, which is a contract with everybody who listens."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import NotFound
from service.i18n import N_


class UnknownEvent(ValueError):
    """An event type that the catalogue does not have: a mistake of the caller's code."""


class UnknownFailure(NotFound):
    """No event was set aside under this number, or the caller may not know that one was."""

    slug, title = "unknown-failure", N_("There is no such event here")


class Fate(StrEnum):
    """What becomes of an event on which a consumer failed."""

    RETRYING = "retrying"
    DEAD = "dead"
    DONE = "done"
    SKIPPED = "skipped"


class EventType(StrEnum):
    """What can be told to have happened, in the past tense. Types are added, never renamed."""

    ACTIVITY_PUBLISHED = "ActivityPublished"
    ACTIVITY_CHANGED = "ActivityChanged"
    ACTIVITY_CANCELLED = "ActivityCancelled"
    SIGNUP_ACCEPTED = "SignupAccepted"
    SIGNUP_WAITLISTED = "SignupWaitlisted"
    SIGNUP_CANCELLED = "SignupCancelled"
    WAITLIST_PROMOTED = "WaitlistPromoted"
    CHECKED_IN = "CheckedIn"
    CHECKED_OUT = "CheckedOut"
    ATTENDANCE_AMENDED = "AttendanceAmended"
    NO_SHOW_MARKED = "NoShowMarked"
    AWARD_POSTED = "AwardPosted"
    AWARD_CAPPED = "AwardCapped"
    AWARD_NOTICED = "AwardNoticed"
    MANUAL_AWARD_ENTERED = "ManualAwardEntered"
    REDEMPTION_HELD = "RedemptionHeld"
    REDEMPTION_CAPTURED = "RedemptionCaptured"
    REDEMPTION_EXPIRED = "RedemptionExpired"
    REDEMPTION_VOIDED = "RedemptionVoided"
    REDEMPTION_REVERSED = "RedemptionReversed"
    DISCOUNT_GIVEN = "DiscountGiven"
    OFFLINE_BATCH_UPLOADED = "OfflineBatchUploaded"
    DAY_RECONCILED = "DayReconciled"
    EXCEPTION_OPENED = "ExceptionOpened"
    EXCEPTION_RESOLVED = "ExceptionResolved"
    CASE_OPENED = "CaseOpened"
    REVERSAL_PROPOSED = "ReversalProposed"
    REVERSAL_POSTED = "ReversalPosted"
    RIGHT_SUSPENDED = "RightSuspended"
    NOTICE_PUBLISHED = "NoticePublished"
    OBJECTION_FILED = "ObjectionFiled"
    OBJECTION_ANSWERED = "ObjectionAnswered"
    STAR_PROPOSED = "StarProposed"
    STAR_GRANTED = "StarGranted"
    POINTS_EXPIRING = "PointsExpiring"
    POINTS_EXPIRED = "PointsExpired"
    STATEMENT_ISSUED = "StatementIssued"
    STATEMENT_SIGNED = "StatementSigned"
    PERIOD_CLOSED = "PeriodClosed"
    CERTIFICATE_ISSUED = "CertificateIssued"
    CONSENT_GIVEN = "ConsentGiven"
    CONSENT_WITHDRAWN = "ConsentWithdrawn"
    PASS_ISSUED = "PassIssued"
    PASS_LOST = "PassLost"
    PASS_REISSUED = "PassReissued"
    SHOP_ADMITTED = "ShopAdmitted"
    SHOP_SUSPENDED = "ShopSuspended"
    PLEDGE_RECORDED = "PledgeRecorded"
    STOCK_COUNTED = "StockCounted"
    TILL_PAIRED = "TillPaired"
    TILL_REVOKED = "TillRevoked"
    RECORDS_EXPORTED = "RecordsExported"
    LEDGER_SEALED = "LedgerSealed"
    MATTER_RAISED = "MatterRaised"
    MATTER_ASSIGNED = "MatterAssigned"
    MATTER_RETURNED = "MatterReturned"
    MATTER_SOLVED = "MatterSolved"
    MATTER_ANSWERED = "MatterAnswered"
    MATTER_RATED = "MatterRated"
    MATTER_REOPENED = "MatterReopened"


class Event(Model, table=True):
    """One thing that happened, written in the transaction in which it happened."""

    __tablename__ = "outbox_events"
    __table_args__ = (
        Index("ix_outbox_events_waiting", "id", postgresql_where=text("relayed_at IS NULL")),
        Index("ix_outbox_events_subject", "subject", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    event_id: UUID = Field(default_factory=uuid4)
    type: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    payload: dict[str, Any] = Field(sa_type=JSONB)
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    relayed_at: datetime | None = Field(default=None, sa_type=Instant)


class Consumption(Model, table=True):
    """One consumer has dealt with one event; written in the transaction of its effect."""

    __tablename__ = "outbox_consumptions"

    event_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="outbox_events.id")
    consumer: str = Field(sa_type=Text, primary_key=True)
    at: datetime = Field(sa_type=Instant)


class Failure(Model, table=True):
    """A consumer failed on an event; while it stands open, later ones of the subject wait."""

    __tablename__ = "outbox_failures"
    __table_args__ = (
        UniqueConstraint("event_id", "consumer"),
        Index(
            "ix_outbox_failures_open",
            "consumer",
            "subject",
            "event_id",
            postgresql_where=text("status IN ('retrying', 'dead')"),
        ),
        Index("ix_outbox_failures_due", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("ix_outbox_failures_status", "status", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    event_id: int = Field(sa_type=BigInteger, foreign_key="outbox_events.id")
    consumer: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    programme_id: int | None = None
    status: str = Field(sa_type=Text)
    attempts: int
    error: str = Field(sa_type=Text)
    first_at: datetime = Field(sa_type=Instant)
    last_at: datetime = Field(sa_type=Instant)
    next_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: str | None = Field(default=None, sa_type=Text)
    note: str = Field(default="", sa_type=Text)
