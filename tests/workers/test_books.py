"""The jobs that seal the log and verify the books: told once, refused without keys, by the day."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import psycopg
import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.job import Job

from service import ledger
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.conftest import NOON
from tests.ledger.conftest import LATE, PROGRAMME, Books, books
from tests.workers.conftest import Start, count, until
from workers import jobs
from workers.runtime import Runtime

__all__ = ["books"]


@pytest.fixture
def world(
    settings: Settings,
    database: Database,
    redis: Redis,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Runtime:
    """The jobs' access to the world, in this process."""
    found = Runtime(settings, database, redis, clock)
    monkeypatch.setattr(jobs, "runtime", lambda: found)
    return found


def ask(database: Database) -> ledger.Verification:
    return database.atomic(partial(ledger.ask_verification, asked_by="staff:1", now=NOON))


def test_what_was_posted_is_sealed_once_and_told(books: Books, world: Runtime) -> None:
    books.award("FM0001", 20)
    assert (jobs.seal(), jobs.seal()) == (1, 0)
    (event,) = books.database.rows("SELECT * FROM outbox_events WHERE type = 'LedgerSealed'")
    head = books.database.atomic(ledger.latest_head)
    assert head is not None
    assert event["payload"] == {"size": 1, "root": head.root.hex()}


def test_without_a_key_everything_waits(
    books: Books, world: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyless = replace(world, settings=replace(world.settings, ledger_key=""))
    monkeypatch.setattr(jobs, "runtime", lambda: keyless)
    books.award("FM0001", 20)
    assert jobs.seal() == 0
    assert count(books.database, "ledger_unsealed") == 1


def test_a_closed_month_is_sealed_by_the_next_run(books: Books, world: Runtime) -> None:
    books.award("FM0001", 20)
    month = {"programme_id": PROGRAMME, "month": date(2025, 10, 1), "actor": "staff:1"}
    later = NOON + timedelta(days=30)
    books.database.atomic(partial(ledger.close_period, now=later, **month))
    jobs.seal()
    (period,) = books.database.atomic(partial(ledger.periods, programme_id=PROGRAMME))
    assert (period.state, period.size) == ("sealed", 1)


def test_the_books_are_verified_once_a_day(books: Books, world: Runtime, clock: Clock) -> None:
    books.award("FM0001", 20)
    jobs.seal()
    assert (jobs.verify(), jobs.verify()) == (0, None)
    clock.set(NOON + timedelta(days=1))
    assert jobs.verify() == 0
    kept = books.database.atomic(ledger.verifications)
    assert [(one.asked_by, one.transfers, one.faults) for one in kept] == [("system", 1, 0)] * 2


def test_a_fault_that_the_night_finds_fails_the_job_and_names_it(
    books: Books, world: Runtime, admin: psycopg.Connection
) -> None:
    books.award("FM0001", 20)
    jobs.seal()
    admin.execute("UPDATE ledger_transfers SET actor = 'nobody'")
    with pytest.raises(jobs.BooksDisagree, match="altered leaf 0: transfer 1 "):
        jobs.verify()


def test_nothing_is_verified_that_nobody_asked_for(books: Books, world: Runtime) -> None:
    assert jobs.verify_asked() is None
    ask(books.database)
    assert (jobs.verify_asked(), jobs.verify_asked()) == (0, None)


def test_a_verification_s_job_tells_how_far_it_is(books: Books, world: Runtime) -> None:
    books.award("FM0001", 20)
    ask(books.database)
    queue = Queue("slow", connection=world.redis, serializer="json")
    job = queue.enqueue(jobs.verify_asked)
    SimpleWorker([queue], connection=world.redis, serializer="json").work(burst=True)
    done = Job.fetch(job.id, connection=world.redis, serializer="json")
    assert done.get_meta() == {"done": 1, "total": 1}


def test_cron_and_a_worker_seal_and_verify_by_themselves(
    books: Books, clock: Clock, start: Start
) -> None:
    books.award("FM0001", 20, LATE)
    ask(books.database)
    start("-m", "workers.cron")
    start("-m", "workers.main")
    until(lambda: count(books.database, "ledger_heads") == 1)
    until(lambda: books.database.atomic(ledger.last_verification) is not None)
