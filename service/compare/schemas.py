"""The JSON of the comparison. Shape only."""

from marshmallow import EXCLUDE, Schema, fields, validate


class AskedSchema(Schema):
    """Which month; without one, this month."""

    class Meta:
        """Every page takes ?lang= as well."""

        unknown = EXCLUDE

    month = fields.String(
        load_default="", validate=validate.Regexp(r"\A(20\d\d-(0[1-9]|1[0-2]))?\Z")
    )


class PointsSchema(Schema):
    """What became of points in the month, and what is held at its end."""

    issued = fields.Integer(required=True)
    redeemed = fields.Integer(required=True)
    expired = fields.Integer(required=True)
    outstanding = fields.Integer(required=True)


class OpenSchema(Schema):
    """What waits for somebody now."""

    exceptions = fields.Integer(required=True)
    findings = fields.Integer(required=True)
    cases = fields.Integer(required=True)
    objections = fields.Integer(required=True)


class CommunitySchema(Schema):
    """One community."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    heads = fields.Integer(required=True, metadata={"description": "registered volunteers"})
    active = fields.Integer(required=True, metadata={"description": "who served in the month"})
    minutes = fields.Integer(required=True)
    points = fields.Nested(PointsSchema, required=True)
    open = fields.Nested(OpenSchema, required=True)
    late = fields.Integer(required=True, metadata={"description": "records over their deadline"})


class ComparisonSchema(Schema):
    """The communities of the caller, in the order of their codes."""

    month = fields.String(required=True)
    items = fields.List(fields.Nested(CommunitySchema), required=True)
