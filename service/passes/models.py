"""Tables of cards and passes, and what they refuse."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, Text, text
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import NotFound, TooMany
from service.i18n import N_


class NoPass(NotFound):
    """The caller has no phone bound, so there is no pass to show."""

    slug, title = "no-pass", N_("No phone is bound yet")
    detail = N_("Your community binds it for you: please go to the desk with this phone.")


class HelperOver(NotFound):
    """This phone fetches for nobody (any more)."""

    slug, title = "helper-over", N_("This phone fetches for nobody")
    detail = N_("It was ended, or its last day is over. Whoever you helped can allow it again.")


class NoCard(NotFound):
    """The booklet has no card that could be reported lost or replaced."""

    slug, title = "no-card", N_("This booklet has no valid card")


class PinLocked(TooMany):
    """Five wrong PINs; the booklet opens nothing until tomorrow."""

    slug, title = "pin-locked", N_("Too many wrong PINs")
    detail = N_("Please come back tomorrow, or ask your community for a new card.")


class CardStatus(StrEnum):
    """The life of a card. Only `active` opens anything."""

    ISSUED = "issued"  # printed, nobody's yet
    ACTIVE = "active"
    LOST = "lost"
    REISSUED = "reissued"
    VOID = "void"


ALIVE = (CardStatus.ISSUED, CardStatus.ACTIVE, CardStatus.LOST)


class Card(Model, table=True):
    """One printed card of a booklet. Its QR and its PIN are kept as HMACs only."""

    __tablename__ = "passes_cards"
    __table_args__ = (
        Index(
            "uq_passes_cards_booklet_code_alive",
            "booklet_code",
            unique=True,
            postgresql_where=text("status IN ('issued', 'active', 'lost')"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    booklet_code: str = Field(sa_type=Text)
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    volunteer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id", index=True
    )
    cid_hmac: bytes = Field(sa_type=LargeBinary, unique=True)
    cid_tail: str = Field(sa_type=Text)
    number: str = Field(sa_type=Text, unique=True)
    pin_hash: bytes = Field(sa_type=LargeBinary)
    pin_failures: int = 0
    pin_locked_until: datetime | None = Field(default=None, sa_type=Instant)
    status: str = Field(sa_type=Text)
    issued_at: datetime = Field(sa_type=Instant)
    expires_on: date
    blocked_at: datetime | None = Field(default=None, sa_type=Instant)  # opens nothing since
    cid_digest: str | None = Field(default=None, sa_type=Text)  # for gates without network


class Binding(Model, table=True):
    """A volunteer's phone, bound; its codes are made from `pid` and a key of the server.

    Places 1 and 2 are phones that were bound in person, each with a session of its own. Place 0 is
    what the booklet and its PIN open in any browser: it belongs to all the other sessions.
    """

    __tablename__ = "passes_bindings"
    __table_args__ = (
        Index(
            "uq_passes_bindings_volunteer_id_place_live",
            "volunteer_id",
            "place",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    pid: str = Field(sa_type=Text, unique=True)
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    created_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    place: int = Field(default=0, sa_type=SmallInteger)
    session_hash: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    last_seen_at: datetime | None = Field(default=None, sa_type=Instant)


class Helper(Model, table=True):
    """A relative's phone that fetches for a volunteer, up to a day; it is no sign-in of anybody."""

    __tablename__ = "passes_helpers"
    __table_args__ = (
        Index(
            "uq_passes_helpers_volunteer_id_live",
            "volunteer_id",
            unique=True,
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    pid: str = Field(sa_type=Text, unique=True)
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    valid_until: date
    allowed_by: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=Instant)
    last_seen_at: datetime | None = Field(default=None, sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)


class Use(Model, table=True):
    """One code of a pass that paid for something: (pid, step) is claimed once."""

    __tablename__ = "passes_uses"

    pid: str = Field(sa_type=Text, primary_key=True)
    step: int = Field(sa_type=BigInteger, primary_key=True)
    purpose: str = Field(sa_type=Text)
    used_at: datetime = Field(sa_type=Instant)
