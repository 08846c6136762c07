"""The JSON of own data, the switches, and the forms of requests."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service.consents import Purpose, Way
from service.privacy.models import About

WANTED = validate.Length(1, 200)
WHY = validate.Length(2, 300)
CODE = validate.Length(1, 20)


class TurnSchema(Schema):
    """Which switch goes where, and the version of the text that was read."""

    purpose = fields.String(required=True, validate=validate.OneOf(list(Purpose)))
    given = fields.Boolean(required=True)
    version = fields.Integer(required=True, validate=validate.Range(1, 10_000))


class PaperTurnSchema(Schema):
    """What a signed paper says of somebody's switch."""

    volunteer = fields.String(required=True, validate=CODE)
    purpose = fields.String(required=True, validate=validate.OneOf(list(Purpose)))
    given = fields.Boolean(required=True)
    guardian = fields.Boolean(load_default=False)


class AskSchema(Schema):
    """What is wrong, and what would be right."""

    field = fields.String(required=True, validate=validate.OneOf(list(About)))
    wanted = fields.String(required=True, validate=WANTED)


class AnswerSchema(Schema):
    """Yes or no, and why."""

    accepted = fields.Boolean(required=True)
    why = fields.String(required=True, validate=WHY)


class DecisionSchema(Schema):
    """What becomes of a wish: forget with the number typed again, or keep and say why."""

    decision = fields.String(required=True, validate=validate.OneOf(["erase", "keep"]))
    number = fields.String(load_default="", validate=validate.Length(max=40))
    why = fields.String(load_default="", validate=validate.Length(max=200))

    @validates_schema
    def check_reason(self, said: dict[str, str], **_: object) -> None:
        """Refuse to keep somebody's data without a word."""
        if said["decision"] == "keep" and not said["why"].strip():
            raise ValidationError({"why": ["Missing data for required field."]})


class LookSchema(Schema):
    """Why the words of a minor are needed."""

    reason = fields.String(load_default="", validate=validate.Length(max=20))
    words = fields.String(load_default="", validate=validate.Length(max=200))


class SwitchSchema(Schema):
    """Where a switch stands, and the text in force."""

    purpose = fields.String(required=True, validate=validate.OneOf(list(Purpose)))
    given = fields.Boolean(required=True)
    version = fields.Integer(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    current = fields.Integer(required=True)
    title = fields.String(required=True)
    says = fields.String(required=True)
    ends = fields.String(required=True)


class SwitchesSchema(Schema):
    """The five switches."""

    items = fields.List(fields.Nested(SwitchSchema), required=True)


def text(**more: Any) -> fields.String:
    """Make a field of text that is always there."""
    return fields.String(required=True, **more)


def number(**more: Any) -> fields.Integer:
    """Make a field of a whole number that is always there."""
    return fields.Integer(required=True, **more)


def moment(*, none: bool = False) -> fields.AwareDateTime:
    """Make a field of a moment; `none` where it may not have come."""
    return fields.AwareDateTime(required=True, allow_none=none)


def day() -> fields.Date:
    """Make a field of a day."""
    return fields.Date(required=True)


def yes_no(**more: Any) -> fields.Boolean:
    """Make a field of yes or no."""
    return fields.Boolean(required=True, **more)


def rows(name: str, **parts: fields.Field[Any]) -> fields.List[Any]:
    """Make a list of rows with these fields, under a name for the description."""
    row = Schema.from_dict(parts, name=f"Own{name}Schema")
    return fields.List(fields.Nested(row), required=True)


PERSON = Schema.from_dict(
    {
        "code": text(),
        "community": text(),
        "team": text(),
        "age_band": text(),
        "channel": text(),
        "qualification": text(),
        "qualification_verified": yes_no(),
        "guardian_consent": yes_no(),
        "guardian": text(),
        "registered_at": moment(),
        "withdrawn_at": moment(none=True),
        "points_before": number(),
        "minutes_before": number(),
    },
    name="OwnPersonSchema",
)
IDENTITY = Schema.from_dict(
    {"name": text(), "phone": text(), "id_no": text()}, name="OwnIdentitySchema"
)


class OwnDataSchema(Schema):
    """Everything that is kept about one volunteer. Fields may be added; none goes or changes.

    Minutes and points are whole numbers, bills are fen, moments carry their offset.
    """

    format = text(validate=validate.Equal("aixin/own-data/1"))
    made_at = moment()
    volunteer = fields.Nested(PERSON, required=True)
    identity = fields.Nested(IDENTITY, required=True)
    addresses = rows(
        "Address", channel=text(), address=text(), asked_at=moment(),
        confirmed_at=moment(none=True), ended_at=moment(none=True),
    )  # fmt: skip
    phones = rows("Phone", bound_at=moment(), ended_at=moment(none=True))
    sessions = rows("Session", created_at=moment(), expires_at=moment(), ended_at=moment(none=True))
    booklets = rows(
        "Booklet", code=text(), number=text(), status=text(), issued_at=moment(), expires_on=day()
    )
    consents = rows(
        "Consent", purpose=text(validate=validate.OneOf(list(Purpose))), given=yes_no(),
        version=number(), way=text(validate=validate.OneOf(list(Way))), at=moment(),
    )  # fmt: skip
    signups = rows(
        "Signup", activity=text(), title=text(), post=text(), status=text(), signed_at=moment()
    )
    attendances = rows(
        "Attendance", activity=text(), title=text(), kind=text(), status=text(), in_at=moment(),
        out_at=moment(none=True), in_way=text(), out_way=text(allow_none=True), amended=yes_no(),
    )  # fmt: skip
    awards = rows(
        "Award", award=text(), activity=text(allow_none=True), title=text(), kind=text(),
        status=text(), day=day(), minutes=number(), points=number(), cut=number(),
    )  # fmt: skip
    lots = rows("Lot", expires_on=day(), points=number())
    redemptions = rows(
        "Redemption", day=day(), shop=text(), good=text(), qty=number(), points=number(),
        status=text(), occurred_at=moment(),
    )  # fmt: skip
    discounts = rows("Discount", day=day(), shop=text(), bill_fen=number(), discount_fen=number())
    certificates = rows(
        "Certificate", serial=text(), upto=day(), minutes=number(), issued_at=moment(),
        revoked_at=moment(none=True),
    )  # fmt: skip
    stars = rows("Star", level=number(), status=text(), minutes=number(), at=moment())
    honours = rows("Honour", kind=text(), day=day(), reason=text(), withdrawn_at=moment(none=True))
    trainings = rows(
        "Training", title=text(), day=day(), minutes=number(), withdrawn_at=moment(none=True)
    )
    notices = rows(
        "Notice", notice=text(allow_none=True), tail=text(), minutes=number(), points=number(),
        at=moment(none=True),
    )  # fmt: skip
    messages = rows("Message", kind=text(), at=moment(), read_at=moment(none=True))
    looks = rows("Look", at=moment(), action=text(), office=text())
    corrections = rows(
        "Correction", field=text(validate=validate.OneOf(list(About))), wanted=text(),
        asked_at=moment(), accepted=yes_no(allow_none=True), answer=text(),
        answered_at=moment(none=True),
    )  # fmt: skip
