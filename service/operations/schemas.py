"""The JSON of the operations."""

from marshmallow import Schema, fields, validate


class QueueSchema(Schema):
    """One queue in figures."""

    name = fields.String(required=True)
    waiting = fields.Integer(required=True)
    oldest_at = fields.AwareDateTime(required=True, allow_none=True)
    running = fields.Integer(required=True)
    scheduled = fields.Integer(required=True)
    failed = fields.Integer(required=True)


class WorkSchema(Schema):
    """One job."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    queue = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True, allow_none=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    done = fields.Integer(required=True, allow_none=True)
    total = fields.Integer(required=True, allow_none=True)
    tries_left = fields.Integer(required=True)
    reason = fields.String(required=True)


class HandSchema(Schema):
    """One worker."""

    name = fields.String(required=True)
    state = fields.String(required=True)
    work = fields.String(required=True, allow_none=True)
    queues = fields.List(fields.String(), required=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    seen_at = fields.AwareDateTime(required=True, allow_none=True)
    done = fields.Integer(required=True)
    failed = fields.Integer(required=True)


class DueSchema(Schema):
    """What comes by itself."""

    name = fields.String(required=True)
    queue = fields.String(required=True)
    every_s = fields.Integer(required=True, allow_none=True)
    at = fields.String(required=True, allow_none=True)
    queued_at = fields.AwareDateTime(required=True, allow_none=True)
    next_at = fields.AwareDateTime(required=True, allow_none=True)
    last_at = fields.AwareDateTime(required=True, allow_none=True)
    last_well = fields.Boolean(required=True, allow_none=True)
    last_s = fields.Integer(required=True, allow_none=True)


class BacklogSchema(Schema):
    """What waits in the database."""

    events = fields.Integer(required=True)
    oldest_at = fields.AwareDateTime(required=True, allow_none=True)
    retrying = fields.Integer(required=True)
    dead = fields.Integer(required=True)
    copies = fields.Integer(required=True)
    copies_failed = fields.Integer(required=True)


class OperationsSchema(Schema):
    """Everything at one look; the lists hold the newest few of each queue."""

    backlog = fields.Nested(BacklogSchema, required=True)
    queues = fields.List(fields.Nested(QueueSchema), required=True)
    running = fields.List(fields.Nested(WorkSchema), required=True)
    scheduled = fields.List(fields.Nested(WorkSchema), required=True)
    failed = fields.List(fields.Nested(WorkSchema), required=True)
    hands = fields.List(fields.Nested(HandSchema), required=True)
    due = fields.List(fields.Nested(DueSchema), required=True)
    cron_seen_at = fields.AwareDateTime(required=True, allow_none=True)


class FailedAskedSchema(Schema):
    """Which queue's, and where the page begins."""

    queue = fields.String(required=True, validate=validate.Length(1, 40))
    before = fields.String(load_default=None, validate=validate.Length(1, 200))


class FailedSchema(Schema):
    """A page of failed work, the newest first."""

    items = fields.List(fields.Nested(WorkSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class DoneSchema(Schema):
    """Whether it was done now; no: it was done before, or there is no such job."""

    done = fields.Boolean(required=True)
