"""The JSON of people: never a name, a phone or an ID number."""

from marshmallow import EXCLUDE, Schema, fields, validate

from service.people.models import Channel, Role


class RoleSchema(Schema):
    """An office and where it counts."""

    role = fields.String(required=True)
    scope = fields.String(required=True)


class MeSchema(Schema):
    """Who the caller is."""

    kind = fields.String(required=True)
    code = fields.String(required=True)
    roles = fields.List(fields.Nested(RoleSchema), required=True)
    community = fields.String(required=True)
    profile = fields.String(allow_none=True)


class PageSchema(Schema):
    """Which page of a list is asked for."""

    after = fields.String(load_default="", validate=validate.Length(max=40))
    search = fields.String(load_default="", validate=validate.Length(max=40))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 100))


class FindSchema(Schema):
    """Who is looked for: a booklet's number, a whole phone or a whole name."""

    class Meta:
        """A page's form has its token, too."""

        unknown = EXCLUDE

    whom = fields.String(load_default="", validate=validate.Length(max=40))


class LookSchema(FindSchema):
    """Why a name is needed."""

    reason = fields.String(load_default="", validate=validate.Length(max=20))
    words = fields.String(load_default="", validate=validate.Length(max=200))


class AskErasureSchema(FindSchema):
    """Who wishes to be forgotten."""

    volunteer = fields.String(required=True, validate=validate.Length(1, 40))


class VolunteerSchema(Schema):
    """A volunteer as the list shows one: by booklet number."""

    code = fields.String(required=True)
    community = fields.String(required=True)
    team = fields.String(allow_none=True)
    age_band = fields.String(required=True)
    channel = fields.String(required=True, validate=validate.OneOf(list(Channel)))
    qualification_verified = fields.Boolean(required=True)
    guardian_consent = fields.Boolean(required=True)


class VolunteersSchema(Schema):
    """One page; `next` is the `after` of the following one, or null."""

    items = fields.List(fields.Nested(VolunteerSchema), required=True)
    next = fields.String(required=True, allow_none=True)


POST = validate.Regexp(rf"\A(?:{'|'.join(Role)}) [^\s]{{1,60}}\Z")


class PostSchema(Schema):
    """An office and its place, as one choice of a list."""

    post = fields.String(required=True, validate=POST)


class NewStaffSchema(PostSchema):
    """Somebody new: the sign-in name, what they are called, the first office."""

    login = fields.String(
        required=True, validate=validate.Regexp(r"\A\s*[A-Za-z0-9][A-Za-z0-9._-]{1,39}\s*\Z")
    )
    title = fields.String(
        required=True, validate=[validate.Length(1, 60), validate.Regexp(r".*\S")]
    )
