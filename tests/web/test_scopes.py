"""What each request lets the database show: its caller's reach, and nothing is left behind."""

from typing import Any

import pytest
from flask import Flask

from service import scope
from service.db import Database
from service.web import scopes
from tests.reports.conftest import Town, town

__all__ = ["town"]


@pytest.fixture
def seen(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was in force while each view ran."""
    found: list[str] = []
    dispatch = app.dispatch_request

    def note(*given: Any) -> Any:
        found.append(scope.present())
        return dispatch(*given)

    monkeypatch.setattr(app, "dispatch_request", note)
    return found


@pytest.fixture
def ids(town: Town, database: Database) -> dict[str, int]:
    rows = database.rows("SELECT code, id FROM people_units WHERE kind = 'community'")
    return {row["code"]: row["id"] for row in rows}


def test_staff_see_what_lies_under_their_offices(
    town: Town, ids: dict[str, int], seen: list[str]
) -> None:
    for who in ("U-GZ", "U-SEC", "U-STR", "U-CH", "FM0001"):
        town.headers(who)
    seen.clear()
    for who in ("U-GZ", "U-SEC", "U-STR", "U-CH", "FM0001"):
        town.call(who, "GET", "/api/v1/me")
    everywhere = scope.spelled(ids.values())
    home, next_door = scope.spelled([ids["FM"]]), scope.spelled([ids["GZ"]])
    assert seen == [next_door, home, everywhere, everywhere, home]
    assert scope.present() == scope.EVERYTHING


def test_nobody_sees_nothing_but_what_is_open(town: Town, seen: list[str]) -> None:
    town.client.get("/activities")
    town.client.get("/sign-in")
    town.client.get("/notices")
    assert seen == [scope.NOTHING, scope.EVERYTHING, scope.EVERYTHING]


def test_a_view_that_fails_leaves_nothing_behind(town: Town) -> None:
    assert town.client.get("/api/v1/redemptions/none").status_code == 401
    assert scope.present() == scope.EVERYTHING


def test_every_view_that_is_named_here_is_one_of_ours(app: Flask) -> None:
    assert set() == (scopes.NARROWED | scopes.GATES) - set(app.view_functions)
