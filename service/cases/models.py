"""Tables of cases, of what they propose to take back, and of objections."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from service import activities, files, ledger, people, redemptions  # noqa: F401 - their tables
from service.db import Instant, Model


class Origin(StrEnum):
    """What a case began with."""

    FINDING = "finding"
    OBJECTION = "objection"
    EXCEPTION = "exception"
    HAND = "hand"


class Status(StrEnum):
    """Where a case stands: every one ends with an answer."""

    FOUND = "found"
    ASSIGNED = "assigned"
    SOLVED = "solved"
    ANSWERED = "answered"


class Outcome(StrEnum):
    """What a case came to."""

    PUT_RIGHT = "put_right"
    NOTHING_WRONG = "nothing_wrong"
    NOT_PROVEN = "not_proven"


class About(StrEnum):
    """What a volunteer may object to."""

    AWARD = "award"
    NOTICE = "notice"
    STAR = "star"
    EXCEPTION = "exception"


class Verdict(StrEnum):
    """What an objection was answered."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"


class Case(Model, table=True):
    """Something that may be wrong, looked into by people until it has its answer."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("community_id", "year", "number"),
        Index("ix_cases_community_id", "community_id", "id"),
        Index("ix_cases_volunteer_id", "volunteer_id", "id"),
        Index(
            "ix_cases_waiting", "community_id", "id", postgresql_where=text("status <> 'answered'")
        ),
        Index("ix_cases_mine", "assigned_to", "id", postgresql_where=text("status <> 'answered'")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int = Field(foreign_key="programmes.id", index=True)
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    year: int
    number: int
    key: str = Field(sa_type=Text, unique=True)
    origin: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    volunteer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id"
    )
    status: str = Field(default=Status.FOUND, sa_type=Text)
    opened_by: str = Field(sa_type=Text)
    opened_at: datetime = Field(sa_type=Instant)
    assigned_to: str | None = Field(default=None, sa_type=Text)
    assigned_by: str | None = Field(default=None, sa_type=Text)
    assigned_at: datetime | None = Field(default=None, sa_type=Instant)
    outcome: str | None = Field(default=None, sa_type=Text)
    solution: str | None = Field(default=None, sa_type=Text)
    solved_by: str | None = Field(default=None, sa_type=Text)
    solved_at: datetime | None = Field(default=None, sa_type=Instant)
    answer: str | None = Field(default=None, sa_type=Text)
    answered_by: str | None = Field(default=None, sa_type=Text)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def code(self) -> str:
        """Its name within its community and year."""
        return f"CASE-{self.number}"


class Evidence(Model, table=True):
    """One thing that a case rests on. Never changed, never taken away."""

    __tablename__ = "cases_evidence"
    __table_args__ = (
        UniqueConstraint("case_id", "kind", "ref"),
        Index("ix_cases_evidence_kind_ref", "kind", "ref"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    case_id: int = Field(sa_type=BigInteger, foreign_key="cases.id")
    kind: str = Field(sa_type=Text)
    ref: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    file_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="files.id", index=True
    )
    added_by: str = Field(sa_type=Text)
    added_at: datetime = Field(sa_type=Instant)


class Proposal(Model, table=True):
    """One person's proposal to take back several awards and sales, and another's decision."""

    __tablename__ = "cases_proposals"
    __table_args__ = (
        UniqueConstraint("case_id", "key"),
        Index(
            "uq_cases_proposals_waiting",
            "case_id",
            unique=True,
            postgresql_where=text("decision IS NULL"),
        ),
        Index(
            "ix_cases_proposals_suspends_id",
            "suspends_id",
            postgresql_where=text("suspends_id IS NOT NULL"),
        ),
    )

    case_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="cases.id")
    nth: int = Field(primary_key=True)
    key: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    proposed_by: str = Field(sa_type=Text)
    proposer_id: int | None = Field(default=None, sa_type=BigInteger)
    proposed_at: datetime = Field(sa_type=Instant)
    decision: str | None = Field(default=None, sa_type=Text)  # approved | refused
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    refusal: str | None = Field(default=None, sa_type=Text)
    suspends_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id"
    )  # who shall not lead
    suspends_until: date | None = None

    @property
    def bundle(self) -> str:
        """The name under which its reversals are decided together."""
        return f"case:{self.case_id}:{self.nth}"


class Item(Model, table=True):
    """One award or one sale of a proposal; its points are what a wallet loses."""

    __tablename__ = "cases_proposal_items"
    __table_args__ = (
        ForeignKeyConstraint(
            ["case_id", "nth"], ["cases_proposals.case_id", "cases_proposals.nth"]
        ),
        Index("ix_cases_proposal_items_case_id", "case_id", "nth", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    case_id: int = Field(sa_type=BigInteger)
    nth: int
    award_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="activities_awards.id", index=True
    )
    redemption_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="redemptions.id", index=True
    )
    points: int = Field(sa_type=BigInteger)
    minutes: int
    transfer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="ledger_transfers.id", index=True
    )


class Objection(Model, table=True):
    """A volunteer's word that something is wrong, and the written answer to it."""

    __tablename__ = "cases_objections"
    __table_args__ = (
        UniqueConstraint("community_id", "year", "number"),
        Index(
            "uq_cases_objections_open",
            "volunteer_id",
            "about_kind",
            "about_ref",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index(
            "ix_cases_objections_due",
            "community_id",
            "due_on",
            "id",
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_cases_objections_community_id", "community_id", "id"),
        Index("ix_cases_objections_volunteer_id", "volunteer_id", "id"),
        Index("ix_cases_objections_about", "about_kind", "about_ref"),
        Index(
            "ix_cases_objections_notice_ref",
            "notice_ref",
            postgresql_where=text("notice_ref IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int = Field(foreign_key="programmes.id", index=True)
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    year: int
    number: int
    key: str = Field(sa_type=Text, unique=True)
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    about_kind: str = Field(sa_type=Text)
    about_ref: str = Field(sa_type=Text)
    notice_ref: str | None = Field(default=None, sa_type=Text)
    made_by: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    text: str = Field(sa_type=Text)
    file_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="files.id", index=True
    )
    filed_by: str = Field(sa_type=Text)
    filed_at: datetime = Field(sa_type=Instant)
    due_on: date
    status: str = Field(default=Verdict.OPEN, sa_type=Text)
    answer: str | None = Field(default=None, sa_type=Text)
    answered_by: str | None = Field(default=None, sa_type=Text)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    case_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="cases.id", index=True
    )

    @property
    def code(self) -> str:
        """Its name within its community and year."""
        return f"OBJ-{self.number}"
