"""What an association pays its shops: the table of payments, and what they refuse."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.i18n import N_


class UnknownPayment(NotFound):
    """This statement has no such payment, or nothing of it waits to be decided."""

    slug, title = "unknown-payment", N_("There is no such payment")


class NotClosedYet(Conflict):
    """What is owed stands when everybody has signed."""

    slug, title = "not-closed-yet", N_("This statement is not closed yet")
    detail = N_("What is owed stands when everybody has signed.")


class PaymentWaits(Conflict):
    """One payment of a shop at a time waits for its second person."""

    slug, title = "payment-waits", N_("A payment to this shop waits for a second person already")
    detail = N_("It must be confirmed or declined first.")


class MoreThanOwed(Invalid):
    """Nobody is paid what is not owed."""

    slug, title = "more-than-owed", N_("This is more than is owed")
    detail = N_("{yuan} yuan are still due under this statement.")
    field = "fen"


class PaidAhead(Invalid):
    """A payment is entered when it was made."""

    slug, title = "paid-ahead", N_("That day has not begun")
    field = "paid_on"


class OwnPayment(Forbidden):
    """Two people pay, and two take a payment back."""

    slug, title = "own-payment", N_("You entered this. Another person must decide.")


class PaymentsStand(Conflict):
    """What was paid under a statement must be taken back before it is made anew."""

    slug, title = "payments-stand", N_("Payments stand under this statement")
    detail = N_("They must be taken back before it is opened again.")


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    WAITING = "waiting"
    POSTED = "posted"
    DECLINED = "declined"
    ASKED_BACK = "asked_back"
    TAKEN_BACK = "taken_back"


STANDING = (PaymentStatus.POSTED, PaymentStatus.ASKED_BACK)  # it counts as paid
UNDECIDED = (PaymentStatus.WAITING, PaymentStatus.ASKED_BACK)


class Payment(Model, table=True):
    """One payment to a shop under a closed statement; `key` is that of the form."""

    __tablename__ = "settlement_payments"
    __table_args__ = (
        UniqueConstraint("statement_id", "key"),
        Index("ix_settlement_payments_statement_id", "statement_id", "id"),
        Index(
            "uq_settlement_payments_waiting",
            "shop_id",
            unique=True,
            postgresql_where=text("status IN ('waiting', 'asked_back')"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    statement_id: int = Field(sa_type=BigInteger, foreign_key="settlement_statements.id")
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    key: str = Field(sa_type=Text)
    fen: int = Field(sa_type=BigInteger)
    paid_on: date
    reference: str = Field(sa_type=Text)
    status: str = Field(sa_type=Text)
    entered_by: str = Field(sa_type=Text)
    entered_at: datetime = Field(sa_type=Instant)
    decided_by: str | None = Field(default=None, sa_type=Text)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    transfer_id: int | None = Field(default=None, sa_type=BigInteger)
    back_reason: str | None = Field(default=None, sa_type=Text)
    back_by: str | None = Field(default=None, sa_type=Text)
    back_at: datetime | None = Field(default=None, sa_type=Instant)
    back_decided_by: str | None = Field(default=None, sa_type=Text)
    back_decided_at: datetime | None = Field(default=None, sa_type=Instant)
    back_transfer_id: int | None = Field(default=None, sa_type=BigInteger)
