"""The JSON of hours: check-outs, confirmations, paper, awards by hand."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service.activities.models import AwardStatus
from service.activities.schemas.shapes import (
    KEY,
    SHORT,
    DecisionSchema,
    TextSchema,
)
from service.i18n import N_

WORDED = validate.Regexp(r"(?s).*\S", error=N_("Please write it in words."))
EVIDENCE = validate.And(validate.Length(1, 500), WORDED)


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
    evidence = fields.String(required=True, validate=EVIDENCE)
    picture = fields.String(load_default=None, validate=SHORT)
    rule = fields.String(load_default=None, validate=SHORT)
    key = fields.String(load_default=None, validate=KEY)


class PaperSchema(Schema):
    """A typed-in line, and where it stands."""

    id = fields.Integer(required=True)
    status = fields.String(required=True)


class ManualSentSchema(Schema):
    """What is claimed for a volunteer, and what proves it."""

    volunteer = fields.String(required=True, validate=SHORT)
    rule = fields.String(required=True, validate=SHORT)
    claimed_from = fields.AwareDateTime(required=True)
    claimed_to = fields.AwareDateTime(required=True)
    evidence = fields.String(required=True, validate=EVIDENCE)
    picture = fields.String(load_default=None, validate=SHORT)
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
    spendable_on = fields.Date(required=True, allow_none=True)
    refusal = fields.String(required=True, allow_none=True)
    picture = fields.Boolean(required=True)


class AwardsAskedSchema(Schema):
    """Which awards are asked for, and behind which one the page begins."""

    status = fields.String(load_default=None, validate=validate.OneOf([*AwardStatus]))
    volunteer = fields.String(load_default=None, validate=SHORT)
    activity = fields.String(load_default=None, validate=SHORT)
    before = fields.Integer(load_default=None, validate=validate.Range(1, 2**62))


class ListedAwardSchema(AwardSchema):
    """An award of a list, with whose it is and who made it."""

    volunteer = fields.String(required=True)
    activity = fields.String(required=True, allow_none=True)
    service_day = fields.Date(required=True)
    maker = fields.String(required=True)
    approver = fields.String(required=True, allow_none=True)


class AwardsSchema(Schema):
    """A page of awards, the newest first."""

    items = fields.List(fields.Nested(ListedAwardSchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class VerdictSchema(DecisionSchema):
    """Yes, or no with a reason."""

    reason = fields.String(load_default="", validate=validate.Length(max=500))


class ReversalSentSchema(Schema):
    """Why an award shall be taken back; the volunteer reads it."""

    reason = fields.String(required=True, validate=EVIDENCE)


class AwardReversalSchema(Schema):
    """Where the reversal of an award stands."""

    award = fields.String(required=True)
    volunteer = fields.String(required=True)
    status = fields.String(required=True)
    points = fields.Integer(required=True)
    service_minutes = fields.Integer(required=True)
    reason = fields.String(required=True)
    proposed_by = fields.String(required=True)
    decided_by = fields.String(required=True, allow_none=True)
    refusal = fields.String(required=True, allow_none=True)


class PictureSentSchema(Schema):
    """A picture as a part of a form."""

    picture = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})


class PictureSchema(Schema):
    """A kept picture: name its code when the award or the line is entered."""

    picture = fields.String(required=True)
    media_type = fields.String(required=True)
    bytes = fields.Integer(required=True)


class RightSentSchema(Schema):
    """What the secretary decides about somebody's right to enter awards for others."""

    volunteer = fields.String(required=True, validate=SHORT)
    change = fields.String(required=True, validate=validate.OneOf(["entrust", "suspend"]))


class RightSchema(Schema):
    """Whether a volunteer may enter awards for others."""

    volunteer = fields.String(required=True)
    right = fields.String(required=True)
    held = fields.Boolean(required=True)
