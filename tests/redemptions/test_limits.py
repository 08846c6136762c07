"""What one person gets a day and at what hours: asked inside the sale, given back by undoing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.shops.market import Market

NOTHING: dict[str, Any] = dict.fromkeys(
    ("daily_limit", "person_limit", "sold_from", "sold_to", "first_day", "last_day")
)


def limit(market: Market, good: str, **given: Any) -> None:
    headers = {"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    path = f"/api/v1/shops/A/goods/{good}/limits"
    answer = market.client.put(path, json={**NOTHING, **given}, headers=headers)
    assert answer.status_code == 200, answer.text


def again(market: Market, who: str, good: str, key: str, **more: Any) -> dict[str, Any]:
    """Redeem with the booklet and its PIN, the clerk saying that it is a second one."""
    card = {"code": market.cards[who].url, "pin": "4711"}
    return market.redeem(who, good, key, **card, override_duplicate=True, **more)


def test_one_person_s_share_is_gone_and_another_s_is_not(market: Market) -> None:
    limit(market, "SOAP", person_limit=2)
    assert again(market, "V0001", "SOAP", "k1", qty=2)["status"] == "ok"
    told = again(market, "V0001", "SOAP", "k2")
    assert (told["status"], told["reason"]) == ("refused", "person_limit")
    assert again(market, "V0002", "SOAP", "k3")["status"] == "ok"
    assert market.stock("SOAP") == 57
    tile = next(one for one in looked(market, "V0001") if one["good"] == "SOAP")
    assert (tile["can"], tile["reason"]) == (False, "person_limit")


def looked(market: Market, who: str) -> list[dict[str, Any]]:
    answer = market.post("/till/lookups", {"code": market.cards[who].url}, by="A")
    assert answer.status_code == 200, answer.text
    tiles: list[dict[str, Any]] = answer.json["tiles"]
    return tiles


def test_undoing_gives_the_share_back(market: Market) -> None:
    limit(market, "SOAP", person_limit=1)
    again(market, "V0001", "SOAP", "k1")
    assert again(market, "V0001", "SOAP", "k2")["reason"] == "person_limit"
    market.void("k1", "V0001", undo="u1")
    assert again(market, "V0001", "SOAP", "k3")["status"] == "ok"
    assert market.one("SELECT taken FROM shops_person_days") == 1


def test_the_shop_s_limit_is_told_before_the_person_s(market: Market) -> None:
    limit(market, "HAT", daily_limit=1, person_limit=1)
    assert again(market, "V0001", "HAT", "k1")["status"] == "ok"
    assert again(market, "V0001", "HAT", "k2")["reason"] == "daily_limit"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"sold_from": "09:00:00", "sold_to": "11:00:00"}, None),
        ({"sold_from": "10:00:00", "sold_to": "11:00:00"}, None),
        ({"sold_from": "09:00:00", "sold_to": "10:00:00"}, None),
        ({"sold_from": "10:00:01", "sold_to": "11:00:00"}, "not_now"),
        ({"sold_from": "09:00:00", "sold_to": "09:59:59"}, "not_now"),
        ({"first_day": "2025-10-18", "last_day": "2025-10-18"}, None),
        ({"first_day": "2025-10-19"}, "not_now"),
        ({"last_day": "2025-10-17"}, "not_now"),
    ],
)
def test_hours_and_days_are_asked_with_both_bounds_included(
    market: Market, given: dict[str, str], reason: str | None
) -> None:
    market.clock.set(datetime(2025, 10, 18, 2, 0, tzinfo=UTC))  # ten in Shanghai
    limit(market, "SOAP", **given)
    tile = next(one for one in looked(market, "V0001") if one["good"] == "SOAP")
    assert tile["reason"] == reason
    assert again(market, "V0001", "SOAP", "k1")["reason"] == reason


def test_goods_that_left_without_network_are_recorded_beyond_limit_and_hours(
    market: Market,
) -> None:
    market.clock.set(datetime(2025, 10, 18, 2, 0, tzinfo=UTC))
    limit(market, "SOAP", person_limit=1, sold_from="08:00:00", sold_to="09:00:00")
    sale = {"occurred_at": "2025-10-18T01:59:00Z", "qty": 2}
    told = again(market, "V0001", "SOAP", "k1", **sale)
    assert told["status"] == "ok"
    assert {"limit_breach", "off_hours"} <= set(told["flags"])


@pytest.mark.parametrize(
    "given",
    [
        {"sold_from": "09:00:00"},
        {"sold_from": "11:00:00", "sold_to": "09:00:00"},
        {"first_day": "2025-10-19", "last_day": "2025-10-18"},
        {"person_limit": 0},
    ],
)
def test_limits_that_nobody_can_mean_are_refused(market: Market, given: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {market.tokens['A-OWNER']}"}
    path = "/api/v1/shops/A/goods/SOAP/limits"
    answer = market.client.put(path, json={**NOTHING, **given}, headers=headers)
    assert answer.status_code == 422, answer.text
    assert answer.json["errors"][0]["pointer"].removeprefix("#/") in given
    assert market.one("SELECT person_limit FROM shops_goods WHERE code = 'SOAP'") is None
