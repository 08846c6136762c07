"""The town of the activities' tests, with star levels and the calendar of its years."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from flask.testing import FlaskClient

from service import programmes, records
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.programmes.working_days import BUNDLED
from tests.activities.test_pages import Reader
from tests.activities.town import BORN, FIGURES, Api, Town, build

STARS = [{"star": 1, "hours": 2}, {"star": 2, "hours": 300}]
Pages = Callable[[str], Reader]
Apis = Callable[[str], Api]


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    """A Saturday at 8:00; one star from 2 hours on, the records due within 10 working days."""
    found = build(database, settings, clock)
    found.run(
        programmes.adopt, programme_id=1, code="R2", figures=FIGURES | {"stars_by_hours": STARS},
        effective_from=date(2025, 2, 1),
    )  # fmt: skip
    text = BUNDLED.read_text("utf-8")
    found.run(programmes.load_arrangements, text=text, by="operator", now=BORN)
    found.run(records.found_honour_kinds, programme_id=1, by="system", now=BORN)
    return found


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> Pages:
    """The pages as somebody sees them: as_("V0001").get("/me/records")."""
    return lambda who: Reader(client, town.tokens[who])


@pytest.fixture
def api(town: Town, client: FlaskClient) -> Apis:
    """The JSON as somebody asks for it."""
    return lambda who: Api(client, town.tokens[who])


@pytest.fixture
def propose(town: Town) -> Callable[[], int]:
    """Let the worker propose, and look again at what it proposed before."""

    def work() -> int:
        given = {"programme_id": 1, "now": town.clock.now()}
        done = town.run(records.propose_stars, **given)
        town.run(partial(records.review_stars), **given)
        return int(done)

    return work
