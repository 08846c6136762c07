"""The place of these tests, new for each of them."""

import pytest

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.matters.place import Place, build


@pytest.fixture
def place(database: Database, settings: Settings, clock: Clock) -> Place:
    """Two teams with leaders, a grid worker, and a visit of this morning; see `build`."""
    return build(database, settings, clock)
