"""Whatever a statement reads of tables that grow is found by an index."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from service.db import Database
from service.reports.months import books, lines, sums
from service.reports.months.books import PARTED, WHOSE
from service.reports.months.subjects import Kind

PARAMS: dict[str, Any] = {
    "ids": [1], "communities": [1], "programme": 1, "month": date(2025, 10, 1),
    "last": date(2025, 10, 31), "day": date(2025, 10, 31), "id": 7, "limit": 51, "by": "",
    **lines.POSTED["earned"].params,
}  # fmt: skip
GROWING = ("ledger_entries", "ledger_transfers", "activities_awards", "redemptions",
           "redemptions_discounts", "reports_days", "people_volunteers")  # fmt: skip
TEAM = {"whose": WHOSE[Kind.TEAM], "part": PARTED[Kind.TEAM]}
PLACE = {"whose": WHOSE[Kind.COMMUNITY], "part": PARTED[Kind.COMMUNITY]}
QUERIES = {
    "wallets": books.OF_WALLETS.format(**TEAM),
    "hours": books.HOURS.format(**TEAM),
    "places": books.OF_PLACES,
    "activity": books.OF_ACTIVITY,
    "shop": books.OF_SHOP,
    "kinds and teams": sums.HOURS.format(**PLACE),
    "shops": sums.SHOPS.format(**PLACE),
    "goods": sums.GOODS,
    "few": lines.TOLD.format(page=lines.FEW.format(**TEAM)),
    "many": lines.TOLD.format(page=lines.MANY.format(**PLACE)),
    "served": lines.SERVED.format(**PLACE),
    "sales": lines.SALES.format(whose=PLACE["whose"], by="s.code"),
    "bills": lines.BILLS.format(**PLACE),
}


def scanned(database: Database, sql: str, params: Mapping[str, Any]) -> list[str]:
    """Name the growing tables that a statement would read from end to end."""
    rows = database.rows(f"EXPLAIN {sql}", params)
    plan = "\n".join(next(iter(row.values())) for row in rows)
    return [table for table in GROWING if f"Seq Scan on {table} " in plan]


@pytest.mark.parametrize("name", QUERIES)
def test_nothing_that_grows_is_read_from_end_to_end(database: Database, name: str) -> None:
    assert scanned(database, QUERIES[name], PARAMS) == []


def test_the_test_would_see_it(database: Database) -> None:
    sql = "SELECT FROM redemptions WHERE tail = %(by)s"
    assert scanned(database, sql, PARAMS) == ["redemptions"]
