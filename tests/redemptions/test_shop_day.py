"""A shop's day on the desk: what it gave, what it gave off, what was counted; nobody's name."""

import re
from datetime import timedelta
from typing import Any

import pytest

from service.clock import business_day
from service.redemptions import daybook
from tests.shops.market import Market


def page(market: Market, query: str = "", *, by: str = "A-OWNER", shop: str = "A") -> Any:
    market.client.set_cookie("aixin_session", market.tokens[by])
    return market.client.get(f"/desk/shops/{shop}/day?lang=en{query}")


def given_off(market: Market, query: str = "", *, by: str = "A-OWNER", shop: str = "A") -> Any:
    return market.get(f"/shops/{shop}/discounts{query}", by=by)


def test_the_day_shows_sales_discounts_counts_and_what_is_left(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.clock.set(market.clock.now() + timedelta(minutes=1))
    assert market.redeem("V0001", "LAST", "k2")["status"] == "ok"
    market.clock.set(market.clock.now() + timedelta(minutes=1))
    assert market.void("k2", "V0001")["status"] == "ok"
    market.discount("V0001", 5680, "d1")
    body = {"key": "c1", "counted": 58, "note": "one is broken"}
    market.post("/shops/A/goods/SOAP/counts", body, by="A-OWNER")
    text = page(market).text
    for words in ("1 sale", "20", "1 bill", "4.54", "56.80", "52.26", "undone", "differs",
                  "one is broken", "nothing yet"):  # fmt: skip
        assert words in text, words
    left = market.fen("pledge:A")
    assert f"{left // 100:,}.{left % 100:02}" in text


def test_nobody_is_named_and_no_balance_stands_there(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.discount("V0001", 5680, "d1")
    for said in (page(market).text, given_off(market).text):
        assert "Name of" not in said
        assert "V0001" not in said
        assert not re.search(r"\b480\b", re.sub(r"<[^>]+>", " ", said))  # a form's token may


def test_another_day_has_its_own_page(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    before = business_day(market.clock.now()) - timedelta(days=1)
    assert "1 sale " in page(market).text
    text = page(market, f"&day={before}").text
    assert "0 sales" in text
    assert "Nothing on this day." in text
    assert page(market, "&day=nonsense").status_code == 422


def test_each_list_is_read_page_by_page(market: Market, monkeypatch: Any) -> None:
    monkeypatch.setattr(daybook, "PAGE", 2)
    for n in range(5):
        market.redeem("V0001", "SOAP", f"k{n}", override_duplicate=True, code=None, pin="4711")
        market.clock.set(market.clock.now() + timedelta(seconds=60))
    keys, before = [], ""
    for who in ("V0001", "V0003", "V0004"):
        market.discount(who, 4000, f"d-{who}")
    while before is not None:
        found = given_off(market, before).json
        keys += [one["key"] for one in found["items"]]
        before = f"?before={found['next']}" if found["next"] else None
    assert keys == ["d-V0004", "d-V0003", "d-V0001"]
    first = page(market).text
    assert first.count(">Soap</td>") == 2
    following = first.split('href="/desk/shops/A/day?day=')[-1].split('"')[0]
    assert "discounts=" in following


@pytest.mark.parametrize("who", ["A-OWNER", "U-CH", "U-SEC", "U-ADM"])
def test_who_keeps_the_shop_or_its_place_reads_its_day(market: Market, who: str) -> None:
    assert page(market, by=who).status_code == 200
    assert given_off(market, by=who).status_code == 200


@pytest.mark.parametrize("who", ["B-OWNER", "U-OTHER", "V0001", "A", "B"])
def test_nobody_else_reads_it(market: Market, who: str) -> None:
    market.discount("V0001", 4000, "d1")
    answer = given_off(market, by=who)
    assert answer.status_code in {403, 404}
    assert "4000" not in answer.text
    if who in {"B-OWNER", "U-OTHER", "V0001"}:
        assert page(market, by=who).status_code in {403, 404}


def test_a_shop_that_nobody_knows_is_told_so(market: Market) -> None:
    assert given_off(market, shop="NONE", by="U-CH").json["type"] == "/problems/unknown-shop"


def test_a_flag_that_is_no_business_of_the_shop_leaves_no_mark(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    for flags, marked in (("{serving}", False), ("{serving,proxy}", True)):
        market.database.call(
            "UPDATE redemptions SET flags = %(flags)s::text[] RETURNING id", {"flags": flags}
        )
        assert ("flagged" in page(market).text) == marked
