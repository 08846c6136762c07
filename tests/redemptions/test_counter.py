"""The counter: the shelf for a time without a network, undo sent later, the end of the day."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.shops.market import Market, build


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


def seen(market: Market) -> dict[str, int]:
    totals: dict[str, int] = market.get("/till/day", by="A").json["totals"]
    return totals


def say(market: Market, key: str, **more: object) -> dict[str, object]:
    response = market.post("/till/day", {"seen": seen(market), **more}, by="A", key=key)
    assert response.status_code == 200, response.text
    found: dict[str, object] = response.json
    return found


def test_the_shelf_has_the_shops_own_goods_and_the_rules_limits(market: Market) -> None:
    shelf = market.get("/till/shelf", by="A").json
    assert {tile["good"] for tile in shelf["tiles"]} == {"SOAP", "OIL", "HAT", "LAST", "BULB"}
    assert shelf["limits"] == {"card_day": 50, "batch": 200}
    assert shelf["totals"]["redemptions"] == 0


def test_the_shelf_says_what_is_gone_for_today(market: Market) -> None:
    market.redeem("V0001", "HAT", "k1")
    tiles = {tile["good"]: tile for tile in market.get("/till/shelf", by="A").json["tiles"]}
    assert tiles["HAT"]["reason"] == "daily_limit"
    assert tiles["SOAP"]["can"]


def test_the_shelf_is_for_tills_alone(market: Market) -> None:
    assert market.get("/till/shelf", by="U-CH").status_code == 403
    assert market.get("/till/day", by="V0001").status_code == 403


def test_an_undo_without_network_counts_at_its_own_moment(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    undone_at = market.clock.now() + timedelta(minutes=5)
    code = market.code("V0001", undone_at)
    market.clock.set(undone_at + timedelta(hours=3))
    body = {"code": code, "occurred_at": undone_at.isoformat()}
    answer = market.post("/redemptions/k1/void", body, by="A", key="u1").json
    assert (answer["status"], answer["state"]) == ("ok", "voided")
    assert market.balance("V0001") == 500


@pytest.mark.parametrize(("minutes", "hours"), [(31, 1), (5, 25)])
def test_an_undo_that_was_too_late_stays_too_late(market: Market, minutes: int, hours: int) -> None:
    market.redeem("V0001", "SOAP", "k1")
    undone_at = market.clock.now() + timedelta(minutes=minutes)
    code = market.code("V0001", undone_at)
    market.clock.set(undone_at + timedelta(hours=hours))
    body = {"code": code, "occurred_at": undone_at.isoformat()}
    answer = market.post("/redemptions/k1/void", body, by="A").json
    assert (answer["status"], answer["reason"]) == ("refused", "too_late")
    assert market.state("k1") == "captured"


def test_an_undo_from_the_future_is_one_of_now(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    later = market.clock.now() + timedelta(hours=2)
    market.clock.set(market.clock.now() + timedelta(minutes=31))
    body = {"code": market.code("V0001"), "occurred_at": later.isoformat()}
    assert market.post("/redemptions/k1/void", body, by="A").json["reason"] == "too_late"


def test_a_receipts_last_six_digits_find_it(market: Market) -> None:
    receipt = market.redeem("V0001", "SOAP", "k1")["receipt"]
    market.redeem("V0003", "BULB", "k2")
    digits = receipt.replace(" ", "")[-6:]
    found = market.get(f"/redemptions?receipt={digits}", by="A").json["items"]
    assert [line["key"] for line in found] == ["k1"]
    assert market.get(f"/redemptions?receipt={digits}", by="B").json["items"] == []


@pytest.mark.parametrize("digits", ["12", "abcdef", "1234567"])
def test_a_receipt_has_six_digits(market: Market, digits: str) -> None:
    refused = market.get(f"/redemptions?receipt={digits}", by="A")
    assert refused.status_code == 422
    assert "receipt" in refused.text


def test_a_till_proposes_to_reverse_its_own_sale_and_another_approves(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    body = {"reason": "goods were broken"}
    assert market.post("/redemptions/k1/reversal", body, by="B").status_code == 404
    proposed = market.post("/redemptions/k1/reversal", body, by="A")
    assert proposed.status_code == 201, proposed.text
    assert market.state("k1") == "captured"


def test_the_shop_says_that_its_day_agrees(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    assert market.get("/till/day", by="A").json["status"] == "open"
    said = say(market, "d1")
    assert (said["status"], said["agrees"], said["counted"]) == ("ok", True, None)
    assert said["totals"] == {"redemptions": 1, "points": 20, "discounts": 0, "discount_fen": 0}
    assert market.get("/till/day", by="A").json["agrees"] is True
    assert market.get("/till/day", by="B").json["status"] == "open"


def test_a_word_sent_twice_is_one_word(market: Market) -> None:
    assert say(market, "d1") == say(market, "d1")
    assert market.count("redemptions_day_words") == 1
    other = market.post("/till/day", {"seen": seen(market), "counted": 3}, by="A", key="d1")
    assert (other.status_code, other.json["type"].rsplit("/")[-1]) == (422, "key-reused")


def test_a_later_word_counts_and_the_first_one_stays(market: Market) -> None:
    say(market, "d1", counted=2)
    last = market.get("/till/day", by="A").json
    assert (last["agrees"], last["counted"]) == (False, 2)
    say(market, "d2")
    assert market.get("/till/day", by="A").json["agrees"] is True
    assert market.count("redemptions_day_words") == 2


def test_figures_that_moved_meanwhile_are_looked_at_again(market: Market) -> None:
    before = seen(market)
    market.redeem("V0001", "SOAP", "k1")
    said = market.post("/till/day", {"seen": before}, by="A", key="d1").json
    assert (said["status"], said["agrees"]) == ("moved", None)
    assert said["totals"]["redemptions"] == 1
    assert market.count("redemptions_day_words") == 0


def test_a_word_needs_its_key(market: Market) -> None:
    refused = market.post("/till/day", {"seen": seen(market)}, by="A")
    assert (refused.status_code, refused.json["type"].rsplit("/")[-1]) == (422, "key-missing")


def test_the_worker_may_look_after_the_till(client: FlaskClient) -> None:
    with client.get("/till/worker.js") as script:
        assert script.status_code == 200
        assert script.headers["Service-Worker-Allowed"] == "/till"
    assert client.get("/till/app.webmanifest").json["start_url"] == "/till"


def test_an_undo_without_network_does_not_tell_a_number_from_none(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    at = (market.clock.now() + timedelta(minutes=5)).isoformat()
    market.clock.set(market.clock.now() + timedelta(minutes=9))
    other, nobody = market.cards["V0004"].number, "https://aixin.example/c/00000000000000"
    told = [
        market.post("/redemptions/k1/void", {"code": code, "occurred_at": at}, by="A").json
        for code in (other, nobody)
    ]
    assert [one["reason"] for one in told] == ["other_pass", "other_pass"]
    assert market.state("k1") == "captured"
