"""Replay: what was seen or kept is worth nothing later, elsewhere or a second time."""

from datetime import datetime, timedelta
from typing import Any

from werkzeug.test import TestResponse

from tests.redemptions.test_offline import sell
from tests.shops.market import Market


def later(market: Market, **wait: int) -> None:
    market.clock.set(market.clock.now() + timedelta(**wait))


def send(market: Market, code: str, key: str, *, by: str = "A", **more: Any) -> dict[str, Any]:
    body = {"code": code, "good": "SOAP", **more}
    return dict(market.post("/redemptions", body, by=by, key=key).json)


def test_a_pass_that_was_photographed_pays_once_and_not_later(market: Market) -> None:
    photo, taken = market.code("V0001"), market.clock.now()
    assert send(market, photo, "own")["status"] == "ok"
    assert send(market, photo, "thief", by="B")["reason"] == "code_used"
    later(market, minutes=2)
    assert send(market, photo, "late", by="B")["reason"] in {"code_expired", "code_used"}
    assert market.balance("V0001") == 480
    assert taken < market.clock.now()


def test_a_till_cannot_say_that_an_old_photograph_was_scanned_in_time(market: Market) -> None:
    photo, taken = market.code("V0001"), market.clock.now()
    later(market, minutes=30)
    claims = ({"scanned_at": taken.isoformat()}, {"scanned_at": "2030-01-01T00:00:00Z"})
    for number, claim in enumerate(claims):
        said = send(market, photo, f"k{number}", **claim)
        assert said.get("status") != "ok", said
    assert market.balance("V0001") == 500


def test_goods_that_left_offline_on_one_photograph_are_counted_once(market: Market) -> None:
    """They have left, so the second is no sale: it is kept, flagged, and takes no points."""
    moment = market.clock.now() - timedelta(minutes=20)
    photo = market.code("V0001", moment)
    assert sell(market, "V0001", "SOAP", "k1", moment=moment, code=photo)["status"] == "ok"
    again = sell(market, "V0001", "SOAP", "k2", moment=moment, code=photo, by="B")
    assert again["status"] == "refused" or again["flags"]
    kept = market.one("SELECT count(*) FROM redemptions WHERE key = 'k2'")
    assert kept == 1
    market.check_books()


def test_a_key_with_another_body_changes_nothing(market: Market) -> None:
    first = send(market, market.code("V0001"), "k1")
    assert first["status"] == "ok"
    others: list[dict[str, Any]] = [
        {"code": market.code("V0003"), "good": "SOAP"},
        {"code": market.code("V0001"), "good": "BULB"},
        {"code": market.code("V0001"), "good": "SOAP", "qty": 2},
    ]
    for body in others:
        assert market.post("/redemptions", body, by="A", key="k1").status_code == 422
    assert market.balance("V0001") == 480
    # The other shop's own k1 is another act: keys belong to their shop.
    later(market, seconds=60)
    assert send(market, market.code("V0001"), "k1", by="B")["status"] == "ok"


def test_an_old_queue_sent_again_gives_every_stored_answer(market: Market) -> None:
    moment = market.clock.now() - timedelta(minutes=20)
    queue: list[tuple[str, str]] = [("k1", "SOAP"), ("k2", "BULB")]
    codes = {key: market.code("V0001", moment) for key, _ in queue}
    first = [offline(market, key, good, codes[key], moment) for key, good in queue]
    balance = market.balance("V0001")
    later(market, days=30)
    again = [offline(market, key, good, codes[key], moment) for key, good in queue]
    assert [one.json["receipt"] for one in again] == [one.json["receipt"] for one in first]
    assert all(one.json["replayed"] for one in again)
    assert market.balance("V0001") == balance


def offline(market: Market, key: str, good: str, code: str, at: datetime) -> TestResponse:
    body = {"code": code, "good": good, "offline": True, "occurred_at": at.isoformat()}
    return market.post("/redemptions", body, by="A", key=key)


def test_a_queue_of_yesterday_is_kept_and_flagged_as_late(market: Market) -> None:
    answer = sell(market, "V0001", "SOAP", "k1", moment=market.clock.now() - timedelta(days=3))
    assert "late_upload" in answer["flags"]


def test_a_void_needs_the_buyers_own_code_of_now(market: Market) -> None:
    photo = market.code("V0001")
    assert send(market, photo, "k1")["status"] == "ok"
    for code in (market.code("V0002"), "https://aixin.example/c/00000000000000"):
        answer = market.post("/redemptions/k1/void", {"code": code}, by="A").json
        assert answer.get("status") != "ok", answer
    later(market, minutes=5)
    stale = market.post("/redemptions/k1/void", {"code": photo}, by="A").json
    assert stale.get("status") != "ok", stale
    assert market.state("k1") == "captured"
