"""The JSON and the forms of planning: amending, steps, series, kinds, partners, outcomes."""

from marshmallow import Schema, fields, validate

from service.activities.actions.lifecycle import STATES
from service.activities.actions.partners import PARTNER_KINDS
from service.activities.schemas.plans import PostPlanSchema
from service.activities.schemas.shapes import SHORT

TEXT = validate.Length(0, 500)
REASON = validate.Length(2, 200)
POSTS = validate.Length(1, 20)
COUNT = validate.Range(0, 1_000_000)
CODE = validate.Regexp(r"^[A-Za-z0-9_-]{1,40}\Z")
RISKS = ("low", "danger")
KINDS = ("service", "visit", "training", "event")


class AmendedPlanSchema(Schema):
    """What is to change of a plan; whatever is not sent stays."""

    template = fields.String(validate=SHORT)
    title = fields.String(validate=SHORT)
    place = fields.String(validate=SHORT)
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    leader = fields.String(validate=SHORT)
    team = fields.String(allow_none=True, validate=SHORT)
    insurance_ref = fields.String(allow_none=True, validate=SHORT)
    content = fields.String(validate=TEXT)
    partners = fields.List(fields.Integer(), validate=validate.Length(0, 20))
    posts = fields.List(fields.Nested(PostPlanSchema), validate=POSTS)


class ActivityStepSchema(Schema):
    """The state to which an activity is to be taken; calling off has its own address."""

    to = fields.String(required=True, validate=validate.OneOf(STATES))


class ActivityStateSchema(Schema):
    """The state of an activity."""

    code = fields.String(required=True)
    status = fields.String(required=True)


class CallOffSchema(Schema):
    """Why an activity is called off, in words for those who signed up."""

    reason = fields.String(required=True, validate=REASON)


class CalledOffSchema(Schema):
    """An activity was called off, and so many were told just now."""

    status = fields.String(required=True)
    told = fields.Integer(required=True)


class OutcomesSchema(Schema):
    """What came of an activity: people served, and the counters of its kind."""

    served = fields.Integer(required=True, allow_none=True, validate=COUNT)
    counters = fields.Dict(
        keys=fields.String(validate=SHORT),
        values=fields.Integer(allow_none=True, validate=COUNT),
        required=True,
    )


class OutcomesSentSchema(Schema):
    """What came of an activity, as it is reported; counters that are not named stay."""

    served = fields.Integer(load_default=None, validate=COUNT)
    counters = fields.Dict(
        keys=fields.String(validate=SHORT),
        values=fields.Integer(validate=COUNT),
        load_default=dict,
    )


class WeeklySchema(Schema):
    """On which weekdays (1 is Monday) and at what hours of the wall clock, from when until when."""

    weekdays = fields.List(
        fields.Integer(validate=validate.Range(1, 7)),
        required=True,
        validate=validate.Length(1, 7),
    )
    starts = fields.Time(required=True)
    ends = fields.Time(required=True)
    from_day = fields.Date(required=True)
    until_day = fields.Date(load_default=None)
    skip_holidays = fields.Boolean(load_default=False)


class SeriesSentSchema(Schema):
    """A series: the plan of each of its activities, and the weekly rhythm.

    Whoever states its code may send it twice: the second is answered like the first.
    """

    code = fields.String(load_default=None, validate=validate.Regexp(r"^[A-Za-z0-9_-]{1,30}\Z"))

    community = fields.String(required=True, validate=SHORT)
    template = fields.String(required=True, validate=SHORT)
    title = fields.String(required=True, validate=SHORT)
    place = fields.String(required=True, validate=SHORT)
    leader = fields.String(required=True, validate=SHORT)
    team = fields.String(load_default=None, validate=SHORT)
    insurance_ref = fields.String(load_default=None, validate=SHORT)
    content = fields.String(load_default="", validate=TEXT)
    partners = fields.List(fields.Integer(), load_default=list, validate=validate.Length(0, 20))
    posts = fields.List(fields.Nested(PostPlanSchema), required=True, validate=POSTS)
    weekly = fields.Nested(WeeklySchema, required=True)


class SeriesSchema(Schema):
    """A series and how many of its dates were planned just now."""

    code = fields.String(required=True)
    planned = fields.Integer(required=True)


class SeriesEndSchema(Schema):
    """The end of a series; with a reason, what lies ahead is called off too."""

    reason = fields.String(load_default=None, validate=REASON)


class FormPostSchema(PostPlanSchema):
    """A post as a form sends it: figures are text, and a number says which one it was."""

    id = fields.Integer(load_default=None)
    capacity = fields.Integer(required=True, validate=validate.Range(1, 5000))


class PlanFormSchema(Schema):
    """A plan as the desk's form sends it; with weekdays it is a series.

    The key is made with the form, so that a double tap plans once.
    """

    key = fields.String(required=True, validate=validate.Regexp(r"^[A-Z0-9]{6}\Z"))

    community = fields.String(required=True, validate=SHORT)
    template = fields.String(required=True, validate=SHORT)
    title = fields.String(required=True, validate=SHORT)
    place = fields.String(required=True, validate=SHORT)
    leader = fields.String(required=True, validate=SHORT)
    team = fields.String(load_default=None, validate=SHORT)
    insurance_ref = fields.String(load_default=None, validate=SHORT)
    content = fields.String(load_default="", validate=TEXT)
    day = fields.Date(required=True)
    starts = fields.Time(required=True)
    ends = fields.Time(required=True)
    weekdays = fields.List(fields.Integer(validate=validate.Range(1, 7)), load_default=list)
    until_day = fields.Date(load_default=None)
    skip_holidays = fields.Boolean(load_default=False)
    partners = fields.List(fields.Integer(), load_default=list, validate=validate.Length(0, 20))
    posts = fields.List(fields.Nested(FormPostSchema), required=True, validate=POSTS)


class KindFormSchema(Schema):
    """A kind of activity as the desk's form sends it."""

    code = fields.String(required=True, validate=CODE)
    name = fields.String(required=True, validate=SHORT)
    rule = fields.String(required=True, validate=SHORT)
    category = fields.String(required=True, validate=SHORT)
    risk = fields.String(required=True, validate=validate.OneOf(RISKS))
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    content = fields.String(load_default="", validate=TEXT)
    counters = fields.List(
        fields.String(validate=validate.Length(1, 40)),
        load_default=list,
        validate=validate.Length(0, 12),
    )
    duration_minutes = fields.Integer(load_default=None, validate=validate.Range(1, 1440))
    active = fields.Boolean(load_default=False)
    posts = fields.List(fields.Nested(FormPostSchema), load_default=list)


class PartnerFormSchema(Schema):
    """A partner as the desk's form sends it."""

    community = fields.String(required=True, validate=SHORT)
    name = fields.String(required=True, validate=SHORT)
    kind = fields.String(required=True, validate=validate.OneOf(PARTNER_KINDS))
    note = fields.String(load_default="", validate=TEXT)
    active = fields.Boolean(load_default=False)
