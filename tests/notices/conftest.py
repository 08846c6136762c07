"""The town of the activities' tests on a Saturday evening: four who served, and a notice of it."""

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
import pytest
from flask.testing import FlaskClient

from service import notices, people, programmes
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.notices.press import Press
from service.programmes.working_days import BUNDLED
from tests.activities.test_gate import own
from tests.activities.test_hours import confirmed
from tests.activities.test_pages import Reader
from tests.activities.town import BORN, DAY, Api, Town, at, build

MONDAY, WEDNESDAY = date(2025, 10, 20), date(2025, 10, 22)
AGREED = ("V0001", "V0002", "V0006")  # the last is a minor
Pages = Callable[[str], Reader]
Apis = Callable[[str], Api]


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock, admin: psycopg.Connection) -> Town:
    """V0001, V0002 and the minor V0006 agreed, V0003 did not; all four served two hours."""
    found = build(database, settings, clock)
    text = BUNDLED.read_text("utf-8")
    found.run(programmes.load_arrangements, text=text, by="operator", now=BORN)
    admin.execute("UPDATE people_volunteers SET consent_notice = code = ANY (%s)", [list(AGREED)])
    found.plan("B1", "08:00", "10:00", signups=["V0006"], title="Clean yards")
    served = {who: "B1" if who == "V0006" else "A1" for who in (*AGREED, "V0003")}
    for clock_time, action in (("08:00", "in"), ("10:00", "out")):
        for who, where in served.items():
            assert own(found, who, clock_time, action, activity=where).status == "ok"
    for who, where in served.items():
        assert confirmed(found, who, by="U-ADM", activity=where).award is not None
    clock.set(at("18:00"))
    return found


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> Pages:
    """The pages as somebody sees them: as_("U-SEC").get("/desk/notices")."""
    return lambda who: Reader(client, town.tokens[who])


@pytest.fixture
def api(town: Town, client: FlaskClient) -> Apis:
    """The JSON as somebody asks for it."""
    return lambda who: Api(client, town.tokens[who])


@pytest.fixture
def press(town: Town) -> Press:
    """The worker's press, into the run's own folder."""
    folder, url = town.settings.files_folder, town.settings.public_url
    assert folder is not None
    return Press(town.database, folder, url, lambda done, total: None)


def drafted(town: Town, by: str = "U-ADM", **said: Any) -> notices.Notice:
    """A draft of the Saturday, shown from Monday on."""
    days = {"since": DAY, "until": DAY, "starts_on": MONDAY, "key": "PN-1"} | said
    given = {"place": town.run(people.unit, code="FM"), "by": town.caller(by)}
    return town.run(notices.draft, wanted=notices.Wanted(**days), now=town.clock.now(), **given)


def published(town: Town, by: str = "U-SEC", **said: Any) -> notices.Notice:
    """A published notice of the Saturday."""
    row = drafted(town, **said)
    given = {"by": town.caller(by), "now": town.clock.now()}
    return town.run(notices.publish, notice_id=row.id, **given)
