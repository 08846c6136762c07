"""What a notice says: totals that add up, and nobody told by what is left over."""

from datetime import date
from typing import Any

import pytest

from service.notices.paper.notice import told_apart
from service.notices.paper.page import span
from service.notices.rules import (
    Apart,
    Figures,
    Frame,
    Row,
    Served,
    Sums,
    content,
    name_of,
    rest_by_team,
    total,
)
from service.settlement import digest

NONE = Apart(0, 0, 0)
DAY = date(2025, 10, 18)
FRAME = Frame(
    "FM", "富民社区", "富民社区居民委员会", DAY, DAY, date(2025, 10, 20), date(2025, 10, 22), 3,
    "R", 80, None,
)  # fmt: skip


def person(nth: int, team: str = "", **said: Any) -> Served:
    given = {"age": 40, "agreed": False, "what": ("A",), "minutes": 60, "points": nth} | said
    return Served(volunteer_id=nth, code=f"FM{nth:04}", team=team, **given)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("富民社区", "富民志愿积分公示〔2025〕18号"),
        ("社区", "社区志愿积分公示〔2025〕18号"),
        ("Riverside", "Riverside志愿积分公示〔2025〕18号"),
    ],
)
def test_a_notice_is_called_by_its_place_year_and_number(place: str, name: str) -> None:
    assert name_of(place, 2025, 18) == name


@pytest.mark.parametrize(
    ("sizes", "listed", "others"),
    [
        ({"a": 3, "b": 4}, ["b", "a"], 0),
        ({"a": 3, "b": 2}, [], 5),  # two others would be b: a joins them
        ({"a": 5, "b": 3, "c": 1}, ["a"], 4),
        ({"a": 1}, [], 1),
        ({"a": 4, "": 1}, [], 5),
        ({"a": 4, "": 3}, ["a"], 3),
        ({}, [], 0),
    ],
)
def test_no_team_s_rest_is_so_small_that_it_points_at_somebody(
    sizes: dict[str, int], listed: list[str], others: int
) -> None:
    rest = [person(nth, team) for team, size in sizes.items() for nth in range(1, size + 1)]
    teams, left = rest_by_team(rest)
    assert [team for team, _ in teams] == listed
    assert left.people == others
    assert sum((found for _, found in teams), left) == total(rest)


@pytest.mark.parametrize(
    ("age", "agreed", "named"),
    [(40, True, True), (18, True, True), (14, True, False), (40, False, False)],
)
def test_only_adults_who_agreed_stand_in_a_row(age: int, agreed: bool, named: bool) -> None:
    assert person(1, age=age, agreed=agreed).named is named


def test_rows_and_rest_make_the_total_and_the_rows_are_there_by_their_hashes() -> None:
    served = (person(1, agreed=True), person(2, agreed=True, age=15), person(3))
    row = Row("001", ("A",), 60, 1, "salt")
    figures = Figures(served, ("A", "B"), Apart(1, 2, 72), Apart(1, 2, 72), Apart(1, 1, 50))
    said = content(FRAME, figures, [row])
    assert (said["named"]["people"], said["rest"]["people"], said["total"]["people"]) == (1, 2, 3)
    assert said["total"] == {"people": 3, "minutes": 180, "points": 6}
    assert said["rows"] == [row.hash]
    assert row.hash != Row("001", ("A",), 60, 1, "other").hash
    assert told_apart(said) == "补录 1 人 2 笔，72 分；撤销 1 人 2 笔，72 分；冲正兑换 1 笔，50 分"


def test_the_digest_follows_every_word() -> None:
    figures = Figures((person(1),), ("A",), NONE, NONE, NONE)
    said = content(FRAME, figures, [])
    assert digest(said) == digest(dict(reversed(said.items())))
    assert digest(said) != digest({**said, "until": "2025-10-19"})


def test_sums_add_and_subtract() -> None:
    assert Sums(3, 2, 1) - Sums(1, 1, 1) + Sums(0, 1, 0) == Sums(2, 2, 0)


@pytest.mark.parametrize(
    ("since", "until", "text"),
    [
        ("2025-10-18", "2025-10-18", "2025 年 10 月 18 日"),
        ("2025-10-20", "2025-10-22", "2025 年 10 月 20 日至 22 日"),
        ("2025-09-30", "2025-10-02", "2025 年 9 月 30 日至 10 月 2 日"),
        ("2025-12-30", "2026-01-02", "2025 年 12 月 30 日至 2026 年 1 月 2 日"),
    ],
)
def test_days_are_written_as_papers_do(since: str, until: str, text: str) -> None:
    assert span(since, until) == text
