"""The JSON of plans: activities and their posts."""

from marshmallow import Schema, fields, validate

from service.activities.schemas.shapes import (
    SHORT,
)


class PostSchema(Schema):
    """Places of one kind at an activity."""

    name = fields.String(required=True)
    rule = fields.String(required=True)
    capacity = fields.Integer(required=True)
    taken = fields.Integer(required=True)
    adults_only = fields.Boolean(required=True)
    min_age = fields.Integer(required=True)
    needs_qualification = fields.Boolean(required=True)
    needs_insurance = fields.Boolean(required=True)
    team_only = fields.Boolean(required=True)
    per_team_max = fields.Integer(required=True, allow_none=True)
    risk_text = fields.String(required=True, allow_none=True)


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
    min_age = fields.Integer(load_default=0, validate=validate.Range(0, 120))
    needs_qualification = fields.Boolean(load_default=False)
    needs_insurance = fields.Boolean(load_default=False)
    risk_text = fields.String(load_default=None, validate=validate.Length(1, 2000))
    team_only = fields.Boolean(load_default=False)
    per_team_max = fields.Integer(load_default=None, validate=validate.Range(1, 5000))


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
    content = fields.String(load_default="", validate=validate.Length(0, 500))
    partners = fields.List(fields.Integer(), load_default=list, validate=validate.Length(0, 20))
    draft = fields.Boolean(load_default=False)  # not to be seen yet
    posts = fields.List(
        fields.Nested(PostPlanSchema), required=True, validate=validate.Length(1, 20)
    )
