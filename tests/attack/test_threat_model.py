"""The threat model names a test for every line, and each of them is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "deploy/security/threat-model.md"
SIDES = {"Volunteers", "Leaders", "Clerks", "Shops", "Staff", "Operators", "Outsiders"}
SIDES |= {"Lost devices", "Offline", "Database and backups", "Privacy"}


def lines() -> list[list[str]]:
    """The cells of every line below the head."""
    rows = [line for line in TABLE.read_text("utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1:]]


def test_every_line_says_what_stops_it_what_remains_and_which_test() -> None:
    assert len(lines()) >= 30
    assert {row[0] for row in lines()} == SIDES
    assert all(len(row) == 5 and all(row) for row in lines())
    assert len({row[1] for row in lines()}) == len(lines())


@pytest.mark.parametrize("named", [row[-1] for row in lines()])
def test_a_test_that_is_named_is_there(named: str) -> None:
    path, _, name = named.strip("`").partition("::")
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE)
