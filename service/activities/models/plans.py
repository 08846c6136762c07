"""Tables of plans: kinds of activity, occasions, and their posts."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
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
