"""The table of the links by which a wall is shown without a sign-in."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import NotFound
from service.i18n import N_


class UnknownLink(NotFound):
    """No link has this number, or it is another community's."""

    slug, title = "unknown-wall-link", N_("There is no such link")


class UnknownWall(NotFound):
    """No community has this code, its link was withdrawn, or it is not the reader's."""

    slug, title = "unknown-wall", N_("There is no such wall")
    detail = N_("The link may have been withdrawn. Please ask the community.")


class WallLink(Model, table=True):
    """One screen's leave to show a community's wall; what stands in its address is only signed."""

    __tablename__ = "wall_links"
    __table_args__ = (
        UniqueConstraint("made_by", "key"),
        Index("ix_wall_links_community_id", "community_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    key: str = Field(sa_type=Text)
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    place: str = Field(sa_type=Text)
    made_by: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Instant)
    withdrawn_by: str | None = Field(default=None, sa_type=Text)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
