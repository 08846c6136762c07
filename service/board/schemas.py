"""What the board is asked, and what it answers as JSON."""

from marshmallow import Schema, fields, validate


class BoardAskSchema(Schema):
    """Which day, and after which shop the page begins; without a day it is today."""

    day = fields.Date()
    after = fields.String(load_default="", validate=validate.Length(max=40))


class SumsSchema(Schema):
    """A day of several shops; money in fen."""

    shops = fields.Integer(required=True)
    busy = fields.Integer(required=True)
    sales = fields.Integer(required=True)
    points = fields.Integer(required=True)
    goods_fen = fields.Integer(required=True)
    bills = fields.Integer(required=True)
    discount_fen = fields.Integer(required=True)
    agree = fields.Integer(required=True)
    differ = fields.Integer(required=True)


class ShopLineSchema(Schema):
    """A day of one shop; `agrees` is null while the shop has said nothing."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    sales = fields.Integer(required=True)
    points = fields.Integer(required=True)
    goods_fen = fields.Integer(required=True)
    bills = fields.Integer(required=True)
    discount_fen = fields.Integer(required=True)
    agrees = fields.Boolean(required=True, allow_none=True)
    counted = fields.Integer(required=True, allow_none=True)


class ClassSchema(Schema):
    """One class of exceptions and how many wait, by age."""

    kind = fields.String(required=True)
    count = fields.Integer(required=True)
    by_age = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class PledgeSchema(Schema):
    """A pledge that runs low; money in fen."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    pledged_fen = fields.Integer(required=True)
    left_fen = fields.Integer(required=True)


class LicenceSchema(Schema):
    """A paper of a shop that has run out or soon will."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    paper = fields.String(required=True, validate=validate.OneOf(["licence", "food"]))
    until = fields.Date(required=True)


class SilentSchema(Schema):
    """A day of a shop about which nobody said that it agrees."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    day = fields.Date(required=True)
    n = fields.Integer(required=True)
    step = fields.String(required=True, allow_none=True)
    agrees = fields.Boolean(required=True, allow_none=True)
    counted = fields.Integer(required=True, allow_none=True)


class BoardSchema(Schema):
    """The whole board of a day, and one page of its shops."""

    day = fields.Date(required=True)
    totals = fields.Nested(SumsSchema, required=True)
    shops = fields.List(fields.Nested(ShopLineSchema), required=True)
    next = fields.String(required=True, allow_none=True)
    exceptions = fields.List(fields.Nested(ClassSchema), required=True)
    silent = fields.List(fields.Nested(SilentSchema), required=True)
    pledge_left_fen = fields.Integer(required=True)
    pledges_low = fields.List(fields.Nested(PledgeSchema), required=True)
    licences = fields.List(fields.Nested(LicenceSchema), required=True)
