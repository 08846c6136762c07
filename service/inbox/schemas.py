"""The JSON of the inbox."""

from marshmallow import Schema, fields, validate


class PageAskedSchema(Schema):
    """Where a page begins: behind the message with this number."""

    before = fields.Integer(load_default=None, validate=validate.Range(1, 2**62))


class LetterSchema(Schema):
    """One message in the reader's language."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    link = fields.String(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True)
    read_at = fields.AwareDateTime(required=True, allow_none=True)


class LettersSchema(Schema):
    """A page of messages, newest first; `next` is where the next page begins."""

    items = fields.List(fields.Nested(LetterSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)
    unread = fields.Integer(required=True)
