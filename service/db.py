"""The database: one base class, one clock type, one place where transactions begin and end."""

import random
import select
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from psycopg import Connection, Error, OperationalError, errors
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool
from sqlalchemy import Connection as Lent
from sqlalchemy import DateTime, MetaData, TypeDecorator, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError, InvalidRequestError
from sqlmodel import Session, SQLModel

from service import scope
from service.sealing import Sealer

T = TypeVar("T")

ATTEMPTS_MAX = 3
JITTER_S = 0.02
# Lost races only. A broken CHECK or foreign key would be as broken the second time.
LOST_RACES = (errors.UniqueViolation, errors.DeadlockDetected, errors.SerializationFailure)
GUARDS = "-c lock_timeout=2s -c statement_timeout=5s -c timezone=UTC"
# A server that is away is said to be away: nobody waits for longer than for a statement.
PATIENCE_S = 5
RECONNECT_S = 1.0
# Over a network: one that swallows what it is given is found out within as many seconds.
AWAY = {
    "connect_timeout": PATIENCE_S,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,  # in milliseconds
}

# The hot paths look up by key. Their statements are prepared once, perhaps while a table is empty,
# and a plan that reads the whole of it would be kept while it grows. What such plans are thought to
# cost would have every statement compiled, which takes longer than most of them.
BY_KEY = " -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c jit=off"

# Every constraint has a name, so that a migration can drop it and an error can tell it.
NAMING = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Model(SQLModel):
    """Base of every table. SQLModel validates no table: schemas, rules and CHECKs do."""

    metadata = MetaData(naming_convention=NAMING)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. Refuses a naive datetime: we would have to guess its zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Refuse what has no time zone."""
        assert value is None or value.tzinfo is not None, value
        return value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return it in UTC, whatever zone the server's session has."""
        return value.astimezone(UTC) if value else None


def sealer_of(session: Session) -> Sealer:
    """Return what seals and opens the fields of a session's rows."""
    return session.info.get("sealer") or Sealer()


def driver(session: Session) -> Connection[tuple[Any, ...]]:
    """Return the driver's connection under a session's transaction, for prepared calls.

    It costs a tenth of the session's own `execute`. What is run there belongs to the transaction,
    and raises the driver's errors.
    """
    lent = session.bind if isinstance(session.bind, Lent) else session.connection()
    connection: Connection[tuple[Any, ...]] = lent.connection.driver_connection  # type: ignore[assignment]
    return connection


def ended(connection: Connection[Any]) -> bool:
    """Tell whether the server has ended a connection that nobody is using; asks nobody.

    Nothing was asked, so whatever waits to be read there is the end or a last notice.
    """
    waiting = select.poll()
    waiting.register(connection.pgconn.socket, select.POLLIN)
    return bool(connection.closed or waiting.poll(0))


def refuse_dead(connection: Connection[Any], record: object, proxy: object) -> None:
    """Let the engine's pool replace a dead connection; spares it a ping at every use."""
    if ended(connection):
        raise DisconnectionError


@contextmanager
def reading(url: str) -> Iterator[Connection[tuple[Any, ...]]]:
    """Open a connection in autocommit, for long reads of everything: without short patience."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with Connection.connect(plain, autocommit=True) as connection:
        with scope.within(scope.EVERYTHING):
            scope.tell(connection)
        yield connection


class Database:
    """A handle on one database, made once by each process, after any fork."""

    def __init__(self, url: str, *, pool_max: int = 8, sealer: Sealer | None = None) -> None:
        self.url = url
        self.sealer = sealer or Sealer()  # without keys nobody's name is written or read
        self.pool_max = pool_max
        self.engine = create_engine(
            url,
            pool_size=pool_max,
            max_overflow=0,
            hide_parameters=True,  # what is written of people never stands in an error
            connect_args={"options": GUARDS, **AWAY},
        )
        event.listen(self.engine, "checkout", refuse_dead)

    @cached_property
    def pool(self) -> ConnectionPool[Connection[DictRow]]:
        """Return the plain connections of the hot paths, in autocommit."""
        url = make_url(self.url).set(drivername="postgresql")
        return ConnectionPool(
            url.render_as_string(hide_password=False),
            min_size=1,
            max_size=self.pool_max,
            kwargs={
                "autocommit": True,
                "row_factory": dict_row,
                "options": GUARDS + BY_KEY,
                **AWAY,
            },
            timeout=PATIENCE_S,
            # Otherwise it tries ever more seldom, and the server is back for long before it sees.
            reconnect_timeout=RECONNECT_S,
            open=True,
        )

    @contextmanager
    def lend(self) -> Iterator[Connection[DictRow]]:
        """Lend a plain connection that lives and sees what it may; dead ones are replaced."""
        found = self.pool.getconn()
        while ended(found):  # the pool's own check would wait longer after each of them
            found.close()
            self.pool.putconn(found)
            found = self.pool.getconn()
        try:
            scope.tell(found)
            yield found
        finally:
            self.pool.putconn(found)

    def close(self) -> None:
        """Give every connection back to the server."""
        self.engine.dispose()
        if "pool" in self.__dict__:
            self.pool.close()

    def atomic(self, work: Callable[[Session], T]) -> T:
        """Run `work` in one transaction: commit if it returns, roll back if it raises.

        A lost race (duplicate key, deadlock, serialization failure) is run again, because the
        second attempt sees what the winner wrote. So `work` may touch nothing but its session.
        """
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                return self.attempt(work)
            except (DBAPIError, Error) as error:
                cause = error.orig if isinstance(error, DBAPIError) else error
                if attempt == ATTEMPTS_MAX or not isinstance(cause, LOST_RACES):
                    raise
                time.sleep(random.uniform(0, JITTER_S * attempt))
        raise AssertionError("unreachable")

    def attempt(self, work: Callable[[Session], T]) -> T:
        """Run `work` once in a transaction, which the driver begins with the first statement.

        The session joins that transaction when it is asked itself. Work that only calls the driver
        goes without, and spares a third of what a posting costs us.
        """
        with (
            self.begin() as lent,
            Session(lent, expire_on_commit=False, join_transaction_mode="rollback_only") as session,
        ):
            session.info["sealer"] = self.sealer
            done = work(session)
            session.flush()
            return done

    @contextmanager
    def begin(self) -> Iterator[Lent]:
        """Lend a connection for one transaction, which sees what this moment may see."""
        with self.take() as lent:
            scope.tell(lent.connection.driver_connection)  # type: ignore[arg-type]
            with lent.begin():
                yield lent

    def take(self) -> Lent:
        """Take a connection of the engine's pool. Raises OperationalError if the server is away."""
        try:
            return self.engine.connect()
        except InvalidRequestError as dead:  # so was the one in its place, before anybody had it
            raise OperationalError(*dead.args) from dead

    def rows(self, sql: str, params: Mapping[str, Any] | None = None) -> list[DictRow]:
        """Run ONE statement, a transaction of its own, in one round trip; return its rows.

        This is the way of the machines that scan: about a tenth of an ORM unit of work.
        """
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                with self.lend() as connection:
                    return connection.execute(sql, params, prepare=True).fetchall()
            except LOST_RACES:
                if attempt == ATTEMPTS_MAX:
                    raise
                time.sleep(random.uniform(0, JITTER_S * attempt))
        raise AssertionError("unreachable")

    def call(self, sql: str, params: Mapping[str, Any] | None = None) -> DictRow | None:
        """Run one statement like `rows` and return its first row, or None."""
        found = self.rows(sql, params)
        return found[0] if found else None


def one_row(
    place: Session | Database, sql: str, params: Mapping[str, Any] | None = None
) -> DictRow | None:
    """Run one statement on its own, or as a part of a session's transaction that does more."""
    if isinstance(place, Database):
        return place.call(sql, params)
    with driver(place).cursor(row_factory=dict_row) as cursor:
        return cursor.execute(sql.encode(), params, prepare=True).fetchone()
