"""The JSON of certificates: what is accepted, what is sent. Shape only; rules live elsewhere."""

from marshmallow import Schema, fields, validate

from service.certificates.rules import State

KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}\Z")
SHORT = validate.Length(1, 80)


class OrderSentSchema(Schema):
    """Whose certificates, up to which day; without a volunteer all of the community's."""

    key = fields.String(required=True, validate=KEY)
    upto = fields.Date(required=True)
    volunteer = fields.String(load_default=None, validate=SHORT)
    community = fields.String(load_default=None, validate=SHORT)
    reason = fields.String(
        load_default="",
        metadata={"description": "why names of people under 18 are printed"},
        validate=validate.Length(max=20),
    )
    words = fields.String(load_default="", validate=validate.Length(max=200))


class OrderSchema(Schema):
    """How far an order is, in certificates."""

    id = fields.Integer(required=True)
    upto = fields.Date(required=True)
    finished = fields.Boolean(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    done = fields.Integer(required=True)
    total = fields.Integer(required=True)
    file = fields.String(required=True, allow_none=True, metadata={"description": "its address"})


class VerdictSchema(Schema):
    """What anybody may know of a certificate, masked."""

    serial = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(list(State)))
    holder = fields.String(required=True)
    booklet_tail = fields.String(required=True)
    unit = fields.String(required=True)
    upto = fields.Date(required=True)
    minutes = fields.Integer(required=True)
    occasions = fields.Integer(required=True)
    issued_at = fields.AwareDateTime(required=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)
    newer = fields.String(required=True, allow_none=True)


class RevocationSchema(Schema):
    """Why a certificate is revoked."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))
