"""A small community whose people have served, and a press that prints for them."""

from pathlib import Path

import pytest

from service.certificates import Press
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.activities.town import Town, build


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    return build(database, settings, clock)


@pytest.fixture
def told() -> list[tuple[int, int]]:
    return []


@pytest.fixture
def press(
    database: Database, town: Town, tmp_path: Path, clock: Clock, told: list[tuple[int, int]]
) -> Press:
    return Press(database, town.keys, tmp_path, clock.now, lambda *how: told.append(how))
