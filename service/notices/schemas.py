"""The JSON and the forms of public notices. Shape only; rules live elsewhere."""

from marshmallow import Schema, fields, validate

from service.notices.models import State

KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}\Z")
CODE = validate.Length(1, 40)
YEARS = validate.Range(2000, 2999)


class NoticeSentSchema(Schema):
    """Of which days a notice is to speak, and from which working day on it is shown."""

    key = fields.String(required=True, validate=KEY)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    starts_on = fields.Date(required=True)
    community = fields.String(load_default=None, validate=CODE)


class NumberSentSchema(Schema):
    """The last number that was given on paper in a year."""

    year = fields.Integer(required=True, validate=YEARS)
    last = fields.Integer(required=True, validate=validate.Range(0, 9999))
    community = fields.String(load_default=None, validate=CODE)


class NumberSchema(Schema):
    """After which number the notices of a year go on."""

    year = fields.Integer(required=True)
    last = fields.Integer(required=True)


class ConsentSentSchema(Schema):
    """Whose consent is given or withdrawn at the desk, as a signed paper says."""

    volunteer = fields.String(required=True, validate=CODE)
    given = fields.Boolean(required=True)


class NoticeSchema(Schema):
    """A notice as the desk knows it."""

    id = fields.Integer(required=True)
    status = fields.String(required=True, validate=validate.OneOf(list(State)))
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    code = fields.String(required=True, allow_none=True)
    name = fields.String(required=True, allow_none=True)
    digest = fields.String(required=True, allow_none=True)


class RowSchema(Schema):
    """One person by the tail of the booklet; the hash of these fields is in the content."""

    nth = fields.Integer(required=True)
    tail = fields.String(required=True)
    what = fields.List(fields.String(), required=True)
    minutes = fields.Integer(required=True)
    points = fields.Integer(required=True)
    salt = fields.String(required=True)


class PublicSchema(Schema):
    """A published notice as anybody may have it, with all that its digest is computed from."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True, validate=validate.OneOf(list(State)))
    digest = fields.String(required=True)
    content = fields.Dict(required=True)
    rows = fields.List(fields.Nested(RowSchema), required=True)
    withdrawn = fields.Integer(required=True)
    filed = fields.Integer(required=True)
    answered = fields.Integer(required=True)
