"""The town of these tests, with the working days of its year."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from service import people, programmes
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.programmes.working_days import BUNDLED
from tests.activities.test_manual_awards import claim
from tests.activities.test_pages import Reader
from tests.activities.town import BORN, Api, Town, at, build

Pages = Callable[[str], Reader]
Apis = Callable[[str], Api]


def move_to(town: Town, moment: datetime) -> None:
    """Let the clock go on, and everybody sign in anew."""
    town.clock.set(moment)

    def work(session: Session) -> None:
        for code in town.tokens:
            if staff := people.find_staff(session, code):
                token = people.open_staff_session(session, staff_id=staff.id or 0, now=moment)
            else:
                person = people.volunteer(session, code)
                token = people.open_volunteer_session(
                    session, volunteer_id=person.id or 0, now=moment
                )
            town.tokens[code] = token

    town.database.atomic(work)


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
