"""A rule set's figures with their types. Pure: no session, no clock, no I/O."""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

HOUR = 60
ZERO = "ZERO"  # the rule of trainings and the like: no hours and no points


@dataclass(frozen=True, slots=True)
class Rate:
    """What an hour of one kind of service earns, and what must be true of who serves."""

    code: str
    name: str
    per_hour: int  # points
    requires: frozenset[str]  # "qualification_verified", "insurance_ref", "age>=18"


@dataclass(frozen=True, slots=True)
class Tier:
    """A standing by lifetime points and the discount that goes with it."""

    code: str
    name: str
    min: int  # lifetime points
    pct: int


@dataclass(frozen=True, slots=True)
class Offline:
    """How far a till that is cut off may go; goods that left beyond it are still recorded."""

    card_day: int  # points a pass and day
    shop_batch: int  # points a batch
    max_age_hours: int


@dataclass(frozen=True, slots=True)
class Helping:
    """How far a relative's phone goes (代办), and for how long it may be allowed."""

    redemption_points: int
    day_points: int
    days: int

    def latest(self, today: date) -> date:
        """Return the last day until which a relative's phone may be allowed."""
        return today + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Answering:
    """How exceptions grow old, how far they can be carried, and when two people answer."""

    yellow_days: int
    red_days: int
    carry_days: int
    approve_above_fen: int


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many attendances a month are drawn, and on how many days somebody is tried in vain."""

    percent: int
    tries: int


@dataclass(frozen=True, slots=True)
class Auditing:
    """From where on the audit's rules speak up. Each name says what is counted."""

    near_limit_points: int  # so little under the limit of awards by hand is near it
    near_limit_times: int
    stack_people: int  # more than so many scans …
    stack_seconds: int  # … within so many seconds are no queue
    same_minutes_people: int
    reciprocal_times: int  # each of the other, in a month
    open_minute: int  # of the day; where a good has no hours of its own
    close_minute: int
    late_void_minutes: int
    late_voids: int
    dormant_days: int
    spree_minutes: int
    spree_times: int
    solvency_pct: int


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Every figure of one adopted version of the rules."""

    code: str
    effective_from: date
    rates: Mapping[str, Rate]
    zero_kinds: frozenset[str]
    step_minutes: int
    min_minutes: int
    day_cap: int
    month_cap: int
    manual_auto_limit: int
    evidence_required: bool
    points_per_yuan: int
    expiry_months: int
    warn_days: int
    void_minutes: int
    duplicate_minutes: int
    step_up_points: int  # more than this asks the volunteer to confirm
    step_up_nth: int  # and so does the n-th redemption of a day
    proxy_pickup: bool
    offline: Offline
    helper: Helping
    no_show_grace_minutes: int
    no_show_after: int
    no_show_days: int  # so long after the last one they stand behind the others
    tiers: tuple[Tier, ...]  # ascending
    discounts_per_shop_day: int
    without_discount: tuple[str, ...]  # kinds of goods, in whatever shop
    stars: tuple[tuple[int, int], ...]  # (star, hours), ascending
    notice_days: int  # working days that an award waits before it can be spent
    public_notice_working_days: int
    record_deadline_working_days: int
    window_before_minutes: int
    window_after_minutes: int
    undo_minutes: int  # the gate takes a scan back
    undecided_days: int  # then a forgotten check-out counts nothing
    answering: Answering
    objection_answer_working_days: int
    sampling: Sampling
    audit: Auditing

    def rate(self, code: str) -> Rate | None:
        """Return the rate of a rule code, 0 an hour for what earns nothing; None for no rule."""
        zero = code == ZERO or code in self.zero_kinds
        return self.rates.get(code) or (Rate(code, code, 0, frozenset()) if zero else None)

    def counted(self, minutes: int) -> int:
        """Floor the minutes served to whole steps; less than the least that counts is nothing."""
        return (
            minutes // self.step_minutes * self.step_minutes if minutes >= self.min_minutes else 0
        )

    def points(self, code: str, minutes: int) -> int:
        """Return the points for counted minutes, before any cap, rounded down."""
        rate = self.rate(code)
        return minutes * rate.per_hour // HOUR if rate else 0

    def tier(self, lifetime: int) -> Tier:
        """Return the highest tier that the lifetime points reach."""
        return [tier for tier in self.tiers if tier.min <= max(lifetime, 0)][-1]

    def star(self, minutes: int) -> int:
        """Return the star level that the hours served would earn; 0 for none."""
        return max((star for star, hours in self.stars if minutes >= hours * HOUR), default=0)

    def lot_expiry(self, service_day: date) -> date:
        """Return the last day of the month in which points of that day's service expire."""
        months = service_day.year * 12 + service_day.month - 1 + self.expiry_months
        year, month = divmod(months, 12)
        return date(year, month + 1, monthrange(year, month + 1)[1])


# Where a file is silent. They are the rules of rule set FM-2025-01 and of the product's text.
NO_TIER = Tier("T0", "", 0, 0)
DEFAULTS: Mapping[str, Any] = {
    "time.step_minutes": 30,
    "manual_award.auto_limit_points": 40,
    "manual_award.evidence_required": True,
    "goods_points_per_yuan": 5,
    "expiry.months": 24,
    "expiry.warn_days": 30,
    "redemption.void_window_minutes": 30,
    "redemption.duplicate_window_minutes": 60,
    "transfer.proxy_pickup": True,
    "offline.per_card_points_per_day": 50,
    "offline.per_shop_points_per_batch": 200,
    "offline.max_age_hours": 24,
    "helper.redemption_points": 30,
    "helper.day_points": 50,
    "helper.days": 365,
    "no_show.grace_minutes": 15,
    "no_show.after": 3,
    "no_show.days": 30,
    "discount.per_person_per_shop_per_day": 1,
    "public_notice.working_days": 3,
    "record_deadline_working_days": 10,
    "window.before_minutes": 30,
    "window.after_minutes": 60,
    "award.notice_days": 0,
    "attendance.undo_minutes": 15,
    "attendance.undecided_days": 7,
    "exceptions.yellow_days": 3,
    "exceptions.red_days": 7,
    "exceptions.carry_days": 31,
    "exceptions.approve_above_fen": 100_00,
    "objection.answer_working_days": 5,
    "sampling.percent": 5,
    "sampling.tries": 3,
    "audit.near_limit_points": 5,
    "audit.near_limit_times": 3,
    "audit.stack_people": 10,
    "audit.stack_seconds": 30,
    "audit.same_minutes_people": 3,
    "audit.reciprocal_times": 3,
    "audit.open_minute": 6 * 60,
    "audit.close_minute": 22 * 60,
    "audit.late_void_minutes": 20,
    "audit.late_voids": 3,
    "audit.dormant_days": 180,
    "audit.spree_minutes": 60,
    "audit.spree_times": 3,
    "audit.solvency_pct": 100,
}
NO_CAP = 10**9
STEP_UP_POINTS = ("step_up.above_points", "redemption.step_up.above_points", "step_up.points_above",
                  "redemption.step_up_above_points", "step_up.points")  # fmt: skip
STEP_UP_NTH = ("step_up.nth_of_day", "redemption.step_up.nth_of_day", "step_up.from_nth_of_day",
               "redemption.step_up_nth_of_day", "step_up.nth")  # fmt: skip
WINDOW_BEFORE = ("window.before_minutes", "time.window_before_minutes")
WINDOW_AFTER = ("window.after_minutes", "time.window_after_minutes")


def parse(code: str, effective_from: date, figures: Mapping[str, Any]) -> RuleSet:
    """Give a rule set's figures their types; what a file does not state has its default."""
    rates = [parse_rate(rate) for rate in figures["rates_points_per_hour"]]

    def of(*paths: str, default: int | None = None) -> int:
        return int(first(figures, paths, default))

    return RuleSet(
        code=code,
        effective_from=effective_from,
        rates=MappingProxyType({rate.code: rate for rate in rates}),
        zero_kinds=frozenset(figures.get("zero_point_kinds", ())),
        step_minutes=of("time.step_minutes"),
        min_minutes=of("time.min_minutes", default=of("time.step_minutes")),
        day_cap=of("caps.points_per_day", default=NO_CAP),
        month_cap=of("caps.points_per_month", default=NO_CAP),
        manual_auto_limit=of("manual_award.auto_limit_points"),
        evidence_required=bool(of("manual_award.evidence_required")),
        points_per_yuan=of("goods_points_per_yuan"),
        expiry_months=of("expiry.months"),
        warn_days=of("expiry.warn_days"),
        void_minutes=of("redemption.void_window_minutes"),
        duplicate_minutes=of("redemption.duplicate_window_minutes"),
        step_up_points=of(*STEP_UP_POINTS, default=100),
        step_up_nth=of(*STEP_UP_NTH, default=4),
        proxy_pickup=bool(of("transfer.proxy_pickup")),
        offline=parse_offline(figures),
        helper=parse_helping(figures),
        no_show_grace_minutes=of("no_show.grace_minutes"),
        no_show_after=of("no_show.after"),
        no_show_days=of("no_show.days"),
        tiers=parse_tiers(figures.get("tiers_by_lifetime_points", ())),
        discounts_per_shop_day=of("discount.per_person_per_shop_per_day"),
        without_discount=tuple(find(figures, "discount.excluded") or ()),
        stars=tuple(sorted((s["star"], s["hours"]) for s in figures.get("stars_by_hours", ()))),
        notice_days=of("award.notice_days"),
        public_notice_working_days=of("public_notice.working_days"),
        record_deadline_working_days=of("record_deadline_working_days"),
        window_before_minutes=of(*WINDOW_BEFORE),
        window_after_minutes=of(*WINDOW_AFTER),
        undo_minutes=of("attendance.undo_minutes"),
        undecided_days=of("attendance.undecided_days"),
        answering=parse_answering(figures),
        objection_answer_working_days=of("objection.answer_working_days"),
        sampling=Sampling(of("sampling.percent"), of("sampling.tries")),
        audit=parse_auditing(figures),
    )


def parse_rate(stated: Mapping[str, Any]) -> Rate:
    """Read one rate; `requires` is a list or a text with commas."""
    asked = stated.get("requires") or ()
    words = asked.split(",") if isinstance(asked, str) else asked
    requires = frozenset("".join(word.split()) for word in words)
    return Rate(stated["code"], stated.get("name", stated["code"]), stated["rate"], requires)


def parse_offline(figures: Mapping[str, Any]) -> Offline:
    """Read the limits of a till that is cut off."""
    names = ("per_card_points_per_day", "per_shop_points_per_batch", "max_age_hours")
    return Offline(*(int(first(figures, (f"offline.{name}",))) for name in names))


def parse_helping(figures: Mapping[str, Any]) -> Helping:
    """Read the limits of a relative's phone."""
    names = (field.name for field in fields(Helping))
    return Helping(*(int(first(figures, (f"helper.{name}",))) for name in names))


def parse_answering(figures: Mapping[str, Any]) -> Answering:
    """Read what holds for exceptions."""
    names = ("yellow_days", "red_days", "carry_days", "approve_above_fen")
    return Answering(*(int(first(figures, (f"exceptions.{name}",))) for name in names))


def parse_auditing(figures: Mapping[str, Any]) -> Auditing:
    """Read from where on the audit's rules speak up."""
    names = (field.name for field in fields(Auditing))
    return Auditing(*(int(first(figures, (f"audit.{name}",))) for name in names))


def parse_tiers(stated: Iterable[Mapping[str, Any]]) -> tuple[Tier, ...]:
    """Read the tiers in ascending order; who reaches none of them stands at 0 %."""
    tiers = [Tier(t["tier"], t.get("name", ""), t["min"], t["discount_pct"]) for t in stated]
    if all(tier.min > 0 for tier in tiers):
        tiers.append(NO_TIER)
    return tuple(sorted(tiers, key=lambda tier: tier.min))


def first(figures: Mapping[str, Any], paths: Iterable[str], default: Any = None) -> Any:
    """Return the first figure that is stated at one of the dotted paths, else the default."""
    paths = tuple(paths)
    for path in paths:
        if (found := find(figures, path)) is not None:
            return found
    return DEFAULTS[paths[0]] if default is None else default


def find(figures: Mapping[str, Any], path: str) -> Any:
    """Follow a dotted path into the figures; None where it ends early."""
    found: Any = figures
    for step in path.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found
