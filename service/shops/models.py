"""Tables of associations, shops, goods and till claims. The SQL of migration 0005 is the truth."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Column, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field

from service.db import Instant, Model
from service.errors import Conflict, Forbidden, Gone, NotFound
from service.i18n import N_


class UnknownShop(NotFound):
    """No shop has this code."""

    slug, title = "unknown-shop", N_("There is no such shop")


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
    """Whether a shop takes part."""

    ADMITTED = "admitted"
    SUSPENDED = "suspended"
    LEFT = "left"


class Association(Model, table=True):
    """The merchants' association whose members give."""

    __tablename__ = "shops_associations"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    programme_id: int
    code: str = Field(sa_type=Text, unique=True)
    name: str = Field(sa_type=Text)


class Shop(Model, table=True):
    """A member shop, its terms of discount and what it pledged, in fen."""

    __tablename__ = "shops"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    code: str = Field(sa_type=Text, unique=True)
    association_id: int = Field(sa_type=BigInteger, foreign_key="shops_associations.id", index=True)
    programme_id: int
    community_id: int = Field(sa_type=BigInteger)
    name: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    status: Status = Field(default=Status.ADMITTED, sa_type=Text)
    licence_checked: bool
    food_licence_required: bool
    discount_max_pct: int
    discount_bill_cap_fen: int = Field(sa_type=BigInteger)
    pledge_fen: int = Field(sa_type=BigInteger)
    admitted_at: datetime = Field(sa_type=Instant)

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


class GoodDay(Model, table=True):
    """How many of a limited good were taken on one day."""

    __tablename__ = "shops_good_days"

    good_id: int = Field(sa_type=BigInteger, primary_key=True, foreign_key="shops_goods.id")
    day: date = Field(primary_key=True)
    taken: int


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
