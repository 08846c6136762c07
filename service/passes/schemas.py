"""The JSON of signing in, of cards and of passes."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service.i18n import N_

WAYS = ({"login", "password"}, {"login", "password", "code"}, {"booklet", "pin"})


class SignInSchema(Schema):
    """Staff send login and password; a volunteer the booklet's number and its PIN."""

    login = fields.String(validate=validate.Length(1, 80))
    password = fields.String(validate=validate.Length(1, 200), load_only=True)
    code = fields.String(
        validate=validate.Length(6, 40),
        load_only=True,
        metadata={"description": "the second step: an app's six digits, or a recovery code"},
    )
    booklet = fields.String(
        validate=validate.Length(1, 40),
        metadata={"description": "the booklet's number, FM0001, or the 8 digits on its card"},
    )
    pin = fields.String(validate=validate.Regexp(r"\A[0-9]{4}\Z"), load_only=True)

    @validates_schema
    def one_way(self, data: dict[str, Any], **_: Any) -> None:
        """Take one of the two pairs, whole; a code may come with the first."""
        if set(data) not in WAYS:
            raise ValidationError(N_("Send login and password, or booklet and pin."))


class RoleSchema(Schema):
    """An office and where it counts."""

    role = fields.String(required=True)
    scope = fields.String(required=True)


class SessionSchema(Schema):
    """A session just opened; the token is said only here."""

    token = fields.String(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["staff", "volunteer"]))
    code = fields.String(required=True)
    roles = fields.List(fields.Nested(RoleSchema), required=True)


class CardSchema(Schema):
    """A card for the printer: said once, then nobody knows it."""

    booklet = fields.String(required=True)
    url = fields.String(required=True)
    number = fields.String(required=True)
    pin = fields.String(required=True)


class PassCodeSchema(Schema):
    """One code of the pass: its step, its address, its picture."""

    step = fields.Integer(required=True)
    url = fields.String(required=True)
    svg = fields.String(required=True)


class PassesSchema(Schema):
    """The codes of the next ten minutes, by the server's clock."""

    server_time = fields.AwareDateTime(required=True)
    step_seconds = fields.Integer(required=True)
    tail = fields.String(required=True)
    codes = fields.List(fields.Nested(PassCodeSchema), required=True)


class PictureSchema(Schema):
    """Which public code to draw."""

    path = fields.String(required=True, validate=validate.Length(1, 60))
