"""What every test may ask for: real servers of this run's own, an empty database, a clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from deploy import embedded
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.migrations.run import upgrade
from service.outbox.catalogue import faults
from service.proof import SigningKey
from service.sealing import SealingKey

if TYPE_CHECKING:
    from tests.live import Site

ROOT = Path(__file__).parents[1]
SECRET = "a-secret-for-tests-only-0123456789abcdef"
NOON = datetime(2025, 10, 18, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
# What a test may have written: every table with a page, and every counter that was asked.
WRITTEN = """
    SELECT format('DELETE FROM %s', oid::regclass), pg_relation_size(oid)
      FROM pg_class
     WHERE relkind = 'r' AND relnamespace <> ALL ('{pg_catalog,information_schema}'::regnamespace[])
       AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
     UNION ALL
    SELECT format('ALTER SEQUENCE %I.%I RESTART', schemaname, sequencename), 0
      FROM pg_sequences WHERE last_value IS NOT NULL"""
LEFT_BYTES = 4 * 1024 * 1024
# Without autovacuum: statistics that come at random moments make plans that differ each run.
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


@dataclass(frozen=True)
class Servers:
    """The PostgreSQL and Redis of this test run."""

    postgres: embedded.Postgres
    redis: embedded.Redis


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Start both servers once a run, in a folder of their own; stop them at the end."""
    base = tmp_path_factory.mktemp("servers")
    found = Servers(
        embedded.Postgres(base / "postgres", settings=QUICK), embedded.Redis(base / "redis")
    )
    try:
        found.postgres.start()
        found.redis.start()
        upgrade(found.postgres.url(user=embedded.OWNER))
        yield found
    finally:
        found.redis.stop()
        found.postgres.erase()


@pytest.fixture(scope="session")
def settings(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a test process: the application's own role, a simulated clock."""
    return Settings(
        env="test",
        database_url=servers.postgres.url(),
        database_owner_url=servers.postgres.url(user=embedded.OWNER),
        redis_url=servers.redis.url(),
        secret_key=SECRET,
        public_url="https://aixin.example",
        clock_file=tmp_path_factory.mktemp("clock") / "now",
        sweep_seconds=1,
        files_folder=tmp_path_factory.mktemp("files"),
        ledger_key=SigningKey.generate("aixin.example/ledger").secret_text(),
        identity_key=SealingKey.generate().secret_text(),
    )


@pytest.fixture(scope="session")
def pool(settings: Settings) -> Iterator[Database]:
    """One handle on the test database for the whole run; tests ask for `database` instead."""
    found = Database(settings.database_url, pool_max=24, sealer=settings.sealer)
    yield found
    found.close()


@pytest.fixture(scope="session")
def tables(servers: Servers) -> str:
    """Name every table that a test may have filled."""
    with servers.postgres.connect(embedded.DATABASE) as admin:
        rows = admin.execute(
            "SELECT schemaname || '.' || tablename FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
            " AND tablename <> 'alembic_version'"
        ).fetchall()
    return ", ".join(name for (name,) in rows)


@pytest.fixture
def admin(servers: Servers) -> Iterator[psycopg.Connection]:
    """A superuser's connection with every trigger off: for tampering, and for cleaning up."""
    with servers.postgres.connect(embedded.DATABASE) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def owner(servers: Servers) -> Iterator[psycopg.Connection]:
    """A connection of the tables' owner: triggers and CHECKs stand, grants do not."""
    url = servers.postgres.url(user=embedded.OWNER).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def database(pool: Database, admin: psycopg.Connection, tables: str) -> Iterator[Database]:
    """A database with empty tables; `atomic` really commits, so they are emptied afterwards.

    Whatever a test had us tell must be as the catalogue says.
    """
    yield pool
    told = admin.execute("SELECT DISTINCT type, payload FROM outbox_events").fetchall()
    empty(admin, tables)
    strange = {(kind, *faults(kind, said)) for kind, said in told if faults(kind, said)}
    assert not strange, "these events are not as service/outbox/catalogue describes them"


def empty(admin: psycopg.Connection, tables: str) -> None:
    """Leave every table without a row, and every counter at its beginning.

    Deleting what was written takes a fifth of truncating all, and leaves every plan that the pool
    has made. What deleted rows leave behind is cut away now and then.
    """
    found = admin.execute(WRITTEN).fetchall()
    if sum(size for _, size in found) > LEFT_BYTES:
        admin.execute(f"TRUNCATE {tables} RESTART IDENTITY CASCADE".encode())
    elif found:
        admin.execute("; ".join(statement for statement, _ in found).encode())


@pytest.fixture
def redis(servers: Servers) -> Iterator[Redis]:
    """The run's Redis, empty before and after."""
    client = Redis.from_url(servers.redis.url())
    client.flushall()
    yield client
    client.flushall()
    client.close()


@pytest.fixture
def clock(settings: Settings) -> Iterator[Clock]:
    """The simulated clock, standing at noon of a Saturday in Shanghai; set it as you need."""
    found = Clock(settings.clock_file)
    found.set(NOON)
    yield found
    Path(str(settings.clock_file)).unlink()


@pytest.fixture(scope="session")
def application(settings: Settings, pool: Database) -> Flask:
    """The web application, built once a run on the run's database."""
    from service.web.app import create_app

    app = create_app(settings, database=pool)
    app.testing = True
    return app


@pytest.fixture(scope="session")
def joined(settings: Settings, pool: Database) -> Flask:
    """The application with the queues handed over, as the entry does."""
    from service.web.app import create_app
    from workers.backstage import RqBackstage

    app = create_app(settings, database=pool, backstage=RqBackstage(settings.redis_url))
    app.testing = True
    return app


@pytest.fixture
def app(application: Flask, database: Database, clock: Clock, redis: Redis) -> Flask:
    """The web application with an empty database, an empty Redis and a clock at noon."""
    return application


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A caller without cookies; sign in with `Authorization: Bearer …` or a session."""
    return app.test_client()


@pytest.fixture(scope="session")
def site() -> Iterator["Site"]:
    """The whole service in processes of its own, with the demonstration's data; started once."""
    from tests.live import running

    with running(ROOT / "deploy" / "demo" / "fumin.json") as found:
        yield found
