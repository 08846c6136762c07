"""The relay: in order, at least once, in two copies, through any death."""

import signal
import threading
from functools import partial

import psycopg
import pytest
from redis import Redis
from rq import Queue
from rq.job import Job
from sqlalchemy import event

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.workers.conftest import Start, count, publish, until
from workers import relay
from workers.jobs import PROMPT
from workers.runtime import Runtime


def queued(redis: Redis) -> list[list[int]]:
    """The ids of each waiting job, in the order of the queue."""
    queue = Queue(PROMPT, connection=redis, serializer="json")
    jobs = [Job.fetch(name, connection=redis, serializer="json") for name in queue.job_ids]
    return [job.kwargs["ids"] for job in jobs]


def once(database: Database, redis: Redis) -> int:
    return database.atomic(partial(relay.relay_once, redis=redis))


def relaying(database: Database, redis: Redis, stop: threading.Event) -> threading.Thread:
    """Let a relay of this process run until it is told to stop."""
    world = Runtime(Settings("test", database.url, "", "", "", ""), database, redis, Clock())
    thread = threading.Thread(target=relay.run, args=(world, stop))
    thread.start()
    return thread


def test_events_become_jobs_of_a_hundred_in_order(database: Database, redis: Redis) -> None:
    ids = publish(database, *("subject" for _ in range(250)))
    assert once(database, redis) == 250
    assert queued(redis) == [ids[:100], ids[100:200], ids[200:]]
    assert once(database, redis) == 0
    assert count(database, "outbox_events WHERE relayed_at IS NULL") == 0


def test_what_nobody_listens_to_is_marked_and_queues_nothing(
    database: Database, redis: Redis
) -> None:
    publish(database, "x", kind="CertificateIssued")
    assert once(database, redis) == 1
    assert queued(redis) == []


def test_a_crash_between_enqueue_and_commit_queues_no_second_job(
    database: Database, redis: Redis
) -> None:
    ids = publish(database, "a", "b")

    def die(session: object) -> None:
        relay.relay_once(session, redis=redis)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.atomic(die)
    assert queued(redis) == [ids]
    assert count(database, "outbox_events WHERE relayed_at IS NULL") == 2
    assert once(database, redis) == 2
    assert queued(redis) == [ids]


def test_an_event_that_joins_after_such_a_crash_is_not_taken_for_told(
    database: Database, redis: Redis
) -> None:
    ids = publish(database, "a", "b")

    def die(session: object) -> None:
        relay.relay_once(session, redis=redis)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        database.atomic(die)
    late = publish(database, "c")
    once(database, redis)
    assert queued(redis) == [ids, ids + late]


def test_two_relays_share_the_work_and_lose_nothing(database: Database, redis: Redis) -> None:
    ids = publish(database, *(f"s{n % 5}" for n in range(60)))
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            once(database, redis)

    threads = [threading.Thread(target=loop) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        ids += publish(database, "s1", "s2")
    until(lambda: count(database, "outbox_events WHERE relayed_at IS NULL") == 0)
    stop.set()
    for thread in threads:
        thread.join()
    assert [event for job in queued(redis) for event in job] == ids


def test_a_relay_process_moves_events_within_half_a_second_and_stops_politely(
    database: Database, redis: Redis, start: Start
) -> None:
    process = start("-m", "workers.relay")
    publish(database, "first")
    until(lambda: count(database, "outbox_events WHERE relayed_at IS NULL") == 0)
    publish(database, "second")
    until(lambda: len(queued(redis)) == 2, patience=2.0)
    latency = database.call(
        "SELECT extract(epoch FROM clock_timestamp() - max(relayed_at)) AS ago FROM outbox_events"
    )
    assert latency is not None
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=5) == 0


def test_a_relay_that_is_killed_is_replaced_by_the_next(
    database: Database, redis: Redis, start: Start
) -> None:
    ids: list[int] = []
    for _ in range(3):
        process = start("-m", "workers.relay")
        ids += publish(database, *("s" for _ in range(150)))
        until(lambda: count(database, "outbox_events WHERE relayed_at IS NOT NULL") > 0)
        process.kill()
        process.wait()
    start("-m", "workers.relay")
    until(lambda: count(database, "outbox_events WHERE relayed_at IS NULL") == 0)
    told = [event for job in queued(redis) for event in job]
    assert sorted(set(told)) == ids


def test_the_relay_waits_for_a_redis_that_is_away(database: Database) -> None:
    publish(database, "a")
    away = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.1)
    stop = threading.Event()
    thread = relaying(database, away, stop)
    stop.wait(0.3)
    stop.set()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert count(database, "outbox_events WHERE relayed_at IS NULL") == 1


def test_the_relay_waits_for_a_database_that_ends_every_connection(
    database: Database, redis: Redis, admin: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    (event_id,) = publish(database, "a")
    ended: list[int] = []

    def kill(connection: psycopg.Connection, record: object) -> None:
        if len(ended) < 4:
            ended.append(connection.info.backend_pid)
            admin.execute("SELECT pg_terminate_backend(%s, 1000)", [ended[-1]])

    monkeypatch.setattr(relay, "TROUBLE_S", 0.01)
    database.engine.dispose()
    event.listen(database.engine, "connect", kill)
    stop = threading.Event()
    thread = relaying(database, redis, stop)
    try:
        until(lambda: queued(redis) == [[event_id]])
    finally:
        stop.set()
        thread.join(timeout=5)
        event.remove(database.engine, "connect", kill)
    assert len(ended) == 4


def test_two_relay_processes_under_load_keep_every_subject_s_order(
    database: Database, redis: Redis, start: Start
) -> None:
    for _ in range(2):
        start("-m", "workers.relay")
    ids: list[int] = []

    def write(number: int) -> None:
        for _ in range(20):
            ids.extend(publish(database, *(f"subject:{number}" for _ in range(5))))

    threads = [threading.Thread(target=write, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    until(lambda: count(database, "outbox_events WHERE relayed_at IS NULL") == 0)
    told = [event for job in queued(redis) for event in job]
    assert sorted(told) == sorted(ids)
    rows = database.rows("SELECT id, subject FROM outbox_events")
    subject = {row["id"]: row["subject"] for row in rows}
    for number in range(4):
        of_one = [one for one in told if subject[one] == f"subject:{number}"]
        assert of_one == sorted(of_one)


def test_a_backlog_makes_fewer_and_longer_jobs(database: Database, redis: Redis) -> None:
    ids = publish(database, *("subject" for _ in range(600)))
    once(database, redis)
    assert queued(redis) == [ids[:500], ids[500:]]
