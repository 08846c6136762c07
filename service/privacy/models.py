"""Tables of what volunteers ask about their data, and the refusals that belong to them."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, Text, text
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Forbidden, NotFound
from service.i18n import N_


class UnknownCorrection(NotFound):
    """No correction has this number, or it is another community's."""

    slug, title = "unknown-correction", N_("There is no such request")


class CorrectionAnswered(Conflict):
    """Somebody answered it before."""

    slug, title = "correction-answered", N_("This was answered already")


class OwnRequest(Forbidden):
    """Nobody answers what concerns himself."""

    slug, title = "own-request", N_("Somebody else must answer this")


class About(StrEnum):
    """What a volunteer says is wrong."""

    NAME = "name"
    PHONE = "phone"
    ID_NO = "id_no"
    AGE_BAND = "age_band"
    TEAM = "team"
    QUALIFICATION = "qualification"
    RECORD = "record"
    OTHER = "other"


class Correction(Model, table=True):
    """What somebody says is wrong and what would be right; answered once, in writing."""

    __tablename__ = "privacy_corrections"
    __table_args__ = (
        Index(
            "uq_privacy_corrections_open",
            "volunteer_id",
            "field",
            unique=True,
            postgresql_where=text("answered_at IS NULL"),
        ),
        Index("ix_privacy_corrections_volunteer_id", "volunteer_id", "id"),
        {"schema": "identity"},
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    volunteer_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("people_volunteers.id"), nullable=False)
    )
    field: str = Field(sa_type=Text)
    wanted: bytes | None = Field(default=None, sa_type=LargeBinary)  # sealed
    asked_by: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant)
    accepted: bool | None = None
    answer: str | None = Field(default=None, sa_type=Text)
    answered_by: str | None = Field(default=None, sa_type=Text)
    answered_at: datetime | None = Field(default=None, sa_type=Instant)


class RemovedPicture(Model, table=True):
    """A picture whose period is over: its content is gone, its digest stays in `files`."""

    __tablename__ = "privacy_pictures"

    file_id: int = Field(sa_column=Column(BigInteger, ForeignKey("files.id"), primary_key=True))
    removed_at: datetime = Field(sa_type=Instant)
