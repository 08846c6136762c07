"""What the rules about attendance say, line by line."""

from dataclasses import replace
from datetime import timedelta

import pytest

from service.audit.attending import (
    Alike,
    Gate,
    Hours,
    Meanwhile,
    alike,
    elsewhere,
    outside,
    stacked,
)
from service.programmes import parse
from tests.activities.town import DAY, FIGURES, at

RULES = parse("R", DAY, FIGURES)  # more than 10 scans in 30 s; 3 people alike


@pytest.mark.parametrize(
    ("clock", "found"),
    [("13:59", False), ("14:00", True), ("15:10", True), ("16:59", True), ("17:00", False)],
)
def test_a_discount_during_the_hours_of_an_award(clock: str, found: bool) -> None:
    span = at("14:00"), at("17:00")
    fact = Meanwhile("MA-2", "V0001", 7, DAY, None, *span, "discount", "DC-1", at(clock))
    said = list(elsewhere([fact], RULES))
    assert [one.key for one in said] == (["MA-2|discount|DC-1"] if found else [])
    assert all(one.evidence["discounts"] == ["DC-1"] for one in said)


def test_two_awards_for_the_same_time_name_both() -> None:
    span = at("14:00"), at("17:00")
    fact = Meanwhile("MA-2", "V0001", 7, DAY, 12, *span, "award", "AW-9", at("15:00"))
    (said,) = elsewhere([fact], RULES)
    assert said.evidence["awards"] == ["MA-2", "AW-9"]
    assert said.evidence["attendances"] == [12]


STAY = Hours(
    "AW-1", "V0001", 7, "A1", 3, DAY, at("08:00"), at("10:00"),
    at("07:30"), at("08:00"), at("10:00"), at("11:00"), 120,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, False),
        ({"in_at": at("07:30"), "out_at": at("11:00")}, False),  # the bounds belong to it
        ({"in_at": at("07:29")}, True),
        ({"out_at": at("11:01")}, True),
        ({"in_at": at("08:30")}, True),  # 120 minutes in an hour and a half
        ({"in_at": at("08:30"), "minutes": 90}, False),
        ({"in_at": at("10:10"), "out_at": at("10:20"), "minutes": 0}, False),
        ({"in_at": at("10:10"), "out_at": at("10:20"), "minutes": 30}, True),
    ],
)
def test_hours_outside_the_window(change: dict[str, object], found: bool) -> None:
    said = list(outside([replace(STAY, **change)], RULES))  # type: ignore[arg-type]
    assert [one.key for one in said] == (["AW-1"] if found else [])


@pytest.mark.parametrize(
    ("people", "gap_s", "found"),
    [(11, 3, 11), (10, 1, 0), (11, 3.1, 0), (25, 2, 25), (40, 6, 0)],
)
def test_a_pile_of_passes_in_one_hand(people: int, gap_s: float, found: int) -> None:
    moments = [at("08:00") + timedelta(seconds=gap_s * n) for n in range(people)]
    fact = Gate("A1", 7, DAY, "volunteer:V0010", "dev-1", list(range(people)), moments)
    said = list(stacked([fact], RULES))
    assert [one.evidence["people"] for one in said] == ([found] if found else [])
    assert all(one.evidence["devices"] == ["dev-1"] for one in said)


def test_only_the_quick_part_of_a_gate_is_pointed_at() -> None:
    slow = [at("08:00") + timedelta(minutes=n) for n in range(5)]
    quick = [at("08:20") + timedelta(seconds=n) for n in range(12)]
    fact = Gate("A1", 7, DAY, "volunteer:V0010", None, list(range(17)), slow + quick)
    (said,) = stacked([fact], RULES)
    assert said.evidence["scans"] == list(range(5, 17))
    assert said.evidence["devices"] == []


SHEET = Alike("A1", 7, DAY, at("08:03"), at("10:01"), True, [1, 2, 3], ["V0001", "V0002", "V0003"])


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, True),
        ({"attendances": [1, 2], "volunteers": ["V0001", "V0002"]}, False),
        ({"came": at("08:00"), "went": at("10:00")}, False),  # people round what they write
        ({"came": at("08:00")}, True),
        ({"came": at("08:00"), "went": at("10:00"), "typed": False}, True),  # a gate does not
    ],
)
def test_the_very_same_minutes(change: dict[str, object], found: bool) -> None:
    said = list(alike([replace(SHEET, **change)], RULES))  # type: ignore[arg-type]
    assert [one.subject for one in said] == (["activity:A1"] if found else [])
