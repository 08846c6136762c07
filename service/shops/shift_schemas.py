"""The JSON of clerks, their shifts, and what a till says of itself."""

from marshmallow import EXCLUDE, Schema, fields, validate

from service.i18n import N_
from service.shops.models import ClerkRole
from service.shops.schemas import KEY

QUEUE_MAX = 100_000
# 甲班, 2 or Early: never a way to another address
LABEL = validate.Regexp(r"^[\w-]{1,12}$", error=N_("At most 12 letters and digits, in one word."))
PIN = validate.Regexp(r"^[0-9]{4}$")


class OnDutySchema(Schema):
    """Somebody who may begin a shift here."""

    label = fields.String(required=True)
    role = fields.String(required=True)


class ShiftSchema(Schema):
    """Whose shift it is at a till. Without `needed`, the shop has no clerks and simply sells."""

    needed = fields.Boolean(required=True)
    clerk = fields.String(allow_none=True)
    role = fields.String(allow_none=True)
    until = fields.AwareDateTime(allow_none=True)
    clerks = fields.List(fields.Nested(OnDutySchema), required=True)


class StartedShiftSchema(ShiftSchema):
    """What came of a PIN. `reason` is pin_wrong or pin_locked when the shift did not begin."""

    status = fields.String(required=True)
    reason = fields.String(allow_none=True)
    tries_left = fields.Integer(allow_none=True)


class StartShiftSchema(Schema):
    """A clerk and the four digits."""

    clerk = fields.String(required=True, validate=LABEL)
    pin = fields.String(required=True, validate=PIN)


class ReportSchema(Schema):
    """What a till has not sent yet, since when, and what its clock says."""

    queued = fields.Integer(required=True, strict=True, validate=validate.Range(0, QUEUE_MAX))
    oldest_at = fields.AwareDateTime(allow_none=True, load_default=None)
    sent_at = fields.AwareDateTime(required=True)


class HeardSchema(Schema):
    """The server's clock, by how much the till's is ahead of it, and whose shift it is."""

    server_time = fields.AwareDateTime(required=True)
    clock_offset_s = fields.Integer(required=True)
    every_s = fields.Integer(required=True)
    shift = fields.Nested(ShiftSchema, required=True)


class ActSchema(Schema):
    """The key of an act: sent twice, it is done once and answers the same for ten minutes."""

    key = fields.String(required=True, validate=KEY)


class NewClerkSchema(ActSchema):
    """Somebody who shall sell here, by a label that is no name."""

    label = fields.String(required=True, validate=LABEL)
    role = fields.String(
        load_default=ClerkRole.CLERK.value,
        validate=validate.OneOf([each.value for each in ClerkRole]),
    )


class ClerkSchema(OnDutySchema):
    """Somebody who sells in a shop."""

    made_at = fields.AwareDateTime(required=True)
    locked_until = fields.AwareDateTime(allow_none=True)
    last_shift_at = fields.AwareDateTime(allow_none=True)


class DrawnSchema(OnDutySchema):
    """A clerk's new digits, said only here; null when they were said more than ten minutes ago."""

    pin = fields.String(allow_none=True)


class ClerksSchema(Schema):
    """Who sells in a shop, all of them: a handful."""

    items = fields.List(fields.Nested(ClerkSchema), required=True)
    next = fields.String(allow_none=True)


class ShiftsAskSchema(Schema):
    """Before which shift the page begins; an address may carry more, which is left alone."""

    class Meta:
        """Every page takes ?lang=."""

        unknown = EXCLUDE

    before = fields.Integer(load_default=None, validate=validate.Range(1, 2**62))


class StoodSchema(Schema):
    """One shift; `open` while it has not ended."""

    clerk = fields.String(required=True)
    till = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True)
    ends_at = fields.AwareDateTime(required=True)
    open = fields.Boolean(required=True)


class ShiftsSchema(Schema):
    """A page of a shop's shifts, newest first."""

    items = fields.List(fields.Nested(StoodSchema), required=True)
    next = fields.Integer(allow_none=True)


class TillsAskSchema(Schema):
    """After which till the page begins; an address may carry more, which is left alone."""

    class Meta:
        """Every page takes ?lang=."""

        unknown = EXCLUDE

    after = fields.Integer(load_default=0, validate=validate.Range(0, 2**62))
