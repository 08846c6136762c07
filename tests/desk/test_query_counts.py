"""How many statements each desk page costs: a fixed number, whatever stands in the tables."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from tests.reports.conftest import Town

# What a page may cost, with the caller's session and rights; the slower ones are named.
MOST = 20
PINNED = {
    "/desk": 30,
    "/desk/days/2025-10-18": 9,
    "/desk/days/2025-10-18/earned": 9,
    "/desk/days/2025-10-18/manual": 9,
    "/desk/days/2025-10-18/closing": 7,
    "/desk/search?q=FM0003": 6,
    "/desk/people/FM0003": 11,
    "/desk/staff/U-ADM": 9,
    "/desk/trail": 10,
}


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note every statement that goes to PostgreSQL, through the pool or through the engine."""
    said: list[str] = []
    execute = psycopg.Cursor.execute

    def note(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        said.append(str(query)[:80])
        return execute(self, query, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", note)
        yield said


def cost(town: Town, monkeypatch: pytest.MonkeyPatch, path: str) -> int:
    """Ask for a page twice, so that what is learned once is known, and count the second time."""
    town.page("U-SEC", path)
    with counted(monkeypatch) as said:
        town.page("U-SEC", path)
    return len(said)


def by_hand(town: Town, person: str) -> None:
    """Award half an hour of the morning by hand."""
    body = {
        "volunteer": person, "rule": "R-GEN", "evidence": "楼道巡查", "key": f"MA-{person}",
        "claimed_from": "2025-10-18T06:00:00+08:00", "claimed_to": "2025-10-18T07:00:00+08:00",
    }  # fmt: skip
    town.call("U-ADM", "POST", "/api/v1/awards/manual", json=body)


def test_the_desk_s_pages_cost_a_fixed_number_of_statements(
    town: Town, served: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    served("FM0003")
    by_hand(town, "FM0003")
    before = {path: cost(town, monkeypatch, path) for path in PINNED}
    for person in ("FM0001", "FM0005", "FM0006"):
        by_hand(town, person)
    after = {path: cost(town, monkeypatch, path) for path in PINNED}
    assert after == before
    assert {path: n for path, n in after.items() if n > PINNED[path]} == {}


def test_no_desk_page_asks_more_than_it_may(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = town.client.application.url_map.iter_rules()
    pages = sorted(
        rule.rule
        for rule in rules
        if rule.rule.startswith("/desk/")
        and "GET" in (rule.methods or ())
        and not rule.arguments
        and not rule.rule.endswith((".csv", ".xlsx", ".pdf", "/part"))
    )
    seen = {}
    for path in pages:
        if town.client.get(path, headers=town.headers("U-SEC")).status_code == 200:
            seen[path] = cost(town, monkeypatch, path)
    assert {"/desk/awards", "/desk/exceptions", "/desk/trail"} <= seen.keys()
    assert {path: n for path, n in seen.items() if n > PINNED.get(path, MOST)} == {}
