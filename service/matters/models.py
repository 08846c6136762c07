"""Tables of matters: what was found, every step of it, its pictures, and who solves for a team."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, SmallInteger, Text, UniqueConstraint, text
from sqlmodel import Field

from service.db import Instant, Model


class Matter(Model, table=True):
    """What somebody needs, from being found to being answered; `text` may name people."""

    __tablename__ = "matters"
    __table_args__ = (
        UniqueConstraint("raised_by", "key"),
        Index("ix_matters_community_id", "community_id", "id"),
        Index(
            "ix_matters_waiting",
            "community_id",
            "due_on",
            "id",
            postgresql_where=text("state <> 'answered'"),
        ),
        Index("ix_matters_activity_id", "activity_id", "id"),
        Index("ix_matters_raised_volunteer_id", "raised_volunteer_id", "id"),
        Index("ix_matters_staff_id", "staff_id", "id"),
        Index("ix_matters_team_id", "team_id", "id"),
        Index("ix_matters_found_team_id", "found_team_id", "raised_at"),
        Index("ix_matters_raised_at", "community_id", "raised_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    number: str = Field(sa_type=Text, unique=True)
    token: str = Field(sa_type=Text, unique=True)
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    kind: str = Field(sa_type=Text)
    category: str = Field(sa_type=Text)
    place: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)
    activity_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="activities.id")
    found_team_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_teams.id"
    )
    raised_by: str = Field(sa_type=Text)
    raised_volunteer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id"
    )
    raised_at: datetime = Field(sa_type=Instant)
    key: str = Field(sa_type=Text)
    staff_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="people_staff.id")
    team_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="people_teams.id")
    due_on: date
    due_provisional: bool
    answer: str | None = Field(default=None, sa_type=Text)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)
    rating: int | None = Field(default=None, sa_type=SmallInteger)
    rating_text: str | None = Field(default=None, sa_type=Text)
    rated_at: datetime | None = Field(default=None, sa_type=Instant)

    def late(self, today: date) -> bool:
        """Tell whether the answer is overdue."""
        return self.state != "answered" and today > self.due_on


class Step(Model, table=True):
    """One step of a matter: who, when, in which words. Never changed, never deleted."""

    __tablename__ = "matters_steps"
    __table_args__ = (
        UniqueConstraint("matter_id", "key"),
        Index("ix_matters_steps_matter_id", "matter_id", "id"),
        Index("ix_matters_steps_team_id", "team_id", "at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    matter_id: int = Field(sa_type=BigInteger, foreign_key="matters.id")
    arrow: str = Field(sa_type=Text)
    state: str = Field(sa_type=Text)  # where the matter stood after it
    at: datetime = Field(sa_type=Instant)
    by: str = Field(sa_type=Text)
    words: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    staff_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_staff.id", index=True
    )
    team_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="people_teams.id")
    rating: int | None = Field(default=None, sa_type=SmallInteger)


class Photo(Model, table=True):
    """A picture that came with a step."""

    __tablename__ = "matters_photos"

    step_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="matters_steps.id")
    file_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="files.id", index=True)


class Lead(Model, table=True):
    """Who solves for a team, since when, and until when."""

    __tablename__ = "matters_leads"
    __table_args__ = (
        Index(
            "uq_matters_leads_team_id_now",
            "team_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    team_id: int = Field(sa_type=BigInteger, foreign_key="people_teams.id")
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id", index=True)
    named_by: str = Field(sa_type=Text)
    named_at: datetime = Field(sa_type=Instant)
    ended_by: str | None = Field(default=None, sa_type=Text)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class DayNumber(Model, table=True):
    """The last number given out in a community's day."""

    __tablename__ = "matters_days"

    community_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="people_units.id")
    day: date = Field(primary_key=True)
    last: int
