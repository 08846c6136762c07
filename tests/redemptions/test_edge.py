"""Who may ask what, and what is said to those who ask wrongly; nothing is written then."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.shops.market import PIN, Market

GOOD_CODES = ["BULB", "HAT", "LAST", "OIL", "SOAP"]


def problem(response: Any) -> str:
    assert response.content_type == "application/problem+json"
    return response.json["type"].split("/")[-1]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"qty": "2"}, "#/qty"),
        ({"qty": 0}, "#/qty"),
        ({"qty": 1.5}, "#/qty"),
        ({"price": 1}, "#/price"),
        ({"good": None}, "#/good"),
        ({"good": "a b"}, "#/good"),
        ({"pin": "12"}, "#/pin"),
        ({"code": ""}, "#/code"),
        ({"code": "x" * 600}, "#/code"),
        ({"scanned_at": "yesterday"}, "#/scanned_at"),
        ({"scanned_at": "2025-10-18T12:00:00"}, "#/scanned_at"),
    ],
)
def test_what_is_wrong_is_named(market: Market, changed: dict[str, Any], pointer: str) -> None:
    body = {"code": market.code("V0001"), "good": "SOAP", **changed}
    response = market.post("/redemptions", body, by="A", key="k1")
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json["errors"]] == [pointer]
    assert market.count("redemptions") == 0


@pytest.mark.parametrize("key", [None, "", "a b", "x" * 81, "k/1"])
def test_a_till_must_name_its_act(market: Market, key: str | None) -> None:
    body = {"code": market.code("V0001"), "good": "SOAP"}
    response = market.post("/redemptions", body, by="A", key=key)
    assert (response.status_code, problem(response)) == (422, "key-missing")


def test_malformed_and_huge_bodies(market: Market) -> None:
    headers = {
        "Authorization": f"Bearer {market.tokens['A']}",
        "Idempotency-Key": "k1",
        "Content-Type": "application/json",
    }
    path = "/api/v1/redemptions"
    assert market.client.post(path, data="{", headers=headers).status_code == 400
    huge = json.dumps({"code": "x" * 2_000_000, "good": "SOAP"})
    assert market.client.post(path, data=huge, headers=headers).status_code == 413
    assert market.count("redemptions") == 0


@pytest.mark.parametrize("path", ["/redemptions", "/discounts", "/till/lookups"])
@pytest.mark.parametrize(("who", "status"), [("V0001", 403), ("U-SEC", 403), ("A-OWNER", 403)])
def test_only_a_till_sells(market: Market, path: str, who: str, status: int) -> None:
    bodies = {
        "/redemptions": {"code": "x", "good": "SOAP"},
        "/discounts": {"code": "x", "bill_fen": 100},
        "/till/lookups": {"code": "x"},
    }
    assert market.post(path, bodies[path], by=who, key="k1").status_code == status


def test_nobody_is_told_to_sign_in(market: Market) -> None:
    response = market.client.post("/api/v1/redemptions", json={"code": "x", "good": "SOAP"})
    assert response.status_code == 401


def test_a_shop_sells_only_its_own_goods(market: Market) -> None:
    body = {"code": market.code("V0001"), "good": "OIL"}
    response = market.post("/redemptions", body, by="B", key="k1")
    assert (response.status_code, problem(response)) == (404, "unknown-good")
    assert market.count("redemptions") == 0


def test_a_key_is_seen_by_its_shop_and_its_buyer_only(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    assert market.get("/redemptions/k1", by="A").status_code == 200
    assert market.get("/redemptions/k1", by="V0001").json["good"] == "SOAP"
    assert market.get("/redemptions/k1", by="B").status_code == 404
    assert market.get("/redemptions/k1", by="V0002").status_code == 404
    assert market.get("/redemptions/k2", by="A").status_code == 404


def test_a_request_in_flight_is_told_to_come_back(market: Market) -> None:
    from service.db import Database
    from service.redemptions import actions

    shop = market.one("SELECT id FROM shops WHERE code = 'A'")
    slow = Database(market.settings.database_url, pool_max=1)

    def hold(session: Any) -> Any:
        actions.lock_key(session, shop_id=shop, key="k1")
        body = {"code": market.code("V0001"), "good": "SOAP"}
        return market.post("/redemptions", body, by="A", key="k1")

    response = slow.atomic(hold)
    slow.close()
    assert (response.status_code, problem(response)) == (409, "key-in-flight")
    assert response.headers["Retry-After"] == "1"
    assert market.redeem("V0001", "SOAP", "k1")["status"] == "ok"


def test_a_look_tells_a_tail_a_rate_and_tiles_and_nothing_more(market: Market) -> None:
    response = market.post("/till/lookups", {"code": market.code("V0002")}, by="A")
    said = response.json
    known = {"status", "reason", "tail", "via", "needs_pin", "scanned_at", "standing", "tiles"}
    assert set(said) == {*known, "intent"}
    nothing = {"discount_pct": 0, "discount_used": False, "excluded_kinds": []}
    assert (said["standing"], said["intent"]) == (nothing, None)
    tiles = {tile["good"]: (tile["can"], tile["reason"]) for tile in said["tiles"]}
    assert tiles["SOAP"] == (True, None)
    assert tiles["OIL"] == (False, "insufficient")
    assert "balance" not in response.text
    assert "Name" not in response.text
    assert "V0002" not in response.text


def test_a_look_says_when_the_discount_was_had(market: Market) -> None:
    market.discount("V0001", 4000, "d1")
    said = market.post("/till/lookups", {"code": market.code("V0001")}, by="A").json
    given = {"discount_pct": 8, "discount_used": True, "excluded_kinds": []}
    assert said["standing"] == given


def test_a_look_changes_nothing(market: Market) -> None:
    code = market.code("V0001")
    for _ in range(3):
        assert market.post("/till/lookups", {"code": code}, by="A").json["status"] == "ok"
    assert market.redeem("V0001", "SOAP", "k1", code=code)["status"] == "ok"


def test_the_most_used_goods_come_first(market: Market) -> None:
    for number in (1, 2):
        market.redeem("V0001", "BULB", f"k{number}")
        market.clock.set(market.clock.now() + timedelta(hours=2))
    today = market.post("/till/lookups", {"code": market.code("V0001")}, by="A").json
    assert [tile["good"] for tile in today["tiles"]] == sorted(GOOD_CODES)  # not moved today
    market.clock.set(market.clock.now() + timedelta(days=1))
    tomorrow = market.post("/till/lookups", {"code": market.code("V0001")}, by="A").json
    assert tomorrow["tiles"][0]["good"] == "BULB"


def test_the_day_lists_what_was_sold_with_totals(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.redeem("V0002", "OIL", "k2")  # refused: not a sale
    market.redeem("V0003", "BULB", "k3")
    market.void("k3", "V0003")
    market.discount("V0001", 4000, "d1")
    said = market.get("/redemptions", by="A").json
    assert [(line["key"], line["state"]) for line in said["items"]] == [
        ("k3", "voided"),
        ("k1", "captured"),
    ]
    expected = {"redemptions": 1, "points": 20, "discounts": 1, "discount_fen": 320}
    assert said["totals"] == expected
    assert market.get("/redemptions", by="B").json["items"] == []
    assert market.get("/redemptions?shop=A", by="A-OWNER").json["totals"] == expected
    assert market.get("/redemptions?shop=B", by="A-OWNER").status_code == 404
    page = market.get("/redemptions?limit=1", by="A").json
    rest = market.get(f"/redemptions?limit=1&before={page['next']}", by="A").json
    assert [line["key"] for line in page["items"] + rest["items"]] == ["k3", "k1"]


def test_no_answer_to_a_till_names_the_buyer(market: Market) -> None:
    """A clerk learns a tail, never a name, a balance or another shop's sale."""
    card = market.cards["V0001"].url
    told = [
        json.dumps(market.redeem("V0001", "SOAP", "k1", code=card, pin=PIN)),
        json.dumps(market.void("k1", "V0001")),
        market.get("/redemptions", by="A").text,
        market.get("/redemptions/k1", by="A").text,
        json.dumps(market.discount("V0001", 4000, "d1")),
    ]
    for text in told:
        assert "Name of" not in text
        assert "V0001" not in text
        assert "480" not in text


BIG = "9" * 25  # more than any number of ours


@pytest.mark.parametrize(
    ("path", "by"),
    [
        (f"/api/v1/redemptions?before={BIG}", "A"),
        (f"/api/v1/shops/A/terms?before={BIG}", "A-OWNER"),
        (f"/desk/sales/{BIG}", "A-OWNER"),
        (f"/desk/sales?after={BIG}", "A-OWNER"),
        (f"/desk/shops/A?before={BIG}", "A-OWNER"),
        ("/home/goods?after=1~%00~x", "V0001"),
        ("/m/%00", "V0001"),
    ],
)
def test_what_the_database_cannot_hold_is_a_wrong_request(
    market: Market, path: str, by: str
) -> None:
    headers = {"Authorization": f"Bearer {market.tokens[by]}"}
    answer = market.client.get(path, headers=headers)
    assert answer.status_code == 400
    assert "请检查发送的内容" in answer.text


def test_a_day_to_come_is_shown_as_today(market: Market) -> None:
    headers = {"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    answer = market.client.get("/desk/shops/A/day?day=9999-12-31", headers=headers)
    assert (answer.status_code, "day=2025-10-17" in answer.text) == (200, True)
