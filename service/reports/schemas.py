"""The JSON of figures and of the ledger. Points are integers, money is fen, days are ISO dates."""

from marshmallow import EXCLUDE, Schema, fields, validate

from service.reconciliation import EquationSchema

CODES_MAX = 1000
CODE_MAX = 80
MONTH = validate.Regexp(r"\A(20\d\d-(0[1-9]|1[0-2]))?\Z")
MARK = validate.Regexp(r"\A(\d{4}-(0[1-9]|1[0-2])-([0-2]\d|3[01]) \d{1,18})?\Z")


class PeriodArguments(Schema):
    """Which business days, which volunteers; without days, today."""

    first = fields.Date(data_key="from")
    last = fields.Date(data_key="to")
    codes = fields.String(metadata={"description": "booklet numbers, separated by commas"})
    after = fields.String(load_default="")


class VolunteerFigures(EquationSchema):
    """One volunteer over a period; what goes out is negative."""

    code = fields.String()
    lifetime = fields.Integer()
    tier = fields.String()
    minutes_period = fields.Integer()
    minutes = fields.Integer()


class StandingFigures(Schema):
    """Where one volunteer stands now."""

    code = fields.String()
    community = fields.String()
    balance = fields.Integer()
    lifetime = fields.Integer()
    minutes = fields.Integer()
    tier = fields.String(attribute="tier.code")
    discount_pct = fields.Integer(attribute="tier.pct")
    expires_on = fields.Date(allow_none=True)
    expires_points = fields.Integer(allow_none=True)


class VolunteersPage(Schema):
    """A page of volunteers; `next` is the value of `after` for the next one."""

    items = fields.List(fields.Nested(VolunteerFigures))
    next = fields.String(allow_none=True)


class TotalsFigures(EquationSchema):
    """Sums over volunteers, what the shops gave, the service done, the ledger across from them."""

    volunteers = fields.Integer()
    service_records = fields.Integer()
    service_minutes = fields.Integer()
    goods_value_fen = fields.Integer()
    discount_fen = fields.Integer()
    pledge_remaining_fen = fields.Integer()
    ledger = fields.Dict(keys=fields.String(), values=fields.Integer())


class ShopFigures(Schema):
    """What one shop gave over a period; what was undone counts under `reversed` only."""

    code = fields.String()
    name = fields.String()
    redemptions = fields.Integer()
    points = fields.Integer()
    value_fen = fields.Integer()
    reversed = fields.Integer()
    discounts = fields.Integer()
    discount_fen = fields.Integer()


class ShopsPage(Schema):
    """A page of shops; `next` is the value of `after` for the next one."""

    items = fields.List(fields.Nested(ShopFigures))
    next = fields.String(allow_none=True)


class AccountArguments(Schema):
    """Which accounts: part of an address or a shop's name, and where the page begins."""

    search = fields.String(load_default="", validate=validate.Length(max=80))
    family = fields.String(load_default="", validate=validate.Length(max=40))
    after = fields.String(load_default="")
    unit = fields.String(load_default="")


class AccountFigures(Schema):
    """One account and its balance."""

    address = fields.String()
    unit = fields.String()
    balance = fields.Integer()
    closed = fields.Boolean()


class AccountsPage(Schema):
    """A page of accounts; the next one begins after the last address and unit."""

    items = fields.List(fields.Nested(AccountFigures))
    next = fields.String(allow_none=True)


class EntryArguments(Schema):
    """Which unit, and below which number the page begins."""

    unit = fields.String(load_default="PTS", validate=validate.OneOf(["PTS", "CNY"]))
    before = fields.Integer(load_default=None, allow_none=True)


class EntryFigures(Schema):
    """One line of a statement; it counts for `effective_on`, whatever day it was of."""

    seq = fields.Integer()
    amount = fields.Integer()
    balance = fields.Integer(allow_none=True)
    transfer_id = fields.Integer()
    kind = fields.String()
    key = fields.String()
    actor = fields.String()
    business_day = fields.Date()
    effective_on = fields.Date()
    occurred_at = fields.AwareDateTime()
    recorded_at = fields.AwareDateTime()


class Statement(Schema):
    """An account with a page of its entries, newest first."""

    address = fields.String()
    unit = fields.String()
    balance = fields.Integer()
    held_out = fields.Integer()
    items = fields.List(fields.Nested(EntryFigures))
    next = fields.Integer(allow_none=True)


class TransferArguments(Schema):
    """Which transfers: by kind, by business day, by part of a key or a booklet number."""

    search = fields.String(load_default="", validate=validate.Length(max=80))
    kind = fields.String(load_default="", validate=validate.Length(max=20))
    day = fields.Date(load_default=None, allow_none=True)
    before = fields.Integer(load_default=None, allow_none=True)


class TransferLine(Schema):
    """One transfer in a list."""

    id = fields.Integer()
    kind = fields.String()
    key = fields.String()
    actor = fields.String()
    points = fields.Integer(allow_none=True)
    fen = fields.Integer(allow_none=True)
    business_day = fields.Date()
    recorded_at = fields.AwareDateTime()
    reverses_id = fields.Integer(allow_none=True)


class TransfersPage(Schema):
    """A page of transfers, newest first."""

    items = fields.List(fields.Nested(TransferLine))
    next = fields.Integer(allow_none=True)


class LegFigures(Schema):
    """One side of a transfer."""

    address = fields.String()
    unit = fields.String()
    amount = fields.Integer()
    balance = fields.Integer(allow_none=True)


class LotMoveFigures(Schema):
    """What went into a lot or came out of it; 9999-12-31 is the debt."""

    expires_on = fields.Date()
    amount = fields.Integer()


class TransferFigures(TransferLine):
    """One transfer with its legs and lots."""

    source = fields.String()
    occurred_at = fields.AwareDateTime()
    effective_on = fields.Date()
    pending_id = fields.Integer(allow_none=True)
    settled_by_id = fields.Integer(allow_none=True)
    reversed_by_id = fields.Integer(allow_none=True)
    legs = fields.List(fields.Nested(LegFigures))
    lots = fields.List(fields.Nested(LotMoveFigures))


class TrialLine(Schema):
    """One line of the trial balance; all wallets together are the line `volunteer`."""

    address = fields.String()
    unit = fields.String()
    accounts = fields.Integer()
    balance = fields.Integer()


class TrialBalance(Schema):
    """Every account, and what each unit sums to: zero, or the books are wrong."""

    items = fields.List(fields.Nested(TrialLine))
    sums = fields.Dict(keys=fields.String(), values=fields.Integer())


class FindingFigures(Schema):
    """One thing that a verification found wrong."""

    kind = fields.String()
    place = fields.String()
    detail = fields.String()


class VerificationFigures(Schema):
    """How far a verification is; places are told only to who may read every community."""

    id = fields.Integer()
    finished = fields.Boolean()
    asked_at = fields.AwareDateTime()
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    done = fields.Integer()
    transfers = fields.Integer()
    entries = fields.Integer()
    size = fields.Integer()
    faults = fields.Integer()
    findings = fields.List(fields.Nested(FindingFigures))


class StatementArguments(Schema):
    """Which month of a statement; `community` tells two teams of the same number apart."""

    class Meta:
        """Every page takes ?lang= as well."""

        unknown = EXCLUDE

    month = fields.String(load_default="", validate=MONTH)
    community = fields.String(load_default="", validate=validate.Length(max=CODE_MAX))
    after = fields.String(load_default="", validate=validate.Length(max=CODE_MAX))


class LinesArguments(StatementArguments):
    """Which figure of a statement is opened, which part of it, and where the page begins."""

    line = fields.String(load_default="all", validate=validate.Length(max=CODE_MAX))
    by = fields.String(load_default="", validate=validate.Length(max=CODE_MAX))
    before = fields.String(load_default="", validate=MARK)


class ListingArguments(StatementArguments):
    """Which subjects are listed, after which one the page begins, and what their name has."""

    of = fields.String(
        load_default="team", validate=validate.OneOf(["team", "activity", "shop", "volunteer"])
    )
    search = fields.String(load_default="", validate=validate.Length(max=CODE_MAX))


class MonthFigures(Schema):
    """A month from its opening to its closing; what goes out is negative."""

    month = fields.String()
    figures = fields.Dict(keys=fields.String(), values=fields.Integer())


class PartFigures(Schema):
    """One table of a statement: fen, minutes and points are whole numbers."""

    name = fields.String()
    title = fields.String()
    columns = fields.List(fields.String())
    rows = fields.List(fields.List(fields.Raw(allow_none=True)))
    total = fields.Boolean(metadata={"description": "the last row adds up those above"})


class StatementFigures(Schema):
    """A statement of a volunteer, team, activity, shop, community or sub-district."""

    kind = fields.String()
    code = fields.String()
    name = fields.String()
    unit = fields.String(metadata={"description": "PTS or CNY, which is fen"})
    month = fields.String()
    months = fields.List(fields.Nested(MonthFigures))
    parts = fields.List(fields.Nested(PartFigures))
