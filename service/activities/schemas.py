"""The JSON of activities: what is accepted, what is sent. Shape only; rules live elsewhere."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service.i18n import N_

CODE = validate.Length(1, 512)
SHORT = validate.Length(1, 80)
KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}\Z")
ACTIONS = validate.OneOf(["in", "out"])
BATCH_MAX = 200


class OnDaySchema(Schema):
    """Which day's activities are asked for; without one, those from today on."""

    on = fields.Date(load_default=None)


class PostSchema(Schema):
    """Places of one kind at an activity."""

    name = fields.String(required=True)
    rule = fields.String(required=True)
    capacity = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    adults_only = fields.Boolean(required=True)


class ActivitySchema(Schema):
    """An activity as anybody may see it, with the reader's own sign-up."""

    code = fields.String(required=True)
    title = fields.String(required=True)
    place = fields.String(required=True)
    kind = fields.String(required=True)
    category = fields.String(required=True)
    community = fields.String(required=True)
    status = fields.String(required=True)
    business_day = fields.Date(required=True)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    capacity = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    mine = fields.String(required=True, allow_none=True)
    place_in_line = fields.Integer(required=True, allow_none=True)
    posts = fields.List(fields.Nested(PostSchema))


class ActivitiesSchema(Schema):
    """A list of activities by their start; `next` is null: a page holds them all."""

    items = fields.List(fields.Nested(ActivitySchema), required=True)
    next = fields.String(required=True, allow_none=True)


class PostPlanSchema(Schema):
    """Places of one kind; without a rule they earn by the template's."""

    name = fields.String(required=True, validate=SHORT)
    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(1, 5000))
    rule = fields.String(load_default=None, validate=SHORT)


class PlanSchema(Schema):
    """An activity to be published; codes name the community, the template, team and leader."""

    code = fields.String(required=True, validate=validate.Regexp(r"^[A-Za-z0-9_-]{1,40}\Z"))
    community = fields.String(required=True, validate=SHORT)
    template = fields.String(required=True, validate=SHORT)
    title = fields.String(required=True, validate=SHORT)
    place = fields.String(required=True, validate=SHORT)
    starts_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    leader = fields.String(required=True, validate=SHORT)
    team = fields.String(load_default=None, validate=SHORT)
    insurance_ref = fields.String(load_default=None, validate=SHORT)
    posts = fields.List(
        fields.Nested(PostPlanSchema), required=True, validate=validate.Length(1, 20)
    )


class SignupSentSchema(Schema):
    """Who is to be signed up: oneself without a name, another one by the leader or recorder."""

    volunteer = fields.String(load_default=None, validate=SHORT)
    post = fields.String(load_default=None, validate=SHORT)


class SeatSchema(Schema):
    """A place, or a turn in the queue: 1 is the first in line."""

    status = fields.String(required=True, validate=validate.OneOf(["confirmed", "waiting"]))
    place = fields.Integer(required=True, allow_none=True)
    already = fields.Boolean(required=True)


class CancelledSchema(Schema):
    """The place was given back; it went to the first in line, if anybody waited."""

    status = fields.String(required=True)
    promoted = fields.String(required=True, allow_none=True)


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


class CheckOutSentSchema(Schema):
    """A forgotten check-out: when the person left, or that the stay is not counted."""

    at = fields.AwareDateTime(load_default=None)
    not_counted = fields.Boolean(load_default=False)

    @validates_schema
    def one_of_both(self, data: dict[str, object], **_: object) -> None:
        """Ask for exactly one decision."""
        if (data.get("at") is None) == (not data.get("not_counted")):
            raise ValidationError(N_("Say when, or that it is not counted."))


class AmendedSchema(Schema):
    """The answer to a filled-in check-out."""

    status = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True, allow_none=True)


class ConfirmSentSchema(Schema):
    """Whose hours, by which rate; without one the post's own where the person meets it."""

    volunteer = fields.String(required=True, validate=SHORT)
    rule = fields.String(load_default=None, validate=SHORT)
    key = fields.String(load_default=None, validate=KEY)


class ConfirmedSchema(Schema):
    """A confirmation's answer; `minutes` were spent within the plan, `service_minutes` count."""

    status = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)
    replayed = fields.Boolean(required=True)
    award = fields.String(required=True, allow_none=True)
    rule = fields.String(required=True, allow_none=True)
    minutes = fields.Integer(required=True, allow_none=True)
    service_minutes = fields.Integer(required=True, allow_none=True)
    hours = fields.Float(required=True, allow_none=True, metadata={"description": "to 0.01"})
    points = fields.Integer(required=True, allow_none=True)
    cut = fields.Integer(required=True, allow_none=True)
    cut_by = fields.String(required=True, allow_none=True)
    flags = fields.List(fields.String(), required=True)
    text = fields.Nested(TextSchema, required=True)


class PaperSentSchema(Schema):
    """A line of the paper sheet."""

    volunteer = fields.String(required=True, validate=SHORT)
    line = fields.Integer(load_default=None, strict=True, validate=validate.Range(1))
    check_in = fields.AwareDateTime(required=True)
    check_out = fields.AwareDateTime(required=True)
    evidence = fields.String(required=True, validate=validate.Length(1, 500))
    rule = fields.String(load_default=None, validate=SHORT)
    key = fields.String(load_default=None, validate=KEY)


class PaperSchema(Schema):
    """A typed-in line, and where it stands."""

    id = fields.Integer(required=True)
    status = fields.String(required=True)


class DecisionSchema(Schema):
    """Yes, unless it says no."""

    accept = fields.Boolean(load_default=True)


class ManualSentSchema(Schema):
    """What is claimed for a volunteer, and what proves it."""

    volunteer = fields.String(required=True, validate=SHORT)
    rule = fields.String(required=True, validate=SHORT)
    claimed_from = fields.AwareDateTime(required=True)
    claimed_to = fields.AwareDateTime(required=True)
    evidence = fields.String(required=True, validate=validate.Length(1, 500))
    key = fields.String(load_default=None, validate=KEY)


class AwardSchema(Schema):
    """An award; a waiting one shows what is asked."""

    award = fields.String(required=True)
    kind = fields.String(required=True)
    status = fields.String(required=True)
    replayed = fields.Boolean(required=True)
    rule = fields.String(required=True)
    minutes = fields.Integer(required=True)
    service_minutes = fields.Integer(required=True)
    points = fields.Integer(required=True)
    cut = fields.Integer(required=True)
    cut_by = fields.String(required=True, allow_none=True)
    flags = fields.List(fields.String(), required=True)


class RightSchema(Schema):
    """Whether a volunteer may enter awards for others."""

    volunteer = fields.String(required=True)
    right = fields.String(required=True)
    held = fields.Boolean(required=True)


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
