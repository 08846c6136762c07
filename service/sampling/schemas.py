"""The JSON and the forms of the random audit. Shape only."""

from marshmallow import EXCLUDE, Schema, fields, validate

from service.sampling.models import Answer

KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}\Z")
NUMBER = validate.Range(0, 2**62)


class PageSchema(Schema):
    """Where a page of draws begins."""

    class Meta:
        """Every page takes ?lang= as well."""

        unknown = EXCLUDE

    before = fields.Integer(load_default=None, validate=NUMBER)


class CallsPageSchema(Schema):
    """Which calls of a draw, and where the page begins."""

    class Meta:
        """Every page takes ?lang= as well."""

        unknown = EXCLUDE

    after = fields.Integer(load_default=0, validate=validate.Range(0, 2**31 - 1))
    all = fields.String(load_default=None)


class ReasonSchema(Schema):
    """Why somebody under 18 is called; not asked of others."""

    class Meta:
        """A form sends its hidden token as well."""

        unknown = EXCLUDE

    reason = fields.String(load_default="", validate=validate.Length(max=20))
    words = fields.String(load_default="", validate=validate.Length(max=200))


class TrySchema(Schema):
    """What came of a try; the same key again counts once."""

    class Meta:
        """A form sends its hidden token as well."""

        unknown = EXCLUDE

    key = fields.String(required=True, validate=KEY)
    answer = fields.Enum(Answer, by_value=True, required=True)
    said = fields.String(load_default="", validate=validate.Length(max=500))


class ProgressSchema(Schema):
    """How far the calls have come."""

    drawn = fields.Integer(required=True)
    confirmed = fields.Integer(required=True)
    differs = fields.Integer(required=True)
    not_reached = fields.Integer(required=True)
    open = fields.Integer(required=True)


class DrawSchema(Schema):
    """A draw as everybody may see it."""

    community = fields.String(required=True)
    month = fields.Date(required=True, metadata={"description": "its first day"})
    percent = fields.Integer(required=True)
    head_size = fields.Integer(required=True)
    root = fields.String(required=True, metadata={"description": "of that head, hexadecimal"})
    seed = fields.String(required=True)
    listed = fields.Integer(required=True)
    digest = fields.String(required=True, metadata={"description": "SHA-256 of the list"})
    drawn_at = fields.AwareDateTime(required=True)
    progress = fields.Nested(ProgressSchema, required=True)


class DrawsSchema(Schema):
    """A page of draws, the newest first."""

    items = fields.List(fields.Nested(DrawSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class CallSchema(Schema):
    """One call, without a name."""

    id = fields.Integer(required=True)
    place = fields.Integer(required=True)
    volunteer = fields.String(required=True)
    activity = fields.String(required=True)
    day = fields.Date(required=True)
    minutes = fields.Integer(required=True)
    points = fields.Integer(required=True)
    missed = fields.Integer(required=True)
    result = fields.String(required=True, allow_none=True)
    finding_id = fields.Integer(required=True, allow_none=True)


class CallsSchema(Schema):
    """A page of calls, in the order of the draw."""

    items = fields.List(fields.Nested(CallSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)
