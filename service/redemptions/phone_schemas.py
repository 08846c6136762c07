"""The JSON of what happens on the volunteer's own phone: tickets, choices, what there is."""

from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from service.redemptions.schemas import (
    GOOD,
    PIN,
    QTY_MAX,
    AnswerSchema,
    LookSchema,
    ProxyField,
)


class WantedSchema(Schema):
    """What a till offers to whoever scans the ticket."""

    good = fields.String(required=True, validate=GOOD)
    qty = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, QTY_MAX))


class TicketSchema(Schema):
    """A ticket. `state` is open, asked, done or over; `answer` is there when it is done."""

    status = fields.String(required=True)
    reason = fields.String(allow_none=True)
    key = fields.String(required=True)
    state = fields.String(required=True)
    good = fields.String(required=True)
    good_name = fields.String(required=True)
    qty = fields.Integer(required=True)
    points = fields.Integer(required=True)
    expires_at = fields.AwareDateTime(allow_none=True)
    url = fields.String(allow_none=True)
    image = fields.String(allow_none=True)
    answer = fields.Nested(AnswerSchema, allow_none=True)


class CaptureSchema(LookSchema):
    """The code of whoever comes for what was chosen on the phone, and the PIN where it is asked."""

    pin = fields.String(validate=PIN)


class WishSchema(Schema):
    """A good of a shop that a volunteer chooses on the phone. `again` answers the question."""

    shop = fields.String(required=True, validate=GOOD)
    good = fields.String(required=True, validate=GOOD)
    qty = fields.Integer(load_default=1, validate=validate.Range(1, QTY_MAX))
    proxy = ProxyField(allow_none=True, load_default=None)
    again = fields.Boolean(load_default=False)


class WishFormSchema(WishSchema):
    """The same from a page, which carries its nonce; nobody else comes when none is named."""

    nonce = fields.String(required=True, validate=validate.Length(min=8, max=80))

    @pre_load
    def drop_nobody(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Leave out what the form sends empty."""
        return {name: value for name, value in data.items() if value != ""}


class ShelfQuerySchema(Schema):
    """Which page of what points buy, and whether also what cannot be had now."""

    everything = fields.Boolean(load_default=False)
    after = fields.String(validate=validate.Length(max=90))


class ChoosableSchema(Schema):
    """A good of a shop: may it be had now, and if not, why; `short` is what is missing."""

    shop = fields.String(required=True, attribute="shop.code")
    shop_name = fields.String(required=True, attribute="shop.short_name")
    good = fields.String(required=True, attribute="good.code")
    name = fields.String(required=True, attribute="good.name")
    points = fields.Integer(required=True, attribute="good.points")
    picture = fields.String(allow_none=True, attribute="good.picture_url")
    reason = fields.String(allow_none=True)
    short = fields.Integer(required=True)


class ChoosableListSchema(Schema):
    """One page of what there is, and where the next one begins."""

    items = fields.List(fields.Nested(ChoosableSchema), required=True, attribute="rows")
    next = fields.String(allow_none=True)


class AgainSchema(Schema):
    """The volunteer was asked about the same good within the hour, and means it."""

    again = fields.Boolean(load_default=False)
