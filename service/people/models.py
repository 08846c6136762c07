"""Tables of people. Who somebody is lies apart, in the schema `identity`."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Forbidden, Invalid, NotFound, Unauthorized
from service.i18n import N_


class UnknownVolunteer(NotFound):
    """No volunteer has this code, or the caller may not know that one has."""

    slug, title = "unknown-volunteer", N_("There is no such volunteer")
    detail = N_("Please check the number of the booklet.")


class UnknownUnit(NotFound):
    """No district, sub-district or community has this code."""

    slug, title = "unknown-unit", N_("There is no such community")


class UnknownStaff(NotFound):
    """No member of staff has this sign-in name."""

    slug, title = "unknown-staff", N_("There is no such member of staff")


class UnknownDevice(NotFound):
    """No paired device has this number, or it is another shop's."""

    slug, title = "unknown-device", N_("There is no such tablet")


class WrongSignIn(Unauthorized):
    """The one answer to every failed sign-in: it must not tell which half was wrong."""

    slug, title = "wrong-sign-in", N_("These do not belong together")
    detail = N_("Please check both and try again. After several wrong tries, wait a while.")


class NoErasure(NotFound):
    """Nobody has asked for this volunteer to be forgotten, or it was decided before."""

    slug, title = "no-erasure", N_("Nothing waits to be decided here")


class OwnErasure(Forbidden):
    """Whoever asked, and whoever it is about, does not decide."""

    slug, title = "own-erasure", N_("Somebody else must decide this")
    detail = N_("It was asked for in your name, or it is about you.")


class WrongNumber(Invalid):
    """What cannot be brought back is confirmed with the booklet's number."""

    slug, title = "wrong-number", N_("This is not the booklet's number")
    field = "number"


class ReasonMissing(Invalid):
    """A minor's name is shown to whoever says why."""

    slug, title = "look-reason-missing", N_("Please say why you need the name")
    field = "reason"


class StaffExists(Conflict):
    """The sign-in name is taken."""

    slug, title = "staff-exists", N_("This sign-in name is taken")


class TooYoungToRegister(Conflict):
    """Nobody under 14 is registered, whoever agrees."""

    slug, title = "too-young-to-register", N_("Nobody under 14 has an account.")
    detail = N_("Children may come along; from 14 on they can register with a guardian's consent.")
    field = "age_band"


class OwnOffice(Forbidden):
    """Nobody gives or takes an office of his own, or stops himself."""

    slug, title = "own-office", N_("This is about yourself")
    detail = N_("Somebody else who gives offices must do it.")


class LastAdministrator(Conflict):
    """Somebody must stay who can give offices here."""

    slug, title = "last-administrator", N_("Nobody else gives offices here")
    detail = N_("Give this office to somebody else first.")


class WrongPlace(Invalid):
    """An office does not count in a place of this kind."""

    slug, title = "wrong-place", N_("This office is not for such a place")


class StoppedStaff(Conflict):
    """Who was stopped gets no office and no password."""

    slug, title = "stopped-staff", N_("This member of staff was stopped")
    detail = N_("Take them back first.")


class Role(StrEnum):
    """What a member of staff may be, each within a scope."""

    SECRETARY = "community_secretary"
    RECORDER = "volunteer_admin"
    APPROVER = "second_approver"
    OFFICER = "association_officer"
    AUDITOR = "subdistrict_auditor"
    OWNER = "shop_owner"
    GRID = "grid_worker"
    ADMINISTRATOR = "administrator"


class UnitKind(StrEnum):
    """Levels of the tree of units."""

    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    COMMUNITY = "community"


class Channel(StrEnum):
    """How a volunteer identifies: a bound phone, or the printed booklet alone."""

    PHONE = "phone"
    CARD = "card"


class Profile(StrEnum):
    """What a paired tablet is for."""

    GATE = "gate"
    TILL = "till"


class Unit(Model, table=True):
    """A district, a sub-district or a community; a community is the record unit of its hours."""

    __tablename__ = "people_units"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    kind: str = Field(sa_type=Text)
    code: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)
    parent_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_units.id", index=True
    )
    record_unit: str | None = Field(default=None, sa_type=Text)
    practice_station: str | None = Field(default=None, sa_type=Text)
    programme_id: int | None = Field(default=None, foreign_key="programmes.id")


class Team(Model, table=True):
    """A volunteer service team of a community."""

    __tablename__ = "people_teams"
    __table_args__ = (UniqueConstraint("community_id", "code"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    code: str = Field(sa_type=Text)
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    name: str = Field(sa_type=Text)
    default_rule: str | None = Field(default=None, sa_type=Text)
    category: str | None = Field(default=None, sa_type=Text)
    parent_name: str | None = Field(default=None, sa_type=Text)


class Volunteer(Model, table=True):
    """A registered volunteer, known by the booklet's number. No name, phone or ID number here."""

    __tablename__ = "people_volunteers"
    __table_args__ = (Index("ix_people_volunteers_community_id_code", "community_id", "code"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    code: str = Field(sa_type=Text, unique=True)
    programme_id: int = Field(foreign_key="programmes.id")
    community_id: int = Field(sa_type=BigInteger, foreign_key="people_units.id")
    team_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_teams.id", index=True
    )
    age_band: str = Field(sa_type=Text)
    channel: str = Field(sa_type=Text)
    guardian_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id", index=True
    )
    guardian_consent: bool = False
    qualification_verified: bool = False
    qualification: str | None = Field(default=None, sa_type=Text)
    consent_notice: bool = False
    opening_lifetime: int = 0  # points earned before the books were opened
    opening_minutes: int = 0  # minutes served before the books were opened
    created_at: datetime = Field(sa_type=Instant)
    # Since when the consent to take part is withdrawn; the switches of consents keep it true.
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def adult(self) -> bool:
        """Whether the age band lies at 18 or above as a whole."""
        return age_floor(self.age_band) >= ADULT_YEARS

    @property
    def tail(self) -> str:
        """What may be shown of the booklet's number."""
        return self.code[-3:]


class Identity(Model, table=True):
    """Who a volunteer is. The only table with names; wiping a row leaves hours and points.

    What is sealed counts. A plain field is a row of an earlier release, until it is sealed.
    """

    __tablename__ = "people_identities"
    __table_args__ = (
        Index("ix_people_identities_name_hash", "name_hash"),
        Index("ix_people_identities_phone_hash", "phone_hash"),
        Index("ix_people_identities_id_no_hash", "id_no_hash"),
        {"schema": "identity"},
    )

    volunteer_id: int = Field(
        sa_column=Column(BigInteger, ForeignKey("people_volunteers.id"), primary_key=True)
    )
    name: str = Field(default="", sa_type=Text)
    phone: str | None = Field(default=None, sa_type=Text)
    id_no: str | None = Field(default=None, sa_type=Text)
    name_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    phone_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    id_no_sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    name_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    phone_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    id_no_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    key_id: bytes | None = Field(default=None, sa_type=LargeBinary)  # of the key of all of them


class Erasure(Model, table=True):
    """A wish to be forgotten: asked by one person, decided by another, kept as the proof."""

    __tablename__ = "people_erasures"
    __table_args__ = (
        Index(
            "uq_people_erasures_volunteer_id",
            "volunteer_id",
            unique=True,
            postgresql_where=text("decided_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    asked_by: str = Field(sa_type=Text)
    asked_at: datetime = Field(sa_type=Instant)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    erased: bool | None = None
    refusal: str | None = Field(default=None, sa_type=Text)
    words_out_at: datetime | None = Field(default=None, sa_type=Instant)  # in what others wrote


class Staff(Model, table=True):
    """Somebody with an office; `code` is the sign-in name."""

    __tablename__ = "people_staff"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    code: str = Field(sa_type=Text, unique=True)
    title: str = Field(sa_type=Text)
    community_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_units.id"
    )
    password_hash: str | None = Field(default=None, sa_type=Text)
    password_first: bool = False  # drawn or typed by somebody else: it opens its change alone
    password_at: datetime | None = Field(default=None, sa_type=Instant)
    volunteer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id"
    )
    active: bool = True


class RoleRow(Model, table=True):
    """One office of one member of staff, and where it counts."""

    __tablename__ = "people_roles"
    __table_args__ = (Index("ix_people_roles_scope_code", "scope_code", "role"),)

    staff_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="people_staff.id")
    role: str = Field(sa_type=Text, primary_key=True)
    scope_code: str = Field(sa_type=Text, primary_key=True)
    given_by: str | None = Field(default=None, sa_type=Text)  # None: loaded with the data
    given_at: datetime | None = Field(default=None, sa_type=Instant)


class SignedIn(Model, table=True):
    """A person's session. Only the SHA-256 of its token is kept."""

    __tablename__ = "people_sessions"

    token_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    staff_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_staff.id", index=True
    )
    volunteer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_volunteers.id", index=True
    )
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    device: str | None = Field(default=None, sa_type=Text)  # where it was opened, in words
    factor: str | None = Field(default=None, sa_type=Text)  # what came after the password
    last_seen_at: datetime | None = Field(default=None, sa_type=Instant)


class Device(Model, table=True):
    """A paired tablet: a till of one shop, or a gate of a community."""

    __tablename__ = "people_devices"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    profile: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    shop_id: int | None = Field(default=None, sa_type=BigInteger, index=True)
    community_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="people_units.id"
    )
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    token_made_at: datetime = Field(sa_type=Instant)
    old_token_hash: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    old_token_until: datetime | None = Field(default=None, sa_type=Instant)
    paired_at: datetime = Field(sa_type=Instant)
    paired_by: str = Field(sa_type=Text)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    last_seen_at: datetime | None = Field(default=None, sa_type=Instant)
    heard_at: datetime | None = Field(default=None, sa_type=Instant)
    queued: int | None = None
    queued_since: datetime | None = Field(default=None, sa_type=Instant)
    clock_offset_s: int | None = None
    shifts: bool = False  # its shop has clerks: a sale needs one's shift
    clerk: str | None = Field(default=None, sa_type=Text)  # SHOP:LABEL
    clerk_until: datetime | None = Field(default=None, sa_type=Instant)
    blocked_until: datetime | None = Field(default=None, sa_type=Instant)


ACCOUNT_YEARS = 14  # below, nothing of a child is kept at all
ADULT_YEARS = 18


def age_floor(band: str) -> int:
    """Return the lowest age of a band like "14-17", "18-19" or "80+"; 0 where it says none."""
    digits = "".join(letter if letter.isdigit() else " " for letter in band).split()
    return int(digits[0]) if digits else 0


def too_young(band: str) -> bool:
    """Tell whether a band begins below the age of an account; one without figures says nothing."""
    return any(letter.isdigit() for letter in band) and age_floor(band) < ACCOUNT_YEARS
