"""Working days: the State Council's arrangement where there is one, Monday to Friday elsewhere."""

import json
from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import cli, programmes, trail
from service.db import Database
from service.programmes import ArrangementRefused, Due
from service.programmes.working_days import BUNDLED, WorkingDays
from service.programmes.working_days.table import read
from tests.conftest import NOON

BUNDLE = BUNDLED.read_text("utf-8")
ROWS = {row.day: row.working for rows in read(BUNDLE).values() for row in rows}
CALENDAR = WorkingDays(ROWS, frozenset({2025, 2026}))
DAYS = st.dates(date(2025, 1, 1), date(2026, 12, 31))
COUNTS = st.integers(0, 40)
QUICK = settings(max_examples=60, deadline=None)


def load(database: Database, text: str = BUNDLE) -> programmes.WorkingDays:
    database.atomic(lambda s: programmes.load_arrangements(s, text, by="operator", now=NOON))
    return programmes.working_days(database)


def test_every_day_of_both_years_is_what_another_calendar_says(database):
    loaded = load(database)
    day = date(2025, 1, 1)
    while day < date(2027, 1, 1):
        assert loaded.works(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_ten_working_days_after_a_saturday_in_october_pass_over_no_holiday(database):
    load(database)
    found = programmes.add_working_days(database, date(2025, 10, 18), 10)
    assert found == Due(date(2025, 10, 31), provisional=False)


def test_the_holiday_weeks_and_their_make_up_days_count_as_arranged(database):
    load(database)
    # 28 September is a Sunday that is worked; 1 to 8 October are off; 11 October is worked.
    assert database.atomic(lambda s: programmes.add_working_days(s, date(2025, 9, 27), 6)) == Due(
        date(2025, 10, 11), provisional=False
    )
    assert (
        database.atomic(
            lambda s: programmes.working_days_between(s, date(2025, 9, 27), date(2025, 10, 11))
        )
        == 6
    )


def test_a_year_without_a_table_counts_weekdays_and_says_that_it_is_provisional(database):
    load(database)
    assert programmes.add_working_days(database, date(2026, 12, 31), 1) == Due(
        date(2027, 1, 1), provisional=True
    )
    assert programmes.add_working_days(database, date(2024, 1, 1), 5) == Due(
        date(2024, 1, 8), provisional=True
    )


@QUICK
@given(day=DAYS, count=COUNTS)
def test_as_many_days_lie_between_as_were_added(day, count):
    found = CALENDAR.add(day, count).day
    assert CALENDAR.between(day, found) == count
    assert count == 0 or CALENDAR.works(found)


@QUICK
@given(day=DAYS, first=COUNTS, second=COUNTS)
def test_adding_in_two_steps_is_adding_at_once(day, first, second):
    halfway = CALENDAR.add(day, first).day
    assert CALENDAR.add(halfway, second).day == CALENDAR.add(day, first + second).day


@QUICK
@given(day=DAYS, later=DAYS, count=COUNTS)
def test_who_starts_later_is_not_due_earlier(day, later, count):
    first, last = sorted((day, later))
    assert CALENDAR.add(first, count).day <= CALENDAR.add(last, count).day
    assert CALENDAR.between(first, last) == -CALENDAR.between(last, first)


@QUICK
@given(due=DAYS, count=st.integers(1, 20))
def test_the_last_start_is_the_last_that_is_due_in_time(due, count):
    start = CALENDAR.started_by(due, count)
    assert CALENDAR.add(start, count).day <= due
    assert CALENDAR.add(start + timedelta(days=1), count).day > due


def test_loading_the_same_file_again_changes_nothing_and_leaves_no_second_mark(database):
    load(database)
    again = database.atomic(
        lambda s: programmes.load_arrangements(s, BUNDLE, by="operator", now=NOON)
    )
    assert (again.days, again.changed) == ({2025: 33, 2026: 39}, False)
    marks = database.atomic(lambda s: trail.about(s, "calendar"))
    assert [mark.action for mark in marks] == ["calendar.load"]
    assert "国办发明电〔2024〕12号" in marks[0].detail["sources"]["2025"]


def test_a_corrected_year_replaces_the_former_one_and_leaves_the_other_year(database):
    load(database)
    whole = json.loads(BUNDLE)["years"][0]
    corrected = {**whole, "source": "改后的通知", "work": whole["work"][:-1]}
    loaded = load(database, json.dumps({"years": [corrected]}))
    assert not loaded.works(date(2025, 10, 11))
    assert loaded.works(date(2026, 10, 10))


def test_what_an_operator_loaded_is_not_touched_by_the_bundle(database):
    whole = json.loads(BUNDLE)["years"][0]
    load(database, json.dumps({"years": [{**whole, "work": []}]}))
    done = database.atomic(lambda s: programmes.load_missing_years(s, by="seed", now=NOON))
    assert done.days == {2026: 39}
    assert not programmes.working_days(database).works(date(2025, 10, 11))
    again = database.atomic(lambda s: programmes.load_missing_years(s, by="seed", now=NOON))
    assert (again.days, again.changed) == ({}, False)


YEAR = {
    "year": 2027,
    "source": "a notice",
    "off": [{"name": "元旦", "first": "2027-01-01", "last": "2027-01-03"}],
    "work": [],
}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"source": ""}, "source"),
        ({"off": []}, "off"),
        ({"off": [{"name": "元旦", "first": "2027-01-03", "last": "2027-01-01"}]}, "2027-01-03"),
        ({"off": [{"name": "元旦", "first": "2026-12-31", "last": "2027-01-01"}]}, "2026-12-31"),
        ({"work": [{"name": "元旦", "day": "2027-01-04"}]}, "2027-01-04"),
        ({"work": [{"name": "元旦", "day": "2027-01-03"}]}, "2027-01-03"),
        ({"year": True}, "year"),
        ({"more": 1}, "more"),
    ],
)
def test_a_wrong_file_is_refused_by_the_place_that_is_wrong(database, change, named):
    load(database)
    with pytest.raises(ArrangementRefused) as refused:
        load(database, json.dumps({"years": [YEAR | change]}))
    assert named in refused.value.detail.format(**refused.value.params)
    assert programmes.working_days(database).years == {2025, 2026}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"years": []}', '{"years": [1]}', "null"])
def test_what_is_no_arrangement_is_refused(database, text):
    with pytest.raises(ArrangementRefused):
        load(database, text)


def test_a_year_twice_in_one_file_is_refused(database):
    with pytest.raises(ArrangementRefused):
        load(database, json.dumps({"years": [YEAR, YEAR]}))


def test_the_operator_loads_a_file_and_hears_what_came_of_it(
    settings, database, monkeypatch, tmp_path, capsys
):
    said = {
        "AIXIN_ENV": "demo", "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.database_owner_url, "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key, "PUBLIC_URL": settings.public_url,
        "LEDGER_KEY": settings.ledger_key, "AIXIN_LOCALE": "en",
    }  # fmt: skip
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    assert cli.main(["calendar", "load", str(BUNDLED)]) == 0
    assert capsys.readouterr().out == "2025: 33 days, 2026: 39 days\n"
    assert cli.main(["calendar", "load", str(BUNDLED)]) == 0
    assert "nothing to do" in capsys.readouterr().out
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps({"years": [YEAR | {"work": [{"name": "x", "day": "2027-01-04"}]}]}))
    assert cli.main(["calendar", "load", str(wrong)]) == 1
    assert "2027-01-04" in capsys.readouterr().err
    assert cli.main(["calendar", "load", str(tmp_path / "missing.json")]) == 1
