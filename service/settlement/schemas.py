"""Shapes of the settlement's JSON."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, validate

from service.reconciliation import EquationSchema
from service.settlement.rules import Step

CODE = validate.Length(min=1, max=80)
MONTH = validate.Regexp(r"^\d{4}-(0[1-9]|1[0-2])$")
NOTE = validate.Length(max=500)
HEX = validate.Regexp(r"^[0-9a-f]{64}$")
SIGNED_STEPS = [Step.CONFIRMED, Step.DISPUTED, Step.REVIEWED, Step.CLOSED]
DAYS_MAX = 500
PAID_FEN_MAX = 1_000_000_000


class Lenient(Schema):
    """Unknown parameters of an address are left alone."""

    class Meta:
        """As said."""

        unknown = EXCLUDE


class StatementsAskSchema(Lenient):
    """Which statements are wanted."""

    month = fields.String(validate=MONTH)
    shop = fields.String(validate=CODE)
    before = fields.Integer(validate=validate.Range(1, 2**62))


class OrderSchema(Schema):
    """Whose statements are to be made: of all shops the caller keeps, or of one."""

    month = fields.String(required=True, validate=MONTH)
    shop = fields.String(validate=CODE)


class SignatureSchema(Schema):
    """One signature, under the digest that was shown."""

    step = fields.String(required=True, validate=validate.OneOf(SIGNED_STEPS))
    digest = fields.String(required=True, validate=HEX)
    note = fields.String(load_default="", validate=NOTE)


class DayToSignSchema(Schema):
    """One of many days that are signed in one act."""

    shop = fields.String(required=True, validate=CODE)
    day = fields.Date(required=True)
    digest = fields.String(required=True, validate=HEX)


class ManySchema(Schema):
    """Several shops' days, signed in one act."""

    step = fields.String(required=True, validate=validate.OneOf(SIGNED_STEPS))
    days = fields.List(
        fields.Nested(DayToSignSchema),
        required=True,
        validate=validate.Length(min=1, max=DAYS_MAX),
    )
    note = fields.String(load_default="", validate=NOTE)


class NotSignedSchema(Schema):
    """A day that was not signed, and why."""

    shop = fields.String()
    day = fields.Date()
    reason = fields.String(metadata={"description": "the slug of the refusal"})


class ManySignedSchema(Schema):
    """What came of signing many."""

    signed = fields.Integer()
    refused = fields.List(fields.Nested(NotSignedSchema))


class LinkSchema(Schema):
    """A signature that was set."""

    step = fields.String()
    signed_by = fields.String()
    at = fields.AwareDateTime()
    by_default = fields.Boolean()
    note = fields.String()
    digest = fields.String()
    previous = fields.String()
    hash = fields.String()


class StatementSchema(Schema):
    """A shop's month."""

    number = fields.String()
    shop = fields.String()
    month = fields.String()
    version = fields.Integer()
    status = fields.String()
    digest = fields.String(allow_none=True)
    opening_fen = fields.Integer(allow_none=True)
    closing_fen = fields.Integer(allow_none=True)
    issued_at = fields.AwareDateTime(allow_none=True)
    silent_until = fields.Date(allow_none=True)
    files = fields.Dict(keys=fields.String(), values=fields.String(), allow_none=True)


class StatementWholeSchema(StatementSchema):
    """A statement with all that it says and who signed it."""

    content = fields.Dict(allow_none=True)
    signatures = fields.List(fields.Nested(LinkSchema))


class StatementsSchema(Schema):
    """A page of statements; `next` is the `before` of the next page."""

    items = fields.List(fields.Nested(StatementSchema))
    next = fields.Integer(allow_none=True)


class ShopDaySchema(Schema):
    """A shop's day on its way to its close."""

    shop = fields.String()
    day = fields.Date()
    version = fields.Integer()
    step = fields.String()
    digest = fields.String()
    waiting = fields.Integer()
    silent_until = fields.Date()
    seal = fields.String(allow_none=True)


class ShopDayWholeSchema(ShopDaySchema):
    """A shop's day with what is signed and by whom."""

    content = fields.Dict()
    signatures = fields.List(fields.Nested(LinkSchema))


class DaysAskSchema(Lenient):
    """Where a page of days begins."""

    after = fields.String(validate=validate.Regexp(r"^\d{4}-\d\d-\d\d:\d{1,18}$"))


class DaysSchema(Schema):
    """A page of days that are not closed, oldest first."""

    items = fields.List(fields.Nested(ShopDaySchema))
    next = fields.String(allow_none=True)


class ReasonSchema(Schema):
    """Why a statement should be made anew."""

    note = fields.String(required=True, validate=validate.Length(min=1, max=500))


class ReopeningSchema(Schema):
    """A wish to reopen a statement."""

    id = fields.Integer()
    reason = fields.String()
    proposed_by = fields.String()
    proposed_at = fields.AwareDateTime()
    approved_by = fields.String(allow_none=True)
    declined_by = fields.String(allow_none=True)


class DecisionSchema(Schema):
    """The second person's answer."""

    approve = fields.Boolean(required=True)


class SlipSchema(Schema):
    """A payment that was made: how much, when, and what the bank's slip is called."""

    key = fields.String(load_default="", validate=validate.Regexp(r"^[A-Za-z0-9._:-]{0,80}$"))
    fen = fields.Integer(required=True, strict=True, validate=validate.Range(1, PAID_FEN_MAX))
    paid_on = fields.Date(required=True)
    reference = fields.String(required=True, validate=validate.Length(min=1, max=120))


class PaymentSchema(Schema):
    """One payment to a shop; taken back, it counts no more."""

    id = fields.Integer()
    fen = fields.Integer()
    paid_on = fields.Date()
    reference = fields.String()
    status = fields.String(
        validate=validate.OneOf(["waiting", "posted", "declined", "asked_back", "taken_back"])
    )
    entered_by = fields.String()
    entered_at = fields.AwareDateTime()
    decided_by = fields.String(allow_none=True)
    decided_at = fields.AwareDateTime(allow_none=True)
    transfer_id = fields.Integer(allow_none=True)
    back_reason = fields.String(allow_none=True)
    back_by = fields.String(allow_none=True)
    back_decided_by = fields.String(allow_none=True)
    back_transfer_id = fields.Integer(allow_none=True)


class PaymentsSchema(Schema):
    """What was paid under a statement, and what is left of it that is still owed, in fen."""

    paid_fen = fields.Integer()
    left_fen = fields.Integer()
    items = fields.List(fields.Nested(PaymentSchema))


class CommunitySchema(Schema):
    """Which community's month is meant."""

    community = fields.String(required=True, validate=CODE)


class MonthSchema(Schema):
    """A locked month."""

    month = fields.String()
    version = fields.Integer()
    seal = fields.String()
    previous = fields.String()
    locked_by = fields.String()
    locked_at = fields.AwareDateTime()
    content = fields.Dict()
    books_closed = fields.Boolean(
        metadata={"description": "whether every community of the programme has locked it"}
    )


class PointsAskSchema(Lenient):
    """Whose equation over which days: a day, or a month."""

    community = fields.String(validate=CODE)
    day = fields.Date()
    month = fields.String(validate=MONTH)
    after = fields.String(load_default="", validate=validate.Length(max=80))


class PointsSchema(Schema):
    """The equation of a community and of its programme, and a page of the community's wallets."""

    first = fields.Date()
    last = fields.Date()
    community = fields.Nested(EquationSchema)
    programme = fields.Nested(EquationSchema)
    volunteers = fields.Integer()
    holds = fields.Boolean()
    faults = fields.List(fields.String())
    items = fields.List(fields.Dict())
    next = fields.String(allow_none=True)


def described(row: Any, **more: Any) -> dict[str, Any]:
    """Return a statement as JSON's fields; its month as 2025-10."""
    names = ("number", "version", "status", "digest", "opening_fen", "closing_fen", "issued_at",
             "silent_until", "files")  # fmt: skip
    return {name: getattr(row, name) for name in names} | {"month": f"{row.month:%Y-%m}"} | more
