"""Who may send what: health, headers, the CSRF guard, the simulated clock, the OpenAPI document."""

from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from service.clock import Clock
from service.config import WEB_ROOT, Settings, SettingsError
from service.db import Database
from service.proof import SigningKey
from service.sealing import SealingKey
from service.web.app import create_app

PRODUCTION = {
    "AIXIN_ENV": "production",
    "DATABASE_URL": "postgresql://aixin@db/aixin",
    "REDIS_URL": "redis://redis/0",
    "SECRET_KEY": "q7Kf0n3Zt8Vw5Ys2Lx9Bd4Hj6Mp1Rc0Ga",
    "LEDGER_KEY": SigningKey("host.example/ledger", bytes(32)).secret_text(),
    "IDENTITY_KEY": SealingKey(bytes(32)).secret_text(),
    "PUBLIC_URL": "https://host.example",
    "FILES_FOLDER": "/srv/files",
}


def test_health_asks_the_database_and_redis(client: FlaskClient) -> None:
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["database"], answer.json["redis"]) == (True, True)


def test_health_fails_when_redis_is_away(settings: Settings, database: Database) -> None:
    away = replace(settings, redis_url="redis://127.0.0.1:1/0")
    answer = create_app(away, database=database).test_client().get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["redis"] is False


def test_nothing_is_loaded_from_another_host(client: FlaskClient) -> None:
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "unsafe-inline" not in policy


def test_another_site_cannot_make_our_reader_s_browser_act(client: FlaskClient) -> None:
    client.set_cookie("aixin_session", "whatever")
    answer = client.delete("/api/v1/sessions/current")
    assert answer.status_code == 403
    assert answer.json is not None
    assert answer.json["type"] == "/problems/csrf"


def test_a_foreign_origin_is_refused_even_without_a_cookie(client: FlaskClient) -> None:
    body = {"login": "U-SEC", "password": "x"}
    answer = client.post("/api/v1/sessions", json=body, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def test_the_simulated_clock_is_set_for_everybody(client: FlaskClient, clock: Clock) -> None:
    answer = client.put("/api/v1/clock", json={"now": "2025-10-18T08:12:00+08:00"})
    assert answer.status_code == 200
    assert clock.now() == datetime.fromisoformat("2025-10-18T00:12:00+00:00")


def test_a_clock_without_a_zone_is_refused(client: FlaskClient, clock: Clock) -> None:
    before = clock.now()
    answer = client.put("/api/v1/clock", json={"now": "2025-10-18T08:12:00"})
    assert answer.status_code == 422
    assert clock.now() == before


def test_real_time_cannot_be_set(settings: Settings, database: Database) -> None:
    real = create_app(replace(settings, clock_file=None), database=database)
    answer = real.test_client().put("/api/v1/clock", json={"now": "2025-10-18T08:12:00+08:00"})
    assert answer.status_code == 404


def test_the_openapi_document_is_valid_and_whole(app: Flask, client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").json
    assert document is not None
    validate(document)
    assert document["openapi"] == "3.1.0"
    documented = {path.replace("{", "<").replace("}", ">") for path in document["paths"]}
    offered = {
        "".join(part.split(":")[-1] if ":" in part else part for part in str(rule).split("<"))
        for rule in app.url_map.iter_rules()
    }
    assert len(documented) > 10
    assert {path for path in offered if path.startswith("/api/v1/")} - {
        path.replace("<", "") for path in documented
    } == set()


def test_a_production_environment_that_is_safe_is_taken() -> None:
    assert Settings.from_env(PRODUCTION).production


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 40}, "SECRET_KEY"),
        ({"AIXIN_CLOCK_FILE": "/tmp/clock"}, "AIXIN_CLOCK_FILE"),
        ({"PUBLIC_URL": "http://host.example"}, "PUBLIC_URL"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"FILES_FOLDER": ""}, "FILES_FOLDER is not set"),
        ({"FILES_FOLDER": str(WEB_ROOT / "dist" / "x")}, "FILES_FOLDER lies within the web root"),
        ({"REDIS_URL": ""}, "REDIS_URL"),
        ({"AIXIN_ENV": "staging"}, "AIXIN_ENV"),
        ({"LEDGER_KEY": ""}, "LEDGER_KEY or LEDGER_KEY_FILE is not set"),
        ({"WEBHOOK_NETWORKS": "10.0.0.0/8, x"}, "WEBHOOK_NETWORKS: x is no network"),
        ({"WEBHOOK_NETWORKS": "0.0.0.0/0"}, "WEBHOOK_NETWORKS: 0.0.0.0/0 is this machine"),
        ({"LEDGER_KEY": "a secret"}, "LEDGER_KEY: key 1: not a private key"),
        ({"IDENTITY_KEY": ""}, "IDENTITY_KEY or IDENTITY_KEY_FILE is not set"),
        ({"IDENTITY_KEY": "identity+0+x"}, "IDENTITY_KEY: key 1: not an identity key"),
        ({"IDENTITY_KEY": "", "IDENTITY_KEY_FILE": "/dev/null"}, "IDENTITY_KEY_FILE: /dev/null"),
        ({"LEDGER_KEY": "", "LEDGER_KEY_FILE": "/nowhere"}, "LEDGER_KEY_FILE: /nowhere: No such"),
        ({"LEDGER_KEY": "", "LEDGER_KEY_FILE": "/dev/null"}, "LEDGER_KEY_FILE: /dev/null holds no"),
    ],
)
def test_a_production_environment_refuses_what_is_only_fit_for_a_demo(
    change: dict[str, str], fault: str
) -> None:
    with pytest.raises(SettingsError, match=fault):
        Settings.from_env(PRODUCTION | change)


def test_without_a_word_the_environment_is_production() -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        Settings.from_env({})
