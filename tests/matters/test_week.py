"""The week by team: what is counted, who is ranked, who may see it, and what stays inside."""

from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from service import people
from service.clock import SHANGHAI, business_day
from service.matters.queries.week import Line, Summary, summary
from service.matters.rules import Hand, Week, ranks, read_week, told, week_of
from tests.matters.place import Place


def summed(place: Place, week: Week | None = None) -> Summary:
    def work(session: Session) -> Summary:
        home = people.unit(session, "FM")
        now = place.clock.now()
        asked = week or week_of(business_day(now), SHANGHAI)
        return summary(session, community_id=home.id or 0, week=asked, now=now)

    return place.database.atomic(work)


def line(found: Summary, team: str) -> Line:
    return next(one for one in found.lines if one.code == team)


def households(place: Place, count: int, counter: str = "入户户数") -> None:
    place.database.rows(
        "INSERT INTO activities_outcomes SELECT id, %(counter)s, %(count)s, 'x', starts_at"
        " FROM activities WHERE code = 'VISIT' RETURNING 1",
        {"count": count, "counter": counter},
    )


def test_a_week_with_everything_in_it(place: Place) -> None:
    households(place, 27)
    for other in ("服务人次", "入户人次"):
        households(place, 99, other)
    place.later(days=-3)
    rows = [place.raised() for _ in range(4)]
    for row in rows[:3]:
        place.assigned(row, "T1")
    place.later(hours=36)
    place.step("solve", rows[0])
    place.step("solve", rows[1])
    place.later(hours=12)
    place.step("answer", rows[0])
    place.rated(rows[0], 2)
    place.rated(rows[0], 3, "Better")
    place.clock.set(place.clock.now().replace(day=19))
    got = line(summed(place), "T1").figures
    assert (got.visits, got.households) == (1, 27)
    assert (got.found, got.assigned, got.solved, got.answered) == (4, 3, 2, 1)
    assert (got.good, got.fair, got.bad) == (1, 0, 0)
    assert got.median_days == Decimal("2.0")
    assert got.hand == Hand(solved=2, open=1)
    assert got.percent == 67


def test_grid_workers_and_the_desk_count_in_the_whole_alone(place: Place) -> None:
    row = place.assigned(place.at_desk(), place.worker())
    place.step("answer", place.step("solve", row))
    found = summed(place)
    assert all(one.figures.solved == 0 for one in found.lines)
    whole = found.total
    assert (whole.found, whole.assigned, whole.solved, whole.answered) == (1, 1, 1, 1)
    assert whole.median_days == Decimal("0.0")
    assert not any("GRID" in str(one) for one in found.lines)


def test_what_came_before_or_after_is_not_of_this_week(place: Place) -> None:
    row = place.answered(place.raised())
    place.rated(row, 3)
    this = summed(place).week
    for week in (this.shifted(-1), this.shifted(1)):
        total = summed(place, week).total
        assert (total.found, total.assigned, total.solved, total.answered) == (0, 0, 0, 0)
        assert (total.visits, total.rated, total.hand.count) == (0, 0, 0)


def test_what_is_carried_over_is_on_hand_in_the_next_week_too(place: Place) -> None:
    place.assigned(place.raised(), "T1")
    this = summed(place).week
    place.later(days=7)
    after = line(summed(place, this.shifted(1)), "T1").figures
    assert (after.assigned, after.hand) == (0, Hand(solved=0, open=1))


def test_solved_and_sent_back_is_not_solved(place: Place) -> None:
    row = place.step("solve", place.assigned(place.raised(), "T1"))
    place.step("send_back", row)
    assert line(summed(place), "T1").figures.hand == Hand(solved=0, open=1)


def test_given_to_another_team_it_is_on_their_hands(place: Place) -> None:
    row = place.assigned(place.assigned(place.raised(), "T1"), "T2")
    place.step("solve", row)
    found = summed(place)
    assert line(found, "T1").figures.hand == Hand(solved=0, open=0)
    assert line(found, "T2").figures.hand == Hand(solved=1, open=0)


def test_another_community_s_matters_are_not_counted(place: Place) -> None:
    place.answered(place.raised())

    def work(session: Session) -> Summary:
        other = people.unit(session, "GZ")
        week = week_of(business_day(place.clock.now()), SHANGHAI)
        return summary(session, community_id=other.id or 0, week=week, now=place.clock.now())

    found = place.database.atomic(work)
    assert (found.lines, found.total.found, found.about) == ((), 0, ())


def test_teams_stand_in_the_order_of_what_they_solved(place: Place) -> None:
    for team, solved in (("T1", 1), ("T2", 3)):
        for n in range(3):
            row = place.assigned(place.raised(), team)
            if n < solved:
                place.step("solve", row)
    assert [(one.code, one.rank) for one in summed(place).lines] == [
        ("T2", 1), ("T1", 2), ("T3", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("hands", "expected"),
    [
        ([(3, 0), (6, 0), (2, 1)], [1, 1, 3]),
        ([(1, 0), (2, 1)], [None, 1]),
        ([(2, 0)], [None]),
        ([(0, 3), (0, 5)], [1, 1]),
        ([(1, 2), (33, 67), (333, 667)], [1, 3, 2]),
        ([], []),
    ],
)
def test_equal_shares_share_a_rank_and_few_have_none(
    hands: list[tuple[int, int]], expected: list[int | None]
) -> None:
    assert ranks([Hand(*hand) for hand in hands]) == expected


def test_a_team_of_one_is_a_person_and_is_not_ranked(place: Place) -> None:
    for _ in range(3):
        place.assigned(place.raised(), "T2")
    assert line(summed(place), "T2").rank == 1
    place.database.rows(
        "UPDATE people_volunteers SET team_id = NULL WHERE code = 'V0004' RETURNING id"
    )
    assert line(summed(place), "T2").rank is None


@pytest.mark.parametrize(
    ("solved", "still", "outside"),
    [(3, 3, True), (4, 0, True), (2, 1, False), (1, 40, False), (40, 2, False), (0, 0, False)],
)
def test_a_share_that_tells_a_small_number_stays_inside(
    solved: int, still: int, outside: bool
) -> None:
    assert Hand(solved, still).share_told(inside=False) is outside
    assert Hand(solved, still).share_told(inside=True) is (solved + still > 0)


@pytest.mark.parametrize(("count", "outside"), [(0, 0), (1, None), (2, None), (3, 3), (40, 40)])
def test_small_numbers_stay_inside(count: int, outside: int | None) -> None:
    assert told(count, inside=False) == outside
    assert told(count, inside=True) == count


@pytest.mark.parametrize("word", ["2025-W42", "2025-W01", "2026-W53"])
def test_a_week_is_read_as_it_is_written(word: str) -> None:
    week = read_week(word, SHANGHAI)
    assert week is not None
    assert week.code == word
    assert week_of(week.sunday, SHANGHAI) == week


@pytest.mark.parametrize(
    "word",
    ["", "2025", "2025-W54", "2025-W00", "x-Wy", "2025-W423", "２-W1", "0001-W01", "9999-W52"],
)
def test_what_is_no_week_is_none(word: str) -> None:
    assert read_week(word, SHANGHAI) is None


def test_a_week_begins_on_monday_at_midnight_in_shanghai() -> None:
    week = read_week("2025-W42", SHANGHAI)
    assert week is not None
    assert week.starts_at.isoformat() == "2025-10-12T16:00:00+00:00"
    assert week.ends_at == week.shifted(1).starts_at


def week_as(place: Place, client: FlaskClient, who: str, path: str = "/matters/week") -> Any:
    return place.get(client, who, path)


@pytest.mark.parametrize("who", ["U-SEC", "U-ADM", "U-SUP", "U-AUD", "V0005"])
def test_the_office_and_the_teams_see_it(
    place: Place, app: object, client: FlaskClient, who: str
) -> None:
    assert [one["team"] for one in week_as(place, client, who).json["teams"]] == ["T1", "T2", "T3"]


@pytest.mark.parametrize(
    ("who", "status"), [("", 401), ("V0010", 403), ("U-GRID", 403), ("G0001", 403)]
)
def test_nobody_else_sees_it(
    place: Place, app: object, client: FlaskClient, who: str, status: int
) -> None:
    assert week_as(place, client, who).status_code == status


def test_another_community_is_not_shown(place: Place, app: object, client: FlaskClient) -> None:
    answer = week_as(place, client, "U-ADM", "/matters/week?community=GZ")
    assert answer.json["type"] == "/problems/which-place"
    own = week_as(place, client, "V0001", "/matters/week?community=GZ")
    assert [one["team"] for one in own.json["teams"]] == ["T1", "T2", "T3"]


def test_volunteers_are_not_told_small_numbers(
    place: Place, app: object, client: FlaskClient
) -> None:
    row = place.answered(place.raised())
    place.rated(row, 3)
    inside = week_as(place, client, "U-SEC").json["teams"][0]
    outside = week_as(place, client, "V0005").json["teams"][0]
    assert (inside["solved"], inside["ratings"]) == (1, {"good": 1, "fair": 0, "bad": 0})
    hidden = ("solved", "answered", "ratings", "solved_percent", "median_days", "on_hand")
    assert {name: outside[name] for name in hidden} == dict.fromkeys(hidden)


def test_a_page_for_volunteers_tells_no_share_of_three(
    place: Place, app: object, client: FlaskClient
) -> None:
    rows = [place.assigned(place.raised(), "T1") for _ in range(3)]
    place.step("solve", rows[0])
    inside, outside = (week_as(place, client, who).json["teams"][0] for who in ("U-SEC", "V0005"))
    assert (inside["solved_percent"], inside["rank"]) == (33, 1)
    assert (outside["solved_percent"], outside["rank"], outside["on_hand"]) == (None, 1, 3)


def test_a_strange_week_is_refused(place: Place, app: object, client: FlaskClient) -> None:
    assert week_as(place, client, "U-SEC", "/matters/week?week=2025-W99").status_code == 404
    bad = week_as(place, client, "U-SEC", "/matters/week?week=now")
    assert (bad.status_code, bad.json["errors"][0]["pointer"]) == (422, "#/week")
