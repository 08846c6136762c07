"""The JSON of the gate: readings, batches, and what became of them."""

from marshmallow import Schema, fields, validate

from service.activities.schemas.shapes import (
    ACTIONS,
    BATCH_MAX,
    CODE,
    KEY,
    SHORT,
    NamedSchema,
    TailSchema,
    TextSchema,
)


class OnsiteCodeSchema(Schema):
    """What the leader's screen shows now: ask again at `expires_at`."""

    url = fields.String(required=True)
    digits = fields.String(required=True)
    svg = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)
    digits_expire_at = fields.AwareDateTime(required=True)
    server_time = fields.AwareDateTime(required=True)


class ScanSentSchema(Schema):
    """One reading. `code` is the place's code or its digits, or a person's pass, card or number.

    The nonce is made once and kept for every retry; `occurred_at` is for what waited in a queue.
    """

    code = fields.String(required=True, validate=CODE)
    activity = fields.String(load_default=None, validate=SHORT)
    action = fields.String(required=True, validate=ACTIONS)
    nonce = fields.String(required=True, validate=KEY)
    occurred_at = fields.AwareDateTime(load_default=None)
    device_seq = fields.Integer(load_default=None, strict=True, validate=validate.Range(0))


class ItemSchema(ScanSentSchema):
    """One reading of a queue; it must say when it was read."""

    class Meta:
        """The whole queue is of one activity."""

        exclude = ("activity",)

    occurred_at = fields.AwareDateTime(required=True)


class BatchSentSchema(Schema):
    """A queue of one gate, in any order."""

    activity = fields.String(required=True, validate=SHORT)
    scans = fields.List(
        fields.Nested(ItemSchema), required=True, validate=validate.Length(1, BATCH_MAX)
    )


class ScanSchema(Schema):
    """The answer to a scan. A refusal is an answer too: 200 with one of the closed reasons."""

    status = fields.String(required=True, validate=validate.OneOf(["ok", "refused"]))
    reason = fields.String(required=True, allow_none=True)
    already = fields.Boolean(required=True)
    replayed = fields.Boolean(required=True)
    walk_in = fields.Boolean(required=True)
    action = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    activity = fields.Nested(NamedSchema, required=True, allow_none=True)
    volunteer = fields.Nested(TailSchema, required=True, allow_none=True)
    text = fields.Nested(TextSchema, required=True)


class ProblemItemSchema(Schema):
    """A reading of a queue that took no effect; it is kept and needs a person's look."""

    nonce = fields.String(required=True)
    reason = fields.String(required=True)
    replayed = fields.Boolean(required=True)
    text = fields.Nested(TextSchema, required=True)


class BatchSchema(Schema):
    """What became of a queue: nothing of it is dropped."""

    accepted = fields.Integer(required=True)
    duplicates = fields.Integer(required=True)
    problems = fields.List(fields.Nested(ProblemItemSchema), required=True)


class AudienceSentSchema(Schema):
    """Somebody who listens: a pass, a card or a number."""

    code = fields.String(required=True, validate=CODE)
    nonce = fields.String(load_default=None, validate=KEY)
