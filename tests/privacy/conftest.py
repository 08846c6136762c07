"""The activities' town, and its pages as somebody sees them."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.activities.test_pages import Reader
from tests.activities.town import Api, Town, at, build

Pages = Callable[[str], Reader]
Apis = Callable[[str], Api]


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    found = build(database, settings, clock)
    clock.set(at("07:30"))
    return found


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> Pages:
    """The pages as somebody sees them, in English."""
    return lambda who: Reader(client, town.tokens[who])


@pytest.fixture
def api(town: Town, client: FlaskClient) -> Apis:
    """The JSON as somebody asks for it."""
    return lambda who: Api(client, town.tokens[who])
