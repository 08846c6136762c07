"""Tables of accounts: second factors, recovery codes, half-open sign-ins; and what is refused."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, LargeBinary, Text
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Invalid, NotFound, Unauthorized
from service.i18n import N_


class SecondStepNeeded(Unauthorized):
    """The password was right, and this account has a second factor."""

    slug, title = "second-step-needed", N_("The second step is missing")
    detail = N_("Send the same again with `code`: the app's six digits, or a recovery code.")


class FactorNeeded(Unauthorized):
    """The password was right, but this office asks for a second factor, and there is none yet."""

    slug, title = "factor-needed", N_("This office asks for a second step")
    detail = N_("Sign in once on the page and set it up there.")


class WrongCode(Unauthorized):
    """The one answer to every failed second step: wrong, used before, or tried too often."""

    slug, title = "wrong-code", N_("This does not fit")
    detail = N_("Take the newest code. After several wrong ones we wait a little longer each time.")


class SignInOver(Unauthorized):
    """The half-open sign-in was finished, is too old, or never was."""

    slug, title = "sign-in-over", N_("That took too long")
    detail = N_("Please begin again with your password.")


class LinkOver(NotFound):
    """The one-time link was used, is too old, or never was."""

    slug, title = "link-over", N_("This link no longer works")
    detail = N_("Ask whoever runs the service for a new one.")


class WeakPassword(Invalid):
    """The password is short, known, or easily guessed from what everybody knows of its owner."""

    slug, title = "weak-password", N_("This password is too easy to guess")
    detail = N_("Take at least ten characters: for example four words that have nothing in common.")
    field = "new"


class OwnPasswordNeeded(Unauthorized):
    """The password was right, but somebody else gave it: its owner chooses another one first."""

    slug, title = "own-password-needed", N_("Choose your own password first")
    detail = N_("Sign in once on the page; it asks for it.")


class SamePassword(Invalid):
    """What shall be a new password is the old one."""

    slug, title = "same-password", N_("That is the password you have now")
    detail = N_("Take another one that nobody has told you.")
    field = "new"


class NotTheSame(Invalid):
    """The new password was typed in two ways."""

    slug, title = "not-the-same", N_("The two are not the same")
    field = "again"


class LastFactor(Conflict):
    """Who holds such an office keeps at least one second factor."""

    slug, title = "last-factor", N_("Your office needs a second step")
    detail = N_("Add another one first, then remove this one.")


class FactorKnown(Conflict):
    """This passkey was added before."""

    slug, title = "factor-known", N_("This passkey is there already")


class UnknownFactor(NotFound):
    """There is no such factor, or it is somebody else's."""

    slug, title = "unknown-factor", N_("This is not there any more")


class AdministratorExists(Conflict):
    """The one-time link is for the first administrator only."""

    slug, title = "administrator-exists", N_("There is an administrator already")


class Kind(StrEnum):
    """What a second factor is."""

    TOTP = "totp"
    PASSKEY = "passkey"


class Purpose(StrEnum):
    """What is still to come in a half-open sign-in."""

    SECOND = "second"  # show a second factor
    ENROL = "enrol"  # add one
    FIRST = "first"  # set a password, by a one-time link
    RENEW = "renew"  # set an own password in the place of a first one


class Factor(Model, table=True):
    """A second factor in force. `counter`: the last step of an app, what a passkey counts up."""

    __tablename__ = "accounts_factors"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    staff_id: int = Field(sa_type=BigInteger, foreign_key="people_staff.id", index=True)
    kind: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    secret: bytes = Field(sa_type=LargeBinary)  # an app's, sealed; a passkey's public key
    credential_id: bytes | None = Field(default=None, sa_type=LargeBinary, unique=True)
    counter: int = Field(default=0, sa_type=BigInteger)
    made_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class RecoveryCode(Model, table=True):
    """One of ten codes on paper; only the SHA-256 of it is kept."""

    __tablename__ = "accounts_recovery_codes"

    staff_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="people_staff.id")
    code_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class Pending(Model, table=True):
    """Half a sign-in. Its token opens the pages of its next step and nothing else."""

    __tablename__ = "accounts_pending"

    token_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    staff_id: int = Field(sa_type=BigInteger, foreign_key="people_staff.id", index=True)
    purpose: str = Field(sa_type=Text)
    opens: bool = True
    challenge: bytes = Field(sa_type=LargeBinary)
    secret: bytes | None = Field(default=None, sa_type=LargeBinary)
    device: str = Field(sa_type=Text)
    factor: str | None = Field(default=None, sa_type=Text)  # what was shown before this step
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class Tries(Model, table=True):
    """How often somebody was wrong lately, and until when nothing of theirs is looked at."""

    __tablename__ = "accounts_tries"

    key: bytes = Field(sa_type=LargeBinary, primary_key=True)
    failures: int
    last_at: datetime = Field(sa_type=Instant, index=True)
    wait_until: datetime | None = Field(default=None, sa_type=Instant)
