"""Answers to exceptions: the table of them, and what they refuse."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Forbidden, Invalid
from service.i18n import N_

CARRIED = "carried"  # what stands beside the resolutions: not an answer, but until when to wait


class AnswerWaits(Conflict):
    """One answer at a time waits for its second person."""

    slug, title = "answer-waits", N_("An answer waits for a second person already")
    detail = N_("It must be approved or declined first.")


class NoAnswerWaits(Conflict):
    """Nothing is there to approve, or it was decided by somebody else."""

    slug, title = "no-answer-waits", N_("No answer waits for a second person")


class OwnAnswer(Forbidden):
    """Above the limit of the rules, two people answer."""

    slug, title = "own-answer", N_("This answer is yours. Somebody else must approve it.")


class TakenMeanwhile(Conflict):
    """Somebody else looks after it since the page was read."""

    slug, title = "taken-meanwhile", N_("Somebody else looks after this now")
    detail = N_("Read the page again, then decide.")


class NotAssignable(Invalid):
    """Only those who may answer an exception can be given it."""

    slug, title = "not-assignable", N_("This person cannot answer it")
    field = "to"


class AmountMissing(Invalid):
    """An adjustment of yuan must say how many."""

    slug, title = "amount-missing", N_("Please say how much is adjusted")
    field = "fen"


class AmountNotMeant(Invalid):
    """The answer moves no yuan, or more than the difference, or in the other direction."""

    slug, title = "amount-not-meant", N_("This amount cannot be meant")
    detail = N_(
        "It lies between nothing and the whole difference, and only an adjustment names it."
    )
    field = "fen"


class CarriedTooFar(Invalid):
    """A date to carry to lies ahead, but not beyond what the rules allow."""

    slug, title = "carried-too-far", N_("Please choose another date")
    detail = N_("It can be carried to a day from {first} to {last}.")
    field = "until"


class Reason(StrEnum):
    """Why the two sides differed, in few words that can be counted."""

    NOT_SCANNED = "not_scanned"
    TYPED_WRONG = "typed_wrong"
    COUNTED_WRONG = "counted_wrong"
    NO_NETWORK = "no_network"
    FILE_INCOMPLETE = "file_incomplete"
    RETURNED = "returned"
    OTHER = "other"


class State(StrEnum):
    """Whether an answer is in force, waits for its second person, or was declined."""

    WAITING = "waiting"
    IN_FORCE = "in_force"
    DECLINED = "declined"


class Answer(Model, table=True):
    """One person's answer to an exception, or its carrying over, and the second person's word."""

    __tablename__ = "reconciliation_answers"
    __table_args__ = (
        UniqueConstraint("exception_id", "key"),
        Index(
            "uq_reconciliation_answers_waiting",
            "exception_id",
            unique=True,
            postgresql_where=text("status = 'waiting'"),
        ),
    )

    exception_id: int = Field(
        sa_type=BigInteger, primary_key=True, foreign_key="reconciliation_exceptions.id"
    )
    nth: int = Field(primary_key=True)
    key: str | None = Field(default=None, sa_type=Text)
    resolution: str = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    note: str = Field(sa_type=Text)
    fen: int | None = Field(default=None, sa_type=BigInteger)
    carried_until: date | None = None
    file_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="files.id", index=True
    )
    status: str = Field(sa_type=Text)
    proposed_by: str = Field(sa_type=Text)
    proposed_at: datetime = Field(sa_type=Instant)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    transfer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="ledger_transfers.id", index=True
    )
