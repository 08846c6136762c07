"""What the board is asked, and what it answers as JSON."""

from marshmallow import Schema, fields, validate


class BoardAskSchema(Schema):
    """Which day, and after which shop the page begins; without a day it is today."""

    day = fields.Date()
    after = fields.String(load_default="", validate=validate.Length(max=40))


class BatchesAskSchema(Schema):
    """Which batches, and before which one the page begins."""

    shop = fields.String(load_default="", validate=validate.Length(max=40))
    status = fields.String(
        load_default="", validate=validate.OneOf(["", "open", "prepared", "closed"])
    )
    day = fields.Date()
    before = fields.Integer(validate=validate.Range(min=1))


class ShopDayAskSchema(Schema):
    """Which day of a shop is meant."""

    day = fields.Date(required=True)


class AgainSchema(Schema):
    """Whether a comparison that was asked for is still to be done, by which job, how far it is."""

    batch = fields.Integer(required=True)
    waits = fields.Boolean(required=True)
    job = fields.String(required=True)
    asked_at = fields.AwareDateTime(allow_none=True)
    checked_at = fields.AwareDateTime(allow_none=True)
    done = fields.Integer(allow_none=True)
    total = fields.Integer(allow_none=True)


class LinesAskSchema(Schema):
    """After which line the page begins, as the page before said."""

    after = fields.String(load_default="", validate=validate.Regexp(r"^([1-4]-\d{1,18})?$"))


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


class BatchLineSchema(Schema):
    """One batch in a list; money in fen, `totals` as the run left them."""

    id = fields.Integer(required=True)
    shop = fields.String(required=True, attribute="code")
    name = fields.String(required=True)
    day = fields.Date(required=True)
    status = fields.String(required=True)
    step = fields.String(required=True, allow_none=True)
    nth = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    agrees = fields.Boolean(required=True, allow_none=True)
    digest = fields.String(required=True, allow_none=True)
    totals = fields.Dict(required=True)


class BatchesSchema(Schema):
    """One page of batches."""

    items = fields.List(fields.Nested(BatchLineSchema), required=True)
    next = fields.String(required=True, allow_none=True)


class BatchSchema(BatchLineSchema):
    """One batch: what it compared, and what its two sides differ by."""

    ours_fen = fields.Integer(required=True)
    theirs_fen = fields.Integer(required=True)
    exceptions_fen = fields.Integer(required=True)
    pool_fen = fields.Integer(required=True)
    rounding_fen = fields.Integer(required=True)
    balanced = fields.Boolean(required=True)
    files = fields.List(fields.String(), required=True)
    inputs = fields.String(required=True, allow_none=True)
    high_water = fields.String(required=True, allow_none=True)
    rules = fields.String(required=True, allow_none=True)


class LineSchema(Schema):
    """One line of a batch: ours, theirs or both, and why it stands where it does."""

    part = fields.Integer(required=True)
    id = fields.Integer(required=True)
    why = fields.String(required=True)
    status = fields.String(required=True)
    ours_kind = fields.String(required=True, allow_none=True)
    ours_id = fields.Integer(required=True, allow_none=True)
    tail = fields.String(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    ours_fen = fields.Integer(required=True, allow_none=True)
    theirs_id = fields.Integer(required=True, allow_none=True)
    file_id = fields.Integer(required=True, allow_none=True)
    line = fields.Integer(required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    item = fields.String(required=True, allow_none=True)
    theirs_fen = fields.Integer(required=True, allow_none=True)
    diff_fen = fields.Integer(required=True, allow_none=True)
    ours_exception = fields.Integer(required=True, allow_none=True)
    theirs_exception = fields.Integer(required=True, allow_none=True)
    asks = fields.Boolean(required=True, metadata={"description": "a sum waits for a yes here"})


class SumSchema(Schema):
    """What came of confirming a sum; 0 when everything was answered before."""

    answered = fields.Integer(required=True)


class LinesSchema(Schema):
    """One page of a batch's lines."""

    items = fields.List(fields.Nested(LineSchema), required=True)
    next = fields.String(required=True, allow_none=True)
