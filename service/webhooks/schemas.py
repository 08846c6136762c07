"""The JSON of partners' addresses, deliveries, and events that were set aside."""

from marshmallow import EXCLUDE, Schema, fields, validate

from service.outbox import CATALOGUE, Fate
from service.webhooks.guard import URL_CHARACTERS_MAX
from service.webhooks.models import Consent, State, Status

NUMBER = validate.Range(1, 2**62)
TITLE = validate.Length(1, 80)
TYPES = validate.Length(1, len(CATALOGUE))


class PagedSchema(Schema):
    """Which page; an address may carry more, which is left alone."""

    class Meta:
        """Every page takes ?lang=."""

        unknown = EXCLUDE

    after = fields.Integer(load_default=None, allow_none=True, validate=NUMBER)


class DeliveriesAskSchema(PagedSchema):
    """Which page of which deliveries."""

    status = fields.String(load_default="", validate=validate.OneOf(["", *State]))


class FailuresAskSchema(PagedSchema):
    """Which page of which events that a consumer failed on; without a state, the open ones."""

    status = fields.String(load_default="", validate=validate.OneOf(["", *Fate]))


class EndpointAskSchema(Schema):
    """A partner, where it is told, and of what."""

    programme = fields.String(required=True, validate=validate.Length(1, 40))
    title = fields.String(required=True, validate=TITLE)
    url = fields.String(required=True, validate=validate.Length(1, URL_CHARACTERS_MAX))
    types = fields.List(fields.String(), required=True, validate=TYPES)
    consent = fields.String(load_default=Consent.PARTNERS, validate=validate.OneOf(list(Consent)))


class EndpointChangeSchema(Schema):
    """What may be changed of an address: all but where it is."""

    title = fields.String(required=True, validate=TITLE)
    types = fields.List(fields.String(), required=True, validate=TYPES)
    status = fields.String(load_default=None, validate=validate.OneOf(list(Status)))


class EndpointSchema(Schema):
    """An address and how it fares; never its secret."""

    id = fields.Integer(required=True)
    programme = fields.String(required=True)
    title = fields.String(required=True)
    url = fields.String(required=True)
    types = fields.List(fields.String(), required=True)
    consent = fields.String(required=True, validate=validate.OneOf(list(Consent)))
    status = fields.String(required=True)
    reason = fields.String(required=True)
    generation = fields.Integer(required=True)
    previous_until = fields.AwareDateTime(allow_none=True)
    failures = fields.Integer(required=True)
    failing_since = fields.AwareDateTime(allow_none=True)
    paused_until = fields.AwareDateTime(allow_none=True)


class EndpointsSchema(Schema):
    """A page of addresses; `next` is the number to go on after."""

    items = fields.List(fields.Nested(EndpointSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class SecretSchema(Schema):
    """What a partner checks signatures with."""

    secret = fields.String(required=True)
    generation = fields.Integer(required=True)
    previous_until = fields.AwareDateTime(allow_none=True)


class RotationSchema(Schema):
    """Which secret is to be replaced, so that asking twice replaces it once."""

    generation = fields.Integer(required=True, validate=NUMBER)


class DeliverySchema(Schema):
    """One event for one partner."""

    id = fields.Integer(required=True)
    event = fields.Integer(required=True, attribute="event_id")
    type = fields.String(required=True)
    subject = fields.String(required=True)
    status = fields.String(required=True)
    attempts = fields.Integer(required=True)
    next_at = fields.AwareDateTime()
    made_at = fields.AwareDateTime()
    done_at = fields.AwareDateTime(allow_none=True)


class DeliveriesSchema(Schema):
    """A page of deliveries, the newest first; `next` is the number to go on after."""

    items = fields.List(fields.Nested(DeliverySchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class AttemptSchema(Schema):
    """One time that it was sent."""

    at = fields.AwareDateTime(required=True)
    ms = fields.Integer(required=True)
    code = fields.Integer(required=True, allow_none=True)
    error = fields.String(required=True)
    answer = fields.String(required=True)


class DeliveryWholeSchema(DeliverySchema):
    """A delivery with what is sent, and how every attempt went."""

    body = fields.Dict(required=True)
    tries = fields.List(fields.Nested(AttemptSchema), required=True)


class CountSchema(Schema):
    """How many were asked for."""

    count = fields.Integer(required=True)


class FailureSchema(Schema):
    """An event that a consumer failed on."""

    id = fields.Integer(required=True)
    event = fields.Integer(required=True, attribute="event_id")
    type = fields.String(required=True)
    consumer = fields.String(required=True)
    subject = fields.String(required=True)
    status = fields.String(required=True)
    attempts = fields.Integer(required=True)
    error = fields.String(required=True)
    first_at = fields.AwareDateTime(required=True)
    last_at = fields.AwareDateTime(required=True)
    next_at = fields.AwareDateTime(allow_none=True)
    decided_by = fields.String(allow_none=True)
    note = fields.String(required=True)


class FailureWholeSchema(FailureSchema):
    """An event that was set aside, with what it says."""

    payload = fields.Dict(required=True)


class FailuresSchema(Schema):
    """A page of failures, the newest first; `next` is the number to go on after."""

    items = fields.List(fields.Nested(FailureSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class SkipSchema(Schema):
    """Why an event is left out for ever."""

    note = fields.String(required=True, validate=validate.Length(1, 200))
