"""Tables around plans: series, partners, outcomes and volunteers' own calendars."""

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Column, Index, SmallInteger, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from service.db import Instant, Model


class Series(Model, table=True):
    """The same activity on chosen weekdays, by the wall clock of the programme's zone."""

    __tablename__ = "activities_series"
    __table_args__ = (Index("ix_activities_series_community_id", "community_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    code: str = Field(sa_type=Text, unique=True)
    programme_id: int = Field(foreign_key="programmes.id", index=True)
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    template_id: int = Field(sa_type=BigInteger, foreign_key="activities_templates.id", index=True)
    team_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_teams.id", index=True
    )
    leader_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id", index=True)
    title: str = Field(sa_type=Text)
    place: str = Field(sa_type=Text)
    content: str = Field(default="", sa_type=Text)
    insurance_ref: str | None = Field(default=None, sa_type=Text)
    weekdays: list[int] = Field(sa_type=ARRAY(SmallInteger))
    starts: time
    ends: time  # not after the start: on the next day
    from_day: date
    until_day: date | None = None
    skip_holidays: bool = False
    posts: list[dict[str, Any]] = Field(sa_type=JSONB)
    partners: list[int] = Field(default_factory=list, sa_type=ARRAY(BigInteger))
    made_until: date | None = None
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_by: str | None = Field(default=None, sa_type=Text)


class Partner(Model, table=True):
    """An organisation that a community serves together with."""

    __tablename__ = "activities_partners"
    __table_args__ = (UniqueConstraint("community_id", "name"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    note: str = Field(default="", sa_type=Text)
    active: bool = True
    created_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)


class Partnership(Model, table=True):
    """One partner takes part in one activity."""

    __tablename__ = "activities_partnerships"

    activity_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="activities.id")
    partner_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="activities_partners.id", index=True
    )


class Outcome(Model, table=True):
    """What one of the kind's counters says of one activity."""

    __tablename__ = "activities_outcomes"

    activity_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="activities.id")
    counter: str = Field(sa_type=Text, primary_key=True)
    value: int
    reported_by: str = Field(sa_type=Text)
    reported_at: datetime = Field(sa_type=Instant)


class Feed(Model, table=True):
    """A volunteer's own calendar; another serial ends the link that was given before."""

    __tablename__ = "activities_feeds"

    volunteer_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="people_volunteers.id"
    )
    serial: str | None = Field(default=None, sa_type=Text, unique=True)
    changed_at: datetime = Field(sa_type=Instant)
