"""What an attacker stands before: a market with two tills, and a neighbourhood after a morning."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.attack.world import World, settle
from tests.reports.conftest import Town, town
from tests.shops.market import Market, build
from tests.web.test_readers import lived

__all__ = ["lived", "town"]


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


@pytest.fixture
def world(lived: Town, app: Flask, database: Database, settings: Settings) -> World:
    return settle(World(lived, app, database, settings))
