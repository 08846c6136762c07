"""Tables of reconciliation, and what it refuses. Signed days and counts are never changed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Invalid, NotFound
from service.i18n import N_


class UnknownRun(NotFound):
    """No run has this number, or it is another community's."""

    slug, title = "unknown-run", N_("There is no such reconciliation")


class UnknownException(NotFound):
    """No exception has this number, or it is another community's."""

    slug, title = "unknown-exception", N_("There is no such exception")


class NothingToCount(Invalid):
    """A count names what took place nowhere on that day, or what no shop offers."""

    slug, title = "nothing-to-count", N_("There is nothing to count under that name")
    detail = N_("On that day nothing was found under {subject}.")


class WhichGood(Invalid):
    """Several shops offer a good of that name."""

    slug, title = "which-good", N_("Which shop's good is meant?")
    detail = N_("Name the shop too: SHOP/{subject}.")


class WhichCommunity(Invalid):
    """The request does not say whose day is meant, or means those of several communities."""

    slug, title = "which-community", N_("Which community is meant?")
    detail = N_("Name one community that is yours.")


class FutureDay(Invalid):
    """The day has not begun."""

    slug, title = "future-day", N_("That day has not begun")


class NotReconciled(Conflict):
    """Nobody has compared the day with anything yet."""

    slug, title = "not-reconciled", N_("This day was not reconciled yet")
    detail = N_("Reconcile it first.")


class StillOpen(Conflict):
    """Somebody must answer the exceptions, or carry them with a note."""

    slug, title = "exceptions-open", N_("{count} exceptions are still open")
    detail = N_("Answer them, or carry them over with a note.")


class DayClosed(Conflict):
    """What was signed stays as it was signed."""

    slug, title = "day-closed", N_("This day is closed")


class LaterDayClosed(Conflict):
    """Days are closed in their order: each opens with what the one before was signed with."""

    slug, title = "later-day-closed", N_("A later day is closed already")


class DoesNotBalance(Conflict):
    """The points equation does not hold, or the entries and the balances differ."""

    slug, title = "does-not-balance", N_("The day does not balance")
    detail = N_("Found: {where}. Nothing was closed.")


class StillWriting(Conflict):
    """A transaction that began before is still being written; it decides which day it is in."""

    slug, title = "still-writing", N_("Something is still being written")
    detail = N_("Please try again in a moment.")
    retry_after = 1


class AlreadyAnswered(Conflict):
    """The exception was answered before."""

    slug, title = "already-answered", N_("This exception was answered already")


class Kind(StrEnum):
    """What can be wrong, in the words of the reconciliation's own document."""

    OURS_ONLY = "OURS_ONLY"
    THEIRS_ONLY = "THEIRS_ONLY"
    AMOUNT_DIFF = "AMOUNT_DIFF"
    STATUS_DIFF = "STATUS_DIFF"
    DUPLICATE = "DUPLICATE"
    ITEM_DIFF = "ITEM_DIFF"
    RATE_DIFF = "RATE_DIFF"
    CUTOFF = "CUTOFF"
    OFFLINE_OVERDRAFT = "OFFLINE_OVERDRAFT"
    OFFLINE_BAD = "OFFLINE_BAD"
    SEQ_GAP = "SEQ_GAP"
    LIMIT_BREACH = "LIMIT_BREACH"
    OFF_HOURS = "OFF_HOURS"
    PLEDGE_OVER = "PLEDGE_OVER"
    STOCK_DIFF = "STOCK_DIFF"
    MISSING_ATTENDANCE = "MISSING_ATTENDANCE"
    MANUAL_AWARD_WATCH = "MANUAL_AWARD_WATCH"
    POSSIBLE_DUPLICATE = "POSSIBLE_DUPLICATE"
    FILE_BAD = "FILE_BAD"


# What lies between a community and its volunteers; every other kind is about a shop.
OF_PERSONS = frozenset({Kind.MISSING_ATTENDANCE, Kind.MANUAL_AWARD_WATCH})


# A watch asks somebody to look; everything else has to be answered before the day is closed.
NOT_BLOCKING = frozenset({Kind.MANUAL_AWARD_WATCH})


class Standing(StrEnum):
    """Where an exception stands."""

    OPEN = "open"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"
    CARRIED = "carried"


UNANSWERED = (Standing.OPEN, Standing.ASSIGNED)


class Resolution(StrEnum):
    """How an exception was answered; `gone` is said by a run that no longer finds it."""

    PLATFORM_PREVAILS = "platform_prevails"
    SHOP_PREVAILS = "shop_prevails"
    ENTERED_LATE = "entered_late"
    REVERSED = "reversed"
    ADJUSTED = "adjusted"
    FALSE_ALARM = "false_alarm"
    GONE = "gone"


class Count(Model, table=True):
    """What somebody counted: lines of a paper sheet, or pieces on a shelf."""

    __tablename__ = "reconciliation_counts"
    __table_args__ = (
        Index(
            "ix_reconciliation_counts_community_id_day",
            "community_id",
            "day",
            "kind",
            "subject",
            "id",
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int
    community_id: int = Field(sa_type=BigInteger)
    day: date
    kind: str = Field(sa_type=Text)  # paper | stock
    subject: str = Field(sa_type=Text)
    count: int
    actor: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class Run(Model, table=True):
    """One comparison of a community's day. The same inputs give the old result: `same_as`."""

    __tablename__ = "reconciliation_runs"
    __table_args__ = (
        Index("ix_reconciliation_runs_community_id_day", "community_id", "day", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int
    community_id: int = Field(sa_type=BigInteger)
    day: date
    status: str = Field(sa_type=Text)  # queued | done
    digest: str | None = Field(default=None, sa_type=Text)
    same_as: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="reconciliation_runs.id", index=True
    )
    exception_ids: list[int] = Field(default_factory=list, sa_type=ARRAY(BigInteger))
    asked_by: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


QUEUES = (
    ("waiting", "<>", ("community_id", "aged_from", "id")),
    ("of_shop", "<>", ("shop_id", "aged_from", "id")),
    ("mine", "<>", ("assigned_to", "aged_from", "id")),
    ("answered", "=", ("community_id", "resolved_at", "id")),
    ("answered_of_shop", "=", ("shop_id", "resolved_at", "id")),
)


LINES = (("ours", ("ours_id", "ours_kind")), ("theirs", ("theirs_id",)))


class Difference(Model, table=True):
    """An exception (差错): found by a run, answered by a person, or gone with its cause."""

    __tablename__ = "reconciliation_exceptions"
    __table_args__ = (
        UniqueConstraint(
            "community_id",
            "day",
            "kind",
            "subject",
            "reference",
            name="uq_reconciliation_exceptions_finding",
        ),
        Index(
            "ix_reconciliation_exceptions_unanswered",
            "programme_id",
            "day",
            "id",
            postgresql_where=text("status <> 'resolved'"),
        ),
        Index("ix_reconciliation_exceptions_batch_id", "batch_id", "id"),
        Index("ix_reconciliation_exceptions_shop_id_day", "shop_id", "day", "id"),
        *(
            Index(
                f"uq_reconciliation_exceptions_{side}",
                *columns,
                unique=True,
                postgresql_where=text(
                    f"{side}_id IS NOT NULL AND resolution IS DISTINCT FROM 'gone'"
                ),
            )
            for side, columns in LINES
        ),
        *(
            Index(
                f"ix_reconciliation_exceptions_{name}",
                *columns,
                postgresql_where=text(f"status {standing} 'resolved'"),
            )
            for name, standing, columns in QUEUES
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int
    community_id: int = Field(sa_type=BigInteger)
    shop_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="shops.id")
    day: date
    kind: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    reference: str = Field(sa_type=Text)
    detail: dict[str, Any] = Field(sa_type=JSONB)
    origin: str = Field(default="community", sa_type=Text)  # community | batch: who finds it
    batch_id: int | None = Field(default=None, sa_type=BigInteger)
    ours_kind: str | None = Field(default=None, sa_type=Text)
    ours_id: int | None = Field(default=None, sa_type=BigInteger)
    theirs_id: int | None = Field(default=None, sa_type=BigInteger)
    ours_fen: int | None = Field(default=None, sa_type=BigInteger)
    theirs_fen: int | None = Field(default=None, sa_type=BigInteger)
    amount_fen: int | None = Field(default=None, sa_type=BigInteger)  # theirs less ours
    suspended_fen: int = Field(default=0, sa_type=BigInteger)
    status: str = Field(default=Standing.OPEN, sa_type=Text)
    opened_at: datetime = Field(sa_type=Instant)
    aged_from: date | None = Field(default=None, nullable=False)  # else the day: a trigger's
    assigned_to: str | None = Field(default=None, sa_type=Text)
    assigned_by: str | None = Field(default=None, sa_type=Text)
    assigned_at: datetime | None = Field(default=None, sa_type=Instant)
    resolution: str | None = Field(default=None, sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)
    resolved_by: str | None = Field(default=None, sa_type=Text)
    resolved_at: datetime | None = Field(default=None, sa_type=Instant)


class Day(Model, table=True):
    """A community's business day: open, then reconciled, then closed and never changed."""

    __tablename__ = "reconciliation_days"
    __table_args__ = (
        Index(
            "ix_reconciliation_days_unclosed",
            "day",
            "community_id",
            postgresql_where=text("status = 'reconciled'"),
        ),
    )

    community_id: int = Field(sa_type=BigInteger, primary_key=True)
    day: date = Field(primary_key=True)
    programme_id: int
    status: str = Field(default="open", sa_type=Text)
    run_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="reconciliation_runs.id", index=True
    )
    equation: dict[str, Any] | None = Field(default=None, sa_type=JSONB)
    watermark: str | None = Field(default=None, sa_type=Text)
    note: str | None = Field(default=None, sa_type=Text)
    seal: str | None = Field(default=None, sa_type=Text)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: str | None = Field(default=None, sa_type=Text)
