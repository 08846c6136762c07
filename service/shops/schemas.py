"""The JSON of shops and tills."""

from marshmallow import Schema, fields, validate

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


class PairedSchema(TillSchema):
    """A tablet that was just paired, with its token, which is said only here."""

    token = fields.String(required=True)


class TillsSchema(Schema):
    """The tills that the caller looks after."""

    items = fields.List(fields.Nested(TillSchema), required=True)
    next = fields.String(allow_none=True)
