"""Shapes of the audit's JSON."""

from datetime import date

from marshmallow import EXCLUDE, Schema, fields, validate

from service.audit.book import TITLES
from service.audit.models import Status

CODE = validate.Length(min=1, max=80)
CURSOR = validate.Regexp(r"^\d{4}-\d\d-\d\d\.\d{1,18}$")


class AskSchema(Schema):
    """Which findings are wanted. Unknown parameters of an address are left alone."""

    class Meta:
        """As said."""

        unknown = EXCLUDE

    status = fields.String(load_default=Status.OPEN, validate=validate.OneOf(list(Status)))
    rule = fields.String(validate=validate.OneOf(list(TITLES)))
    community = fields.String(validate=CODE)
    before = fields.String(validate=CURSOR)


class PeriodSchema(Schema):
    """The days to look at, both inclusive, and a community of the programme."""

    since = fields.Date(required=True, validate=validate.Range(date(2000, 1, 1), date(2999, 1, 1)))
    until = fields.Date(required=True, validate=validate.Range(date(2000, 1, 1), date(2999, 1, 1)))
    community = fields.String(validate=CODE)


class ReasonSchema(Schema):
    """Why a finding is nothing."""

    reason = fields.String(load_default="", validate=validate.Length(max=500))


class FindingSchema(Schema):
    """One finding."""

    id = fields.Integer()
    rule = fields.String()
    subject = fields.String()
    community = fields.String()
    day = fields.Date()
    weight = fields.Integer()
    evidence = fields.Dict()
    status = fields.String()
    found_at = fields.DateTime()
    decided_by = fields.String(allow_none=True)
    decided_at = fields.DateTime(allow_none=True)
    reason = fields.String(allow_none=True)
    case_id = fields.Integer(allow_none=True)


class FindingsSchema(Schema):
    """A page of findings, and where the next begins."""

    items = fields.List(fields.Nested(FindingSchema))
    next = fields.String(allow_none=True)
    open = fields.Dict(keys=fields.String(), values=fields.Integer())


class RunSchema(Schema):
    """A look that was asked for: through until a day, and `done` of the rules at what follows."""

    id = fields.Integer()
    since = fields.Date()
    until = fields.Date()
    asked_at = fields.DateTime()
    started_at = fields.DateTime(allow_none=True)
    ended_at = fields.DateTime(allow_none=True)
    looked_until = fields.Date(allow_none=True)
    done = fields.Integer()
    rules = fields.Integer()


class RunsSchema(Schema):
    """The newest looks that were asked for."""

    items = fields.List(fields.Nested(RunSchema))
