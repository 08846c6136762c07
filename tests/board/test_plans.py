"""Every figure of the board is found by an index, however many years the tables hold."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from service.board import batches, figures, watch
from service.db import Database, driver

DAY = date(2025, 10, 18)
PARAMS: dict[str, Any] = {
    "shops": [1, 2, 3],
    "codes": ["A"],
    "communities": [1],
    "day": DAY,
    "today": DAY,
    "first": DAY,
    "last": DAY,
    "soon": DAY,
    "yellow": 3,
    "red": 7,
    "personal": ["MISSING_ATTENDANCE"],
    "after": "",
    "limit": 51,
    "shop": "",
    "status": "",
    "before": 7,
    "id": 7,
}
GROWING = ("redemptions", "redemptions_discounts", "redemptions_day_words", "evidence_rows",
           "reconciliation_exceptions", "reconciliation_batches", "reconciliation_matches",
           "reconciliation_pool", "settlement_days")  # fmt: skip
QUERIES = {
    "totals": figures.TOTALS,
    "lines": figures.LINES,
    "days": figures.DAYS,
    "busiest": figures.BUSIEST,
    "waiting": watch.WAITING,
    "silent": watch.SILENT,
    "batches": batches.LIST,
    "batch": batches.ONE,
    "apart": batches.APART,
    "runs": batches.RUNS,
}


def scanned(database: Database, sql: str, params: Mapping[str, Any]) -> list[str]:
    """Return the growing tables that a query would read from end to end, if it had to choose."""

    def explain(session: Session) -> str:
        connection = driver(session)
        connection.execute("SET LOCAL enable_seqscan = off")
        rows = connection.execute(f"EXPLAIN {sql}".encode(), params).fetchall()
        return "\n".join(row[0] for row in rows)

    plan = database.atomic(explain)
    return [table for table in GROWING if f"Seq Scan on {table} " in plan]


@pytest.mark.parametrize("name", QUERIES)
def test_nothing_that_grows_is_read_from_end_to_end(database: Database, name: str) -> None:
    assert scanned(database, QUERIES[name], PARAMS) == []


def test_neither_are_the_lines_of_a_batch(database: Database) -> None:
    assert scanned(database, batches.LINES, {**PARAMS, "part": 1, "after": 0}) == []


def test_the_test_would_see_it(database: Database) -> None:
    sql = "SELECT FROM redemptions WHERE tail = 'x'"
    assert scanned(database, sql, PARAMS) == ["redemptions"]
