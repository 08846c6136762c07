"""A job for each shop's day that has news: asked for twice it is one, killed it changes nothing."""

from datetime import UTC, date, datetime
from functools import partial
from threading import Thread

import pytest
from redis import Redis
from rq import Queue

from service import batches
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.batches.conftest import Ground, Row, ground
from workers import shop_days
from workers.runtime import Runtime

__all__ = ["ground"]
MORNING = datetime(2025, 10, 28, 1, 0, tzinfo=UTC)


@pytest.fixture
def world(
    monkeypatch: pytest.MonkeyPatch,
    settings: Settings,
    database: Database,
    redis: Redis,
    clock: Clock,
) -> Runtime:
    found = Runtime(settings=settings, database=database, redis=redis, clock=clock)
    clock.set(MORNING)
    monkeypatch.setattr(shop_days, "runtime", lambda: found)
    return found


def test_what_is_due_is_queued_once_until_it_is_done(ground: Ground, world: Runtime) -> None:
    ground.sale("K-1")
    ground.file([Row("K-1")])
    queue = Queue(shop_days.QUEUE, connection=world.redis, serializer="json")
    assert [shop_days.reconcile_shops() for _ in range(3)] == [1, 1, 1]
    (job,) = queue.jobs
    shop_days.reconcile_batch(**job.kwargs)
    assert shop_days.reconcile_shops() == 0
    assert ground.matched() == [(1, "K-1")]


def test_a_run_that_dies_leaves_nothing_and_the_next_does_all(
    ground: Ground, world: Runtime
) -> None:
    ground.sale("K-1")
    ground.file([Row("K-9", 700)])
    ids = ground.due()
    for stage in range(1, 5):

        def die(done: int, stages: int, stage: int = stage) -> None:
            if done == stage:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            world.database.atomic(partial(batches.run, ids=ids, now=MORNING, progress=die))
        assert ground.found() == []
        assert ground.market.one("SELECT count(*) FROM reconciliation_matches") == 0
        assert ground.batch()["status"] == "open"
    assert shop_days.reconcile_batch(ids[0]) == 1
    assert ground.found() == [("OURS_ONLY", "K-1"), ("THEIRS_ONLY", "K-9")]
    ground.hold()


def test_a_simulated_night_runs_what_is_due(ground: Ground, world: Runtime) -> None:
    ground.sale("K-1")
    ground.word(redemptions=1, points=20)
    assert shop_days.reconcile_shops_now() == 1
    assert shop_days.reconcile_shops_now() == 0
    assert ground.batch(date(2025, 10, 18))["totals"]["matched"] == {"0": 1}


def test_two_workers_on_one_day_do_it_once(ground: Ground, world: Runtime) -> None:
    ground.sale("K-1")
    ground.file([Row("K-9", 700)])
    ids = ground.due()
    both = [Thread(target=shop_days.reconcile_batch, args=(ids[0],)) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert ground.batch()["nth"] == 1
    assert len(ground.market.events("ExceptionOpened")) == 2
    ground.hold()
