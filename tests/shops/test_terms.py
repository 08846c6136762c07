"""Terms of discount: who agrees on them, from which day they hold, what stays written."""

from datetime import timedelta
from typing import Any

import pytest

from service import shops
from service.clock import business_day
from tests.shops.market import Market

AGREED = {
    "key": "t1",
    "discount_max_pct": 12,
    "discount_bill_cap_fen": 3000,
    "excluded_kinds": ["烟", "酒"],
    "document": "Agreement 7",
}


def on(market: Market, days: int) -> str:
    return (business_day(market.clock.now()) + timedelta(days=days)).isoformat()


def agree(market: Market, days: int = 1, *, by: str = "U-CH", **more: Any) -> Any:
    body = {**AGREED, "from_day": on(market, days), **more}
    return market.post("/shops/A/terms", body, by=by)


def held(market: Market, days: int) -> tuple[int, int, tuple[str, ...]]:
    """The terms of shop A so many days from now."""
    day = business_day(market.clock.now()) + timedelta(days=days)
    shop = market.run(shops.shop, code="A")
    terms = market.run(shops.terms_on, shop_id=shop.id, day=day)
    return terms.max_pct, terms.bill_cap_fen, terms.excluded


def test_terms_hold_from_their_day_on_and_never_before(market: Market) -> None:
    answer = agree(market, 3)
    assert answer.status_code == 201
    assert answer.json["excluded_kinds"] == ["烟", "酒"]
    assert held(market, 2) == (8, 2000, ())
    assert held(market, 3) == held(market, 300) == (12, 3000, ("烟", "酒"))


@pytest.mark.parametrize("days", [0, -1, -400])
def test_nothing_is_changed_backwards_nor_in_the_middle_of_a_day(market: Market, days: int) -> None:
    told = agree(market, days)
    assert (told.status_code, told.json["type"]) == (422, "/problems/terms-too-soon")
    assert told.json["errors"][0]["pointer"] == "#/from_day"
    assert market.count("shops_terms WHERE key = 't1'") == 0


def test_of_two_for_the_same_day_the_later_written_holds(market: Market) -> None:
    agree(market, 5)
    agree(market, 5, key="t2", discount_max_pct=4)
    agree(market, 2, key="t3", discount_max_pct=6)
    assert [held(market, days)[0] for days in (1, 2, 4, 5, 6)] == [8, 6, 6, 4, 4]


def test_the_same_form_sent_twice_is_one_agreement(market: Market) -> None:
    first = agree(market)
    assert agree(market).json == first.json
    assert agree(market, discount_max_pct=13).json["type"] == "/problems/key-reused"
    assert market.count("shops_terms WHERE key = 't1'") == 1
    assert market.count("trail_records WHERE action = 'shop.terms'") == 1


@pytest.mark.parametrize("who", ["A-OWNER", "B-OWNER", "U-SEC", "U-OTHER", "V0001", "A"])
def test_only_the_association_agrees(market: Market, who: str) -> None:
    assert agree(market, by=who).status_code in {403, 404}
    assert market.count("shops_terms WHERE key = 't1'") == 0


def test_the_owner_reads_what_was_agreed_and_another_owner_does_not(market: Market) -> None:
    agree(market)
    read = market.get("/shops/A/terms", by="A-OWNER").json
    assert [one["document"] for one in read["items"]] == ["Agreement 7", ""]
    assert read["next"] is None
    assert market.get("/shops/A/terms", by="B-OWNER").status_code == 404


def test_what_was_agreed_is_read_page_by_page(market: Market) -> None:
    for n in range(25):
        agree(market, 1 + n, key=f"k{n}", document=f"Paper {n}")
    first = market.get("/shops/A/terms", by="U-CH").json
    rest = market.get(f"/shops/A/terms?before={first['next']}", by="U-CH").json
    papers = [one["document"] for one in first["items"] + rest["items"]]
    assert papers == [f"Paper {n}" for n in reversed(range(25))] + [""]
    assert rest["next"] is None


def test_the_terms_of_an_admission_hold_from_that_day(market: Market) -> None:
    new = {"code": "C", "name": "Shop C", "kind": "bakery", "community": "MK"}
    steps = (
        {"step": "check", "reason": "seen", "licence_no": "L-1"},
        {"step": "admit", "reason": "agreed", "discount_max_pct": 9,
         "discount_bill_cap_fen": 100, "excluded_kinds": ["储值卡"]},
    )  # fmt: skip
    market.post("/shops", new, by="U-CH")
    for step in steps:
        told = market.post("/shops/C/steps", step, by="U-CH").json
    assert (told["discount_max_pct"], told["excluded_kinds"]) == (9, ["储值卡"])
    listed = market.get("/shops", by="U-CH").json["items"]
    assert {one["code"]: one["discount_max_pct"] for one in listed} == {"A": 8, "B": 8, "C": 9}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"discount_max_pct": 101}, "discount_max_pct"),
        ({"discount_bill_cap_fen": -1}, "discount_bill_cap_fen"),
        ({"excluded_kinds": ["烟" * 13]}, "excluded_kinds"),
        ({"excluded_kinds": [str(n) for n in range(13)]}, "excluded_kinds"),
        ({"from_day": "tomorrow"}, "from_day"),
        ({"document": ""}, "document"),
    ],
)
def test_what_cannot_be_meant_is_named(market: Market, given: Any, field: str) -> None:
    told = agree(market, **given)
    assert told.status_code == 422
    assert told.json["errors"][0]["pointer"].startswith(f"#/{field}")
    assert market.count("shops_terms WHERE key = 't1'") == 0


def test_who_has_left_agrees_on_nothing(market: Market) -> None:
    market.post("/shops/A/steps", {"step": "leave", "reason": "moves"}, by="U-CH")
    assert agree(market).status_code == 409
