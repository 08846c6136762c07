"""To a stranger every code that opens nothing reads the same; a limit without Redis is known."""

import re
import time
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from service.config import Settings
from service.db import Database
from service.passes import keyring
from service.passes.receipts import receipt_tail
from service.passes.rules import new_cid, new_number
from service.passes.serials import certificate_tail
from service.web.app import create_app
from service.web.limits import CODES, STRANGERS, Limit, TooManyFailures
from tests.reports.conftest import Town, town

__all__ = ["town"]
NONCE = re.compile(r'name="nonce" value="\w+"')
ENGLISH = {"Accept-Language": "en"}


def kinds(settings: Settings) -> dict[str, list[str]]:
    """Addresses of each kind that open nothing: never made, made for nothing, malformed."""
    keys = keyring(settings.secret_keys, settings.public_url)
    ours, wrong = certificate_tail(keys, "fm-2025-000099"), certificate_tail(keys, "fm-2025-1")
    return {
        "c": [new_cid(), new_cid(), "0123456789abcx", "zqzq", new_number()],
        "v": [ours, wrong, ours[:-1] + ("0" if ours[-1] != "0" else "1"), "zqzq", "zq.zq"],
        "r": ["0" * 13, "1" * 13, "zqzq", "y" * 64],
        "m": ["s99", "S98", "nothing"],
        "t": [receipt_tail(keys, 10**9), "1.000000000000", "zqzq"],
        "b": ["0" * 20, "1" * 20, "zqzq"],
    }


@pytest.mark.parametrize("kind", ["c", "v", "r", "m", "t", "b"])
def test_every_code_that_opens_nothing_is_answered_alike(
    town: Town, settings: Settings, redis: Redis, kind: str
) -> None:
    heard = set()
    for tail in kinds(settings)[kind]:
        redis.flushall()
        answer = town.client.application.test_client().get(f"/{kind}/{tail}", headers=ENGLISH)
        said = NONCE.sub("", answer.text.replace(tail, "CODE").replace(tail.lower(), "CODE"))
        heard.add((answer.status_code, said))
    assert len(heard) == 1, [(status, len(text)) for status, text in heard]


def test_looking_at_codes_without_end_is_stopped_for_strangers(client: FlaskClient) -> None:
    for begin in CODES:
        answers = [client.get(f"{begin}x").status_code for _ in range(2)]
        assert 429 not in answers
    for _ in range(STRANGERS.most):
        client.get("/c/x")
    assert client.get("/v/x").status_code == 429


@pytest.fixture
def without_redis(settings: Settings, database: Database) -> Flask:
    """The application while nobody answers where Redis was."""
    return create_app(replace(settings, redis_url="redis://127.0.0.1:1/0"), database=database)


def test_without_redis_looking_goes_on_and_counting_for_spending_is_closed(
    without_redis: Flask,
) -> None:
    limit = Limit("zqzq", most=5, seconds=60)
    began = time.monotonic()
    with without_redis.test_request_context("/"):
        limit.check()  # open: nobody at a gate waits for Redis
        assert limit.count() is None
        assert limit.reached()  # closed: it counts as the last try
    client = without_redis.test_client()
    for _ in range(STRANGERS.most + 2):
        assert client.get("/c/x").status_code != 429
    assert time.monotonic() - began < 20


def test_with_redis_the_same_limit_counts(app: Flask) -> None:
    limit = Limit("zqzq", most=2, seconds=60)
    with app.test_request_context("/"):
        limit.check()
        assert not limit.reached()
        assert limit.reached()
        with pytest.raises(TooManyFailures):
            limit.check()
