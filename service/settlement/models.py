"""Tables of settlement, and what it refuses. Signatures are append-only: see migration 0027."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from service.i18n import N_


class UnknownStatement(NotFound):
    """No statement has this number, or the reader may not know that one has."""

    slug, title = "unknown-statement", N_("There is no such statement")


class UnknownShopDay(NotFound):
    """Nothing was prepared for this shop and day, or the reader may not see it."""

    slug, title = "unknown-shop-day", N_("Nothing was prepared for that shop and day")


class UnknownReopening(NotFound):
    """No open proposal has this number, or it is another community's."""

    slug, title = "unknown-reopening", N_("There is no such proposal")


class MonthNotOver(Invalid):
    """A statement speaks of a month that has ended."""

    slug, title = "month-not-over", N_("This month is not over")
    field = "month"


class NotYourTurn(Conflict):
    """Somebody else signs before, or this was signed already by another."""

    slug, title = "not-your-turn", N_("This cannot be signed now")
    detail = N_("It stands at “{step}”. Please load the page again.")


class SignedBefore(Forbidden):
    """Each signature is another person's."""

    slug, title = "signed-before", N_("You have signed this already")
    detail = N_("The next signature must be another person's.")


class OtherDigest(Conflict):
    """What the page showed was prepared anew meanwhile."""

    slug, title = "other-digest", N_("The figures have changed meanwhile")
    detail = N_("Please look at them again before you sign.")


class NoteMissing(Invalid):
    """Who disagrees or reopens says why."""

    slug, title = "note-missing", N_("The reason is missing")
    field = "note"


class StillWaiting(Conflict):
    """Differences must be answered or carried before the day is signed off."""

    slug, title = "differences-waiting", N_("{count} differences are still open")
    detail = N_("Answer them, or carry them over with a date.")


class EarlierDayOpen(Conflict):
    """A shop's days are closed in their order."""

    slug, title = "earlier-day-open", N_("An earlier day of this shop is not closed yet")
    detail = N_("Close {day} first.")


class MonthLocked(Conflict):
    """What was locked changes only when two people reopen it."""

    slug, title = "month-locked", N_("This month is locked")


class LaterMonthSigned(Conflict):
    """The month after opens with what this one was signed with."""

    slug, title = "later-month-signed", N_("A later month is signed already")
    detail = N_("Reopen {number} first.")


class NotAllSigned(Conflict):
    """A month is locked when every statement and every day in it is signed."""

    slug, title = "not-all-signed", N_("Not everything of this month is signed")
    detail = N_("Missing: {what}.")


class DoesNotHold(Conflict):
    """Entries, balances and lots of some wallets do not say the same."""

    slug, title = "points-do-not-hold", N_("The points do not add up")
    detail = N_("Found: {where}. Nothing was locked.")


class NothingToLock(Conflict):
    """No statement of this month was made."""

    slug, title = "nothing-to-lock", N_("There are no statements for this month")


class OwnReopening(Forbidden):
    """Two people reopen; the proposer is one of them already."""

    slug, title = "own-reopening", N_("You proposed this. Another person must decide.")


class DoesNotFollow(Conflict):
    """The signed closings and the ledger's entries of the pledge do not come to the same."""

    slug, title = "does-not-follow", N_("The statement and the ledger do not agree")
    detail = N_("They differ by {yuan} yuan. Nothing was signed.")


class EarlierMonthOpen(Conflict):
    """A month opens with what the one before was signed with."""

    slug, title = "earlier-month-open", N_("The month before is not signed yet")
    detail = N_("Sign {number} first.")


class NoStatementFile(Gone):
    """The file is being made."""

    slug, title = "no-statement-file", N_("The file is being made")
    detail = N_("Please try again in a moment.")


class ShopDay(Model, table=True):
    """A shop's day: what was prepared last, and how far it is signed."""

    __tablename__ = "settlement_days"
    __table_args__ = (
        Index(
            "ix_settlement_days_unclosed",
            "day",
            "shop_id",
            postgresql_where=text("step <> 'closed'"),
        ),
        Index(
            "ix_settlement_days_silent_until",
            "silent_until",
            "shop_id",
            "day",
            postgresql_where=text("step IN ('prepared', 'disputed')"),
        ),
    )

    shop_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="shops.id")
    day: date = Field(primary_key=True)
    programme_id: int
    community_id: int = Field(sa_type=BigInteger)
    version: int
    step: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    content: dict[str, Any] = Field(sa_type=JSONB)
    waiting: int
    silent_until: date
    seal: str | None = Field(default=None, sa_type=Text)


class Signature(Model, table=True):
    """One link of a shop's chain."""

    __tablename__ = "settlement_signatures"
    __table_args__ = (Index("ix_settlement_signatures_shop_id_day", "shop_id", "day", "seq"),)

    shop_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="shops.id")
    seq: int = Field(sa_type=BigInteger, primary_key=True)
    day: date
    version: int
    step: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    closed_before: str = Field(sa_type=Text)
    previous: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text, unique=True)
    signed_by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    by_default: bool
    note: str = Field(sa_type=Text)


class Statement(Model, table=True):
    """A shop's month: asked for, issued with its content for ever, signed, perhaps replaced."""

    __tablename__ = "settlement_statements"
    __table_args__ = (
        UniqueConstraint("shop_id", "month", "version"),
        Index(
            "uq_settlement_statements_present",
            "shop_id",
            "month",
            unique=True,
            postgresql_where=text("status <> 'replaced'"),
        ),
        Index("ix_settlement_statements_community_id_month", "community_id", "month", "shop_id"),
        Index(
            "ix_settlement_statements_undone",
            "month",
            "id",
            postgresql_where=text("files_show IS DISTINCT FROM signatures"),
        ),
        Index(
            "ix_settlement_statements_silent_until",
            "silent_until",
            "id",
            postgresql_where=text("status IN ('prepared', 'disputed')"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    programme_id: int
    community_id: int = Field(sa_type=BigInteger)
    month: date
    version: int
    number: str = Field(sa_type=Text, unique=True)
    status: str = Field(sa_type=Text)
    asked_by: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant)
    issued_at: datetime | None = Field(default=None, sa_type=Instant)
    content: dict[str, Any] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    digest: str | None = Field(default=None, sa_type=Text, unique=True)
    mark: str | None = Field(default=None, sa_type=Text)
    opening_fen: int | None = Field(default=None, sa_type=BigInteger)
    closing_fen: int | None = Field(default=None, sa_type=BigInteger)
    silent_until: date | None = None
    signatures: int = 0
    files: dict[str, str] | None = Field(default=None, sa_type=JSONB(none_as_null=True))
    files_show: int | None = None


class StatementSignature(Model, table=True):
    """One signature under a statement; the first follows on the month before."""

    __tablename__ = "settlement_statement_signatures"

    statement_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="settlement_statements.id"
    )
    nth: int = Field(primary_key=True)
    step: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text)
    previous: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)
    signed_by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
    by_default: bool
    note: str = Field(sa_type=Text)


class Month(Model, table=True):
    """A community's locked month; `reopened_at` is the only thing that is ever added."""

    __tablename__ = "settlement_months"
    __table_args__ = (
        Index(
            "uq_settlement_months_locked",
            "community_id",
            "month",
            unique=True,
            postgresql_where=text("reopened_at IS NULL"),
        ),
    )

    community_id: int = Field(sa_type=BigInteger, primary_key=True)
    month: date = Field(primary_key=True)
    version: int = Field(primary_key=True)
    programme_id: int
    content: dict[str, Any] = Field(sa_type=JSONB)
    previous: str = Field(sa_type=Text)
    seal: str = Field(sa_type=Text)
    locked_by: str = Field(sa_type=Text)
    locked_at: datetime = Field(sa_type=Instant)
    reopened_at: datetime | None = Field(default=None, sa_type=Instant)


class Reopening(Model, table=True):
    """One person's wish to reopen a statement of a locked month, and another's answer."""

    __tablename__ = "settlement_reopenings"
    __table_args__ = (
        Index("ix_settlement_reopenings_statement_id", "statement_id", "id"),
        Index(
            "uq_settlement_reopenings_open",
            "statement_id",
            unique=True,
            postgresql_where=text("approved_at IS NULL AND declined_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    statement_id: int = Field(sa_type=BigInteger, foreign_key="settlement_statements.id")
    reason: str = Field(sa_type=Text)
    proposed_by: str = Field(sa_type=Text)
    proposed_at: datetime = Field(sa_type=Instant)
    approved_by: str | None = Field(default=None, sa_type=Text)
    approved_at: datetime | None = Field(default=None, sa_type=Instant)
    declined_by: str | None = Field(default=None, sa_type=Text)
    declined_at: datetime | None = Field(default=None, sa_type=Instant)


class Equation(Model, table=True):
    """The points equation of a community or programme (0), as the night found it."""

    __tablename__ = "settlement_equations"

    programme_id: int = Field(primary_key=True)
    community_id: int = Field(sa_type=BigInteger, primary_key=True)
    period: str = Field(sa_type=Text, primary_key=True)
    first: date = Field(primary_key=True)
    last: date
    figures: dict[str, Any] = Field(sa_type=JSONB)
    volunteers: int
    wrong: int
    faults: list[str] = Field(sa_type=ARRAY(Text))
    checked_at: datetime = Field(sa_type=Instant)
