"""Tables of redemptions and discounts, and what they refuse. The package tells how one lives."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Forbidden, Invalid, NotFound
from service.i18n import N_


class UnknownRedemption(NotFound):
    """No redemption has this key, or it is not the caller's to see."""

    slug, title = "unknown-redemption", N_("There is no such redemption")


class UnknownGood(NotFound):
    """This shop offers no such good."""

    slug, title = "unknown-good", N_("This shop does not offer that")


class KeyMissing(Invalid):
    """A device must say which act a request belongs to."""

    slug, title = "key-missing", N_("The Idempotency-Key header is missing or not a key")
    detail = N_("At most 80 letters, digits and . _ : -")


class AmbiguousKey(Invalid):
    """Two shops have used the same key."""

    slug, title = "ambiguous-key", N_("More than one shop has this key")
    detail = N_("Name the shop as well.")


class OccurredInFuture(Invalid):
    """What has not happened cannot be recorded."""

    slug, title = "occurred-in-future", N_("The moment of the sale lies in the future")


class UnknownTicket(NotFound):
    """No ticket has this code, or it is over, or it is not for the caller; all read the same."""

    slug, title = "unknown-ticket", N_("This code cannot be used")
    detail = N_("Please ask the shop for a new one.")


class AlreadyChosen(Conflict):
    """One choice at a time waits in a shop; the till must know which one is meant."""

    slug, title = "already-chosen", N_("You have chosen something in this shop already")
    detail = N_("Fetch it first, or give it up.")


class NotWaiting(Conflict):
    """The redemption waits for nobody (any more)."""

    slug, title = "not-waiting", N_("This redemption does not wait for you")


class NotReversible(Conflict):
    """Only what is out can be taken back, each piece once."""

    slug, title = "redemption-not-reversible", N_("This redemption cannot be reversed")


class SaleProposedBefore(Conflict):
    """One proposal at a time: this sale waits for a decision already."""

    slug, title = "sale-proposed-before", N_("Somebody has proposed to take this sale back already")
    detail = N_("Sale {key} waits for its decision.")


class SaleDecidedTogether(Conflict):
    """A proposal about several awards and sales is approved or refused as a whole."""

    slug, title = "sale-decided-together", N_("This sale belongs to a case")
    detail = N_("It is decided there, with the others of the case.")


class MoreThanLeft(Invalid):
    """More pieces should come back than are out."""

    slug, title = "more-than-left", N_("So many are not left to take back")
    detail = N_("At most {left} can still be taken back.")


class OwnProposal(Forbidden):
    """Two people reverse; the proposer is one of them already."""

    slug, title = "own-proposal", N_("You proposed this. Another approver must decide.")


class OwnBenefit(Forbidden):
    """Nobody decides about points of their own."""

    slug, title = "own-benefit", N_("These are your own points. Somebody else must decide.")


class NothingExcluded(Invalid):
    """The shop's terms leave no kind of goods out, so no part of a bill can be."""

    slug, title = "nothing-excluded", N_("This shop's discount leaves nothing out")
    field = "excluded_fen"


class Status(StrEnum):
    """Where a redemption stands; the module's table says who moves it."""

    WAITING = "waiting"
    HELD = "held"
    CAPTURED = "captured"
    REFUSED = "refused"
    EXPIRED = "expired"
    VOIDED = "voided"
    PARTLY_REVERSED = "partly_reversed"
    REVERSED = "reversed"


GIVEN = (Status.CAPTURED, Status.PARTLY_REVERSED)  # goods are out: they count in every total


class Redemption(Model, table=True):
    """One key of one shop, for ever: what the till asked, was told, and what became of it."""

    __tablename__ = "redemptions"
    __table_args__ = (
        UniqueConstraint("shop_id", "key"),
        Index("ix_redemptions_volunteer_id_business_day", "volunteer_id", "business_day"),
        Index("ix_redemptions_shop_id_business_day", "shop_id", "business_day", "id"),
        Index("ix_redemptions_expires_at", "expires_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    key: str = Field(sa_type=Text)
    request_hash: bytes | None = Field(default=None, sa_type=LargeBinary)
    status: Status = Field(sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    good_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="shops_goods.id")
    qty: int
    points: int = Field(sa_type=BigInteger)
    value_fen: int = Field(sa_type=BigInteger)
    volunteer_id: int | None = Field(default=None, sa_type=BigInteger)
    tail: str = Field(sa_type=Text)
    via: str = Field(sa_type=Text)
    pid: str | None = Field(default=None, sa_type=Text)
    step: int | None = Field(default=None, sa_type=BigInteger)
    device_id: int | None = Field(default=None, sa_type=BigInteger)
    actor: str = Field(sa_type=Text)
    proxy: str | None = Field(default=None, sa_type=Text)
    flags: list[str] = Field(sa_type=ARRAY(Text))
    offline: bool
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    business_day: date
    expires_at: datetime | None = Field(default=None, sa_type=Instant)
    stock_left: int | None = None
    transfer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="ledger_transfers.id"
    )
    hold_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="ledger_transfers.id")
    returned_qty: int = 0  # pieces that came back by reversals
    undo_transfer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="ledger_transfers.id"
    )
    undo_key: str | None = Field(default=None, sa_type=Text)
    undone_by: str | None = Field(default=None, sa_type=Text)
    undone_at: datetime | None = Field(default=None, sa_type=Instant)


class Ticket(Model, table=True):
    """What a till offers for some minutes to whoever scans its code with the own phone.

    What became of it is said by the redemption with the same shop and key.
    """

    __tablename__ = "redemptions_tickets"
    __table_args__ = (UniqueConstraint("shop_id", "key"),)

    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    salt: bytes = Field(sa_type=LargeBinary)
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    key: str = Field(sa_type=Text)
    good_id: int = Field(sa_type=BigInteger, foreign_key="shops_goods.id")
    qty: int
    points: int = Field(sa_type=BigInteger)
    device_id: int | None = Field(default=None, sa_type=BigInteger)
    actor: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


class Reversal(Model, table=True):
    """One person's proposal to take pieces of a redemption back, and another's answer."""

    __tablename__ = "redemptions_reversals"
    __table_args__ = (
        UniqueConstraint("redemption_id", "key"),
        Index(
            "uq_redemptions_reversals_open",
            "redemption_id",
            unique=True,
            postgresql_where=text("approved_at IS NULL AND declined_at IS NULL"),
        ),
        Index("ix_redemptions_reversals_approved_at", "approved_at"),
    )

    redemption_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="redemptions.id")
    nth: int = Field(primary_key=True)
    key: str | None = Field(default=None, sa_type=Text)
    qty: int
    reason: str = Field(sa_type=Text)
    proposed_by: str = Field(sa_type=Text)
    proposed_at: datetime = Field(sa_type=Instant)
    approved_by: str | None = Field(default=None, sa_type=Text)
    approved_at: datetime | None = Field(default=None, sa_type=Instant)
    declined_by: str | None = Field(default=None, sa_type=Text)
    declined_at: datetime | None = Field(default=None, sa_type=Instant)
    transfer_id: int | None = Field(
        default=None, sa_type=BigInteger, foreign_key="ledger_transfers.id"
    )
    bundle: str | None = Field(default=None, sa_type=Text)  # decided with the others of this name


class GivenDiscount(Model, table=True):
    """A discount that was given; what floors to nothing is never recorded."""

    __tablename__ = "redemptions_discounts"
    __table_args__ = (
        UniqueConstraint("shop_id", "key"),
        UniqueConstraint("volunteer_id", "shop_id", "business_day", "nth"),
        Index("ix_redemptions_discounts_shop_id_business_day", "shop_id", "business_day", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    key: str = Field(sa_type=Text)
    request_hash: bytes = Field(sa_type=LargeBinary)
    volunteer_id: int = Field(sa_type=BigInteger)
    tail: str = Field(sa_type=Text)
    bill_fen: int = Field(sa_type=BigInteger)
    excluded_fen: int = Field(default=0, sa_type=BigInteger)
    tier: str = Field(sa_type=Text)
    pct: int
    discount_fen: int = Field(sa_type=BigInteger)
    pay_fen: int = Field(sa_type=BigInteger)
    device_id: int | None = Field(default=None, sa_type=BigInteger)
    actor: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    business_day: date
    nth: int
    transfer_id: int = Field(sa_type=BigInteger, foreign_key="ledger_transfers.id")


class DayWord(Model, table=True):
    """What a shop said of its day: the figures it saw, and whether its own count agrees."""

    __tablename__ = "redemptions_day_words"
    __table_args__ = (
        UniqueConstraint("shop_id", "key"),
        Index("ix_redemptions_day_words_shop_id_business_day", "shop_id", "business_day", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    key: str = Field(sa_type=Text)
    business_day: date
    redemptions: int
    points: int = Field(sa_type=BigInteger)
    discounts: int
    discount_fen: int = Field(sa_type=BigInteger)
    agrees: bool
    counted: int | None = None
    actor: str = Field(sa_type=Text)
    device_id: int | None = Field(default=None, sa_type=BigInteger)
    at: datetime = Field(sa_type=Instant)
