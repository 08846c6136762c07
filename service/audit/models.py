"""Tables of the audit: what its rules found, what was asked, how far it has looked."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Invalid, NotFound
from service.i18n import N_


class UnknownFinding(NotFound):
    """No finding has this number, or it is another community's."""

    slug, title = "unknown-finding", N_("There is no such finding")


class FindingDecided(Conflict):
    """A finding is dismissed, or taken into a case, once."""

    slug, title = "finding-decided", N_("This finding was decided already")


class ReasonMissing(Invalid):
    """Nothing is dismissed without a word about why."""

    slug, title = "reason-missing", N_("Please say why")
    field = "reason"


class NothingToLookAt(Invalid):
    """None of the days that were asked for has been: they end before they begin, or lie ahead."""

    slug, title = "nothing-to-look-at", N_("There is nothing to look at in these days")
    detail = N_("The last day must not lie before the first, and both between {first} and {today}.")
    field = "until"


class Status(StrEnum):
    """What became of a finding; a person decides, or has taken back what it was about."""

    OPEN = "open"
    DISMISSED = "dismissed"
    IN_CASE = "in_case"
    TAKEN_BACK = "taken_back"


class AuditFinding(Model, table=True):
    """What one rule says of one thing, and what a person decided about it."""

    __tablename__ = "audit_findings"
    __table_args__ = (
        UniqueConstraint("programme_id", "rule", "key"),
        Index("ix_audit_findings_community_id_status_day", "community_id", "status", "day", "id"),
        Index(
            "ix_audit_findings_community_id_rule_status_day",
            "community_id",
            "rule",
            "status",
            "day",
            "id",
        ),
        Index("ix_audit_findings_subject", "subject", "id"),
        Index("ix_audit_findings_case_id", "case_id", postgresql_where=text("case_id IS NOT NULL")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int = Field(foreign_key="programmes.id")
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    rule: str = Field(sa_type=Text)
    subject: str = Field(sa_type=Text)
    day: date
    key: str = Field(sa_type=Text)
    weight: int = Field(sa_type=SmallInteger)
    evidence: dict[str, Any] = Field(sa_type=JSONB)
    status: str = Field(default=Status.OPEN, sa_type=Text)
    found_at: datetime = Field(sa_type=Instant)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    reason: str | None = Field(default=None, sa_type=Text)
    case_id: int | None = Field(default=None, sa_type=BigInteger)


class AuditRun(Model, table=True):
    """A period that somebody asked to have looked at, and how far a worker is.

    What lies until `looked_until` has been looked through; of what follows, by `done` rules.
    """

    __tablename__ = "audit_runs"
    __table_args__ = (
        Index("ix_audit_runs_programme_id_id", "programme_id", "id"),
        Index(
            "uq_audit_runs_open",
            "programme_id",
            "since",
            "until",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int = Field(foreign_key="programmes.id")
    since: date
    until: date
    asked_by: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    looked_until: date | None = None
    done: int = 0
    counts: dict[str, int] = Field(default_factory=dict, sa_type=JSONB)


class AuditLook(Model, table=True):
    """How far the incremental look of a programme has come, by table."""

    __tablename__ = "audit_looks"

    programme_id: int = Field(primary_key=True, foreign_key="programmes.id")
    seen: dict[str, int] = Field(sa_type=JSONB)
    seen_before: dict[str, int] = Field(sa_type=JSONB)
    at: datetime = Field(sa_type=Instant)
