"""A rule set's figures: what is stated counts, what is silent has its default."""

from datetime import date

import pytest

from service.programmes import parse

FIRST = date(2025, 1, 1)
BARE = {"rates_points_per_hour": [{"code": "R1", "rate": 10}]}


def rule_set(**figures):
    return parse("X", FIRST, BARE | figures)


def test_a_bare_file_has_the_defaults():
    rules = rule_set()
    assert (rules.step_up_points, rules.step_up_nth) == (100, 4)
    assert (rules.window_before_minutes, rules.window_after_minutes) == (30, 60)
    assert (rules.void_minutes, rules.duplicate_minutes) == (30, 60)
    assert (rules.step_minutes, rules.min_minutes) == (30, 30)
    assert rules.tier(10**6).pct == 0


@pytest.mark.parametrize(
    "figures",
    [
        {"step_up": {"above_points": 7, "nth_of_day": 2}},
        {"redemption": {"step_up": {"above_points": 7, "nth_of_day": 2}}},
    ],
)
def test_step_up_figures_are_taken_where_they_are_stated(figures):
    rules = rule_set(**figures)
    assert (rules.step_up_points, rules.step_up_nth) == (7, 2)


def test_every_stated_figure_is_the_one_that_counts():
    rules = rule_set(
        time={"step_minutes": 15, "min_minutes": 45},
        caps={"points_per_day": 1, "points_per_month": 2},
        manual_award={"auto_limit_points": 3, "evidence_required": False},
        goods_points_per_yuan=4,
        expiry={"months": 5, "warn_days": 6},
        redemption={"void_window_minutes": 7, "duplicate_window_minutes": 8},
        offline={
            "per_card_points_per_day": 9,
            "per_shop_points_per_batch": 10,
            "max_age_hours": 11,
        },
        no_show={"grace_minutes": 12, "after": 13},
        window={"before_minutes": 14, "after_minutes": 16},
        zero_point_kinds=["nap"],
        public_notice={"working_days": 17},
        record_deadline_working_days=18,
        transfer={"proxy_pickup": False},
    )
    assert (rules.step_minutes, rules.min_minutes) == (15, 45)
    assert (rules.day_cap, rules.month_cap, rules.manual_auto_limit) == (1, 2, 3)
    assert not rules.evidence_required
    assert (rules.points_per_yuan, rules.expiry_months, rules.warn_days) == (4, 5, 6)
    assert (rules.void_minutes, rules.duplicate_minutes) == (7, 8)
    assert (rules.offline.card_day, rules.offline.shop_batch) == (9, 10)
    assert rules.offline.max_age_hours == 11
    assert (rules.no_show_grace_minutes, rules.no_show_after) == (12, 13)
    assert (rules.window_before_minutes, rules.window_after_minutes) == (14, 16)
    assert rules.zero_kinds == {"nap"}
    assert (rules.public_notice_working_days, rules.record_deadline_working_days) == (17, 18)
    assert not rules.proxy_pickup


@pytest.mark.parametrize(
    ("step", "least", "minutes", "counted"),
    [(30, 30, 29, 0), (30, 30, 30, 30), (30, 30, 119, 90), (15, 45, 44, 0), (15, 45, 59, 45)],
)
def test_minutes_are_floored_to_whole_steps(step, least, minutes, counted):
    rules = rule_set(time={"step_minutes": step, "min_minutes": least})
    assert rules.counted(minutes) == counted


@pytest.mark.parametrize(("rate", "minutes", "points"), [(10, 90, 15), (16, 30, 8), (7, 30, 3)])
def test_points_are_steps_times_the_rate_rounded_down(rate, minutes, points):
    rules = rule_set(rates_points_per_hour=[{"code": "R1", "rate": rate}])
    assert rules.points("R1", minutes) == points
    assert rules.points("ZERO", minutes) == 0


def test_what_a_rate_requires_is_read_from_a_list_or_from_a_text():
    rates = [
        {"code": "A", "rate": 1, "requires": "insurance_ref, age >= 18"},
        {"code": "B", "rate": 1, "requires": ["qualification_verified"]},
    ]
    rules = rule_set(rates_points_per_hour=rates)
    assert rules.rates["A"].requires == {"insurance_ref", "age>=18"}
    assert rules.rates["B"].requires == {"qualification_verified"}


@pytest.mark.parametrize(
    ("lifetime", "tier"),
    [(-5, "LOW"), (0, "LOW"), (9, "LOW"), (10, "MID"), (99, "MID"), (100, "TOP")],
)
def test_a_tier_begins_at_its_own_figure(lifetime, tier):
    tiers = [
        {"tier": "TOP", "min": 100, "discount_pct": 9},
        {"tier": "LOW", "min": 0, "discount_pct": 0},
        {"tier": "MID", "min": 10, "discount_pct": 3},
    ]
    assert rule_set(tiers_by_lifetime_points=tiers).tier(lifetime).code == tier


@pytest.mark.parametrize(
    ("months", "served", "expires"),
    [
        (24, date(2025, 10, 18), date(2027, 10, 31)),
        (24, date(2022, 2, 1), date(2024, 2, 29)),
        (1, date(2025, 12, 31), date(2026, 1, 31)),
        (0, date(2025, 4, 2), date(2025, 4, 30)),
    ],
)
def test_points_expire_at_the_end_of_a_month(months, served, expires):
    assert rule_set(expiry={"months": months}).lot_expiry(served) == expires


def test_a_star_needs_all_its_hours():
    rules = rule_set(stars_by_hours=[{"star": 2, "hours": 300}, {"star": 1, "hours": 100}])
    assert [rules.star(60 * hours) for hours in (99, 100, 300)] == [0, 1, 2]


@pytest.mark.parametrize("code", ["ZERO", "audience"])
def test_what_earns_nothing_has_a_rate_of_nothing_and_an_unknown_rule_has_none(code):
    rules = rule_set(zero_point_kinds=["audience"])
    assert rules.rate(code).per_hour == 0
    assert rules.rate("R9") is None
    assert code not in rules.rates
