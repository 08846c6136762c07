"""What the rules about awards say, line by line; the figures are those of the rule set."""

from dataclasses import replace
from datetime import date

import pytest

from service.audit.awarding import (
    Claimed,
    HandDay,
    HandMonth,
    OwnHand,
    near_limit,
    no_attendance,
    over_limit,
    self_confirmation,
)
from service.programmes import parse
from tests.activities.town import DAY, FIGURES, at

RULES = parse("R", DAY, FIGURES)  # 40 points by hand; near: more than 35; three times
OWN = OwnHand("AW-1", "V0001", 7, DAY, "volunteer:V0010", None, ["volunteer:V0001", "staff:U-1"])


@pytest.mark.parametrize(
    ("maker", "approver", "found"),
    [
        ("volunteer:V0010", None, False),
        ("staff:U-ADM", "staff:U-SEC", False),
        ("volunteer:V0001", None, True),  # the own hand
        ("staff:U-1", None, True),  # the own hand at the desk
        ("staff:U-ADM", "volunteer:V0001", True),
        ("staff:U-ADM", "staff:U-ADM", True),  # one person twice
    ],
)
def test_nobody_confirms_himself(maker: str, approver: str | None, found: bool) -> None:
    fact = replace(OWN, maker=maker, approver=approver)
    said = list(self_confirmation([fact], RULES))
    assert [one.key for one in said] == (["AW-1"] if found else [])
    assert all(one.subject == "volunteer:V0001" and one.community_id == 7 for one in said)


@pytest.mark.parametrize(
    ("points", "found"),
    [([36, 36], True), ([20, 21], True), ([20, 20], False), ([40], False), ([41], False)],
)
def test_small_awards_of_a_day_that_together_need_two_people(
    points: list[int], found: bool
) -> None:
    awards = [f"MA-{n}" for n, _ in enumerate(points)]
    fact = HandDay("volunteer:V0010", "V0001", 7, DAY, awards, points)
    said = list(over_limit([fact], RULES))
    assert [one.evidence["points"] for one in said] == ([sum(points)] if found else [])
    assert [one.evidence["awards"] for one in said] == ([awards] if found else [])


@pytest.mark.parametrize(
    ("attendances", "pictured", "found"),
    [([], False, True), ([5], False, False), ([], True, False)],
)
def test_an_award_without_any_trace_of_the_service(
    attendances: list[int], pictured: bool, found: bool
) -> None:
    hours = at("14:00"), at("17:00")
    fact = Claimed("MA-2", "V0001", 7, DAY, "staff:U-ADM", *hours, pictured, attendances)
    said = list(no_attendance([fact], RULES))
    assert [one.key for one in said] == (["MA-2"] if found else [])
    assert all(one.evidence["from"].startswith("2025-10-18T06:00") for one in said)


@pytest.mark.parametrize(
    ("points", "found"),
    [
        ([36, 38, 40], 3),
        ([36, 38, 40, 12], 3),
        ([36, 38], 0),  # two may be chance
        ([35, 38, 40], 0),  # 35 is five below
        ([38, 40, 41], 0),  # 41 needed a second person
    ],
)
def test_awards_that_crowd_under_the_limit(points: list[int], found: int) -> None:
    awards = [f"MA-{n}" for n, _ in enumerate(points)]
    fact = HandMonth("staff:U-ADM", 7, date(2025, 10, 1), DAY, awards, points)
    said = list(near_limit([fact], RULES))
    assert [one.evidence["times"] for one in said] == ([found] if found else [])
    assert [one.key for one in said] == (["staff:U-ADM|7|2025-10"] if found else [])
