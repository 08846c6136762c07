"""The town of these tests, with the working days of its year."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from service import programmes
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.programmes.working_days import BUNDLED
from tests.activities.test_manual_awards import claim
from tests.activities.test_pages import Reader
from tests.activities.town import BORN, Api, Town, at, build, move_to

Pages = Callable[[str], Reader]
Apis = Callable[[str], Api]


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    """The Saturday's evening, 22:00: V0010 typed in MA-1 and MA-2 for V0001, 36 points each."""
    found = build(database, settings, clock)
    text = BUNDLED.read_text("utf-8")
    found.run(programmes.load_arrangements, text=text, by="operator", now=BORN)
    move_to(found, at("18:20"))
    claim(found, by="V0010")
    claim(found, "MA-2", by="V0010", claimed_from=at("14:00"), claimed_to=at("17:00"))
    move_to(found, at("22:00"))
    return found


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> Pages:
    """The pages as somebody sees them: as_("U-SEC").get("/desk/cases")."""
    return lambda who: Reader(client, town.tokens[who])


@pytest.fixture
def api(town: Town, client: FlaskClient) -> Apis:
    """The JSON API as somebody calls it: api("U-SEC").post("/cases", …)."""
    return lambda who: Api(client, town.tokens[who])
