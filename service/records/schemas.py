"""The JSON and the forms of records. Shape only; rules live elsewhere."""

from marshmallow import EXCLUDE, Schema, fields, validate

CODE = validate.Length(1, 80)
KEY = validate.Regexp(r"^[A-Za-z0-9._:-]{1,80}\Z")
MARK = r"\A\d{4}-\d\d-\d\d\.\d{1,18}\Z"
NUMBER_MAX = 2**63 - 1
GRADES = ("excellent", "good", "qualified", "improve")
TRAINING_KINDS = ("induction", "skill", "safety", "other")


class LinesAskedSchema(Schema):
    """Which lines of the record: of a volunteer, an activity, a month; `before` is a page."""

    class Meta:
        """Every page takes ?lang= as well."""

        unknown = EXCLUDE

    volunteer = fields.String(load_default="", validate=CODE)
    activity = fields.String(load_default="", validate=CODE)
    month = fields.String(load_default="", validate=validate.Regexp(r"\A\d{4}-(0[1-9]|1[0-2])\Z"))
    before = fields.String(load_default="", validate=validate.Regexp(MARK))


class UptoSchema(Schema):
    """The last day of service that is exported; without one, today."""

    class Meta:
        """Every page takes ?lang= as well."""

        unknown = EXCLUDE

    upto = fields.Date(load_default=None)
    purpose = fields.String(
        load_default="house",
        validate=validate.OneOf(["house", "national"]),
        metadata={"description": "national: of those alone who agreed to be reported"},
    )


class LineSchema(Schema):
    """One line of the record; hours that were scanned and typed stand apart."""

    award = fields.String(required=True)
    kind = fields.String(required=True)
    volunteer = fields.String(required=True)
    activity = fields.String(required=True)
    title = fields.String(required=True)
    day = fields.Date(required=True)
    place = fields.String(required=True)
    content = fields.String(required=True)
    scanned = fields.Float(required=True)
    typed = fields.Float(required=True)
    hours = fields.Float(required=True)
    unit = fields.String(required=True)
    leader = fields.String(required=True)
    recorded = fields.AwareDateTime(required=True)
    due = fields.Date(required=True)
    late = fields.Boolean(required=True)
    evaluation = fields.String(
        allow_none=True, validate=validate.OneOf(GRADES), metadata={"description": "by the leader"}
    )


class ExportSchema(Schema):
    """All records up to a day, with their sums."""

    items = fields.List(fields.Nested(LineSchema), required=True)
    upto = fields.Date(required=True)
    count = fields.Integer(required=True)
    scanned_hours = fields.Float(required=True)
    typed_hours = fields.Float(required=True)
    hours = fields.Float(required=True)


class StarsAskedSchema(Schema):
    """Which stars, a page at a time."""

    status = fields.String(
        load_default="proposed",
        validate=validate.OneOf(["proposed", "granted", "declined", "withdrawn"]),
    )
    after = fields.Integer(load_default=0, strict=False, validate=validate.Range(0, NUMBER_MAX))


class StarSchema(Schema):
    """One star of one volunteer."""

    id = fields.Integer(required=True)
    volunteer = fields.String(required=True)
    star = fields.Integer(required=True)
    status = fields.String(required=True)
    notice_until = fields.Date(required=True)
    review = fields.Boolean(required=True)


class StarsSchema(Schema):
    """A page of stars."""

    items = fields.List(fields.Nested(StarSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class StarFormSchema(Schema):
    """What the secretary decides about a star; what takes something away says why."""

    decision = fields.String(
        required=True, validate=validate.OneOf(["grant", "decline", "keep", "withdraw"])
    )
    reason = fields.String(load_default="", validate=validate.Length(0, 300))


class HonourFormSchema(Schema):
    """What the secretary's form says when somebody is honoured."""

    volunteer = fields.String(required=True, validate=CODE)
    kind = fields.Integer(required=True, validate=validate.Range(1, NUMBER_MAX))
    day = fields.Date(required=True)
    reason = fields.String(required=True, validate=validate.Length(1, 300))
    key = fields.String(required=True, validate=KEY)


class KindFormSchema(Schema):
    """The name of a new kind of honour."""

    name = fields.String(required=True, validate=validate.Length(1, 40))


class TrainingFormSchema(Schema):
    """What the recorder types in of a training."""

    volunteer = fields.String(required=True, validate=CODE)
    kind = fields.String(required=True, validate=validate.OneOf(TRAINING_KINDS))
    title = fields.String(required=True, validate=validate.Length(1, 120))
    day = fields.Date(required=True)
    minutes = fields.Integer(required=True, validate=validate.Range(30, 60_000))
    certificate = fields.String(load_default="", validate=validate.Length(0, 120))
    key = fields.String(required=True, validate=KEY)


class ReasonFormSchema(Schema):
    """Why something is taken back."""

    reason = fields.String(required=True, validate=validate.Length(1, 300))


class VerdictFormSchema(Schema):
    """What the leader says of somebody's service."""

    volunteer = fields.String(required=True, validate=CODE)
    grade = fields.String(required=True, validate=validate.OneOf(GRADES))
    note = fields.String(load_default="", validate=validate.Length(0, 300))


class RatingFormSchema(Schema):
    """How satisfied somebody was who was served: 5 is very."""

    grade = fields.Integer(required=True, validate=validate.Range(1, 5))
