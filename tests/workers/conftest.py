"""Real processes of background work, on this run's servers; each ends with its test."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from sqlmodel import Session

from service import outbox
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.conftest import NOON
from tests.outbox.samples import sample

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0  # a busy machine takes a quarter of that to start a process
Start = Callable[..., subprocess.Popen[bytes]]


def environment(settings: Settings) -> dict[str, str]:
    """What a process must know to be part of this run."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(ROOT),
        "AIXIN_ENV": "test",
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "LEDGER_KEY": settings.ledger_key,
        "IDENTITY_KEY": settings.identity_key,
        "PUBLIC_URL": settings.public_url,
        "AIXIN_CLOCK_FILE": str(settings.clock_file),
        "AIXIN_SWEEP_SECONDS": "1",
    }


@pytest.fixture
def start(
    settings: Settings, database: Database, redis: Redis, clock: Clock, tmp_path: Path
) -> Iterator[Start]:
    """Start `python -m workers.NAME`; what is still running at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(*command: str) -> subprocess.Popen[bytes]:
        log = (tmp_path / f"{len(running)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment(settings),
            stdout=log,
            stderr=log,
        )
        log.close()
        running.append(process)
        return process

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.wait()


def until(found: Callable[[], object], *, patience: float = PATIENCE_S) -> None:
    """Wait until something is true, or fail."""
    deadline = time.monotonic() + patience
    while not found():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def publish(database: Database, *subjects: str, kind: str = "CheckedIn") -> list[int]:
    """Write events; a listener of the reconciliation wants this type."""

    def work(session: Session) -> list[int]:
        said = sample(kind)
        events = [outbox.publish(session, kind, subject, said, now=NOON) for subject in subjects]
        session.flush()
        return [event.id or 0 for event in events]

    return database.atomic(work)


def count(database: Database, question: str) -> int:
    row = database.call(f"SELECT count(*) AS n FROM {question}")
    assert row is not None
    return int(row["n"])
