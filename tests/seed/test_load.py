"""Loading a data set: whole or not at all, once, and every figure of it."""

import json
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from service import ledger, passes, people, seed
from service.config import Settings
from service.db import Database

FUMIN = (Path(__file__).parents[2] / "deploy/demo/fumin.json").read_text("utf-8")
NOW = datetime(2025, 10, 17, 4, tzinfo=UTC)


@pytest.fixture
def loader(settings: Settings) -> seed.Loader:
    keys = passes.keyring(settings.secret_key, settings.public_url)
    return seed.Loader(keys, NOW, demo=True)


def test_fumin_is_loaded_within_five_seconds(database: Database, loader: seed.Loader):
    started = time.monotonic()
    loaded = seed.load(database, seed.read(FUMIN), loader)
    seconds = time.monotonic() - started
    print(seconds)
    assert not loaded.already
    assert loaded.counts["volunteers"] == 312
    assert len(loaded.cards) == 605
    assert seconds < 5
