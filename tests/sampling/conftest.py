"""A month with five confirmed attendances, and the first of the month after."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import ledger, programmes, sampling
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.proof import SigningKey
from tests.activities.test_hours import confirmed, stay
from tests.activities.test_pages import Reader
from tests.activities.town import FIGURES, Api, Town, at, build, move_to

ORIGIN = "aixin.example/ledger"
KEY = SigningKey.generate(ORIGIN)
FIRST = date(2025, 11, 1)
SERVED = ("V0001", "V0002", "V0003", "V0005", "V0008")
PERCENT = 60  # three of five


@dataclass
class Month:
    """The town at the end of October, and what the worker does then."""

    town: Town

    def go_to(self, time: str, day: date = FIRST) -> datetime:
        """Let the clock go on."""
        move_to(self.town, at(time, day=day))
        return self.town.clock.now()

    def seal(self) -> ledger.Head | None:
        """Let the sealer come by."""
        now = self.town.clock.now()
        found: ledger.Head | None = self.town.run(
            ledger.seal, signers=[KEY], origin=ORIGIN, now=now
        )
        return found

    def draw(self) -> int:
        """Let the worker draw what is due."""
        given = {"programme_id": 1, "now": self.town.clock.now()}
        return int(self.town.run(sampling.draw_due, **given))

    def drawn(self) -> list[dict[str, Any]]:
        """Return every draw as it is stored."""
        return self.town.database.rows("SELECT * FROM sampling_draws ORDER BY id")

    def calls(self) -> list[dict[str, Any]]:
        """Return every call as it is stored, in the order of the draw."""
        return self.town.database.rows(
            "SELECT c.*, v.code FROM sampling_calls c JOIN people_volunteers v"
            " ON v.id = c.volunteer_id ORDER BY draw_id, place"
        )

    def told(self, answer: str, by: str = "U-SEC", said: str = "", **given: Any) -> sampling.Call:
        """Note a try of the first call."""
        told = sampling.Told(given.pop("key", "T-1"), sampling.Answer(answer), said)
        work = partial(sampling.answer_call, told=told, by=self.town.caller(by))
        number = given.pop("call_id", None) or self.calls()[0]["id"]
        asked = {"call_id": number, "within": [1], "now": self.town.clock.now(), **given}
        found: sampling.Call = self.town.run(work, **asked)
        return found


@pytest.fixture
def town(database: Database, settings: Settings, clock: Clock) -> Town:
    """Saturday 18 October; of a month's attendances 60 % are drawn, three tries are made."""
    found = build(database, settings, clock)
    found.run(
        programmes.adopt, programme_id=1, code="R2", effective_from=date(2025, 2, 1),
        figures=FIGURES | {"sampling": {"percent": PERCENT, "tries": 3}},
    )  # fmt: skip
    return found


@pytest.fixture
def month(town: Town) -> Month:
    """Five people served on Saturday; it is 0:30 on 1 November, and nothing is sealed yet."""
    for who in SERVED:
        stay(town, who, "09:00", "10:00", place_of(who))
    for who in SERVED:
        leader = "V0009" if place_of(who) == "A2" else "V0010"
        done = confirmed(town, who, by=leader, activity=place_of(who))
        assert done.status == "ok", done.reason
    found = Month(town)
    found.go_to("00:30")
    return found


def place_of(who: str) -> str:
    """Say where somebody serves that day."""
    return "A2" if who in {"V0005", "V0008"} else "A1"


@pytest.fixture
def drawn(month: Month) -> Month:
    """The month after its draw."""
    month.seal()
    assert month.draw() == 1
    return month


@pytest.fixture
def as_(town: Town, client: FlaskClient) -> Callable[[str], Reader]:
    """The pages as somebody sees them."""
    return lambda who: Reader(client, town.tokens[who])


@pytest.fixture
def api(town: Town, client: FlaskClient) -> Callable[[str], Api]:
    """The JSON as somebody asks for it."""
    return lambda who: Api(client, town.tokens[who])
