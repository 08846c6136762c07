"""Shapes of the reconciliation's JSON. Kinds are spoken in lower case."""

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_dump, validate

from service.reconciliation.models import Difference, Resolution
from service.reconciliation.rules import spoken

CODE = validate.Length(min=1, max=80)
COUNT = validate.Range(min=0, max=1_000_000)
ENTRIES_MAX = 500
ANSWERS = [resolution.value for resolution in Resolution if resolution != Resolution.GONE]


def counts_field(what: str) -> fields.Dict:
    """Describe counts by code."""
    return fields.Dict(
        keys=fields.String(validate=CODE),
        values=fields.Integer(strict=True, validate=COUNT),
        load_default=dict,
        validate=validate.Length(max=ENTRIES_MAX),
        metadata={"description": what},
    )


class CommunitySchema(Schema):
    """Which community is meant, for those who keep several."""

    community = fields.String(validate=CODE)


class RunAskSchema(CommunitySchema):
    """What was counted of a day."""

    day = fields.Date(required=True)
    paper_counts = counts_field("lines of the paper sheet, by activity")
    stock_counts = counts_field("pieces on the shelf, by good")


class RunQueuedSchema(Schema):
    """The run that a worker will do."""

    run = fields.Integer()
    status = fields.String()


class ExceptionSchema(Schema):
    """One difference. What it names depends on its kind."""

    id = fields.Integer()
    day = fields.Date()
    kind = fields.String()
    code = fields.String(metadata={"description": "the kind's own name: MISSING_ATTENDANCE"})
    subject = fields.String()
    reference = fields.String()
    status = fields.String()
    resolution = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    opened_at = fields.AwareDateTime()
    resolved_at = fields.AwareDateTime(allow_none=True)
    resolved_by = fields.String(allow_none=True)
    activity = fields.String()
    volunteer = fields.String()
    candidates = fields.List(fields.String())
    lines = fields.Integer()
    attendances = fields.Integer()
    missing = fields.Integer()
    shop = fields.String()
    good = fields.String()
    key = fields.String()
    of = fields.String()
    qty = fields.Integer()
    minutes = fields.Integer()
    counted = fields.Integer()
    booked = fields.Integer()
    difference = fields.Integer()
    maker = fields.String()
    txns = fields.List(fields.String())
    points = fields.Integer()
    flags = fields.List(fields.String())


PERSONAL = ("volunteer", "candidates", "maker")
PLAIN = ("id", "day", "subject", "reference", "status", "resolution", "note", "opened_at",
         "resolved_at", "resolved_by")  # fmt: skip


def describe(row: Difference, *, shops_only: bool = False) -> dict[str, Any]:
    """Flatten an exception; the association is not told of persons."""
    said = {name: getattr(row, name) for name in PLAIN}
    said |= {"kind": spoken(row.kind), "code": row.kind, **row.detail}
    return {name: value for name, value in said.items() if not (shops_only and name in PERSONAL)}


class RunSchema(Schema):
    """One comparison and what it found, as that stands now."""

    run = fields.Integer(attribute="id")
    day = fields.Date()
    status = fields.String()
    digest = fields.String(allow_none=True)
    same_as = fields.Integer(allow_none=True)
    asked_by = fields.String()
    asked_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime(allow_none=True)
    exceptions = fields.List(fields.Nested(ExceptionSchema))


class ExceptionsAskSchema(CommunitySchema):
    """Which exceptions are wanted."""

    class Meta:
        """Unknown parameters of an address are left alone."""

        unknown = EXCLUDE

    day = fields.Date()
    after = fields.Integer(load_default=0)
    open = fields.Boolean(load_default=False)


class ExceptionsSchema(Schema):
    """A page of exceptions; `next` is the `after` of the next page."""

    items = fields.List(fields.Nested(ExceptionSchema))
    next = fields.Integer(allow_none=True)


class CloseSchema(CommunitySchema):
    """A note carries open exceptions over."""

    note = fields.String(load_default="", validate=validate.Length(max=500))


class EquationSchema(Schema):
    """opening + earned + manual + reversed_awards + redeemed + expired + adjusted = closing."""

    opening = fields.Integer()
    earned = fields.Integer()
    manual = fields.Integer()
    reversed_awards = fields.Integer()
    redeemed = fields.Integer()
    expired = fields.Integer()
    adjusted = fields.Integer()
    closing = fields.Integer()


class DaySchema(Schema):
    """A community's business day."""

    day = fields.Date()
    status = fields.String()
    equation = fields.Nested(EquationSchema)
    balanced = fields.Boolean()
    faults = fields.List(fields.String())
    blocking = fields.Integer(metadata={"description": "exceptions that must be answered first"})
    closed_at = fields.AwareDateTime()
    closed_by = fields.String()
    note = fields.String()
    seal = fields.String()

    @post_dump
    def leave_out_what_is_not_there(self, said: dict[str, Any], **_: Any) -> dict[str, Any]:
        """A day that is not closed has no signature."""
        return {name: value for name, value in said.items() if value is not None}
