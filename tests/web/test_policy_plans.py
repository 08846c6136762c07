"""Behind the policies the hot statements still look up by keys: none reads the whole of a table."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pytest

from service.activities.queries import gate, signups
from service.config import Settings
from service.db import BY_KEY
from service.desk import made_of, persons
from service.passes import queries as passes_queries
from service.people import queries as people_queries
from service.reports import home, receipts, story
from tests.reports.conftest import Town, town

__all__ = ["town"]
NOW = datetime(2025, 10, 18, 4, 0, tzinfo=UTC)
GIVEN: dict[str, Any] = {
    "activity": "A1", "actor": "staff:U-ADM", "at": NOW, "before": None, "communities": [1],
    "day": date(2025, 10, 18), "due": NOW, "grace": NOW, "hash": b"x", "id": 1, "ids": [b"x"],
    "kinds": ["award"], "limit": 50, "nonce": "n", "now": NOW, "of": ["award"], "post": None,
    "programme": 1, "shown": b"x", "shown_day": date(2025, 10, 18), "transfer": 1,
    "volunteer": 1, "wallet": "volunteer:FM0001", "address": "volunteer:FM0001", "code": "FM0001",
}  # fmt: skip
STATEMENTS = {
    "token": people_queries.PERSON,
    "tablet": people_queries.BY_TOKEN,
    "card": passes_queries.BY_CID,
    "good card": passes_queries.GOOD["card"],
    "scan": gate.LOOK,
    "sign-up": signups.LOOK,
    "made of": made_of.MOVES,
    "receipt": receipts.WORDS,
    "papers": story.PAPERS,
    "home": home.HISTORY,
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_hot_statement_reads_no_table_as_a_whole(
    town: Town, settings: Settings, name: str
) -> None:
    url = settings.database_url.replace("+psycopg", "")
    with psycopg.connect(url, options=BY_KEY) as ours:
        ours.execute("SELECT set_config('aixin.communities', '{1,2}', false)")
        rows = ours.execute(f"EXPLAIN {STATEMENTS[name]}".encode(), given(name)).fetchall()
    plan = "\n".join(line for (line,) in rows)
    assert "Seq Scan" not in plan, plan


# A policy lets no function see a row's own columns before the row is let out: whatever is found by
# a text that was put together is read as a whole. So names are looked up round the wall.
BY_NAME = {
    "scan": (gate.LOOK, "uq_activities_lower_code"),
    "sign-up": (signups.LOOK, "uq_activities_lower_code"),
    "purse": (home.PURSE, "uq_ledger_accounts_programme_id_address_unit"),
    "person": (persons.VOLUNTEER, "uq_ledger_accounts_programme_id_address_unit"),
}


@pytest.mark.parametrize("name", BY_NAME)
def test_what_has_a_name_is_found_by_the_index_of_its_names(
    town: Town, settings: Settings, name: str
) -> None:
    statement, index = BY_NAME[name]
    url = settings.database_url.replace("+psycopg", "")
    with psycopg.connect(url, options=BY_KEY) as ours:
        ours.execute("SELECT set_config('aixin.communities', '{1,2}', false)")
        rows = ours.execute(f"EXPLAIN {statement}".encode(), given(name)).fetchall()
    assert any(index in line for (line,) in rows), rows


def given(name: str) -> Mapping[str, Any]:
    """The parameters of a statement; a sign-up names the booklet, a scan the volunteer."""
    return GIVEN | ({"volunteer": "FM0001"} if name == "sign-up" else {})
