"""Tables of shops, goods, pledges and tills. The SQL of 0005, 0018 and 0023 is the truth."""

from datetime import date, datetime, time
from enum import StrEnum

from sqlalchemy import ARRAY, BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Forbidden, Gone, NotFound
from service.i18n import N_
from service.shops.rules import runs_low


class UnknownShop(NotFound):
    """No shop has this code."""

    slug, title = "unknown-shop", N_("There is no such shop")


class UnknownAssociation(NotFound):
    """No association has this code, or it is another sub-district's."""

    slug, title = "unknown-association", N_("There is no such association")


class UnknownTill(NotFound):
    """No till has this number, or it is another association's."""

    slug, title = "unknown-till", N_("There is no such till")


class ShopNotAdmitted(Conflict):
    """The shop is suspended or has left."""

    slug, title = "shop-not-admitted", N_("This shop does not take part at present")


class ClaimOver(Gone):
    """No such claim, or it was used, or its minutes are over, or it was guessed at too often."""

    slug, title = "claim-over", N_("This pairing code is used up or too old")
    detail = N_("Ask the association for a new one.")


class WrongDigits(Forbidden):
    """The four digits are not the ones on the other screen."""

    slug, title = "wrong-digits", N_("The four digits do not match")
    detail = N_("Please read them again from the association's screen.")


class Status(StrEnum):
    """Where a shop stands on its way; only an admitted one gives anything."""

    APPLIED = "applied"
    CHECKED = "checked"
    ADMITTED = "admitted"
    SUSPENDED = "suspended"
    LEFT = "left"


class Association(Model, table=True):
    """The merchants' association whose members give."""

    __tablename__ = "shops_associations"
    __table_args__ = (Index("ix_shops_associations_programme_id_code", "programme_id", "code"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int
    code: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)


class Shop(Model, table=True):
    """A member shop and what it pledged, in fen; its terms of discount are rows by day."""

    __tablename__ = "shops"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    code: str = Field(sa_type=Text, unique=True)
    association_id: int = Field(sa_type=BigInteger, foreign_key="shops_associations.id", index=True)
    programme_id: int = Field(index=True)
    community_id: int = Field(sa_type=BigInteger, index=True)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    status: Status = Field(default=Status.ADMITTED, sa_type=Text)
    licence_checked: bool
    food_licence_required: bool
    pledge_fen: int = Field(sa_type=BigInteger)
    admitted_at: datetime | None = Field(default=None, sa_type=Instant)
    licence_no: str | None = Field(default=None, sa_type=Text)
    licence_until: date | None = None
    food_licence_no: str | None = Field(default=None, sa_type=Text)
    food_licence_until: date | None = None
    applied_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def short_name(self) -> str:
        """The name without the association's own numbering, as it stands on the till."""
        return self.name.rsplit("·", maxsplit=1)[-1]


class Good(Model, table=True):
    """Something that a shop gives for points. `stock` = pledged less what was taken."""

    __tablename__ = "shops_goods"
    __table_args__ = (UniqueConstraint("shop_id", "code"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    code: str = Field(sa_type=Text)
    name: str = Field(sa_type=Text)
    value_fen: int = Field(sa_type=BigInteger)
    points: int
    pledged_qty: int
    daily_limit: int | None = None
    stock: int
    active: bool = True
    person_limit: int | None = None  # of one person a day
    sold_from: time | None = None  # in Shanghai, as the other three
    sold_to: time | None = None
    first_day: date | None = None
    last_day: date | None = None
    picture: str | None = Field(default=None, sa_type=Text, foreign_key="files.code")

    @property
    def low(self) -> bool:
        """Whether it is given and soon cannot be."""
        return self.active and runs_low(self.stock, self.pledged_qty)

    @property
    def picture_url(self) -> str | None:
        """Where everybody finds its picture; a new picture has a new address."""
        return f"/pictures/{self.picture}" if self.picture else None


class TermsRow(Model, table=True):
    """What a shop gives off from a day on; of two for the same day the later written holds."""

    __tablename__ = "shops_terms"
    __table_args__ = (
        UniqueConstraint("shop_id", "key"),
        Index("ix_shops_terms_shop_id_from_day", "shop_id", "from_day", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    key: str = Field(sa_type=Text)
    from_day: date
    max_pct: int
    bill_cap_fen: int = Field(sa_type=BigInteger)
    excluded: list[str] = Field(sa_type=ARRAY(Text))
    document: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class GoodDay(Model, table=True):
    """How many of a limited good were taken on one day."""

    __tablename__ = "shops_good_days"

    good_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="shops_goods.id")
    day: date = Field(primary_key=True)
    taken: int


class PersonDay(Model, table=True):
    """How many of a limited good one person took on one day."""

    __tablename__ = "shops_person_days"

    good_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="shops_goods.id")
    volunteer_id: int = Field(sa_type=BigInteger, primary_key=True)
    day: date = Field(primary_key=True)
    taken: int


class Step(Model, table=True):
    """One step of a shop's way: where it led, who took it, and why."""

    __tablename__ = "shops_steps"
    __table_args__ = (Index("ix_shops_steps_shop_id", "shop_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    status: Status = Field(sa_type=Text)
    reason: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class PledgeKind(StrEnum):
    """What a line does to a shop's pledge."""

    SIGN = "sign"
    TOP_UP = "top_up"
    END = "end"


class Pledge(Model, table=True):
    """One line of what a shop pledged or took back; `fen` is what was posted, never negative."""

    __tablename__ = "shops_pledges"
    __table_args__ = (
        UniqueConstraint("shop_id", "key"),
        Index("ix_shops_pledges_shop_id", "shop_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    key: str = Field(sa_type=Text)
    kind: PledgeKind = Field(sa_type=Text)
    good_id: int | None = Field(default=None, sa_type=BigInteger, foreign_key="shops_goods.id")
    qty: int | None = None
    fen: int = Field(sa_type=BigInteger)
    document: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    business_day: date
    at: datetime = Field(sa_type=Instant)
    transfer_id: int = Field(sa_type=BigInteger, foreign_key="ledger_transfers.id")


class StockCount(Model, table=True):
    """What somebody counted on the shelf, beside what the books said at that moment."""

    __tablename__ = "shops_counts"
    __table_args__ = (
        UniqueConstraint("good_id", "key"),
        Index("ix_shops_counts_good_id", "good_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    good_id: int = Field(sa_type=BigInteger, foreign_key="shops_goods.id")
    key: str = Field(sa_type=Text)
    counted: int
    expected: int
    note: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=Instant)


class TillClaim(Model, table=True):
    """The right to pair one tablet with a shop, for some minutes, once."""

    __tablename__ = "shops_till_claims"

    token_hash: bytes = Field(sa_type=LargeBinary, primary_key=True)
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id", index=True)
    digits: str = Field(sa_type=Text)
    tries: int = 0
    made_by: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)
    device_id: int | None = Field(default=None, sa_type=BigInteger)


class ClerkRole(StrEnum):
    """What somebody is in a shop; both sell."""

    OWNER = "owner"
    CLERK = "clerk"


class Clerk(Model, table=True):
    """Somebody who sells in a shop, by a label and four digits; no name is kept."""

    __tablename__ = "shops_clerks"
    __table_args__ = (
        Index(
            "uq_shops_clerks_shop_id_label",
            "shop_id",
            "label",
            unique=True,
            postgresql_where="ended_at IS NULL",
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    shop_id: int = Field(sa_type=BigInteger, foreign_key="shops.id")
    label: str = Field(sa_type=Text)
    role: ClerkRole = Field(sa_type=Text)
    pin_hash: bytes = Field(sa_type=LargeBinary)
    pin_key: str = Field(sa_type=Text)  # of the act that drew it
    pin_made_at: datetime = Field(sa_type=Instant)
    pin_failures: int = 0
    pin_locked_until: datetime | None = Field(default=None, sa_type=Instant)
    made_by: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class Shift(Model, table=True):
    """Whose hours these were at one till; `ends_at` moves when they end early."""

    __tablename__ = "shops_shifts"
    __table_args__ = (
        Index("ix_shops_shifts_device_id", "device_id", "started_at"),
        Index("ix_shops_shifts_clerk_id", "clerk_id", "started_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    device_id: int = Field(sa_type=BigInteger, foreign_key="people_devices.id")
    clerk_id: int = Field(sa_type=BigInteger, foreign_key="shops_clerks.id")
    started_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
