"""Shapes that several answers of activities share."""

from marshmallow import Schema, fields, validate

CODE = validate.Length(1, 512)


SHORT = validate.Length(1, 80)


KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}\Z")


ACTIONS = validate.OneOf(["in", "out", "audience"])


DEVICE = validate.Regexp(r"^[A-Za-z0-9._:-]{1,64}\Z")


BATCH_MAX = 200


class OnDaySchema(Schema):
    """Which day's activities are asked for; without one, those from today on."""

    on = fields.Date(load_default=None)


class TextSchema(Schema):
    """The words of a result in the reader's language; `meaning` is ok, warn or bad."""

    meaning = fields.String(required=True)
    title = fields.String(required=True)
    detail = fields.String(required=True)


class NamedSchema(Schema):
    """An activity by its code and title."""

    code = fields.String(required=True)
    title = fields.String(required=True)


class TailSchema(Schema):
    """A volunteer, masked: the end of the booklet's number."""

    tail = fields.String(required=True)


class DecisionSchema(Schema):
    """Yes, unless it says no."""

    accept = fields.Boolean(load_default=True)
