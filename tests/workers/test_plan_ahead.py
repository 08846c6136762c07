"""The night plans the coming weeks of every series."""

from datetime import timedelta

import psycopg
import pytest
from redis import Redis

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.activities.test_series import begin
from tests.activities.town import NOW, Town, build
from workers import jobs
from workers.runtime import Runtime


@pytest.fixture
def town(
    settings: Settings,
    database: Database,
    redis: Redis,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Town:
    found = Runtime(settings, database, redis, clock)
    monkeypatch.setattr(jobs, "runtime", lambda: found)
    return build(database, settings, clock)


def test_a_night_plans_what_the_next_day_lacks_and_the_next_night_nothing(town: Town) -> None:
    begin(town)
    assert jobs.plan_ahead() == 0
    town.clock.set(NOW + timedelta(days=7))
    assert jobs.plan_ahead() == 2
    assert jobs.plan_ahead() == 0


def test_a_series_that_cannot_go_on_stops_no_other(town: Town, admin: psycopg.Connection) -> None:
    begin(town)
    begin(town)
    admin.execute(
        "UPDATE activities_series SET posts = jsonb_set(posts, '{0,rule}', '\"GONE\"') WHERE id = 1"
    )
    town.clock.set(NOW + timedelta(days=7))
    assert jobs.plan_ahead() == 2
