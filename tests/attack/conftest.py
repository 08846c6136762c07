"""What an attacker stands before: a market with two tills, and a neighbourhood after a morning."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from deploy import embedded
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.attack.world import World, settle
from tests.conftest import NOON, Servers, empty
from tests.reports.conftest import load
from tests.shops.market import Market, build
from tests.web.test_readers import live


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


@pytest.fixture(scope="module")
def world(
    servers: Servers, pool: Database, application: Flask, settings: Settings, tables: str
) -> Iterator[World]:
    """One neighbourhood for a whole module: what one attack wrote, the next one finds.

    A module that asks for it must not ask for `database`, `clock`, `app` or `client`.
    """
    clock = Clock(settings.clock_file)
    clock.set(NOON)
    town = live(load(pool, application, clock, settings), pool, settings)
    yield settle(World(town, application, pool, settings))
    Path(str(settings.clock_file)).unlink()
    with servers.postgres.connect(embedded.DATABASE) as admin:
        admin.execute("SET session_replication_role = replica")
        empty(admin, tables)


@pytest.fixture(autouse=True)
def uncounted(redis: Redis) -> None:
    """Nobody has failed yet."""
