"""Tables of certificates. Numbers are for ever, and figures never edited: see migration 0016."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Gone, Invalid, NotFound
from service.i18n import N_


class NothingToCertify(Conflict):
    """No service of this volunteer was confirmed by that day."""

    slug, title = "nothing-to-certify", N_("No service is recorded up to that day")
    detail = N_("Certificates show confirmed hours. Please ask again when some are confirmed.")


class DayAhead(Invalid):
    """A certificate cannot speak of days that are still to come."""

    slug, title = "day-ahead", N_("“Up to” lies in the future")
    detail = N_("Please choose today or an earlier day.")


class ReasonMissing(Invalid):
    """Whoever revokes a certificate says why."""

    slug, title = "reason-missing", N_("The reason is missing")
    detail = N_("Please say in a sentence why it is revoked.")


class UnknownCertificate(NotFound):
    """No certificate has this number, or the caller may not know that one has."""

    slug, title = "unknown-certificate", N_("There is no such certificate")


class UnknownOrder(NotFound):
    """Nothing was ordered under this number, or by somebody else."""

    slug, title = "unknown-order", N_("There is no such order")


class NoFile(Gone):
    """The printed file is not ready, or was deleted after its days."""

    slug, title = "no-file", N_("The file is not there any more")
    detail = N_("Files are kept for a week. Order it again: the number stays the same.")


class NoLongerTrue(Gone):
    """The record under it was corrected, or it was revoked: it is not printed again."""

    slug, title = "no-longer-true", N_("This certificate does not hold any more")
    detail = N_("Please order a new one.")


class Order(Model, table=True):
    """A wish for certificates, of one volunteer or of all in a community; a worker fulfils it."""

    __tablename__ = "certificates_orders"
    __table_args__ = (
        UniqueConstraint("asked_by", "key"),
        Index("ix_certificates_orders_community_id", "community_id", "id"),
        Index("ix_certificates_orders_volunteer_id", "volunteer_id", "id"),
        Index("ix_certificates_orders_open", "id", postgresql_where=text("finished_at IS NULL")),
        Index(
            "ix_certificates_orders_file_until",
            "file_until",
            postgresql_where=text("file IS NOT NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    key: str = Field(sa_type=Text)
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    volunteer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id"
    )
    upto: date
    asked_by: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    total: int = 0
    done: int = 0
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    file: str | None = Field(default=None, sa_type=Text)
    file_until: datetime | None = Field(default=None, sa_type=Instant)
    reason: str | None = Field(default=None, sa_type=Text)  # why minors' names stand in it


class Certificate(Model, table=True):
    """What the record unit certified of one volunteer, up to a day. Figures in minutes."""

    __tablename__ = "certificates"
    __table_args__ = (
        Index("ix_certificates_volunteer_id", "volunteer_id", "id"),
        Index("ix_certificates_community_id", "community_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    serial: str = Field(sa_type=Text, unique=True)
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    upto: date
    minutes: int
    scanned_minutes: int
    typed_minutes: int
    earlier_minutes: int  # from before the books were opened
    occasions: int
    issued_at: datetime = Field(sa_type=Instant)
    issued_by: str = Field(sa_type=Text)
    superseded_by: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="certificates.id"
    )
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    revoked_by: str | None = Field(default=None, sa_type=Text)
    revoke_reason: str | None = Field(default=None, sa_type=Text)


class Print(Model, table=True):
    """One certificate that an order prints, new or issued before."""

    __tablename__ = "certificates_prints"

    order_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="certificates_orders.id"
    )
    certificate_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="certificates.id")


class Counter(Model, table=True):
    """The last number that a community gave in a year."""

    __tablename__ = "certificates_counters"

    community_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="people_units.id")
    year: int = Field(primary_key=True)
    last: int
