"""Tables of awards, of lines of paper sheets, and of the right to award by hand."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from service import files  # noqa: F401 - awards refer to its table
from service.db import Instant, Model


class AwardStatus(StrEnum):
    """Where an award stands. Posted ones are never edited; they are reversed."""

    WAITING = "waiting"
    NOTICED = "noticed"  # confirmed; its points come when the notice days are over
    POSTED = "posted"
    REFUSED = "refused"
    REVERSED = "reversed"


STANDING = (AwardStatus.NOTICED, AwardStatus.POSTED)  # what counts as hours and fills the caps


class Award(Model, table=True):
    """What service earned: minutes for the record, points for the wallet. Never edited."""

    __tablename__ = "activities_awards"
    __table_args__ = (
        Index("ix_activities_awards_volunteer_id_service_month", "volunteer_id", "service_month"),
        Index("ix_activities_awards_programme_id_service_day", "programme_id", "service_day"),
        Index("ix_activities_awards_volunteer_id_id", "volunteer_id", "id"),
        Index("ix_activities_awards_noticed", "programme_id", "spendable_on"),
        Index("ix_activities_awards_waiting", "id"),
        Index(
            "ix_activities_awards_manual",
            "programme_id",
            "service_day",
            postgresql_where=text("kind = 'manual'"),
        ),
        Index("ix_activities_awards_entered_at", "entered_at", postgresql_using="brin"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    key: str = Field(sa_type=Text, unique=True)
    programme_id: int = Field(foreign_key="programmes.id")
    kind: str = Field(sa_type=Text)  # attendance | manual
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    activity_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="activities.id", index=True
    )
    attendance_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="activities_attendances.id", unique=True
    )
    rule: str = Field(sa_type=Text)
    present_minutes: int
    minutes: int
    points: int
    cut: int = 0
    cut_by: str | None = Field(default=None, sa_type=Text)
    service_day: date
    service_month: date
    maker: str = Field(sa_type=Text)
    maker_id: int | None = Field(default=None, sa_type=BigInteger)
    approver: str | None = Field(default=None, sa_type=Text)
    status: str = Field(sa_type=Text)
    flags: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    transfer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="ledger_transfers.id", index=True
    )
    evidence: str | None = Field(default=None, sa_type=Text)
    evidence_file_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="files.id", index=True
    )
    claimed_from: datetime | None = Field(default=None, sa_type=Instant)
    claimed_to: datetime | None = Field(default=None, sa_type=Instant)
    entered_at: datetime = Field(sa_type=Instant)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    spendable_on: date | None = None
    refusal: str | None = Field(default=None, sa_type=Text)


class AwardReversal(Model, table=True):
    """One person's proposal to take an award back, and another's decision."""

    __tablename__ = "activities_award_reversals"
    __table_args__ = (
        Index("uq_activities_award_reversals_standing", "award_id", unique=True),
        Index("ix_activities_award_reversals_award_id", "award_id", "id"),
        Index("ix_activities_award_reversals_waiting", "id"),
        Index("ix_activities_award_reversals_decided_at", "decided_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    award_id: int = Field(sa_type=BigInteger, foreign_key="activities_awards.id")
    reason: str = Field(sa_type=Text)
    proposed_by: str = Field(sa_type=Text)
    proposer_id: int | None = Field(default=None, sa_type=BigInteger)
    proposed_at: datetime = Field(sa_type=Instant)
    decision: str | None = Field(default=None, sa_type=Text)  # approved | refused
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    refusal: str | None = Field(default=None, sa_type=Text)
    transfer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="ledger_transfers.id", index=True
    )
    bundle: str | None = Field(default=None, sa_type=Text)  # decided with the others of this name


class PaperLine(Model, table=True):
    """A line of the paper sheet: typed in by one person, approved by another."""

    __tablename__ = "activities_paper_lines"
    __table_args__ = (
        Index("uq_activities_paper_lines_open", "activity_id", "volunteer_id", unique=True),
        Index("ix_activities_paper_lines_waiting", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id", index=True)
    line: int | None = None
    in_at: datetime = Field(sa_type=Instant)
    out_at: datetime = Field(sa_type=Instant)
    rule: str = Field(sa_type=Text)
    award_key: str = Field(sa_type=Text)
    evidence: str = Field(sa_type=Text)
    evidence_file_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="files.id", index=True
    )
    maker: str = Field(sa_type=Text)
    maker_id: int | None = Field(default=None, sa_type=BigInteger)
    entered_at: datetime = Field(sa_type=Instant)
    approver: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    status: str = Field(sa_type=Text)  # waiting | approved | refused


MANUAL_AWARD, LEAD = "manual_award", "lead"


class Right(Model, table=True):
    """What a community entrusts to a volunteer, and takes away again.

    Nobody is entrusted with leading: a row says that it was taken away, and until when.
    """

    __tablename__ = "activities_rights"
    __table_args__ = (UniqueConstraint("volunteer_id", "name"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    name: str = Field(sa_type=Text)  # MANUAL_AWARD | LEAD
    granted_by: str = Field(sa_type=Text)
    granted_at: datetime = Field(sa_type=Instant)
    suspended_by: str | None = Field(default=None, sa_type=Text)
    suspended_at: datetime | None = Field(default=None, sa_type=Instant)
    suspended_until: date | None = None  # its last day; None until somebody lifts it
    suspended_for: str | None = Field(default=None, sa_type=Text)  # the case that it belongs to

    def suspended(self, day: date) -> bool:
        """Tell whether it is taken away on a day; a suspension with a last day ends by itself."""
        ends = self.suspended_until
        return self.suspended_at is not None and (ends is None or day <= ends)

    @property
    def entrusted(self) -> bool:
        """Whether somebody gave it, before or without a suspension."""
        return self.granted_at != self.suspended_at
