"""The JSON of redemptions and discounts."""

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate, validates_schema

from service.i18n import N_
from service.redemptions.rules import PROXIES, proxy_kind

QTY_MAX = 99
REASON_MAX = 500
BILL_FEN_MAX = 10_000_000  # 100,000 yuan: a slip of the finger, not a bill
CODE = validate.Length(min=1, max=512)
PIN = validate.Regexp(r"^\d{4}$")
GOOD = validate.Regexp(r"^[A-Za-z0-9._-]{1,40}$")


class ProxyField(fields.String):
    """Who picks up for somebody else: one of a few kinds of relation, so that no name gets in."""

    def __init__(self, **told: Any) -> None:
        nobody = [None] if told.get("allow_none") else []
        super().__init__(metadata={"enum": [*sorted(PROXIES), *nobody]}, **told)

    def _deserialize(self, value: Any, *args: Any, **given: Any) -> str:
        """Read a kind, or the word that people write for it."""
        kind = proxy_kind(super()._deserialize(value, *args, **given) or "")
        if kind is None:
            raise ValidationError(N_("Say how they are related: no names are kept."))
        return kind


class LookSchema(Schema):
    """A code that was scanned or typed."""

    code = fields.String(required=True, validate=CODE)
    scanned_at = fields.AwareDateTime()


class TileSchema(Schema):
    """One good as the clerk sees it."""

    good = fields.String(required=True, attribute="code")
    name = fields.String(required=True)
    points = fields.Integer(required=True)
    can = fields.Boolean(required=True)
    reason = fields.String(allow_none=True)
    picture = fields.String(required=True, allow_none=True)


class StandingSchema(Schema):
    """What the standing is worth in this shop; never how it came about."""

    discount_pct = fields.Integer(required=True)
    discount_used = fields.Boolean(required=True)
    excluded_kinds = fields.List(fields.String(), required=True)


class IntentSchema(Schema):
    """What this person chose on the phone in this shop, to be captured without a tap."""

    key = fields.String(required=True)
    good = fields.String(required=True)
    name = fields.String(required=True)
    qty = fields.Integer(required=True)
    points = fields.Integer(required=True)
    proxy = fields.String(allow_none=True)
    needs_pin = fields.Boolean(required=True)
    expires_at = fields.AwareDateTime(required=True)


class LookedSchema(Schema):
    """A tail, a rate and tiles: no name, no balance, no history."""

    status = fields.String(required=True)
    reason = fields.String(allow_none=True)
    tail = fields.String()
    via = fields.String()
    needs_pin = fields.Boolean()
    scanned_at = fields.AwareDateTime(metadata={"description": "Send it along with the sale."})
    standing = fields.Nested(StandingSchema)
    tiles = fields.List(fields.Nested(TileSchema))
    intent = fields.Nested(IntentSchema, allow_none=True)


class RedeemSchema(Schema):
    """One act at the till. With `occurred_at` it is a sale without network, sent later."""

    code = fields.String(required=True, validate=CODE)
    good = fields.String(required=True, validate=GOOD)
    qty = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, QTY_MAX))
    pin = fields.String(validate=PIN)
    proxy = ProxyField()
    scanned_at = fields.AwareDateTime()
    occurred_at = fields.AwareDateTime()
    offline = fields.Boolean(load_default=False)
    override_duplicate = fields.Boolean(load_default=False)

    @validates_schema
    def check_moment(self, data: dict[str, object], **_: object) -> None:
        """Refuse an offline sale that does not say when it happened."""
        if data.get("offline") and "occurred_at" not in data:
            raise ValidationError(N_("An offline sale must say when it happened."), "occurred_at")


class AnswerSchema(Schema):
    """What came of it. `status` is ok, refused or needs_input; `reason` says why."""

    status = fields.String(required=True)
    reason = fields.String(allow_none=True)
    state = fields.String(required=True)
    key = fields.String(required=True)
    receipt = fields.String(required=True)
    good = fields.String(required=True)
    good_name = fields.String(required=True)
    qty = fields.Integer(required=True)
    points = fields.Integer(required=True)
    value_fen = fields.Integer(required=True)
    tail = fields.String(required=True)
    via = fields.String(required=True)
    flags = fields.List(fields.String(), required=True)
    replayed = fields.Boolean(required=True)
    occurred_at = fields.AwareDateTime(required=True)
    remaining_stock = fields.Integer(allow_none=True)
    void_until = fields.AwareDateTime(allow_none=True)
    expires_at = fields.AwareDateTime(allow_none=True)
    ask = fields.List(fields.String())
    tries_left = fields.Integer(allow_none=True)


class VoidSchema(Schema):
    """The code of the person who bought, shown again."""

    code = fields.String(validate=CODE)
    scanned_at = fields.AwareDateTime()
    occurred_at = fields.AwareDateTime(
        metadata={"description": "When it was undone, if there was no network then."}
    )


class ConfirmSchema(Schema):
    """Whose redemption, where two shops have used the same key."""

    shop = fields.String(validate=GOOD)


class ReverseSchema(ConfirmSchema):
    """Why it should be taken back, and how many pieces; without `qty` all that are left."""

    qty = fields.Integer(strict=True, validate=validate.Range(1, QTY_MAX))
    reason = fields.String(required=True, validate=validate.Length(min=2, max=REASON_MAX))


class AnswerReversalSchema(ConfirmSchema):
    """Which of the sale's proposals is answered; without `nth` the newest."""

    nth = fields.Integer(strict=True, validate=validate.Range(min=1))


class ReversalSchema(Schema):
    """Where a reversal by two people stands: `qty` pieces of it, and how many are still out."""

    status = fields.String(required=True)
    state = fields.String(required=True)
    key = fields.String(required=True)
    nth = fields.Integer(required=True)
    qty = fields.Integer(required=True)
    points = fields.Integer(required=True)
    left = fields.Integer(required=True)
    reason = fields.String(required=True)
    proposed_by = fields.String(required=True)
    approved_by = fields.String(allow_none=True)
    declined_by = fields.String(allow_none=True)


class BillSchema(LookSchema):
    """A bill for which a discount is asked."""

    bill_fen = fields.Integer(required=True, strict=True, validate=validate.Range(1, BILL_FEN_MAX))
    excluded_fen = fields.Integer(
        load_default=0, strict=True, validate=validate.Range(0, BILL_FEN_MAX)
    )

    @validates_schema
    def check_parts(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a part that is more than the whole."""
        if data["excluded_fen"] > data["bill_fen"]:
            raise ValidationError(N_("More than the bill."), "excluded_fen")


class DiscountedSchema(Schema):
    """What comes off a bill. `status` is ok, not_eligible or refused."""

    status = fields.String(required=True)
    reason = fields.String(allow_none=True)
    bill_fen = fields.Integer(required=True)
    excluded_fen = fields.Integer(required=True)
    pct = fields.Integer(required=True)
    discount_fen = fields.Integer(required=True)
    pay_fen = fields.Integer(required=True)
    tail = fields.String(required=True)
    replayed = fields.Boolean(required=True)


class DayQuerySchema(Schema):
    """Which day, and after which line."""

    day = fields.Date()
    shop = fields.String(validate=GOOD)
    before = fields.Integer(validate=validate.Range(min=1))
    receipt = fields.String(validate=validate.Regexp(r"^\d{6}$"))  # the last six, of any day
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))


class ShopDaySchema(Schema):
    """Which day of a shop, and where each list begins; an address may carry more."""

    class Meta:
        """Every page takes ?lang=."""

        unknown = EXCLUDE

    day = fields.Date()
    before = fields.Integer(validate=validate.Range(min=1))
    discounts = fields.Integer(validate=validate.Range(min=1))


class GivenDiscountSchema(Schema):
    """One discount of the day."""

    key = fields.String(required=True)
    tail = fields.String(required=True)
    bill_fen = fields.Integer(required=True)
    excluded_fen = fields.Integer(required=True)
    pct = fields.Integer(required=True)
    discount_fen = fields.Integer(required=True)
    pay_fen = fields.Integer(required=True)
    occurred_at = fields.AwareDateTime(required=True)


class DiscountsOfDaySchema(Schema):
    """A page of a day's discounts; `next` is to be asked as `before`."""

    items = fields.List(fields.Nested(GivenDiscountSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class LineSchema(Schema):
    """One sale of the day."""

    key = fields.String(required=True)
    receipt = fields.String(required=True)
    good = fields.String(required=True)
    qty = fields.Integer(required=True)
    points = fields.Integer(required=True)
    tail = fields.String(required=True)
    state = fields.String(required=True)
    flags = fields.List(fields.String(), required=True)
    occurred_at = fields.AwareDateTime(required=True)
    can_void = fields.Boolean(required=True)


class TotalsSchema(Schema):
    """The day so far."""

    redemptions = fields.Integer(required=True)
    points = fields.Integer(required=True)
    discounts = fields.Integer(required=True)
    discount_fen = fields.Integer(required=True)


class DaySchema(Schema):
    """A shop's day, newest sale first."""

    items = fields.List(fields.Nested(LineSchema), required=True)
    next = fields.String(allow_none=True)
    totals = fields.Nested(TotalsSchema, required=True)


class LimitsSchema(Schema):
    """How much a till may give without a network."""

    card_day = fields.Integer(required=True)
    batch = fields.Integer(required=True)


class ShelfSchema(Schema):
    """The shop's own goods, for whoever comes; nothing about any person."""

    server_time = fields.AwareDateTime(required=True)
    limits = fields.Nested(LimitsSchema, required=True)
    excluded_kinds = fields.List(fields.String(), required=True)  # without discount
    tiles = fields.List(fields.Nested(TileSchema), required=True)
    totals = fields.Nested(TotalsSchema, required=True)


class WordSchema(Schema):
    """The figures that the shop saw; `counted` only where its own count is another."""

    day = fields.Date()
    seen = fields.Nested(TotalsSchema, required=True)
    counted = fields.Integer(strict=True, validate=validate.Range(0, 100_000))


class DayWordSchema(Schema):
    """The last word about a day. `status` is ok, open (nothing said) or moved (look again)."""

    status = fields.String(required=True)
    day = fields.Date(required=True)
    agrees = fields.Boolean(allow_none=True)
    counted = fields.Integer(allow_none=True)
    at = fields.AwareDateTime(allow_none=True)
    totals = fields.Nested(TotalsSchema, required=True)


class WhichDaySchema(Schema):
    """Which day."""

    day = fields.Date()
