"""The table of consents, its words, and the refusals that belong to it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict
from service.i18n import N_


class MinorsStayOut(Conflict):
    """Nobody below 18 stands in a public notice, whoever agrees."""

    slug, title = "minors-stay-out", N_("Nobody below 18 stands in a public notice")
    detail = N_("Their service counts in the totals.")


class GuardianAsked(Conflict):
    """Below 18 only a guardian can say yes; saying no needs nobody."""

    slug, title = "guardian-asked", N_("Below 18 a guardian must agree")
    detail = N_("The guardian agrees on the own phone, or signs the paper at the community office.")


class OldText(Conflict):
    """The text was changed while somebody read it: a yes to other words is no yes."""

    slug, title = "consent-text-changed", N_("This text has just been changed")
    detail = N_("Please read it once more, then decide.")


class Purpose(StrEnum):
    """What is agreed to, each by a switch of its own."""

    REGISTER = "register"  # to take part, and that hours are recorded
    NOTICE = "notice"  # the booklet's tail in public notices
    PHOTOS = "photos"  # to be seen in pictures of activities
    EXPORT = "export"  # to the national volunteer system
    PARTNERS = "partners"  # to partners who are told over the web


class Way(StrEnum):
    """How somebody said it."""

    SELF = "self"
    PAPER = "paper"  # signed by oneself, noted by a recorder
    GUARDIAN = "guardian"
    GUARDIAN_PAPER = "guardian_paper"
    CARRIED = "carried"  # stood there before there were switches, or at registration


class Consent(Model, table=True):
    """A switch was turned. Append-only, by grant and by trigger."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_volunteer_id_purpose", "volunteer_id", "purpose", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    volunteer_id: int = Field(sa_type=BigInteger, foreign_key="people_volunteers.id")
    purpose: str = Field(sa_type=Text)
    given: bool
    version: int
    way: str = Field(sa_type=Text)
    by: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)
