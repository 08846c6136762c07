"""The servers that come with us: what one leaves behind is not in the way of the next."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from deploy.embedded import Postgres
from tests.deploy.test_supervise import eventually

BUSY = "DO $$ BEGIN LOOP END LOOP; END $$"  # it waits for nothing, so it hears of no death
WORKING = "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'DO %'"


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    found = Postgres(tmp_path / "postgres")
    found.start()
    yield found
    found.erase()


def working(postgres: Postgres) -> list[int]:
    with postgres.connect() as admin:
        return [pid for (pid,) in admin.execute(WORKING)]


def compute(postgres: Postgres) -> None:
    with suppress(psycopg.Error), postgres.connect() as connection:
        connection.execute("SET statement_timeout = '60s'")  # should nobody else end it
        connection.execute(BUSY)


def test_who_only_looks_into_its_folder_is_left_alone(postgres: Postgres) -> None:
    looking = subprocess.Popen(["sleep", "60"], cwd=postgres.data)
    try:
        postgres.stop()
        assert looking.poll() is None
    finally:
        looking.kill()
        looking.wait()


def test_a_server_that_died_starts_again_although_a_statement_went_on(postgres: Postgres) -> None:
    busy = threading.Thread(target=compute, args=[postgres], daemon=True)
    busy.start()
    eventually(lambda: working(postgres))
    (left,) = working(postgres)
    assert postgres.process is not None
    os.kill(postgres.process.pid, signal.SIGKILL)
    postgres.process.wait()
    assert left in postgres.left_behind(postgres.process.pid)
    postgres.end(signal.SIGTERM)
    assert postgres.left_behind(postgres.process.pid) == []
    postgres.start()
    assert working(postgres) == []
    assert left not in postgres.left_behind(postgres.process.pid)
