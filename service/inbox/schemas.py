"""The JSON of the inbox."""

from marshmallow import Schema, fields, validate

from service.inbox.words import TOPIC_NAMES


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


class AddressSchema(Schema):
    """Where messages shall come too."""

    address = fields.Email(required=True, validate=validate.Length(max=254))


class TopicsSchema(Schema):
    """What to hear of; what is not named is not sent."""

    topics = fields.List(
        fields.String(validate=validate.OneOf(TOPIC_NAMES)),
        required=True,
        validate=validate.Length(max=len(TOPIC_NAMES)),
    )


class WaySchema(Schema):
    """One way: whether it is open here, and how far the volunteer has come with it."""

    channel = fields.String(required=True)
    ready = fields.Boolean(required=True)
    status = fields.String(required=True)
    address = fields.String(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    topics = fields.List(fields.String(), required=True)
    last_status = fields.String(required=True, allow_none=True)
    last_at = fields.AwareDateTime(required=True, allow_none=True)


class WaysSchema(Schema):
    """All ways; the inbox itself is always open and is not among them."""

    items = fields.List(fields.Nested(WaySchema), required=True)
