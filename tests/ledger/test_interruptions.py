"""Backends that die at any moment, under senders who try again: nothing is lost, nothing is double.

Senders know only what a network tells them. A call whose connection broke may have been written
or not; they send it again with its key until it is answered.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from deploy import embedded
from service import ledger
from service.db import Database
from service.errors import Refusal
from service.ledger import Kind, Leg, Posted, Unit
from service.proof import SigningKey
from tests.conftest import Servers
from tests.ledger.conftest import LATE, NOW, Books
from tests.ledger.invariants import Snapshots, broken

PTS, CNY = Unit.PTS, Unit.CNY
A, B = "volunteer:FM0001", "volunteer:FM0002"
ORIGIN = "aixin.example/ledger"
SIGNERS = [SigningKey.generate(ORIGIN)]
SENDERS, CALLS, DEATHS = 6, 30, 60


@dataclass
class Senders:
    """Clients with calls of their own, and what they were told."""

    books: Books
    told: dict[str, Posted] = field(default_factory=dict)
    refused: dict[str, type[Refusal]] = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    doubled: list[str] = field(default_factory=list)

    def send(self, key: str, work: Callable[[Session], Posted]) -> Posted | None:
        """Send a call until it is answered."""
        for _ in range(200):
            try:
                answer = self.books.database.atomic(work)
            except Refusal as refusal:
                self.refused[key] = type(refusal)
                return None
            except (DBAPIError, psycopg.Error) as error:
                if not lost(error):
                    raise
                self.broken[key] += 1
                continue
            if self.told.setdefault(key, answer).transfer_id != answer.transfer_id:
                self.doubled.append(key)
            return answer
        raise AssertionError(f"{key} was never answered")

    def work(self, sender: int) -> None:
        """Send awards, spendings, holds with their captures, reversals and batches."""
        rng = random.Random(sender)
        for n in range(CALLS):
            key = f"{sender}:{n}"
            self.send(key, self.move(key, *pair("issued", rng.choice([A, B]), 5)))
            if n % 3 == 0:
                self.hold(f"{key}:h", rng)
            elif n % 3 == 1:
                self.redeem(f"{key}:r", rng)
            else:
                self.batch(f"{key}:b")

    def hold(self, key: str, rng: random.Random) -> None:
        legs = pair(A, B, 3)
        held = self.send(key, self.with_reason(ledger.hold, key, legs=legs, expires_at=SOON))
        if held is not None:
            settle = self.with_reason(
                ledger.capture, f"{key}:c", hold_id=held.transfer_id, kind=Kind.PLEDGE
            )
            self.send(f"{key}:c", settle)

    def redeem(self, key: str, rng: random.Random) -> None:
        yuan = Leg("pledge:S01", CNY, -2), Leg("given-goods:S01", CNY, 2)
        spent = self.send(key, self.move(key, *pair(B, "redeemed:S01", 4), *yuan))
        if spent is not None and rng.random() < 0.5:
            back = self.with_reason(ledger.reverse, f"{key}:v", transfer_id=spent.transfer_id)
            self.send(f"{key}:v", back)

    def batch(self, key: str) -> None:
        lines = [
            ledger.Credit(self.books.reason(f"{key}:{who}", lot_expires_on=LATE), who, 1)
            for who in (A, B)
        ]
        asked: dict[str, Any] = {"kind": Kind.AWARD, "giver": "issued", "now": NOW}
        self.send(f"{key}:{A}", lambda s: ledger.credit_many(s, lines, **asked)[0])
        self.send(f"{key}:{B}", lambda s: ledger.credit_many(s, lines, **asked)[1])

    def move(self, key: str, *legs: Leg) -> Callable[[Session], Posted]:
        return self.with_reason(ledger.post, key, kind=Kind.ADJUST, legs=legs)

    def with_reason(
        self, verb: Callable[..., Posted], key: str, **given: Any
    ) -> Callable[[Session], Posted]:
        reason = self.books.reason(key, lot_expires_on=LATE)
        return lambda s: verb(s, reason, now=NOW, **given)


SOON = NOW + timedelta(hours=1)


def pair(source: str, target: str, points: int) -> tuple[Leg, Leg]:
    return Leg(source, PTS, -points), Leg(target, PTS, points)


def lost(error: Exception) -> bool:
    """Tell whether a connection broke; anything else would be a fault of ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, psycopg.OperationalError) and cause.sqlstate in {None, "57P01"}


@pytest.fixture
def killer(servers: Servers) -> Iterator[psycopg.Connection]:
    """A superuser's connection that spares itself."""
    with servers.postgres.connect(embedded.DATABASE) as connection:
        yield connection


def kill_at_random(killer: psycopg.Connection, over: threading.Event) -> int:
    """End a working backend every few milliseconds, at whatever statement it is."""
    rng, killed = random.Random(7), 0
    while not over.is_set() and killed < DEATHS:
        time.sleep(rng.uniform(0.001, 0.03))
        row = killer.execute(VICTIM).fetchone()
        killed += bool(row and row[0])
    return killed


# Those in the middle of something, so that most deaths leave a transaction half done.
VICTIM = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE usename = 'aixin_app' AND datname = current_database()
 ORDER BY state <> 'idle' DESC, random() LIMIT 1"""


def test_what_was_acknowledged_is_there_once_whoever_dies(
    books: Books, killer: psycopg.Connection, admin: psycopg.Connection
) -> None:
    senders, over = Senders(books), threading.Event()
    with ThreadPoolExecutor(SENDERS + 2) as threads:
        death = threads.submit(kill_at_random, killer, over)
        sealing = threads.submit(seal_on, books, over)
        try:
            for sent in [threads.submit(senders.work, sender) for sender in range(SENDERS)]:
                sent.result()
        finally:
            over.set()
        killed, sealed = death.result(), sealing.result()
    assert broken(admin) == []
    assert killed >= DEATHS / 3
    assert sum(senders.broken.values()) >= killed / 4
    assert sealed
    assert senders.doubled == []
    assert set(senders.refused.values()) <= {ledger.InsufficientPoints}
    there = transfers(admin)
    assert there == {key: answer.transfer_id for key, answer in senders.told.items()}
    senders.broken.clear()
    for sender in range(SENDERS):
        senders.work(sender)  # all of it once more: every key is known
    assert (senders.doubled, senders.broken) == ([], Counter())
    assert len(transfers(admin)) - len(there) <= len(senders.refused) * 2


def transfers(admin: psycopg.Connection) -> dict[str, int]:
    """Return the ids of all transfers by key; the admin's connection is never killed."""
    return dict(admin.execute("SELECT key, id FROM ledger_transfers").fetchall())


def seal_on(books: Books, over: threading.Event) -> int:
    """Seal again and again; a sealer may die as well."""
    sealed = 0
    while not over.is_set():
        try:
            head = books.database.atomic(
                lambda s: ledger.seal(s, signers=SIGNERS, origin=ORIGIN, now=NOW, limit=9)
            )
        except (DBAPIError, psycopg.Error) as error:
            if not lost(error):
                raise
            continue
        sealed += head is not None
    return sealed


STATEMENTS = (
    "ledger_transfers", "ledger_accounts", "ledger_entries", "ledger_lots", "ledger_lot_moves",
    "ledger_unsealed",
)  # fmt: skip


@pytest.mark.parametrize("table", STATEMENTS)
def test_a_backend_that_dies_at_a_statement_leaves_nothing_of_it(
    books: Books, admin: psycopg.Connection, table: str
) -> None:
    """A trigger ends the backend right after the posting has written to one of its tables."""
    books.award("FM0001", 50)
    call = books.reason("spent", lot_expires_on=LATE)

    def spend(database: Database) -> Posted:
        legs = pair(A, B, 5)
        return database.atomic(lambda s: ledger.post(s, call, kind=Kind.ADJUST, legs=legs, now=NOW))

    before = everything(admin)
    try:
        admin.execute(SUICIDE.format(table=table).encode())
        with pytest.raises((DBAPIError, psycopg.Error)) as told:
            spend(books.database)
        assert lost(told.value)
    finally:
        admin.execute(f"DROP TRIGGER dies ON {table}; DROP FUNCTION dies()".encode())
    assert everything(admin) == before
    assert not spend(books.database).replayed
    assert spend(books.database).replayed
    assert books.balance(A) == 45
    assert broken(admin) == []


SUICIDE = """CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
  PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5); RETURN NULL; END $$;
 CREATE TRIGGER dies AFTER INSERT OR UPDATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION dies()"""


def everything(admin: psycopg.Connection) -> list[tuple[str, str]]:
    return Snapshots(admin).take()


def test_a_transaction_that_dies_idle_leaves_nothing_and_blocks_nobody(
    books: Books, killer: psycopg.Connection, admin: psycopg.Connection
) -> None:
    """The client has posted, and is gone before it says commit."""
    books.award("FM0001", 50)
    before = everything(admin)
    spent = books.reason("spent")
    legs = pair(A, "redeemed:S01", 5)

    def post(session: Session) -> Posted:
        return ledger.post(session, spent, kind=Kind.REDEEM, legs=legs, now=NOW)

    def half(session: Session) -> None:
        post(session)
        rows = "SELECT pg_backend_pid() AS pid"
        pid = session.connection().exec_driver_sql(rows).scalar_one()
        killer.execute("SELECT pg_terminate_backend(%s)", [pid])

    with pytest.raises(DBAPIError):
        books.database.atomic(half)
    assert everything(admin) == before
    started = time.monotonic()
    assert not books.database.atomic(post).replayed
    assert time.monotonic() - started < 1
    assert broken(admin) == []


def test_connections_that_died_in_the_pool_cost_nobody_a_call(
    books: Books, killer: psycopg.Connection
) -> None:
    """As after a restart of the server: each connection that waits for work is gone."""
    books.award("FM0001", 50)
    with ThreadPoolExecutor(8) as threads:  # the pool grows: all of them will be dead
        list(threads.map(books.database.rows, ["SELECT pg_sleep(0.2)"] * 8))
    killer.execute("SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
                   " WHERE usename = 'aixin_app' AND datname = current_database()")  # fmt: skip
    assert books.balance(A) == 50
    assert books.database.rows("SELECT 1 AS one") == [{"one": 1}]


def test_connections_that_die_as_they_are_made_are_a_server_that_is_away(
    books: Books, killer: psycopg.Connection
) -> None:
    """The pool gives up after two; callers hear what they hear of any lost connection."""

    def kill(connection: psycopg.Connection, record: object) -> None:
        killer.execute("SELECT pg_terminate_backend(%s, 1000)", [connection.info.backend_pid])

    books.database.engine.dispose()
    event.listen(books.database.engine, "connect", kill)
    try:
        with pytest.raises(psycopg.OperationalError) as told:
            books.balance(A)
    finally:
        event.remove(books.database.engine, "connect", kill)
    assert lost(told.value)
    assert books.balance(A) == 0
