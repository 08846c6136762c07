"""What reads round the second wall is told by name: the few sums of a whole programme."""

import re
from functools import partial
from pathlib import Path

import pytest

from service import reports, scope
from service.db import Database
from service.reconciliation import books
from service.reconciliation.facts import CommunityDay
from tests.reports.conftest import Town, town

__all__ = ["town"]
SERVICE = Path(__file__).parents[2] / "service"
# Adds up the books of a programme.
SUMS = {
    "service/reconciliation/books.py",
    "service/reconciliation/sums.py",
    "service/reports/books.py",
    "service/reports/days.py",
}
# Asks what an account holds of which it knows the address.
BALANCES = {
    "service/board/watch.py",
    "service/ledger/queries.py",
    "service/reports/days.py",
    "service/reports/figures.py",
}


def using(pattern: str) -> set[str]:
    """Name the modules in whose text something stands."""
    found = re.compile(pattern)
    files = (file for file in SERVICE.rglob("*.py") if found.search(file.read_text("utf-8")))
    return {str(file.relative_to(SERVICE.parent)) for file in files}


def test_only_sums_are_read_beyond_a_reach() -> None:
    assert using(r"_everywhere\b.*FROM|import everywhere") == SUMS
    assert using(r"\bledger_balances\b") == BALANCES
    assert using(r"\bledger_legs\b") == set()


@pytest.fixture
def reaches(town: Town, database: Database) -> list[str]:
    """What 高庄 may read, who has no points, and 富民, who has all of them."""
    rows = database.rows(
        "SELECT id FROM people_units WHERE code IN ('GZ', 'FM') ORDER BY code DESC"
    )
    return [scope.spelled([row["id"]]) for row in rows]


def test_every_community_reads_the_trial_balance_of_all(town: Town) -> None:
    read = [town.call(who, "GET", "/api/v1/ledger/trial-balance") for who in ("U-GZ", "U-SEC")]
    wallets = [line for page in read for line in page["items"] if line["address"] == "volunteer"]
    assert [line["balance"] for line in wallets] == [wallets[0]["balance"]] * 2
    assert wallets[0]["balance"] > 0
    assert [page["sums"] for page in read] == [{"PTS": 0, "CNY": 0}] * 2


@pytest.fixture
def programme(town: Town, database: Database) -> int:
    """The programme of both."""
    row = database.call("SELECT programme_id AS id FROM people_units WHERE code = 'GZ'")
    assert row is not None
    return int(row["id"])


def test_the_books_balance_for_whoever_reads_only_a_part(
    reaches: list[str], programme: int, town: Town, database: Database
) -> None:
    asked = reports.Scope(programme, ())
    for reach in [scope.EVERYTHING, *reaches]:
        with scope.within(reach):
            assert reports.equation(database, asked, town.clock.now().date())["balanced"], reach


def test_a_signature_adds_up_the_whole_programme(
    reaches: list[str], programme: int, town: Town, database: Database
) -> None:
    found = []
    for reach in [scope.EVERYTHING, *reaches]:
        with scope.within(reach):
            of = CommunityDay(programme, 0, town.clock.now().date())
            found.append(dict(database.atomic(partial(books.across, of=of))))
    assert found[0]["closing"] > 0
    assert found == [found[0]] * 3
