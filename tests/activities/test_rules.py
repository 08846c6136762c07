"""Minutes, points, caps, ages and windows: tables of what counts."""

from datetime import UTC, date, datetime

import pytest

from service.activities import rules
from service.activities.rules import Earned, Serving
from service.programmes import RuleSet, parse
from tests.activities.town import FIGURES, at

TIGHT = {"points_per_day": 7, "points_per_month": 20}
R: RuleSet = parse("R", date(2025, 1, 1), FIGURES)
CAPPED = parse(
    "R", date(2025, 1, 1), FIGURES | {"caps": {"points_per_day": 7, "points_per_month": 20}}
)
TWENTY = parse("R", date(2025, 1, 1), FIGURES | {"time": {"step_minutes": 20, "min_minutes": 40}})


@pytest.mark.parametrize(
    ("came", "left", "minutes"),
    [
        ("07:58", "10:02", 120),  # only what lies within the plan
        ("08:12", "10:00", 108),
        ("08:00", "09:30", 90),
        ("08:20", "10:00", 100),
        ("07:40", "07:55", 0),  # left before it began
        ("10:10", "10:20", 0),
        ("08:00", "08:00", 0),
    ],
)
def test_minutes_present_are_the_overlap_with_the_plan(came: str, left: str, minutes: int) -> None:
    assert rules.present_minutes(at(came), at(left), at("08:00"), at("10:00")) == minutes


def test_a_begun_minute_is_no_minute() -> None:
    left = datetime(2025, 10, 18, 1, 59, 59, tzinfo=UTC)
    assert rules.present_minutes(at("08:00"), left, at("08:00"), at("10:00")) == 119


@pytest.mark.parametrize(
    ("figures", "rule", "present", "minutes", "points"),
    [
        (R, "R-GEN", 120, 120, 20),
        (R, "R-GEN", 108, 90, 15),
        (R, "R-GEN", 29, 0, 0),
        (R, "R-GEN", 30, 30, 5),
        (R, "R-MED", 150, 150, 35),
        (R, "R-NIGHT", 120, 120, 32),
        (R, "R-SKILL", 179, 150, 30),
        (TWENTY, "R-GEN", 59, 40, 6),  # two steps of 20 minutes at 10 an hour: 6.67 is 6
        (TWENTY, "R-GEN", 39, 0, 0),  # less than the least that counts
    ],
)
def test_points_are_whole_steps_times_the_rate(
    figures: RuleSet, rule: str, present: int, minutes: int, points: int
) -> None:
    assert rules.earn(figures, rule, present) == Earned(present, minutes, points)


@pytest.mark.parametrize(
    ("day", "month", "points", "cut", "by"),
    [
        (0, 0, 7, 3, "day"),
        (3, 3, 4, 6, "day"),
        (7, 7, 0, 10, "day"),
        (9, 9, 0, 10, "day"),  # older awards may lie above a cap
        (0, 15, 5, 5, "month"),
        (0, 20, 0, 10, "month"),
    ],
)
def test_caps_cut_points_and_never_minutes(
    day: int, month: int, points: int, cut: int, by: str
) -> None:
    got = rules.cap(CAPPED, Earned(60, 60, 10), day_points=day, month_points=month)
    assert got == Earned(60, 60, points, cut, by)


def test_nothing_is_cut_while_there_is_room() -> None:
    earned = Earned(120, 120, 20)
    assert rules.cap(R, earned, day_points=60, month_points=480) == earned


@pytest.mark.parametrize(
    ("rule", "serving", "missing"),
    [
        ("R-GEN", Serving(0, False, False), None),
        ("R-MED", Serving(40, False, False), "qualification_verified"),
        ("R-MED", Serving(40, True, False), None),
        ("R-NIGHT", Serving(40, False, False), "insurance_ref"),
        ("R-NIGHT", Serving(17, False, True), "age>=18"),
        ("R-NIGHT", Serving(18, False, True), None),
    ],
)
def test_a_rate_asks_for_what_it_says(rule: str, serving: Serving, missing: str | None) -> None:
    assert rules.missing(R.rates[rule], serving) == missing


def test_an_unknown_requirement_is_never_met() -> None:
    odd = parse("R", date(2025, 1, 1), FIGURES | {"rates_points_per_hour": [
        {"code": "X", "rate": 9, "requires": "moonlight"}]})  # fmt: skip
    assert rules.missing(odd.rates["X"], Serving(40, True, True)) == "moonlight"


@pytest.mark.parametrize(
    ("own", "serving", "rule"),
    [
        ("R-MED", Serving(40, True, False), "R-MED"),
        ("R-MED", Serving(40, False, False), "R-GEN"),  # a helper without the papers
        ("R-SKILL", Serving(40, False, False), "R-SKILL"),
        ("gone", Serving(40, False, False), "R-GEN"),
    ],
)
def test_the_rule_offered_first(own: str, serving: Serving, rule: str) -> None:
    assert rules.default_rule(R, own, serving) == rule


@pytest.mark.parametrize(
    ("rule", "own", "may"),
    [
        ("R-MED", ["R-MED"], True),
        ("R-GEN", ["R-MED"], True),
        ("R-SKILL", ["R-MED"], True),  # down
        ("R-NIGHT", ["R-MED"], False),  # never up
        ("R-SKILL", ["R-GEN", "R-SKILL"], True),
        ("unknown", ["R-MED"], False),
    ],
)
def test_a_confirming_person_may_go_down_but_not_up(rule: str, own: list[str], may: bool) -> None:
    assert rules.allowed(R, rule, own) is may


@pytest.mark.parametrize(
    ("age", "consent", "adults_only", "young"),
    [
        (18, False, True, False),
        (17, True, True, True),
        (14, True, False, False),
        (14, False, False, True),
        (13, True, False, True),
        (0, True, False, True),  # an age band that says nothing opens nothing
    ],
)
def test_the_young_need_consent_and_a_safe_post(
    age: int, consent: bool, adults_only: bool, young: bool
) -> None:
    assert rules.too_young(age, guardian_consent=consent, adults_only=adults_only) is young


def test_danger_and_night_are_for_adults() -> None:
    assert rules.adults_only("danger", R.rates["R-GEN"])
    assert rules.adults_only("low", R.rates["R-NIGHT"])
    assert not rules.adults_only("low", R.rates["R-GEN"])


@pytest.mark.parametrize(
    ("action", "clock", "reason"),
    [
        ("in", "07:29", "too_early"),
        ("in", "07:30", None),
        ("in", "09:59", None),
        ("in", "10:00", "window_closed"),
        ("out", "07:29", "too_early"),
        ("out", "11:00", None),
        ("out", "11:01", "window_closed"),
        ("audience", "10:00", "window_closed"),
    ],
)
def test_the_window_opens_before_the_start_and_closes_after_the_end(
    action: str, clock: str, reason: str | None
) -> None:
    window = rules.window(R, at("08:00"), at("10:00"))
    assert rules.judge_moment(window, action, at(clock), at(clock)) == reason


def test_a_moment_ahead_of_our_clock_has_not_come() -> None:
    window = rules.window(R, at("08:00"), at("10:00"))
    assert rules.judge_moment(window, "in", at("08:05"), at("08:00")) is None
    assert rules.judge_moment(window, "in", at("08:06"), at("08:00")) == "too_early"
