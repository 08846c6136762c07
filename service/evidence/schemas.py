"""The JSON of shops' files. A fault says its line, its column and what stood there."""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate, validates

from service.evidence.columns import FIELDS, Plan
from service.evidence.models import Repeats
from service.i18n import N_

COLUMN = validate.Length(min=1, max=120)
KINDS = ("auto", "good", "discount")
DIGITS = validate.Range(min=4, max=40)
LINE = validate.Range(min=1, max=30)
REASON = validate.Length(min=2, max=300)


class PlanSchema(Schema):
    """Which column says what, and how its lines are understood."""

    columns = fields.Dict(
        keys=fields.String(validate=validate.OneOf(FIELDS)),
        values=fields.String(validate=COLUMN),
        load_default=dict,
        metadata={"description": "field -> name of the column"},
    )
    kind = fields.String(load_default="auto", validate=validate.OneOf(KINDS))
    reference_length = fields.Integer(load_default=None, allow_none=True, validate=DIGITS)
    only_column = fields.String(load_default=None, allow_none=True, validate=COLUMN)
    only_word = fields.String(load_default=None, allow_none=True, validate=COLUMN)
    head_line = fields.Integer(load_default=None, allow_none=True, validate=LINE)

    @validates("columns")
    def one_field_a_column(self, columns: Mapping[str, str], data_key: str) -> None:
        """Refuse a column that should say two things."""
        if len(set(columns.values())) < len(columns):
            raise ValidationError(N_("One column is named twice."))

    @post_load
    def as_plan(self, given: dict[str, Any], **_: Any) -> Plan:
        """Return the plan itself."""
        return Plan(**given)


class LookSchema(Schema):
    """A plan to look at a file with; without one, the remembered or the proposed."""

    plan = fields.Nested(PlanSchema, load_default=None, allow_none=True)


class AcceptSchema(LookSchema):
    """How a file is to be read; without a plan as its preview proposes."""

    repeats = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(list(Repeats))
    )
    remember = fields.Boolean(load_default=True)


class WithdrawSchema(Schema):
    """Why a file counts no more."""

    reason = fields.String(required=True, validate=REASON)


class SentSchema(Schema):
    """A file in a form. Whose shop it is for is looked at first: none is refused after that."""

    file = fields.Raw(metadata={"type": "string", "format": "binary"})


class FaultSchema(Schema):
    """The first thing that is wrong in a file, in the reader's language."""

    slug = fields.String()
    line = fields.Integer(allow_none=True)
    column = fields.String(allow_none=True)
    value = fields.String()
    found = fields.String()
    said = fields.String()


class FileSchema(Schema):
    """A shop's file, and what became of it."""

    id = fields.Integer()
    shop = fields.String()
    name = fields.String()
    sha256 = fields.String()
    bytes = fields.Integer()
    status = fields.String()
    layout = fields.Dict(allow_none=True)
    plan = fields.Dict(allow_none=True)
    repeats = fields.String(allow_none=True)
    totals = fields.Dict(allow_none=True)
    rows = fields.Integer()
    first_day = fields.Date(allow_none=True)
    last_day = fields.Date(allow_none=True)
    fault = fields.Nested(FaultSchema, allow_none=True)
    sent_by = fields.String()
    sent_at = fields.AwareDateTime()
    read_at = fields.AwareDateTime(allow_none=True)
    reason = fields.String(allow_none=True)


class FilesSchema(Schema):
    """One page of a shop's files; `next` is the `before` of the next page."""

    items = fields.List(fields.Nested(FileSchema))
    next = fields.Integer(allow_none=True)


class RowSchema(Schema):
    """One line of a file in our terms."""

    line = fields.Integer()
    business_day = fields.Date()
    occurred_at = fields.AwareDateTime(allow_none=True)
    reference = fields.String(allow_none=True)
    short_code = fields.String(allow_none=True)
    kind = fields.String()
    item = fields.String(allow_none=True)
    qty = fields.Integer()
    amount_fen = fields.Integer(allow_none=True)
    bill_fen = fields.Integer(allow_none=True)
    points = fields.Integer(allow_none=True)
    status = fields.String()
    occurrence = fields.Integer()


class RowsSchema(Schema):
    """One page of a file's rows; `next` is the `after` of the next page."""

    items = fields.List(fields.Nested(RowSchema))
    next = fields.Integer(allow_none=True)


class PreviewSchema(Schema):
    """What a file would become."""

    layout = fields.Dict()
    head_line = fields.Integer(allow_none=True)
    names = fields.List(fields.String())
    plan = fields.Dict()
    remembered = fields.Boolean()
    rows = fields.List(fields.Dict())
    totals = fields.Dict(allow_none=True)
    fault = fields.Nested(FaultSchema, allow_none=True)


class PageSchema(Schema):
    """Where a page of files begins."""

    class Meta:
        """Unknown parameters of an address are left alone."""

        unknown = EXCLUDE

    shop = fields.String(validate=validate.Length(min=1, max=40))
    before = fields.Integer()


class AfterSchema(Schema):
    """Where a page of rows begins: after this line."""

    class Meta:
        """Unknown parameters of an address are left alone."""

        unknown = EXCLUDE

    after = fields.Integer(load_default=0, validate=validate.Range(min=0))
