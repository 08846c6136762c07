"""What comes again every week is planned ahead, each date once, by the wall clock of its place."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlmodel import Session, select

from service import activities, people, programmes
from service.activities.actions.editing import amend_plan, stated_plan
from service.activities.actions.lifecycle import KEEPERS, Mover, call_off
from service.activities.actions.series import (
    SeriesPlan,
    Weekly,
    continue_series,
    end_series,
    find_series,
    plan_series,
    running_series,
)
from service.activities.models import Activity
from service.activities.refusals import UnfitDays, UnfitRule
from service.activities.weekdays import dates, moments
from tests.activities.town import NOW, Town

KEEPER = Mover("staff:U-ADM", KEEPERS)
TUESDAY_FRIDAY = Weekly([2, 5], time(9), time(11), date(2025, 10, 18))
PLAN = SeriesPlan(
    template="AT01",
    title="Tidy the yard",
    place="Yard 1",
    leader="V0010",
    posts=[activities.PostPlan("all", 5, min_age=16, risk_text="Mind the stairs.")],
    weekly=TUESDAY_FRIDAY,
)


def begin(town: Town, plan: SeriesPlan = PLAN, now: datetime = NOW) -> str:
    def work(session: Session) -> str:
        community = people.unit(session, "FM")
        return plan_series(session, plan, community=community, actor="staff:U-ADM", now=now).code

    return str(town.run(work))


def rhythm(**changes: Any) -> SeriesPlan:
    return replace(PLAN, weekly=replace(TUESDAY_FRIDAY, **changes))


def go_on(town: Town, now: datetime) -> int:
    return sum(
        town.run(continue_series, series_id=one, now=now) for one in town.run(running_series)
    )


def days(town: Town) -> list[str]:
    rows = town.database.rows(
        "SELECT series_day FROM activities WHERE series_id IS NOT NULL ORDER BY series_day"
    )
    return [row["series_day"].isoformat() for row in rows]


def on(session: Session, day: date) -> Activity:
    return session.exec(select(Activity).where(Activity.series_day == day)).one()


def test_every_tuesday_and_friday_of_four_weeks_is_planned(town: Town) -> None:
    code = begin(town)
    assert days(town) == [
        "2025-10-21", "2025-10-24", "2025-10-28", "2025-10-31",
        "2025-11-04", "2025-11-07", "2025-11-11", "2025-11-14",
    ]  # fmt: skip
    first = town.activity(f"{code}-251021")
    assert first.status == "published"
    assert first.starts_at == datetime(2025, 10, 21, 1, tzinfo=UTC)
    assert (
        town.one(
            "SELECT count(*) FROM activities_posts WHERE risk_text = 'Mind the stairs.'"
            " AND min_age = 16 AND capacity = 5"
        )
        == 8
    )


def test_planning_again_plans_nothing_twice(town: Town) -> None:
    begin(town)
    assert go_on(town, NOW) == 0
    assert go_on(town, NOW + timedelta(days=7)) == 2
    assert go_on(town, NOW + timedelta(days=7)) == 0
    assert len(days(town)) == len(set(days(town))) == 10


def test_many_who_plan_at_once_plan_each_date_once(town: Town) -> None:
    begin(town)
    later = NOW + timedelta(days=14)
    with ThreadPoolExecutor(6) as pool:
        counts = list(pool.map(lambda _: go_on(town, later), range(6)))
    assert sum(counts) == 4
    assert len(days(town)) == 12


def test_the_database_refuses_a_second_activity_for_a_date(
    town: Town, admin: psycopg.Connection
) -> None:
    begin(town)
    with pytest.raises(psycopg.errors.UniqueViolation):
        admin.execute(
            "UPDATE activities SET series_day = '2025-10-21' WHERE series_day = '2025-10-24'"
        )


def test_it_ends_with_its_last_day(town: Town) -> None:
    begin(town, rhythm(until_day=date(2025, 10, 28)))
    assert days(town) == ["2025-10-21", "2025-10-24", "2025-10-28"]
    assert go_on(town, NOW + timedelta(days=30)) == 0


def test_a_day_that_has_begun_is_not_planned_any_more(town: Town) -> None:
    begin(town, rhythm(weekdays=[6], starts=time(7)))  # NOW is a Saturday, 8:00
    assert days(town)[0] == "2025-10-25"


def test_holidays_are_left_out_by_choice(town: Town) -> None:
    town.run(programmes.load_missing_years, by="system", now=NOW)
    now = datetime(2025, 9, 20, 0, tzinfo=UTC)
    begin(town, rhythm(from_day=date(2025, 9, 22), skip_holidays=True), now)
    assert days(town) == [
        "2025-09-23", "2025-09-26", "2025-09-30", "2025-10-10", "2025-10-14", "2025-10-17",
    ]  # fmt: skip
    begin(town, rhythm(from_day=date(2025, 9, 30), until_day=date(2025, 10, 8)), now)
    assert [day for day in days(town) if day in {"2025-10-03", "2025-10-07"}] == [
        "2025-10-03", "2025-10-07",
    ]  # fmt: skip


def test_one_date_moves_and_the_others_stay(town: Town) -> None:
    begin(town)
    before = town.database.rows(
        "SELECT series_day, starts_at, place FROM activities"
        " WHERE series_day <> '2025-10-24' ORDER BY series_day"
    )

    def work(session: Session) -> None:
        one = on(session, date(2025, 10, 24))
        plan = replace(
            stated_plan(session, one),
            place="Yard 9",
            starts_at=one.starts_at + timedelta(days=1),
            ends_at=one.ends_at + timedelta(days=1),
        )
        amend_plan(session, one, plan, by=KEEPER, now=NOW)

    town.run(work)
    moved = town.one("SELECT business_day FROM activities WHERE series_day = '2025-10-24'")
    assert moved == date(2025, 10, 25)
    after = town.database.rows(
        "SELECT series_day, starts_at, place FROM activities"
        " WHERE series_day <> '2025-10-24' ORDER BY series_day"
    )
    assert after == before
    assert go_on(town, NOW) == 0  # its old date is not planned anew


def test_one_date_is_called_off_and_not_planned_again(town: Town) -> None:
    begin(town)

    def work(session: Session) -> None:
        call_off(session, on(session, date(2025, 10, 24)), reason="Rain", by=KEEPER, now=NOW)

    town.run(work)
    assert go_on(town, NOW) == 0
    rows = town.database.rows(
        "SELECT status, count(*) AS n FROM activities"
        " WHERE series_id IS NOT NULL GROUP BY status ORDER BY status"
    )
    assert [(row["status"], row["n"]) for row in rows] == [("cancelled", 1), ("published", 7)]


def test_a_series_that_has_ended_plans_no_more_and_may_take_the_rest_along(town: Town) -> None:
    code = begin(town)

    def end(session: Session, reason: str | None) -> int:
        return end_series(session, find_series(session, code), by=KEEPER, now=NOW, reason=reason)

    assert town.run(end, reason=None) == 0
    assert go_on(town, NOW + timedelta(days=21)) == 0
    assert (
        town.one(
            "SELECT count(*) FROM activities WHERE status = 'published' AND series_id IS NOT NULL"
        )
        == 8
    )
    assert town.run(end, reason="The yard is rebuilt") == 8
    assert town.run(end, reason="The yard is rebuilt") == 0
    assert town.one("SELECT count(*) FROM trail_records WHERE action = 'series_ended'") == 1


def test_a_series_needs_a_weekday_and_an_end_after_its_beginning(town: Town) -> None:
    for wrong in ({"weekdays": []}, {"until_day": date(2025, 10, 17)}):
        with pytest.raises(UnfitDays):
            begin(town, rhythm(**wrong))
    with pytest.raises(UnfitRule):
        begin(town, replace(PLAN, posts=[activities.PostPlan("x", 1, rule="R-NONE")]))
    assert town.count("activities_series") == 0


def test_nine_o_clock_stays_nine_when_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    for day in (date(2025, 10, 25), date(2025, 10, 26), date(2026, 3, 28), date(2026, 3, 29)):
        begins, ends = moments(day, time(9), time(11, 30), "Europe/Berlin")
        assert begins.astimezone(zone) == datetime.combine(day, time(9), zone)
        assert ends - begins == timedelta(hours=2, minutes=30)
        assert begins.tzinfo is UTC
    summer, _ = moments(date(2025, 10, 25), time(9), time(10), "Europe/Berlin")
    winter, _ = moments(date(2025, 10, 26), time(9), time(10), "Europe/Berlin")
    assert winter - summer == timedelta(hours=25)


def test_an_hour_that_the_clocks_leave_out_still_makes_an_activity() -> None:
    begins, ends = moments(date(2026, 3, 29), time(2, 30), time(4), "Europe/Berlin")
    assert begins == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert ends == datetime(2026, 3, 29, 2, tzinfo=UTC)


def test_an_end_before_the_start_lies_on_the_next_day() -> None:
    begins, ends = moments(date(2025, 10, 21), time(22), time(1), "Asia/Shanghai")
    assert ends - begins == timedelta(hours=3)


def test_weekdays_are_counted_from_monday() -> None:
    found = list(dates({1, 7}, date(2025, 10, 18), date(2025, 10, 27)))
    assert [day.isoformat() for day in found] == [
        "2025-10-19",
        "2025-10-20",
        "2025-10-26",
        "2025-10-27",
    ]


def test_a_date_without_rules_waits_and_does_not_stop_the_others(
    town: Town, admin: psycopg.Connection
) -> None:
    admin.execute("UPDATE programmes_rule_sets SET effective_to = '2025-10-30'")
    begin(town)
    assert days(town) == ["2025-10-21", "2025-10-24", "2025-10-28"]
    admin.execute("UPDATE programmes_rule_sets SET effective_to = NULL")
    assert go_on(town, NOW) == 5
    assert town.count("activities_series") == 1
