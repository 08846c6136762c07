"""The shape of a data set. References between its parts are judged in `references`."""

from marshmallow import fields, validate

from service.people import Channel, Role
from service.seed.rule_schemas import Rules
from service.seed.shape import (
    CODE,
    DAYS,
    NAME,
    Described,
    TimeOfDay,
    Whole,
    identifier,
    label,
    reference,
    said,
)


class District(Described):
    """The district above the sub-district."""

    code = identifier()
    name = label()


class Subdistrict(Described):
    """The sub-district; its id names the programme."""

    id = identifier()
    name = label()


class Community(Described):
    """A community, and who signs its records."""

    id = identifier()
    name = label()
    record_unit = said()
    practice_station = said()


class AssociationPart(Described):
    """A merchants' association; without a community it is the first one's."""

    id = identifier()
    name = label()
    community = reference()


class Organisation(Described):
    """The tree of units, and the associations of merchants beside it."""

    district = fields.Nested(District, load_default=None, allow_none=True)
    subdistrict = fields.Nested(Subdistrict, required=True)
    communities = fields.List(
        fields.Nested(Community), required=True, validate=validate.Length(min=1)
    )
    association = fields.Nested(AssociationPart, load_default=None, allow_none=True)
    associations = fields.List(fields.Nested(AssociationPart), load_default=list)


class StaffPart(Described):
    """Somebody with an office; without a community the office counts in the sub-district."""

    id = identifier()
    role = fields.String(required=True, validate=validate.OneOf(list(Role)))
    title = said()
    community = reference()
    shop = reference()
    volunteer = reference()


class TemplatePart(Described):
    """A kind of activity."""

    id = identifier()
    name = label()
    rule = label()
    category = fields.String(load_default="", validate=validate.Length(max=200))
    risk = fields.String(load_default="low", validate=validate.Length(1, 40))
    kind = fields.String(
        load_default="service", validate=validate.OneOf(["service", "visit", "training", "event"])
    )
    counters = fields.List(label(), load_default=list, validate=validate.Length(max=12))


class TeamPart(Described):
    """A service team; without a community it is where its volunteers are."""

    id = identifier()
    name = label()
    community = reference()
    leader = reference()
    default_rule = said()
    category = said()
    parent = said()


class GoodPart(Described):
    """A good that a shop pledges."""

    id = identifier()
    name = label()
    value_fen = Whole(required=True, low=1)
    points = Whole(required=True, low=1)
    pledged_qty = Whole(required=True)
    daily_limit = Whole(load_default=None, allow_none=True)


class DiscountPart(Described):
    """A shop's terms of discount."""

    max_pct = Whole(required=True, high=100)
    per_bill_cap_fen = Whole(required=True)


class ShopPart(Described):
    """A member shop."""

    id = identifier()
    name = label()
    type = fields.String(load_default="", validate=validate.Length(max=200))
    association = reference()
    community = reference()
    licence_checked = fields.Boolean(load_default=True)
    food_licence_required = fields.Boolean(load_default=False)
    discount = fields.Nested(DiscountPart, load_default=None, allow_none=True)
    goods = fields.List(fields.Nested(GoodPart), load_default=list)
    pledge_value_fen = Whole(load_default=None, allow_none=True)


class PostPart(Described):
    """A kind of place at an activity."""

    name = label()
    capacity = Whole(required=True, low=1, high=10**5)
    rule = said()


class ActivityPart(Described):
    """An occasion; an end that is not after the start lies on the next day."""

    id = identifier()
    template = identifier()
    title = label()
    team = reference()
    community = reference()
    date = fields.Date(required=True, validate=DAYS)
    start = TimeOfDay(required=True)
    end = TimeOfDay(required=True)
    capacity = Whole(low=1, high=10**5, load_default=None, allow_none=True)
    posts = fields.List(fields.Nested(PostPart), load_default=list)
    signups = fields.List(fields.String(validate=CODE), load_default=list)
    waitlist = fields.List(fields.String(validate=CODE), load_default=list)
    assisted_signups = fields.List(fields.String(validate=CODE), load_default=list)
    leader = identifier()
    place = fields.String(load_default="", validate=validate.Length(max=200))
    insurance_ref = said()


class RangePart(Described):
    """Booklets printed for one community: prefix and numbers."""

    community = identifier()
    prefix = fields.String(required=True, validate=validate.Regexp(r"\A[A-Za-z0-9_-]{1,20}\Z"))
    from_ = Whole(required=True, high=10**6, data_key="from")
    to = Whole(required=True, high=10**6)


class BookletsPart(Described):
    """Which booklets were printed."""

    total = Whole(load_default=None, allow_none=True)
    ranges = fields.List(fields.Nested(RangePart), load_default=list)


class LotPart(Described):
    """Opening points and the month in which they were earned."""

    points = Whole(required=True, low=1)
    earned = fields.String(required=True, validate=validate.Regexp(r"\A\d{4}-(0[1-9]|1[0-2])\Z"))


class VolunteerPart(Described):
    """A volunteer with what was earned before the books were opened."""

    code = identifier()
    name = fields.String(load_default=None, allow_none=True, validate=NAME)
    community = reference()
    team = reference()
    age_band = fields.String(required=True, validate=validate.Regexp(r"\A\d{1,3}\D{0,8}\d{0,3}\Z"))
    channel = fields.String(load_default="phone", validate=validate.OneOf(list(Channel)))
    opening_balance = Whole(low=None, load_default=0)
    opening_lifetime = Whole(load_default=None, allow_none=True)
    opening_hours = fields.Decimal(load_default=0, validate=validate.Range(min=0, max=10**6))
    opening_lots = fields.List(fields.Nested(LotPart), load_default=list)
    consent_individual_notice = fields.Boolean(load_default=False)
    guardian = reference()
    guardian_consent = fields.Boolean(load_default=False)
    qualification = said()
    qualification_verified = fields.Boolean(load_default=None, allow_none=True)
    phone = said()
    id_no = said()


class DataSet(Described):
    """A whole file."""

    org = fields.Nested(Organisation, required=True)
    staff = fields.List(fields.Nested(StaffPart), load_default=list)
    rules = fields.Nested(Rules, required=True)
    activity_templates = fields.List(fields.Nested(TemplatePart), load_default=list)
    teams = fields.List(fields.Nested(TeamPart), load_default=list)
    shops = fields.List(fields.Nested(ShopPart), load_default=list)
    activities = fields.List(fields.Nested(ActivityPart), load_default=list)
    booklets = fields.Nested(BookletsPart, load_default=lambda: {"total": None, "ranges": []})
    volunteers = fields.List(fields.Nested(VolunteerPart), required=True)
