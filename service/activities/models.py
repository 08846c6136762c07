"""Tables of activities. Places, races and append-only scans are kept by migration 0004."""

from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import ARRAY, BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from service.activities.rules import Window
from service.db import Instant, Model


class Stored(Protocol):
    """A row that the database has given its number."""

    id: int | None


def id_of(row: Stored) -> int:
    """Return the number of a row that was stored; a row without one is a mistake of ours."""
    assert row.id is not None, row
    return row.id


class SignupStatus(StrEnum):
    """Where a sign-up stands; `came` and `no_show` are said by the gate and the clock."""

    CONFIRMED = "confirmed"
    WAITING = "waiting"
    CANCELLED = "cancelled"
    CAME = "came"
    NO_SHOW = "no_show"


class AwardStatus(StrEnum):
    """Where an award stands. Posted ones are never edited; they are reversed."""

    WAITING = "waiting"
    POSTED = "posted"
    REFUSED = "refused"
    REVERSED = "reversed"


class Template(Model, table=True):
    """A kind of activity: its rate, its category and its risk."""

    __tablename__ = "activities_templates"
    __table_args__ = (UniqueConstraint("programme_id", "code"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int = Field(foreign_key="programmes.id")
    code: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    category: str = Field(sa_type=Text)
    risk: str = Field(sa_type=Text)


class Activity(Model, table=True):
    """One occasion to serve. Its moments were set by the rules of its day when it was planned."""

    __tablename__ = "activities"
    __table_args__ = (
        Index("ix_activities_community_id_business_day", "community_id", "business_day"),
        Index("ix_activities_programme_id_business_day", "programme_id", "business_day"),
        Index("uq_activities_lower_code", text("lower(code)"), unique=True),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    code: str = Field(sa_type=Text, unique=True)
    programme_id: int = Field(foreign_key="programmes.id")
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    template_id: int = Field(sa_type=BigInteger, foreign_key="activities_templates.id", index=True)
    team_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_teams.id", index=True
    )
    title: str = Field(sa_type=Text)
    place: str = Field(sa_type=Text)
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    opens_at: datetime = Field(sa_type=Instant)  # check-in from here
    late_at: datetime = Field(sa_type=Instant, index=True)  # who is missing now is a no-show
    closes_at: datetime = Field(sa_type=Instant)  # check-out until here
    business_day: date
    leader_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id", index=True)
    insurance_ref: str | None = Field(default=None, sa_type=Text)
    status: str = Field(sa_type=Text)
    onsite_secret: str = Field(sa_type=Text)  # a leaked one is replaced
    created_at: datetime = Field(sa_type=Instant)

    @property
    def window(self) -> Window:
        """The activity's moments."""
        return Window(self.starts_at, self.ends_at, self.opens_at, self.late_at, self.closes_at)


class Post(Model, table=True):
    """A kind of place at an activity; `taken` can never pass `capacity`."""

    __tablename__ = "activities_posts"
    __table_args__ = (UniqueConstraint("activity_id", "name"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    name: str = Field(sa_type=Text)
    rule: str = Field(sa_type=Text)
    adults_only: bool
    capacity: int
    taken: int = 0


class Signup(Model, table=True):
    """One volunteer's place, or turn in the queue, at one activity."""

    __tablename__ = "activities_signups"
    __table_args__ = (
        UniqueConstraint("activity_id", "volunteer_id"),
        Index("ix_activities_signups_post_id_turn", "post_id", "turn"),
        Index("ix_activities_signups_volunteer_id", "volunteer_id", "status"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    post_id: int = Field(sa_type=BigInteger, foreign_key="activities_posts.id")
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    status: str = Field(sa_type=Text)
    turn: int = Field(sa_type=BigInteger)
    assisted: bool
    walk_in: bool = False
    actor: str = Field(sa_type=Text)
    signed_at: datetime = Field(sa_type=Instant)
    promoted_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    no_show_at: datetime | None = Field(default=None, sa_type=Instant)


class Scan(Model, table=True):
    """One reading at a gate, refused ones too. Never changed, never deleted."""

    __tablename__ = "activities_scans"
    __table_args__ = (
        UniqueConstraint("actor", "nonce"),
        Index("ix_activities_scans_activity_id", "activity_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="activities.id")
    volunteer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id", index=True
    )
    action: str = Field(sa_type=Text)
    way: str = Field(sa_type=Text)
    code_hash: bytes = Field(sa_type=LargeBinary)
    status: str = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    already: bool
    effective_at: datetime = Field(sa_type=Instant)
    actor: str = Field(sa_type=Text)
    device_seq: int | None = Field(default=None, sa_type=BigInteger)
    nonce: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    offline: bool


class Attendance(Model, table=True):
    """Somebody's stay at an activity: one row, whatever the gate heard."""

    __tablename__ = "activities_attendances"
    __table_args__ = (
        UniqueConstraint("activity_id", "volunteer_id"),
        Index("uq_activities_attendances_open", "volunteer_id", unique=True),
        Index("ix_activities_attendances_volunteer_id", "volunteer_id", "in_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    activity_id: int = Field(sa_type=BigInteger, foreign_key="activities.id")
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    kind: str = Field(default="service", sa_type=Text)
    status: str = Field(sa_type=Text)  # in | out | undecided | confirmed | audience
    in_at: datetime = Field(sa_type=Instant)
    out_at: datetime | None = Field(default=None, sa_type=Instant)
    in_way: str = Field(sa_type=Text)  # C1 C2 C3 are scans, C4 is typed: they stay apart for ever
    out_way: str | None = Field(default=None, sa_type=Text)
    in_actor: str = Field(sa_type=Text)
    out_actor: str | None = Field(default=None, sa_type=Text)
    offline: bool = False
    amended: bool = False
    amended_by: str | None = Field(default=None, sa_type=Text)
    amended_at: datetime | None = Field(default=None, sa_type=Instant)


class Award(Model, table=True):
    """What service earned: minutes for the record, points for the wallet. Never edited."""

    __tablename__ = "activities_awards"
    __table_args__ = (
        Index("ix_activities_awards_volunteer_id_service_month", "volunteer_id", "service_month"),
        Index("ix_activities_awards_programme_id_service_day", "programme_id", "service_day"),
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
    claimed_from: datetime | None = Field(default=None, sa_type=Instant)
    claimed_to: datetime | None = Field(default=None, sa_type=Instant)
    entered_at: datetime = Field(sa_type=Instant)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)


class PaperLine(Model, table=True):
    """A line of the paper sheet: typed in by one person, approved by another."""

    __tablename__ = "activities_paper_lines"
    __table_args__ = (
        Index("uq_activities_paper_lines_open", "activity_id", "volunteer_id", unique=True),
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
    maker: str = Field(sa_type=Text)
    maker_id: int | None = Field(default=None, sa_type=BigInteger)
    entered_at: datetime = Field(sa_type=Instant)
    approver: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    status: str = Field(sa_type=Text)  # waiting | approved | refused


class Right(Model, table=True):
    """What a secretary entrusts to a volunteer, and takes away again."""

    __tablename__ = "activities_rights"
    __table_args__ = (UniqueConstraint("volunteer_id", "name"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    name: str = Field(sa_type=Text)  # manual_award
    granted_by: str = Field(sa_type=Text)
    granted_at: datetime = Field(sa_type=Instant)
    suspended_by: str | None = Field(default=None, sa_type=Text)
    suspended_at: datetime | None = Field(default=None, sa_type=Instant)
