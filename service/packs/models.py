"""The table of evidence packs, and what asking for one may be refused with."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Gone, Invalid, NotFound
from service.i18n import N_

TRIES_MAX = 3


class UnknownPack(NotFound):
    """No pack has this number, or it is another community's."""

    slug, title = "unknown-pack", N_("There is no such evidence pack")


class NoPackFile(Gone):
    """The file is being made, or its days are over."""

    slug, title = "no-pack-file", N_("The file is not there")
    detail = N_("Files are kept for a week. Order the pack again: it says the same.")


class PeriodAhead(Invalid):
    """A pack speaks of days that have ended."""

    slug, title = "period-ahead", N_("This period is not over")
    detail = N_("Please choose days up to yesterday.")
    field = "last"


class PeriodBackwards(Invalid):
    """The last day lies before the first."""

    slug, title = "period-backwards", N_("The last day lies before the first")
    field = "last"


class PeriodTooLong(Invalid):
    """A pack holds a quarter at most: more is more packs."""

    slug, title = "period-too-long", N_("A pack holds {days} days at most")
    detail = N_("Please order several packs.")
    field = "last"


class Pack(Model, table=True):
    """Somebody's order of the evidence of some days of a community, and what became of it."""

    __tablename__ = "packs"
    __table_args__ = (
        UniqueConstraint("asked_by", "key"),
        Index("ix_packs_community_id", "community_id", "id"),
        Index("ix_packs_open", "id", postgresql_where=text("finished_at IS NULL")),
        Index("ix_packs_file_until", "file_until", postgresql_where=text("file IS NOT NULL")),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    key: str = Field(sa_type=Text)
    programme_id: int = Field(foreign_key="programmes.id")
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    first: date
    last: date
    asked_by: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    tries: int = 0
    done: int = 0
    total: int = 0
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    sha256: str | None = Field(default=None, sa_type=Text)
    bytes: int | None = Field(default=None, sa_type=BigInteger)
    transfers: int | None = Field(default=None, sa_type=BigInteger)
    log_size: int | None = Field(default=None, sa_type=BigInteger)
    file: str | None = Field(default=None, sa_type=Text)
    file_until: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def failed(self) -> bool:
        """Whether it was tried as often as anything is tried."""
        return self.finished_at is None and self.tries > TRIES_MAX
