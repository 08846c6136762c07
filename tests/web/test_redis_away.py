"""Redis really stopped: what spends points is closed, who comes to serve is let in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from deploy import embedded
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.web.app import create_app
from tests.redemptions.test_guesses import STRANGE, blocked, look
from tests.reports.conftest import Town, town
from tests.shops.market import build
from tests.web.test_unknown_codes import STRANGERS

__all__ = ["town"]


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[embedded.Redis]:
    """A Redis of this test's own, which it may stop."""
    found = embedded.Redis(tmp_path / "redis")
    found.start()
    yield found
    found.stop()


@pytest.fixture
def alone(
    own_redis: embedded.Redis, settings: Settings, database: Database, clock: Clock
) -> FlaskClient:
    """A caller of an application that rests on that Redis."""
    given = replace(settings, redis_url=own_redis.url())
    return create_app(given, database=database).test_client()


def test_a_till_that_guesses_is_stopped_at_once(
    alone: FlaskClient, own_redis: embedded.Redis, database: Database, settings: Settings,
    clock: Clock,
) -> None:  # fmt: skip
    market = build(database, settings, clock, alone)
    assert look(market, STRANGE).status_code == 200
    assert look(market, market.code("V0001")).json["status"] == "ok"  # one is not too many
    own_redis.stop()
    assert market.redeem("V0001", "SOAP", "k1")["status"] == "ok"  # whoever has a pass is served
    look(market, STRANGE)
    assert blocked(look(market, market.code("V0001")))
    body = {"code": market.code("V0002"), "good": "SOAP"}
    assert blocked(market.post("/redemptions", body, by="A", key="k2"))
    assert look(market, market.code("V0002"), "B").status_code == 200  # the other till works on


def test_a_number_is_not_looked_up_while_nobody_counts(
    alone: FlaskClient, own_redis: embedded.Redis, database: Database, settings: Settings,
    clock: Clock,
) -> None:  # fmt: skip
    market = build(database, settings, clock, alone)
    row = database.call("SELECT number FROM passes_cards WHERE number IS NOT NULL LIMIT 1")
    assert row is not None
    assert look(market, row["number"]).status_code == 200
    own_redis.stop()
    assert blocked(look(market, row["number"]))


def test_who_comes_to_serve_is_scanned_in_and_out(
    town: Town, alone: FlaskClient, own_redis: embedded.Redis
) -> None:
    own_redis.stop()
    town.client = alone
    for time, action in (("08:00", "in"), ("10:00", "out")):
        town.at(time)
        assert town.scan("FM0012", "FM0001", action, f"{action}-1")["status"] == "ok"
    town.at("10:20")
    path = "/api/v1/activities/A1/confirmations"
    assert town.call("FM0012", "POST", path, json={"volunteer": "FM0001"})["points"] == 20


def test_looking_at_codes_and_signing_in_go_on(
    town: Town, alone: FlaskClient, own_redis: embedded.Redis
) -> None:
    own_redis.stop()
    for _ in range(STRANGERS.most + 2):
        assert alone.get("/c/x").status_code == 200
    right = {"login": "U-SEC", "password": "aixin-demo"}
    assert alone.post("/api/v1/sessions", json=right).status_code == 201


def test_staff_passwords_are_counted_where_redis_is_not_asked(
    town: Town, alone: FlaskClient, own_redis: embedded.Redis
) -> None:
    own_redis.stop()
    for _ in range(5):
        wrong = {"login": "U-SEC", "password": "wrong and long enough"}
        assert alone.post("/api/v1/sessions", json=wrong).status_code == 401
    right = {"login": "U-SEC", "password": "aixin-demo"}
    assert alone.post("/api/v1/sessions", json=right).status_code == 401  # waits: see tries.py


def test_it_is_said_on_the_health_page(alone: FlaskClient, own_redis: embedded.Redis) -> None:
    assert alone.get("/healthz").json["redis"] is True  # type: ignore[index]
    own_redis.stop()
    assert alone.get("/healthz").status_code == 503
