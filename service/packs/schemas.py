"""Packs as JSON."""

from marshmallow import Schema, fields, validate

KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}\Z")


class WishSchema(Schema):
    """Of which days of which community; of the caller's own where none is named."""

    key = fields.String(required=True, validate=KEY)
    first = fields.Date(required=True)
    last = fields.Date(required=True)
    community = fields.String(load_default=None, validate=validate.Length(1, 80))


class PackSchema(Schema):
    """How far a pack is, in parts; when it is made, its digest and the address of its file."""

    id = fields.Integer(required=True)
    first = fields.Date(required=True)
    last = fields.Date(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished = fields.Boolean(required=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    sha256 = fields.String(required=True, allow_none=True)
    bytes = fields.Integer(required=True, allow_none=True)
    transfers = fields.Integer(required=True, allow_none=True)
    log_size = fields.Integer(required=True, allow_none=True)
    file = fields.String(required=True, allow_none=True, metadata={"description": "its address"})


class PackPageSchema(Schema):
    """A page of packs, the newest first."""

    items = fields.List(fields.Nested(PackSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class PackAskSchema(Schema):
    """Which page."""

    before = fields.Integer(load_default=None, validate=validate.Range(min=1))
