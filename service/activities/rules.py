"""What an hour at an activity counts, and who may come in. Pure: no session, clock or I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from service.programmes import Rate, RuleSet

ADULT_YEARS = 18
ACCOUNT_YEARS = 14
SKEW_MAX = timedelta(minutes=5)
NEEDS_QUALIFICATION = "qualification_verified"
NEEDS_INSURANCE = "insurance_ref"
NEEDS_ADULT = "age>=18"


@dataclass(frozen=True, slots=True)
class Window:
    """The moments of an activity: its plan, when the gate opens, and when it closes."""

    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    late_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Earned:
    """What somebody's service at an activity is worth."""

    present: int  # minutes of overlap with the plan
    minutes: int  # those that count: floored to whole steps
    points: int
    cut: int = 0  # points taken by a cap; the minutes stay
    cut_by: str | None = None  # day | month


@dataclass(frozen=True, slots=True)
class Serving:
    """What a rate may ask of the person who served and of the activity."""

    age: int  # the lowest of the age band
    qualified: bool
    insured: bool


def window(rules: RuleSet, starts_at: datetime, ends_at: datetime) -> Window:
    """Return an activity's moments by the rules of its day; they stay when the rules change."""
    return Window(
        starts_at=starts_at,
        ends_at=ends_at,
        opens_at=starts_at - timedelta(minutes=rules.window_before_minutes),
        late_at=starts_at + timedelta(minutes=rules.no_show_grace_minutes),
        closes_at=ends_at + timedelta(minutes=rules.window_after_minutes),
    )


def present_minutes(came: datetime, left: datetime, starts_at: datetime, ends_at: datetime) -> int:
    """Return the whole minutes of somebody's stay that lie within the plan."""
    overlap = min(left, ends_at) - max(came, starts_at)
    return max(0, int(overlap.total_seconds()) // 60)


def earn(rules: RuleSet, rule: str, present: int) -> Earned:
    """Return the worth of minutes of presence, before any cap; a training counts nothing."""
    rate = rules.rate(rule)
    minutes = rules.counted(present) if rate is not None and rate.per_hour else 0
    return Earned(present=present, minutes=minutes, points=rules.points(rule, minutes))


def cap(rules: RuleSet, earned: Earned, *, day_points: int, month_points: int) -> Earned:
    """Cut the points to what the day and the month still have room for; name the tighter one."""
    day_room = max(0, rules.day_cap - day_points)
    month_room = max(0, rules.month_cap - month_points)
    points = min(earned.points, day_room, month_room)
    cut = earned.points - points
    cut_by = ("day" if day_room <= month_room else "month") if cut else None
    return Earned(earned.present, earned.minutes, points, cut, cut_by)


def general(rules: RuleSet) -> Rate:
    """Return the programme's general rate: the lowest that asks nothing of anybody."""
    rates = [rate for rate in rules.rates.values() if not rate.requires]
    return min(rates or rules.rates.values(), key=lambda rate: (rate.per_hour, rate.code))


def missing(rate: Rate, serving: Serving) -> str | None:
    """Return the first requirement of a rate that is not met, or None."""
    met = {
        NEEDS_QUALIFICATION: serving.qualified,
        NEEDS_INSURANCE: serving.insured,
        NEEDS_ADULT: serving.age >= ADULT_YEARS,
    }
    return next((asked for asked in sorted(rate.requires) if not met.get(asked, False)), None)


def default_rule(rules: RuleSet, own: str, serving: Serving) -> str:
    """Return the post's own rule if the person meets it, else the general one."""
    rate = rules.rate(own)
    if rate is not None and missing(rate, serving) is None:
        return rate.code
    return general(rules).code


def allowed(rules: RuleSet, rule: str, own: Iterable[str]) -> bool:
    """Tell whether a rule may be used where these are the posts' own.

    A confirming person may choose between them, and may go down (a helper at a professional
    activity), but never up to a rate that the activity was not planned with.
    """
    chosen = rules.rate(rule)
    top = max((rate.per_hour for code in own if (rate := rules.rate(code))), default=0)
    return chosen is not None and (
        chosen.per_hour <= top or (top > 0 and rule == general(rules).code)
    )


def adults_only(risk: str, rate: Rate | None) -> bool:
    """Tell whether a post is closed to the young: danger, night, or a rate that says so."""
    return risk != "low" or (rate is not None and NEEDS_ADULT in rate.requires)


def too_young(age: int, *, guardian_consent: bool, adults_only: bool) -> bool:
    """Tell whether age keeps somebody out; 14 to 17 need a guardian's consent and a safe post."""
    if age >= ADULT_YEARS:
        return False
    return adults_only or age < ACCOUNT_YEARS or not guardian_consent


def judge_moment(gate: Window, action: str, at: datetime, now: datetime) -> str | None:
    """Return why the moment does not fit: `too_early`, `window_closed`, or None.

    In from before the start until before the end, out until after the end. A moment that lies
    ahead of us by more than a clock may be wrong has not come yet.
    """
    if at < gate.opens_at or at > now + SKEW_MAX:
        return "too_early"
    closed = at > gate.closes_at if action == "out" else at >= gate.ends_at
    return "window_closed" if closed else None


def month_of(day: date) -> date:
    """Return the first day of a day's month: what a monthly cap is counted by."""
    return day.replace(day=1)
