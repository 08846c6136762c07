"""Every failure is a problem that a reader understands, in the reader's language."""

import json

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from psycopg_pool import PoolTimeout
from sqlalchemy.exc import OperationalError

CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}
ENGLISH = {"Accept-Language": "en-GB"}


@pytest.mark.parametrize(
    ("headers", "title"), [(CHINESE, "找不到"), (ENGLISH, "Not found")], ids=["zh", "en"]
)
def test_an_unknown_address_is_a_problem_in_both_languages(
    client: FlaskClient, headers: dict[str, str], title: str
) -> None:
    answer = client.get("/api/v1/nowhere", headers=headers)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.json is not None
    assert answer.json["title"] == title


def test_a_page_says_it_as_a_page(client: FlaskClient) -> None:
    answer = client.get("/nowhere", headers=ENGLISH)
    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "Not found" in answer.text


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[1,", b'{"login": NaN}'])
def test_malformed_json_cannot_be_read(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/v1/sessions", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.content_type == "application/problem+json"


def test_a_body_that_does_not_say_it_is_json_is_not_read(client: FlaskClient) -> None:
    answer = client.post("/api/v1/sessions", data="login=U-SEC")
    assert answer.status_code == 415
    assert answer.content_type == "application/problem+json"


def test_every_wrong_field_is_named_by_its_pointer(client: FlaskClient) -> None:
    answer = client.post("/api/v1/sessions", json={"login": 5, "password": "x", "extra": 1})
    assert answer.status_code == 422
    assert answer.json is not None
    pointers = {error["pointer"] for error in answer.json["errors"]}
    assert {"#/login", "#/extra"} <= pointers


def test_a_huge_body_is_refused_before_it_is_read(client: FlaskClient) -> None:
    body = json.dumps({"login": "x" * 2_000_000, "password": "y"})
    answer = client.post("/api/v1/sessions", data=body, content_type="application/json")
    assert answer.status_code == 413
    assert answer.content_type == "application/problem+json"


def test_a_wrong_method_says_which_are_right(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/sessions")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_bug_tells_the_reader_nothing(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.view_functions, "health.healthz", lambda: 1 // 0)
    monkeypatch.setattr(app.logger, "disabled", True)
    answer = client.get("/healthz", headers=ENGLISH)
    assert answer.status_code == 500
    assert "ZeroDivision" not in answer.text
    assert "Nothing was changed" in answer.text


AWAY = [
    OperationalError("SELECT 1", {}, psycopg.OperationalError("the connection is lost")),
    PoolTimeout("couldn't get a connection after 5.00 sec"),
    psycopg.errors.QueryCanceled("canceling statement due to statement timeout"),
]


@pytest.mark.parametrize("error", AWAY, ids=["session", "pool", "statement"])
def test_a_database_that_is_away_asks_to_send_again(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setitem(app.view_functions, "health.healthz", fail)
    answer = client.get("/healthz", headers=CHINESE)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert "再发一次" in answer.text
    assert "connection" not in answer.text
