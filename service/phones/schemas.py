"""The forms of binding."""

from marshmallow import Schema, fields, validate

KEY = r"\A[0-9A-Za-z-]{8,64}\Z"


class BindSchema(Schema):
    """What the phone sends: the digits typed, and its page's own number."""

    digits = fields.String(required=True, validate=validate.Regexp(r"\A[0-9]{4}\Z"))
    nonce = fields.String(required=True, validate=validate.Regexp(r"\A[0-9a-f]{32}\Z"))


class OwnClaimSchema(Schema):
    """A code for an own phone is asked for: the form's key, under which it counts once."""

    key = fields.String(required=True, validate=validate.Regexp(KEY))


class HelperClaimSchema(OwnClaimSchema):
    """A code for a relative's phone is asked for at the desk: up to which day it fetches."""

    until = fields.Date(required=True)


class OwnHelperClaimSchema(HelperClaimSchema):
    """The same by the volunteer, who types the booklet's PIN."""

    pin = fields.String(required=True, validate=validate.Regexp(r"\A[0-9]{4}\Z"))
