"""Whatever changes something leaves a line: every route, with who, on which device."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.web.acts import NOTHING_DONE, OWN_ROWS
from service.web.rights import LINES
from tests.shops.market import Market, build
from tests.web.neighbours import borrowed, doors
from tests.web.test_rights import tokens

__all__ = ["tokens"]
UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
PHONE = "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Chrome/116 Mobile MicroMessenger/8.0"
LINES_OF = "SELECT actor, action, subject, device, detail::text AS detail FROM trail_records"


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


def done(app: Flask, monkeypatch: pytest.MonkeyPatch, status: int = 200) -> None:
    """Let every view have done something, and have told nobody."""
    stub = {endpoint: lambda **_: ("", status) for endpoint in app.view_functions}
    monkeypatch.setattr(app, "view_functions", stub)


def lines(database: Database) -> list[dict[str, Any]]:
    return database.rows(f"{LINES_OF} ORDER BY id")


def test_every_route_that_changes_something_leaves_a_line_with_who_and_on_which_device(
    app: Flask, tokens: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(app, monkeypatch)
    who = {f"{line.method} {line.endpoint}": line.who[0] for line in LINES}
    asked, silent = 0, []
    for method, rule in doors(app, *UNSAFE):
        named = who[f"{method} {rule.endpoint}"]
        token = tokens["nobody" if named == "anybody" else named]
        headers = {"User-Agent": PHONE} | ({"Authorization": f"Bearer {token}"} if token else {})
        before = len(lines(database))
        path = borrowed(app, rule)
        answer = app.test_client().open(path, method=method, headers=headers)
        assert answer.status_code == 200, (method, path, answer.text)
        new = lines(database)[before:]
        asked += 1
        if rule.endpoint in OWN_ROWS.keys() | NOTHING_DONE.keys():
            assert new == [], rule.endpoint
        elif len(new) != 1 or not (new[0]["actor"] and new[0]["subject"] and new[0]["device"]):
            silent.append((f"{method} {rule.rule}", new))
    assert asked > 250
    assert silent == []


def test_what_was_refused_or_only_read_leaves_none(
    app: Flask, tokens: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Authorization": f"Bearer {tokens['secretary']}"}
    before = len(lines(database))
    for status in (400, 403, 404, 409, 422, 500):
        with monkeypatch.context() as once:
            done(app, once, status)
            app.test_client().post("/api/v1/cases", headers=headers)
    done(app, monkeypatch)
    app.test_client().get("/desk/cases", headers=headers)
    assert len(lines(database)) == before


def test_no_secret_of_an_address_stands_in_the_trail(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(app, monkeypatch)
    open_ones = [
        (method, rule)
        for method, rule in doors(app, *UNSAFE)
        if rule.arguments and "anybody" in who_may(method, rule.endpoint)
    ]
    assert open_ones
    for method, rule in open_ones:
        given = dict.fromkeys(rule.arguments, "s3cret")
        path = app.url_map.bind("").build(rule.endpoint, given, method)
        assert app.test_client().open(path, method=method).status_code == 200
    assert not [one for one in lines(database) if "s3cret" in str(one)]


def who_may(method: str, endpoint: str) -> tuple[str, ...]:
    return next(line.who for line in LINES if line.door == f"{method} {endpoint}")


def test_a_line_is_found_by_the_thing_that_its_address_names(
    app: Flask, tokens: dict[str, str], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(app, monkeypatch)
    headers = {"Authorization": f"Bearer {tokens['secretary']}"}
    app.test_client().post("/api/v1/activities/A1/signups", headers=headers)
    found = lines(database)[-1]
    assert (found["actor"], found["action"]) == ("staff:R-secretary", "change")
    assert found["subject"] == "activity:A1"
    assert "/activities/<code>/signups" in found["detail"]
    assert "A1" not in found["detail"]


def test_a_volunteer_s_sign_in_and_sign_out_leave_one_line_each(
    app: Flask, market: Market, database: Database
) -> None:
    headers = {"Authorization": f"Bearer {market.tokens['V0001']}"}
    for _ in range(2):
        app.test_client().delete("/api/v1/sessions/current", headers=headers)
    found = [one for one in lines(database) if one["action"] == "session.end"]
    assert [(one["actor"], one["device"]) for one in found] == [("volunteer:V0001", "program")]
