"""Events on which a consumer fails: tried again, set aside, left out; only their subject waits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import psycopg
import pytest
from psycopg.errors import AdminShutdown
from redis.exceptions import ConnectionError as RedisAway
from sqlalchemy.exc import DataError, OperationalError
from sqlmodel import Session

from service import outbox
from service.db import Database
from service.errors import Conflict, NotFound
from service.outbox.failures import WAITS_S, NoteMissing
from tests.conftest import NOON
from tests.workers.conftest import count, publish
from workers.delivery import Consumer, Moments, bring, look_again, try_one

FIRST = timedelta(seconds=WAITS_S[0])


@dataclass
class Listener:
    """A consumer that writes down what it hears, and fails on the events that it is told to."""

    database: Database
    bad: set[int] = field(default_factory=set)
    heard: list[int] = field(default_factory=list)
    error: Callable[[], Exception] = lambda: KeyError("volunteer")

    @property
    def consumer(self) -> Consumer:
        return Consumer("tester", frozenset({"CheckedIn"}), self.work)

    def work(self, session: Session, events: Sequence[outbox.Event], now: datetime) -> None:
        for event in events:
            if event.id in self.bad:
                raise self.error()
        self.heard += [event.id or 0 for event in events]

    def bring(self, ids: list[int], after: timedelta = timedelta()) -> int:
        return bring(self.database, self.consumer, ids, Moments(NOON, NOON + after))

    def look_again(self, after: timedelta) -> int:
        return look_again(self.database, {"tester": self.consumer}, Moments(NOON, NOON + after))

    def failures(self) -> list[tuple[int, str, int]]:
        rows = self.database.rows("SELECT * FROM outbox_failures ORDER BY id")
        return [(row["event_id"], row["status"], row["attempts"]) for row in rows]

    def decide(self, act: Callable[..., outbox.Failure], **given: str) -> outbox.Failure:
        row = self.database.call("SELECT id FROM outbox_failures ORDER BY id LIMIT 1")
        assert row is not None
        work = partial(act, failure_id=row["id"], actor="staff:U-ADMIN", now=NOON, **given)
        return self.database.atomic(work)


@pytest.fixture
def listener(database: Database) -> Listener:
    return Listener(database)


def tell(listener: Listener, *subjects: str) -> list[int]:
    ids = publish(listener.database, *subjects)
    listener.database.atomic(partial(outbox.mark_relayed, ids=ids))
    return ids


def test_one_bad_event_stops_only_its_own_subject(listener: Listener) -> None:
    ids = tell(listener, "a", "b", "a", "c", "a")
    listener.bad = {ids[2]}
    assert listener.bring(ids) == 3
    assert listener.heard == [ids[0], ids[1], ids[3]]
    assert listener.failures() == [(ids[2], "retrying", 1)]
    assert listener.bring(ids) == 0
    assert listener.failures() == [(ids[2], "retrying", 1)]


def test_what_waited_goes_on_in_order_once_the_cause_is_gone(listener: Listener) -> None:
    ids = tell(listener, "a", "a", "b", "a")
    listener.bad = {ids[0]}
    listener.bring(ids)
    assert listener.heard == [ids[2]]
    listener.bad = set()
    assert listener.look_again(FIRST - timedelta(seconds=1)) == 0
    assert listener.look_again(FIRST) == 3
    assert listener.heard == [ids[2], ids[0], ids[1], ids[3]]
    assert listener.failures() == [(ids[0], "done", 1)]
    assert listener.look_again(FIRST) == 0


def test_after_its_waits_an_event_is_set_aside_until_somebody_looks(listener: Listener) -> None:
    (bad, later) = ids = tell(listener, "a", "a")
    listener.bad = {bad}
    listener.bring(ids)
    for day in range(len(WAITS_S)):
        listener.look_again(timedelta(days=day + 1))
    assert listener.failures() == [(bad, "dead", len(WAITS_S) + 1)]
    listener.bad = set()
    assert listener.look_again(timedelta(days=9)) == 0
    listener.decide(outbox.retry)
    listener.decide(outbox.retry)
    assert count(listener.database, "trail_records WHERE action = 'outbox.retry'") == 1
    assert listener.look_again(timedelta()) == 2
    assert listener.heard == [bad, later]
    with pytest.raises(Conflict):
        listener.decide(outbox.retry)


def test_an_event_that_is_left_out_lets_the_later_ones_go_on(listener: Listener) -> None:
    ids = tell(listener, "a", "a")
    listener.bad = {ids[0]}
    listener.bring(ids)
    with pytest.raises(NoteMissing):
        listener.decide(outbox.skip, note=" ")
    for _ in range(2):
        listener.decide(outbox.skip, note="it names a shop that never was")
    assert count(listener.database, "trail_records WHERE action = 'outbox.skip'") == 1
    assert listener.look_again(timedelta()) == 1
    assert listener.heard == [ids[1]]
    assert listener.failures() == [(ids[0], "skipped", 1)]
    assert listener.look_again(timedelta(days=1)) == 0


def test_an_unknown_failure_is_not_there(database: Database) -> None:
    for act in (outbox.retry, partial(outbox.skip, note="x")):
        with pytest.raises(NotFound):
            database.atomic(partial(act, failure_id=7, actor="x", now=NOON))


def test_a_redis_that_is_away_is_no_fault_of_the_event(listener: Listener) -> None:
    ids = tell(listener, "a")
    listener.bad, listener.error = set(ids), lambda: RedisAway("gone")
    with pytest.raises(RedisAway):
        listener.bring(ids)
    assert listener.failures() == []


@pytest.mark.parametrize(
    "error",
    [
        psycopg.OperationalError("the connection is lost"),  # as the driver itself says it
        psycopg.InterfaceError("the connection is closed"),
        AdminShutdown("terminating connection due to administrator command"),
        OperationalError("SELECT", None, psycopg.OperationalError("server closed the connection")),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_away_or_over_is_no_fault_of_the_event(
    listener: Listener, error: Exception
) -> None:
    ids = tell(listener, "a")
    listener.bad, listener.error = set(ids), lambda: error
    with pytest.raises(type(error)):
        listener.bring(ids)
    assert listener.failures() == []


def test_what_the_driver_refuses_by_itself_is_the_event_s_fault(listener: Listener) -> None:
    ids = tell(listener, "a", "b")
    refused = psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    listener.bad, listener.error = {ids[0]}, lambda: DataError("INSERT", None, refused)
    assert listener.bring(ids) == 1
    assert listener.failures() == [(ids[0], "retrying", 1)]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_what_stops_the_process_is_not_held_up(
    listener: Listener, stop: type[BaseException]
) -> None:
    ids = tell(listener, "a")

    def work(session: Session, events: Sequence[outbox.Event], now: datetime) -> None:
        raise stop

    consumer = Consumer("tester", frozenset({"CheckedIn"}), work)
    with pytest.raises(stop):
        bring(listener.database, consumer, ids, Moments(NOON, NOON))
    assert listener.failures() == []


def test_a_worker_that_dies_before_it_settles_leaves_nobody_waiting(listener: Listener) -> None:
    ids = tell(listener, "a", "a")
    listener.bad = {ids[0]}
    listener.bring(ids)
    listener.bad = set()
    at = Moments(NOON, NOON + FIRST)
    assert try_one(listener.database, listener.consumer, ids[0], at, again=True)  # and it dies
    assert listener.failures() == [(ids[0], "retrying", 1)]
    assert listener.look_again(FIRST) == 1
    assert listener.heard == ids
    assert listener.failures() == [(ids[0], "done", 1)]
    assert listener.look_again(FIRST) == 0


def test_the_values_of_a_broken_statement_are_not_kept(listener: Listener) -> None:
    ids = tell(listener, "a")

    def work(session: Session, events: Sequence[outbox.Event], now: datetime) -> None:
        outbox.publish(session, "CheckedIn", None, {"secret": 1}, now=now)  # type: ignore[arg-type]
        session.flush()

    consumer = Consumer("tester", frozenset({"CheckedIn"}), work)
    bring(listener.database, consumer, ids, Moments(NOON, NOON))
    row = listener.database.call("SELECT error FROM outbox_failures")
    assert row is not None
    assert row["error"].startswith("NotNullViolation: null value in column")
    assert "secret" not in row["error"]


def test_the_lost_are_not_looked_for_behind_a_failure(listener: Listener) -> None:
    ids = tell(listener, "a", "a", "b")
    listener.bad = {ids[0]}
    listener.bring(ids[:1])
    find = partial(outbox.overlooked, consumer="tester", types=["CheckedIn"], after=timedelta())
    assert listener.database.atomic(find) == [ids[2]]
