"""The table of claims, and what binding a phone refuses."""

from datetime import date, datetime

from sqlalchemy import BigInteger, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from service.i18n import N_


class BindingOver(Gone):
    """No such claim, or used, too old, or guessed at too often: nobody learns which."""

    slug, title = "binding-over", N_("This code does not work")
    detail = N_("Please ask for a new one at the desk of your community.")


class DigitsWrong(Forbidden):
    """The digits typed are not those on the other screen."""

    slug, title = "digits-wrong", N_("The four digits do not match")
    detail = N_("Please read them again from the other screen.")
    field = "digits"


class PhonesFull(Conflict):
    """Both places are taken, by phones that can still be used."""

    slug, title = "phones-full", N_("Two phones are bound already")
    detail = N_("Unbind one of them first: the one bound on {bound} was last seen on {seen}.")


class HelperExists(Conflict):
    """One relative's phone at a time."""

    slug, title = "helper-exists", N_("A relative's phone fetches already")
    detail = N_("End that first, then allow another one.")


class DayRefused(Invalid):
    """The day lies before today, or too far away by the rules."""

    slug, title = "helper-day", N_("This day cannot be chosen")
    detail = N_("From today to {latest} at the latest.")
    field = "until"


class PinWrong(Forbidden):
    """The PIN typed for a relative's phone is not the booklet's."""

    slug, title = "pin-wrong", N_("The PIN is wrong")
    detail = N_("Please try again. After five wrong tries it works again tomorrow.")
    field = "pin"


class UnknownPhone(NotFound):
    """No phone of this volunteer has this number."""

    slug, title = "unknown-phone", N_("There is no such phone")


class Claim(Model, table=True):
    """The right to bind one phone, for some minutes, once."""

    __tablename__ = "phones_claims"
    __table_args__ = (UniqueConstraint("volunteer_id", "key"),)

    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    salt: bytes = Field(sa_type=LargeBinary)
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    key: str = Field(sa_type=Text)
    valid_until: date | None = None  # of a relative's phone; an own one has none
    made_by: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    tries: int = 0
    used_at: datetime | None = Field(default=None, sa_type=Instant)
    used_by: bytes | None = Field(default=None, sa_type=LargeBinary)
