"""Tables of plans: kinds of activity, occasions, and their posts."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.activities.rules import Window
from service.db import Instant, Model


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
    kind: str = Field(default="service", sa_type=Text)  # service | visit | training | event
    content: str = Field(default="", sa_type=Text)  # what is done; goes into the service record
    counters: list[str] = Field(default_factory=list, sa_type=ARRAY(Text))
    duration_minutes: int | None = None
    active: bool = True
    default_posts: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSONB)


class Activity(Model, table=True):
    """One occasion to serve. Its moments were set by the rules of its day when it was planned."""

    __tablename__ = "activities"
    __table_args__ = (
        Index("ix_activities_community_id_business_day", "community_id", "business_day"),
        Index("ix_activities_programme_id_business_day", "programme_id", "business_day"),
        Index("ix_activities_community_id_status", "community_id", "status", "business_day"),
        Index("uq_activities_lower_code", text("lower(code)"), unique=True),
        UniqueConstraint("series_id", "series_day"),
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
    series_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="activities_series.id"
    )
    series_day: date | None = None  # the date of the series, also when this one is moved
    content: str = Field(default="", sa_type=Text)
    served: int | None = None  # people served, as the leader says
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_by: str | None = Field(default=None, sa_type=Text)
    cancel_reason: str | None = Field(default=None, sa_type=Text)
    revision: int = 0  # counts what calendars must learn
    changed_at: datetime | None = Field(default=None, sa_type=Instant)

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
    min_age: int = 0
    needs_qualification: bool = False
    needs_insurance: bool = False
    risk_text: str | None = Field(default=None, sa_type=Text)  # agreed to at sign-up
    team_only: bool = False  # only for members of the activity's team
    per_team_max: int | None = None
