"""The JSON of shops, what they offer, and tills."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from service.i18n import N_
from service.money import fen_of
from service.shops.models import PledgeKind, Status
from service.shops.rules import STEPS, kinds_in

CODE = validate.Regexp(r"^[A-Za-z0-9._-]{1,40}$")


class ClaimAskSchema(Schema):
    """For which shop a tablet may be paired."""

    shop = fields.String(required=True, validate=CODE)


class ClaimSchema(Schema):
    """What the tablet opens, and the digits that its holder reads on this screen."""

    url = fields.String(required=True)
    digits = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class PairSchema(Schema):
    """What the tablet read, and what its holder typed."""

    claim = fields.String(required=True, validate=validate.Length(min=1, max=200))
    digits = fields.String(required=True, validate=validate.Regexp(r"^\d{4}$"))


class TillSchema(Schema):
    """A paired tablet."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    shop = fields.String(required=True)
    paired_at = fields.AwareDateTime(required=True)
    last_seen_at = fields.AwareDateTime(allow_none=True)
    heard_at = fields.AwareDateTime(allow_none=True)
    queued = fields.Integer(allow_none=True, metadata={"description": "sales not sent yet"})
    queued_since = fields.AwareDateTime(allow_none=True)
    clock_offset_s = fields.Integer(allow_none=True, metadata={"description": "fast when above 0"})
    clerk = fields.String(allow_none=True)
    stopped_until = fields.AwareDateTime(
        allow_none=True, metadata={"description": "too many unknown codes were read there"}
    )


class PairedSchema(TillSchema):
    """A tablet that was just paired, with its token, which is said only here."""

    token = fields.String(required=True)


class TillsSchema(Schema):
    """The tills that the caller looks after."""

    items = fields.List(fields.Nested(TillSchema), required=True)
    next = fields.Integer(allow_none=True)


KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}$")
WORDS_MAX = 300
QTY_MAX = 100_000
VALUE_FEN_MAX = 10_000_000


def in_fen(given: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the form with `name`_fen in place of the yuan that were typed as `name`, 12 or 12.50.

    Raises ValidationError.
    """
    if name not in given:
        return given
    fen = fen_of(given[name], name)
    return {**{key: value for key, value in given.items() if key != name}, f"{name}_fen": fen}


def count_field(**given: Any) -> fields.Integer:
    """Return a field for a number of goods."""
    return fields.Integer(strict=False, validate=validate.Range(1, QTY_MAX), **given)


KIND_MAX, KINDS_MAX = 12, 12


class KindsField(fields.List[str]):
    """Kinds of goods, as a list or as somebody types them: 烟、酒."""

    def __init__(self, **given: Any) -> None:
        one = fields.String(validate=validate.Length(1, KIND_MAX))
        super().__init__(one, validate=validate.Length(max=KINDS_MAX), **given)

    def _deserialize(self, value: Any, *rest: Any, **more: Any) -> list[Any]:
        """Return the kinds, each once."""
        typed = kinds_in(value) if isinstance(value, str) else value
        return list(dict.fromkeys(super()._deserialize(typed, *rest, **more)))


class ShopsAskSchema(Schema):
    """Which page of which shops; an address may carry more, which is left alone."""

    class Meta:
        """Every page takes ?lang=."""

        unknown = EXCLUDE

    status = fields.String(validate=validate.OneOf([each.value for each in Status]))
    association = fields.String(validate=CODE)
    after = fields.String(validate=validate.Length(max=40), load_default="")


class ApplicationSchema(Schema):
    """A shop that applies."""

    association = fields.String(validate=CODE)
    code = fields.String(required=True, validate=CODE)
    name = fields.String(required=True, validate=validate.Length(1, 80))
    kind = fields.String(required=True, validate=validate.Length(1, 40))
    community = fields.String(required=True, validate=CODE)
    food_licence_required = fields.Boolean(load_default=False)
    reason = fields.String(load_default="", validate=validate.Length(max=WORDS_MAX))


class ShopStepSchema(Schema):
    """A step of a shop's way; the licences belong to `check`, the terms to `admit`."""

    step = fields.String(required=True, validate=validate.OneOf(list(STEPS)))
    reason = fields.String(required=True, validate=validate.Length(1, WORDS_MAX))
    licence_no = fields.String(load_default="", validate=validate.Length(max=60))
    licence_until = fields.Date(load_default=None)
    food_licence_no = fields.String(load_default="", validate=validate.Length(max=60))
    food_licence_until = fields.Date(load_default=None)
    discount_max_pct = fields.Integer(load_default=0, validate=validate.Range(0, 100))
    discount_bill_cap_fen = fields.Integer(
        load_default=0, validate=validate.Range(0, VALUE_FEN_MAX)
    )
    excluded_kinds = KindsField(load_default=list)


class LicencesSchema(Schema):
    """The licences that a member shows anew, as they stand on the paper."""

    number = fields.String(data_key="licence_no", load_default="", validate=validate.Length(max=60))
    until = fields.Date(data_key="licence_until", load_default=None)
    food_number = fields.String(
        data_key="food_licence_no", load_default="", validate=validate.Length(max=60)
    )
    food_until = fields.Date(data_key="food_licence_until", load_default=None)
    reason = fields.String(required=True, validate=validate.Length(1, WORDS_MAX))


class TermsAskSchema(Schema):
    """Terms of discount from a day to come; of the excluded kinds nothing comes off."""

    key = fields.String(required=True, validate=KEY)
    from_day = fields.Date(required=True)
    discount_max_pct = fields.Integer(required=True, validate=validate.Range(0, 100))
    discount_bill_cap_fen = fields.Integer(required=True, validate=validate.Range(0, VALUE_FEN_MAX))
    excluded_kinds = KindsField(load_default=list)
    document = fields.String(required=True, validate=validate.Length(1, WORDS_MAX))


class TermsSchema(Schema):
    """Terms of discount that were agreed, with the paper."""

    id = fields.Integer(required=True)
    from_day = fields.Date(required=True)
    discount_max_pct = fields.Integer(required=True, attribute="max_pct")
    discount_bill_cap_fen = fields.Integer(required=True, attribute="bill_cap_fen")
    excluded_kinds = fields.List(fields.String(), required=True, attribute="excluded")
    document = fields.String(required=True)


class TermsPageSchema(Schema):
    """A page of what was ever agreed, the last written first; `next` is to be asked as `before`."""

    items = fields.List(fields.Nested(TermsSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class BeforeSchema(Schema):
    """Which page; an address may carry more, which is left alone."""

    class Meta:
        """Every page takes ?lang=."""

        unknown = EXCLUDE

    before = fields.Integer(validate=validate.Range(min=1))


class LimitsSchema(Schema):
    """Limits of a good; what is left out has no limit. Hours and days are those of Shanghai."""

    daily_limit = count_field(load_default=None, allow_none=True)
    person_limit = count_field(load_default=None, allow_none=True)
    sold_from = fields.Time(load_default=None, allow_none=True)
    sold_to = fields.Time(load_default=None, allow_none=True)
    first_day = fields.Date(load_default=None, allow_none=True)
    last_day = fields.Date(load_default=None, allow_none=True)

    @validates_schema
    def mean_something(self, given: dict[str, Any], **_: Any) -> None:
        """Refuse hours and days that end before they begin, and half a pair of hours."""
        starts, ends = given["sold_from"], given["sold_to"]
        if (starts is None) != (ends is None):
            alone = "sold_from" if ends is None else "sold_to"
            raise ValidationError(N_("Give both hours, or neither."), alone)
        if starts is not None and starts >= ends:
            raise ValidationError(N_("Ends before it begins."), "sold_to")
        first, last = given["first_day"], given["last_day"]
        if first is not None and last is not None and last < first:
            raise ValidationError(N_("Ends before it begins."), "last_day")


class OfferSchema(LimitsSchema):
    """A new good; its points follow from its value."""

    code = fields.String(required=True, validate=CODE)
    name = fields.String(required=True, validate=validate.Length(1, 60))
    value_fen = fields.Integer(required=True, validate=validate.Range(1, VALUE_FEN_MAX))


class PictureSentSchema(Schema):
    """A picture as a part of a form."""

    picture = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class PledgeLineSchema(Schema):
    """A line of a pledge: so many more on the shelf, or what is left taken back."""

    key = fields.String(required=True, validate=KEY)
    qty = count_field(load_default=None, allow_none=True)
    document = fields.String(required=True, validate=validate.Length(1, WORDS_MAX))


class CountSchema(Schema):
    """What was found on the shelf."""

    key = fields.String(required=True, validate=KEY)
    counted = fields.Integer(required=True, validate=validate.Range(0, QTY_MAX))
    note = fields.String(load_default="", validate=validate.Length(max=WORDS_MAX))


class ShelfCountSchema(Schema):
    """What was found of several goods, by their codes."""

    key = fields.String(required=True, validate=KEY)
    counted = fields.Dict(
        keys=fields.String(validate=CODE),
        values=fields.Integer(validate=validate.Range(0, QTY_MAX)),
        required=True,
        validate=validate.Length(1, error=N_("Nothing was counted.")),
    )
    note = fields.String(load_default="", validate=validate.Length(max=WORDS_MAX))


class GoodSchema(LimitsSchema):
    """A good as the association and the shop see it."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    value_fen = fields.Integer(required=True)
    points = fields.Integer(required=True)
    pledged_qty = fields.Integer(required=True)
    stock = fields.Integer(required=True)
    active = fields.Boolean(required=True)
    picture = fields.String(required=True, allow_none=True, attribute="picture_url")


class ShopSchema(Schema):
    """A member, or one that would like to be."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True)
    discount_max_pct = fields.Integer(required=True)
    discount_bill_cap_fen = fields.Integer(required=True)
    excluded_kinds = fields.List(fields.String(), required=True)
    pledge_fen = fields.Integer(required=True)
    licence_until = fields.Date(allow_none=True)
    food_licence_required = fields.Boolean(required=True)
    food_licence_until = fields.Date(allow_none=True)
    admitted_at = fields.AwareDateTime(allow_none=True)


class ShopWholeSchema(ShopSchema):
    """A shop with its goods and the steps that can be taken from here."""

    goods = fields.List(fields.Nested(GoodSchema), required=True)
    steps = fields.List(fields.String(), required=True)


class ShopsSchema(Schema):
    """A page of shops; `next` is the code to go on after."""

    items = fields.List(fields.Nested(ShopSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class PledgeSchema(Schema):
    """One line of a pledge, with the transfer that posted it."""

    id = fields.Integer(required=True)
    kind = fields.String(
        required=True, validate=validate.OneOf([each.value for each in PledgeKind])
    )
    qty = fields.Integer(required=True, allow_none=True)
    fen = fields.Integer(required=True)
    document = fields.String(required=True)
    business_day = fields.Date(required=True)
    transfer_id = fields.Integer(required=True)


class StockCountSchema(Schema):
    """A stock count beside what the books said."""

    counted = fields.Integer(required=True)
    expected = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)


class ShelvedCountSchema(StockCountSchema):
    """One line of a shop's counts."""

    id = fields.Integer(required=True)
    good = fields.String(required=True)
    note = fields.String(required=True)
    by = fields.String(required=True)


class CountsAskSchema(Schema):
    """Which page of a shop's counts: those before this one."""

    before = fields.Integer(load_default=None, validate=validate.Range(1, 2**62))
    limit = fields.Integer(load_default=25, validate=validate.Range(1, 100))


class CountsSchema(Schema):
    """A page of a shop's counts, newest first; `next` is what the next page comes before."""

    items = fields.List(fields.Nested(ShelvedCountSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class OfficerSchema(Schema):
    """A member of staff by the sign-in name."""

    login = fields.String(required=True, validate=validate.Length(1, 60))
    title = fields.String(dump_only=True)


class AssociationAskSchema(Schema):
    """An association to be founded in a community's programme, and who leads it first."""

    code = fields.String(required=True, validate=CODE)
    name = fields.String(required=True, validate=validate.Length(1, 80))
    community = fields.String(required=True, validate=CODE)
    login = fields.String(load_default="", validate=validate.Length(max=60))


class AssociationSchema(Schema):
    """An association with who leads it."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    officers = fields.List(fields.Nested(OfficerSchema), required=True)


class AssociationsSchema(Schema):
    """A page of associations; `next` is the code to go on after."""

    items = fields.List(fields.Nested(AssociationSchema), required=True)
    next = fields.String(required=True, allow_none=True)
