"""Who can be registered at all."""

import pytest
from sqlmodel import Session

from service import people
from service.db import Database
from tests.people.neighbourhood import LONG_AGO, build


@pytest.mark.parametrize("band", ["10-17", "0-13", "13"])
def test_nobody_under_14_is_registered(database: Database, band: str) -> None:
    def work(session: Session) -> None:
        build(session)
        newcomer = people.Newcomer(code="EA0009", age_band=band, channel="card", name="A child")
        people.register(session, newcomer, community=people.unit(session, "EA"), now=LONG_AGO)

    with pytest.raises(people.TooYoungToRegister):
        database.atomic(work)
    assert database.rows("SELECT 1 FROM people_volunteers") == []
