"""A neighbourhood and a market whose days are over, and a way to pack them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from service import ledger, packs, people
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.packs import Written
from service.proof import SigningKey
from tests.reports.conftest import served, town
from tests.shops.market import Market, build

__all__ = ["served", "town"]
FIRST, LAST = date(2025, 10, 1), date(2025, 10, 31)
OVER = datetime(2025, 11, 1, 1, 0, tzinfo=UTC)
Make = Callable[[Path, str], Written]


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


@pytest.fixture
def seal(database: Database, settings: Settings) -> Callable[[], None]:
    """Seal everything that waits, with the key of the tests."""

    def work() -> None:
        signers: list[SigningKey] = list(settings.signers)
        asked = {"signers": signers, "origin": settings.origin, "now": OVER}
        while database.atomic(partial(ledger.seal, **asked)):
            pass

    return work


@pytest.fixture
def make(database: Database, settings: Settings) -> Make:
    """Write October's pack of a community into a file."""

    def work(path: Path, community: str) -> Written:
        def subject(session: Session) -> packs.Subject:
            unit = people.unit(session, community)
            return packs.subject(session, unit, packs.Wish("", unit, FIRST, LAST), now=OVER)

        with ledger.reading(settings.database_url) as connection:
            folder, asked = settings.files_folder, database.atomic(subject)
            writer = packs.Writer(database, connection, folder, asked, lambda done, total: None)
            return writer.write(path)

    return work
