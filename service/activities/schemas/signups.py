"""The JSON of sign-ups and rosters."""

from marshmallow import Schema, fields, validate

from service.activities.schemas.shapes import (
    SHORT,
)


class SignupSentSchema(Schema):
    """Who is to be signed up: oneself without a name, another one by guardian, leader or recorder.

    `agreed` is the SHA-256 of the post's risk text, where there is one: it was read, or read out.
    """

    volunteer = fields.String(load_default=None, validate=SHORT)
    post = fields.String(load_default=None, validate=SHORT)
    agreed = fields.String(load_default=None, validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))


class SeatSchema(Schema):
    """A place, or a turn in the queue: 1 is the first in line."""

    status = fields.String(required=True, validate=validate.OneOf(["confirmed", "waiting"]))
    place = fields.Integer(required=True, allow_none=True)
    already = fields.Boolean(required=True)


class CancelledSchema(Schema):
    """The place was given back; it went to the first in line, if anybody waited."""

    status = fields.String(required=True)
    promoted = fields.String(required=True, allow_none=True)


class LineSchema(Schema):
    """One person of a roster, masked for the leader, whole for the recorder."""

    tail = fields.String(required=True)
    volunteer = fields.String(required=True)
    signup = fields.String(required=True, allow_none=True)
    assisted = fields.Boolean(required=True)
    walk_in = fields.Boolean(required=True)
    attendance = fields.String(required=True, allow_none=True)
    in_at = fields.AwareDateTime(required=True, allow_none=True)
    out_at = fields.AwareDateTime(required=True, allow_none=True)
    amended = fields.Boolean(required=True)
    award = fields.String(required=True, allow_none=True)


class RosterSchema(Schema):
    """Everybody with a place, a turn or a stay at an activity, and the leader."""

    items = fields.List(fields.Nested(LineSchema), required=True)
    next = fields.String(required=True, allow_none=True)
