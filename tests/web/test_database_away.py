"""A database that is away: everybody is told to send it again, in time, and what was done stays."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlmodel import Session

from service import db, trail
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.web import callers
from service.web.app import create_app
from tests.shops.market import Market, build
from tests.web.test_problems import CHINESE

PAGES = ["/me", "/desk", "/till", "/nowhere", "/api/v1/me/goods", "/api/v1/shops"]
CHOICE = {"shop": "A", "good": "SOAP"}
TOKEN = "x" * 43


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("cookie", ["aixin_session", "aixin_device"])
def test_whoever_is_signed_in_hears_of_it_after_one_wait(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, cookie: str
) -> None:
    waits: list[str] = []
    asked = callers.resolve_token

    def ask(place: Database, token: str, **more: Any) -> Any:
        waits.append(token)
        return asked(place, token, **more)

    monkeypatch.setattr(db, "PATIENCE_S", 0.2)
    monkeypatch.setattr(callers, "resolve_token", ask)
    nowhere = Database(f"postgresql+psycopg://aixin_app@/aixin?host={tmp_path}")
    client = create_app(settings, database=nowhere).test_client()
    client.set_cookie(cookie, TOKEN)
    answer = client.get(path, headers=CHINESE)
    nowhere.close()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2"), answer.text
    assert "再发一次" in answer.text
    assert waits == [TOKEN]


def dies_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the server end the connection on which the next line of the trail is written."""
    write = trail.record

    def die(session: Session, **line: Any) -> None:
        monkeypatch.setattr(trail, "record", write)
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    monkeypatch.setattr(trail, "record", die)


def test_what_was_done_before_it_went_away_is_answered_when_sent_again(
    app: Flask, market: Market, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The view had committed its choice; the line about it, which follows, found nobody."""
    monkeypatch.setattr(app, "testing", False)
    dies_once(monkeypatch)
    first = market.post("/me/choices", CHOICE, by="V0001", key="c1")
    assert (first.status_code, first.headers["Retry-After"]) == (503, "2")
    assert market.one("SELECT status FROM redemptions") == "held"
    again = market.post("/me/choices", CHOICE, by="V0001", key="c1")
    assert again.status_code == 200
    assert market.count("redemptions") == 1
    lines = "SELECT actor FROM trail_records WHERE detail->>'page' LIKE %(page)s"
    assert len(database.rows(lines, {"page": "POST%/me/choices"})) == 1
