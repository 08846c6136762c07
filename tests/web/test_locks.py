"""A locked programme: read by everybody, changed by nobody, and nothing is lost meanwhile."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from service import programmes, trail
from service.cli import main
from service.config import Settings
from service.db import Database
from service.web.locks import GOES_ON, HEARD_S, READS, Known
from tests.reports.conftest import Town, town
from tests.web.neighbours import borrowed, doors
from workers import jobs, steps

__all__ = ["town"]
REASON = "counting the books"


@pytest.fixture
def operator(
    town: Town, app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., int]]:
    """Run a command of the console; the web hears of it at once."""
    monkeypatch.setattr(Settings, "from_env", classmethod(lambda cls, environ: settings))

    def run(*words: str) -> int:
        app.extensions["aixin.locks"] = Known()
        status = main(list(words))
        trail.speak_from(None)
        return status

    yield run
    app.extensions["aixin.locks"] = Known()


def code_of(database: Database) -> str:
    """Return the code of the town's programme."""
    row = database.call("SELECT code FROM programmes ORDER BY id LIMIT 1")
    assert row is not None
    return str(row["code"])


def test_every_change_is_answered_423_and_every_reading_goes_on(
    town: Town, app: Flask, database: Database, operator: Callable[..., int]
) -> None:
    before = {path: town.client.get(path, headers=town.headers("U-SEC")).status_code
              for path in ("/desk", "/activities", "/desk/volunteers", "/api/v1/me")}  # fmt: skip
    assert operator("lock", code_of(database), "--reason", REASON, "--yes") == 0
    passed, locked = [], 0
    for method, rule in doors(app, "POST", "PUT", "PATCH", "DELETE"):
        if rule.endpoint in READS or rule.endpoint.partition(".")[0] in GOES_ON:
            continue
        for who in ("U-SEC", "FM0001", ""):
            headers = town.headers(who) if who else {}
            answer = town.client.open(borrowed(app, rule), method=method, headers=headers)
            locked += answer.status_code == 423
            if answer.status_code not in {423, 401, 403}:  # or it was nobody's to change anyway
                passed.append(f"{method} {rule.rule} {who or 'nobody'} {answer.status_code}")
    assert not passed
    assert locked > 50
    for path, status in before.items():
        assert town.client.get(path, headers=town.headers("U-SEC")).status_code == status, path


def test_the_refusal_says_why_in_the_reader_s_language(
    town: Town, database: Database, operator: Callable[..., int]
) -> None:
    operator("lock", code_of(database), "--reason", REASON, "--yes")
    said = town.client.post("/api/v1/awards/manual?lang=en", json={}, headers=town.headers("U-SEC"))
    assert said.status_code == 423
    assert said.content_type == "application/problem+json"
    assert said.headers["Retry-After"] == "60"
    assert said.json is not None
    assert said.json["type"] == "/problems/programme-locked"
    assert REASON in said.json["detail"]
    page = town.client.post("/desk/awards?lang=zh", headers=town.headers("U-SEC"))
    assert page.status_code in {423, 404, 405}
    page = town.client.post("/me/calendar?lang=zh_Hans", headers=town.headers("FM0001"))
    assert page.status_code == 423
    assert "现在只能查看" in page.text


def test_people_sign_in_and_out_meanwhile(
    town: Town, database: Database, operator: Callable[..., int]
) -> None:
    operator("lock", code_of(database), "--reason", REASON, "--yes")
    wrong = town.client.post("/sign-in", data={"login": "U-NOBODY", "password": "x"})
    assert wrong.status_code == 401
    assert (
        town.client.delete("/api/v1/sessions/current", headers=town.headers("U-SEC")).status_code
        == 204
    )


def test_after_the_unlock_everything_goes_on_and_the_trail_knows(
    town: Town, database: Database, operator: Callable[..., int]
) -> None:
    programme = code_of(database)
    operator("lock", programme, "--reason", REASON, "--yes")
    operator("unlock", programme, "--yes")
    answer = town.client.post("/me/calendar", headers=town.headers("FM0001"))
    assert answer.status_code == 302
    rows = database.rows(
        "SELECT actor, action, device, detail FROM trail_records WHERE action LIKE 'programme.%%'"
        " AND subject = 'unit:FM' ORDER BY id"
    )
    assert [(row["actor"], row["action"], row["device"]) for row in rows] == [
        ("operator", "programme.lock", "console"), ("operator", "programme.unlock", "console")
    ]  # fmt: skip
    assert rows[0]["detail"] == {"programme": programme, "reason": REASON}


def test_the_operator_is_asked_first(
    town: Town, database: Database, operator: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = code_of(database)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))
    assert operator("lock", programme, "--reason", REASON) == 1
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda question: "no")
    assert operator("lock", programme, "--reason", REASON) == 1
    assert operator("lock", programme, "--reason", "  ", "--yes") == 1
    assert programmes.locked(database) == {}
    monkeypatch.setattr("builtins.input", lambda question: programme)
    assert operator("lock", programme, "--reason", REASON) == 0
    assert list(programmes.locked(database).values()) == [REASON]
    assert operator("lock", "NO-SUCH", "--reason", REASON, "--yes") == 1


def test_a_process_asks_for_locks_every_few_seconds_at_most(
    town: Town, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("service.web.locks.locked", lambda database: asked.append(1) or {})
    app.extensions["aixin.locks"] = Known()
    for _ in range(5):
        town.client.post("/me/calendar", headers=town.headers("FM0001"))
        town.client.get("/me/calendar", headers=town.headers("FM0001"))
    assert len(asked) <= 1 + int(HEARD_S)
    app.extensions["aixin.locks"].asked_at = time.monotonic() - HEARD_S - 1
    before = len(asked)
    town.client.get("/me/calendar", headers=town.headers("FM0001"))
    assert len(asked) == before  # reading asks nobody
    town.client.post("/me/calendar", headers=town.headers("FM0001"))
    assert len(asked) == before + 1


def test_background_work_waits_and_does_not_fail(
    town: Town,
    database: Database,
    operator: Callable[..., int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world: Any = SimpleNamespace(database=database, now=town.clock.now)
    monkeypatch.setattr(jobs, "runtime", lambda: world)
    operator("lock", code_of(database), "--reason", REASON, "--yes")
    monkeypatch.setattr(jobs, "consume", lambda *given, **named: pytest.fail("wrote"))
    assert jobs.handle_events([1, 2]) == 0
    assert jobs.sweep() == 0
    assert jobs.catch_up() == 0
    assert jobs.end_day() == 0
    assert steps.programme_ids(world) == []
    operator("unlock", code_of(database), "--yes")
    assert len(steps.programme_ids(world)) == 1
