"""The shape of a rule set's figures. The object itself is adopted word for word."""

from marshmallow import fields, validate

from service.seed.shape import DAYS, Described, Whole, label, said


class RatePart(Described):
    """What an hour of one kind of service earns."""

    code = label()
    name = said()
    rate = Whole(required=True, high=10**6)
    requires = fields.Raw(load_default=None, allow_none=True)


class TierPart(Described):
    """A discount tier."""

    tier = label()
    name = said()
    min = Whole(required=True)
    discount_pct = Whole(required=True, high=100)


class StarPart(Described):
    """A star level."""

    star = Whole(required=True, low=1, high=20)
    hours = Whole(required=True)


class TimePart(Described):
    """How minutes are counted."""

    step_minutes = Whole(low=1, high=24 * 60)
    min_minutes = Whole(high=24 * 60)


class CapsPart(Described):
    """How many points a day and a month may earn."""

    points_per_day = Whole(allow_none=True)
    points_per_month = Whole(allow_none=True)


class ManualPart(Described):
    """Awards that are typed in."""

    auto_limit_points = Whole()
    evidence_required = fields.Boolean()


class ExpiryPart(Described):
    """When points expire."""

    months = Whole(high=1200)
    warn_days = Whole(high=3660)


class StepUpPart(Described):
    """When the volunteer must confirm."""

    above_points = Whole()
    nth_of_day = Whole(low=1)


class RedemptionPart(Described):
    """Figures of the till."""

    void_window_minutes = Whole()
    duplicate_window_minutes = Whole()
    step_up = fields.Nested(StepUpPart)


class OfflinePart(Described):
    """Figures of a till that is cut off."""

    per_card_points_per_day = Whole()
    per_shop_points_per_batch = Whole()
    max_age_hours = Whole()


class HelperPart(Described):
    """How far a relative's phone goes, and for how many days it may be allowed."""

    redemption_points = Whole()
    day_points = Whole()
    days = Whole(low=1)


class NoShowPart(Described):
    """When a missing volunteer is a no-show."""

    grace_minutes = Whole()
    after = Whole(low=1)
    days = Whole(low=1)


class WindowPart(Described):
    """When check-in opens and check-out closes around the planned time."""

    before_minutes = Whole(high=24 * 60)
    after_minutes = Whole(high=24 * 60)


class DiscountRulePart(Described):
    """How often a shop's discount is given, and for which kinds of goods in no shop."""

    per_person_per_shop_per_day = Whole(low=1)
    excluded = fields.List(fields.String(validate=validate.Length(1, 12)))


class TransferPart(Described):
    """What may be done with points beside redeeming them."""

    proxy_pickup = fields.Boolean()


class NoticePart(Described):
    """How long a public notice hangs."""

    working_days = Whole()


class AwardPart(Described):
    """When an award can be spent."""

    notice_days = Whole()


class ObjectionPart(Described):
    """Within how many working days an objection is answered in writing."""

    answer_working_days = Whole(low=1)


class SamplingPart(Described):
    """How much of a month is audited at random, and how often somebody is called in vain."""

    percent = Whole(low=1, high=100)
    tries = Whole(low=1)


class AuditPart(Described):
    """From where on the audit's rules speak up."""

    near_limit_points = Whole()
    near_limit_times = Whole(low=1)
    stack_people = Whole(low=1)
    stack_seconds = Whole(low=1)
    same_minutes_people = Whole(low=2)
    reciprocal_times = Whole(low=1)
    open_minute = Whole(high=24 * 60)
    close_minute = Whole(high=24 * 60)
    late_void_minutes = Whole()
    late_voids = Whole(low=1)
    dormant_days = Whole(low=1)
    spree_minutes = Whole(low=1)
    spree_times = Whole(low=1)
    solvency_pct = Whole()


class Rules(Described):
    """The figures of a rule set that count. The object itself is kept word for word."""

    id = label()
    effective_from = fields.Date(required=True, validate=DAYS)
    effective_to = fields.Date(load_default=None, allow_none=True, validate=DAYS)
    rates_points_per_hour = fields.List(
        fields.Nested(RatePart), required=True, validate=validate.Length(min=1)
    )
    zero_point_kinds = fields.List(label(), load_default=list)
    goods_points_per_yuan = Whole(low=1, high=10**6)
    tiers_by_lifetime_points = fields.List(fields.Nested(TierPart))
    stars_by_hours = fields.List(fields.Nested(StarPart))
    time = fields.Nested(TimePart)
    caps = fields.Nested(CapsPart)
    manual_award = fields.Nested(ManualPart)
    expiry = fields.Nested(ExpiryPart)
    step_up = fields.Nested(StepUpPart)
    redemption = fields.Nested(RedemptionPart)
    offline = fields.Nested(OfflinePart)
    helper = fields.Nested(HelperPart)
    no_show = fields.Nested(NoShowPart)
    window = fields.Nested(WindowPart)
    discount = fields.Nested(DiscountRulePart)
    transfer = fields.Nested(TransferPart)
    public_notice = fields.Nested(NoticePart)
    award = fields.Nested(AwardPart)
    objection = fields.Nested(ObjectionPart)
    sampling = fields.Nested(SamplingPart)
    audit = fields.Nested(AuditPart)
    record_deadline_working_days = Whole()
