"""The handle on the database: what it says of a server that is away, and when it sees it again."""

import time
from pathlib import Path

import pytest
from psycopg import OperationalError

from service import db
from service.db import Database
from tests.conftest import Servers


def test_a_server_that_is_away_is_said_to_be_and_is_found_soon_after_it_is_back(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "PATIENCE_S", 2)
    place = tmp_path / "sockets"
    found = Database(servers.postgres.url().replace(str(servers.postgres.sockets), str(place)))
    for _ in range(3):  # long enough for pauses that grow to be longer than what follows
        began = time.monotonic()
        with pytest.raises(OperationalError):
            found.rows("SELECT 1 AS one")
        assert time.monotonic() - began < 5
    place.symlink_to(str(servers.postgres.sockets))
    began = time.monotonic()
    while True:
        try:
            assert found.rows("SELECT 1 AS one") == [{"one": 1}]
        except OperationalError:
            assert time.monotonic() - began < 4
        else:
            break
    found.close()
