"""A market with two shops, and what reads a file of the corpus without a database."""

from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.evidence.columns import Plan
from service.evidence.reading import Reader
from service.evidence.rows import Row, Totals
from service.evidence.sources import head_of, open_source, plan_for
from tests.shops.market import Market, build

CORPUS = Path(__file__).parent / "corpus"
TODAY = date(2025, 10, 20)


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


def read(path: Path, plan: Plan | None = None) -> tuple[list[Row], Totals]:
    """Read a file by its columns' names, or by a plan; raises Fault."""
    source = open_source(path)
    head, chosen = (head_of(source, plan.head_line), plan) if plan else plan_for(source)
    reader = Reader(source, head, chosen, today=TODAY)
    return list(reader.rows()), reader.totals
