"""The town of these tests, new for each of them."""

import pytest

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.activities.town import Town, build


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    """A Saturday at 8:00 in a small community; see `build`."""
    return build(database, settings, clock)
