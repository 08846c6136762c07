"""What the rules about leaders say, line by line."""

from datetime import date

import pytest

from service.audit.leading import Favours, Kin, household, reciprocal
from service.programmes import parse
from tests.activities.town import DAY, FIGURES

RULES = parse("R", DAY, FIGURES)  # three times each
MONTH = date(2025, 10, 1)


@pytest.mark.parametrize(("points", "found"), [(20, True), (0, False)])
def test_points_for_the_own_household(points: int, found: bool) -> None:
    fact = Kin("volunteer:V0010", "V0006", 7, MONTH, DAY, ["AW-1", "AW-2"], points)
    said = list(household([fact], RULES))
    assert [one.key for one in said] == (["volunteer:V0010|V0006|2025-10"] if found else [])
    assert all(one.evidence["awards"] == ["AW-1", "AW-2"] for one in said)


@pytest.mark.parametrize(("given", "taken", "found"), [(3, 3, True), (3, 2, False), (2, 9, False)])
def test_two_who_confirm_each_other(given: int, taken: int, found: bool) -> None:
    one_way = [f"AW-{n}" for n in range(given)]
    other_way = [f"BW-{n}" for n in range(taken)]
    fact = Favours("V0001", "V0002", 7, MONTH, DAY, one_way, other_way)
    said = list(reciprocal([fact], RULES))
    assert [one.evidence["times"] for one in said] == ([[given, taken]] if found else [])
