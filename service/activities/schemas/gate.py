"""The JSON of the gate: readings, batches, and what became of them."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service.activities.schemas.shapes import (
    ACTIONS,
    BATCH_MAX,
    CODE,
    DEVICE,
    KEY,
    SHORT,
    NamedSchema,
    TailSchema,
    TextSchema,
)
from service.i18n import N_


class OnsiteCodeSchema(Schema):
    """What the leader's screen shows now: ask again at `expires_at`."""

    url = fields.String(required=True)
    digits = fields.String(required=True)
    svg = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)
    digits_expire_at = fields.AwareDateTime(required=True)
    server_time = fields.AwareDateTime(required=True)


MS_MAX = 10**13
QUEUE_MAX = 1_000_000


class ReadAtSchema(Schema):
    """What every item says of its device: its number without gaps, and the device's clock.

    `occurred_at` is for what waited in a queue.
    """

    nonce = fields.String(required=True, validate=KEY)
    occurred_at = fields.AwareDateTime(load_default=None)
    device = fields.String(load_default=None, allow_none=True, validate=DEVICE)
    device_seq = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, MS_MAX)
    )
    clock_offset_ms = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(-MS_MAX, MS_MAX)
    )
    uptime_ms = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, MS_MAX)
    )
    boot = fields.String(load_default=None, allow_none=True, validate=DEVICE)


class ScanSentSchema(ReadAtSchema):
    """One reading. `code` is the place's code or its digits, or a person's pass, card or number.

    The nonce is made once and kept for every retry.
    """

    code = fields.String(required=True, validate=CODE)
    activity = fields.String(load_default=None, validate=SHORT)
    action = fields.String(required=True, validate=ACTIONS)
    post = fields.String(load_default=None, allow_none=True, validate=SHORT)


class ItemSchema(ReadAtSchema):
    """One reading or undo of a queue; it must say when it was made."""

    code = fields.String(load_default="", validate=validate.Length(0, 512))
    action = fields.String(required=True, validate=validate.OneOf([*ACTIONS.choices, "undo"]))
    occurred_at = fields.AwareDateTime(required=True)
    undoes = fields.String(load_default=None, allow_none=True, validate=KEY)
    post = fields.String(load_default=None, allow_none=True, validate=SHORT)

    @validates_schema(skip_on_field_errors=False)
    def names_what_it_is_about(self, data: dict[str, Any], **_: Any) -> None:
        """A reading has a code, an undo names a scan."""
        undo = data.get("action") == "undo"
        if undo and not data.get("undoes"):
            raise ValidationError({"undoes": [N_("Say which scan is taken back.")]})
        if not undo and not data.get("code"):
            raise ValidationError({"code": [N_("Say what was read.")]})


class UndoSentSchema(ReadAtSchema):
    """A scan of the same device is taken back."""

    activity = fields.String(required=True, validate=SHORT)
    undoes = fields.String(required=True, validate=KEY)


class BatchSentSchema(Schema):
    """A queue of one gate, in any order."""

    activity = fields.String(required=True, validate=SHORT)
    scans = fields.List(
        fields.Nested(ItemSchema), required=True, validate=validate.Length(1, BATCH_MAX)
    )
    device = fields.String(load_default=None, allow_none=True, validate=DEVICE)
    sent_at = fields.AwareDateTime(load_default=None, allow_none=True)
    sent_uptime_ms = fields.Integer(
        load_default=None, allow_none=True, validate=validate.Range(0, MS_MAX)
    )
    sent_boot = fields.String(load_default=None, allow_none=True, validate=DEVICE)


class TabletSentSchema(Schema):
    """What a gate's tablet is called, and whose it is."""

    name = fields.String(required=True, validate=SHORT)
    community = fields.String(required=True, validate=SHORT)


class GateReportSchema(Schema):
    """What a gate's tablet has not sent yet, since when, and what its clock says."""

    queued = fields.Integer(required=True, strict=True, validate=validate.Range(0, QUEUE_MAX))
    oldest_at = fields.AwareDateTime(allow_none=True, load_default=None)
    sent_at = fields.AwareDateTime(required=True)


class GateHeardSchema(Schema):
    """The server's clock, and by how much the tablet's is ahead of it."""

    server_time = fields.AwareDateTime(required=True)
    clock_offset_s = fields.Integer(required=True)
    every_s = fields.Integer(required=True)


class ScanSchema(Schema):
    """The answer to a scan. A refusal is an answer too: 200 with one of the closed reasons."""

    status = fields.String(required=True, validate=validate.OneOf(["ok", "refused"]))
    reason = fields.String(required=True, allow_none=True)
    already = fields.Boolean(required=True)
    replayed = fields.Boolean(required=True)
    walk_in = fields.Boolean(required=True)
    post = fields.String(required=True, allow_none=True)
    assurance = fields.String(required=True, allow_none=True)
    action = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    activity = fields.Nested(NamedSchema, required=True, allow_none=True)
    volunteer = fields.Nested(TailSchema, required=True, allow_none=True)
    text = fields.Nested(TextSchema, required=True)


class ProblemItemSchema(Schema):
    """A reading of a queue that needs a person's look; it is kept."""

    nonce = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    replayed = fields.Boolean(required=True)
    text = fields.Nested(TextSchema, required=True)


class ItemDoneSchema(ProblemItemSchema):
    """What became of one item: it is safe now. `kind` names its problem, if a person must look."""

    status = fields.String(required=True)
    already = fields.Boolean(required=True)
    kind = fields.String(required=True, allow_none=True)


class BatchSchema(Schema):
    """What became of a queue: nothing of it is dropped."""

    accepted = fields.Integer(required=True)
    duplicates = fields.Integer(required=True)
    problems = fields.List(fields.Nested(ProblemItemSchema), required=True)
    answers = fields.List(fields.Nested(ItemDoneSchema), required=True)


class FreePostSchema(Schema):
    """A post with its free places."""

    name = fields.String(required=True)
    free = fields.Integer(required=True)


class KnownSchema(TailSchema):
    """Somebody whom a gate without a network may recognise."""

    hashes = fields.List(fields.String(), required=True)
    signup = fields.String(required=True, allow_none=True)
    in_at = fields.AwareDateTime(required=True, allow_none=True)
    out_at = fields.AwareDateTime(required=True, allow_none=True)
    post = fields.String(required=True, allow_none=True)


class PresentSchema(Schema):
    """How many have come to serve, by all gates together."""

    present = fields.Integer(required=True)


class OfflineRosterSchema(Schema):
    """What a gate keeps until `expires_at`: sha256(salt|kind|id) of passes, numbers and cards."""

    activity = fields.Nested(NamedSchema, required=True)
    salt = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    server_time = fields.AwareDateTime(required=True)
    opens_at = fields.AwareDateTime(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    present = fields.Integer(required=True)
    posts = fields.List(fields.Nested(FreePostSchema), required=True)
    people = fields.List(fields.Nested(KnownSchema), required=True)


class HeadcountSentSchema(Schema):
    """Heads that the leader counted."""

    count = fields.Integer(required=True, strict=True, validate=validate.Range(0, 2000))
    nonce = fields.String(required=True, validate=KEY)


class HeadcountSchema(Schema):
    """Heads beside the gate's own number of that moment."""

    count = fields.Integer(required=True)
    present = fields.Integer(required=True)
    difference = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    replayed = fields.Boolean(load_default=False)


class HeadcountsSchema(Schema):
    """The newest headcounts first."""

    items = fields.List(fields.Nested(HeadcountSchema), required=True)


class ReopenSentSchema(Schema):
    """Until when a gate is open again, and why."""

    until = fields.AwareDateTime(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 300))


class ReopenedSchema(Schema):
    """A gate that is open again."""

    until = fields.AwareDateTime(required=True)
    reason = fields.String(required=True)


class ProblemSchema(Schema):
    """Something of the gate that needs a person's look."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    tail = fields.String(required=True, allow_none=True)
    action = fields.String(required=True, allow_none=True)
    occurred_at = fields.AwareDateTime(required=True, allow_none=True)
    device = fields.String(required=True, allow_none=True)
    detail = fields.Dict(required=True)
    opened_at = fields.AwareDateTime(required=True)
    resolved_at = fields.AwareDateTime(required=True, allow_none=True)
    resolution = fields.String(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)
    text = fields.Nested(TextSchema, required=True)


class ProblemsAskedSchema(Schema):
    """Which problems: open ones, and those before a number."""

    open = fields.Boolean(load_default=False)
    before = fields.Integer(load_default=None, validate=validate.Range(1))


class ProblemsSchema(Schema):
    """Problems, newest first; `next` is asked for as `before`."""

    items = fields.List(fields.Nested(ProblemSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class ResolutionSentSchema(Schema):
    """A person's word on a problem. `counted` states the stay: since when, and until when."""

    resolution = fields.String(required=True, validate=validate.OneOf(["noted", "counted"]))
    note = fields.String(required=True, validate=validate.Length(1, 500))
    in_at = fields.AwareDateTime(load_default=None, allow_none=True)
    out_at = fields.AwareDateTime(load_default=None, allow_none=True)


class AudienceSentSchema(Schema):
    """Somebody who listens: a pass, a card or a number."""

    code = fields.String(required=True, validate=CODE)
    nonce = fields.String(load_default=None, validate=KEY)
