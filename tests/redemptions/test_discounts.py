"""Discounts by standing: how much, for whom, how often, and what they leave in the books."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from service import programmes
from service.clock import business_day
from tests.shops.market import FIGURES, Market


def test_the_smaller_rate_is_given_and_costs_no_points(market: Market) -> None:
    answer = market.discount("V0001", 5680, "d1")  # tier 10 %, shop 8 %
    assert answer["status"] == "ok"
    assert (answer["pct"], answer["discount_fen"], answer["pay_fen"]) == (8, 454, 5226)
    assert market.balance("V0001") == 500
    assert (market.fen("discount-granted"), market.fen("given-discount:A")) == (-454, 454)
    assert [event["discount_fen"] for event in market.events("DiscountGiven")] == [454]
    market.check_books()


def test_the_tier_begins_at_its_first_point(market: Market) -> None:
    assert market.discount("V0002", 4000, "d1")["status"] == "not_eligible"  # 99 lifetime
    assert market.discount("V0003", 4000, "d2")["pct"] == 5  # 100 lifetime
    assert market.count("redemptions_discounts") == 1


def test_what_floors_to_nothing_is_not_recorded(market: Market) -> None:
    answer = market.discount("V0003", 19, "d1")
    assert (answer["status"], answer["discount_fen"], answer["pay_fen"]) == ("not_eligible", 0, 19)
    assert market.count("redemptions_discounts") == 0
    assert market.discount("V0003", 4000, "d2")["status"] == "ok"  # not used up by it


def test_a_bill_has_a_cap(market: Market) -> None:
    answer = market.discount("V0001", 100_000, "d1")
    assert (answer["discount_fen"], answer["pay_fen"]) == (2000, 98_000)


def test_once_a_person_shop_and_day(market: Market) -> None:
    market.discount("V0001", 4000, "d1")
    again = market.discount("V0001", 4000, "d2")
    assert (again["status"], again["reason"], again["pay_fen"]) == (
        "refused",
        "discount_used",
        4000,
    )
    assert market.discount("V0001", 4000, "d3", by="B")["status"] == "ok"
    assert market.discount("V0003", 4000, "d4")["status"] == "ok"
    market.clock.set(market.clock.now() + timedelta(days=1))
    assert market.discount("V0001", 4000, "d5")["status"] == "ok"


def test_a_key_counts_once_and_for_one_bill(market: Market) -> None:
    first = market.discount("V0001", 4000, "d1")
    assert market.discount("V0001", 4000, "d1") == {**first, "replayed": True}
    body = {"code": market.code("V0001"), "bill_fen": 5000}
    assert market.post("/discounts", body, by="A", key="d1").status_code == 422
    assert market.fen("given-discount:A") == 320


def test_a_negative_balance_does_not_stop_it(market: Market) -> None:
    moment = market.clock.now() - timedelta(minutes=5)
    market.redeem("V0004", "SOAP", "k1", code=market.code("V0004", moment),
                  occurred_at=moment.isoformat())  # fmt: skip
    assert market.balance("V0004") == -20
    assert market.discount("V0004", 4000, "d1")["pct"] == 8


def test_an_unknown_code_gets_nothing(market: Market) -> None:
    body = {"code": "/c/0000000000000*", "bill_fen": 4000}
    answer = market.post("/discounts", body, by="A", key="d1").json
    assert (answer["status"], answer["reason"], answer["pay_fen"]) == (
        "refused",
        "unknown_code",
        4000,
    )


def test_spending_never_lowers_the_tier(market: Market) -> None:
    market.redeem("V0003", "LAST", "k1")
    assert market.balance("V0003") == 50
    assert market.discount("V0003", 4000, "d1")["pct"] == 5


def test_the_fen_is_floored_on_what_is_not_left_out(market: Market) -> None:
    begin(market, pct=8, cap=2000, kinds=["烟", "酒"])
    answer = market.discount("V0001", 5680, "d1", excluded_fen=3001)
    assert (answer["discount_fen"], answer["pay_fen"]) == (214, 5466)  # 8 % of 26.79, floored
    assert answer["excluded_fen"] == 3001
    memo = market.one("SELECT memo FROM ledger_transfers WHERE kind = 'discount'")
    assert memo == {"bill_fen": 5680, "pct": 8, "excluded_fen": 3001}
    assert market.fen("given-discount:A") == 214
    market.check_books()


def test_a_bill_of_nothing_but_what_is_left_out_earns_nothing(market: Market) -> None:
    begin(market, pct=8, cap=2000, kinds=["烟"])
    answer = market.discount("V0001", 5680, "d1", excluded_fen=5680)
    assert (answer["status"], answer["pay_fen"]) == ("not_eligible", 5680)
    assert market.count("redemptions_discounts") == 0
    assert market.discount("V0001", 5680, "d2")["status"] == "ok"


@pytest.mark.parametrize("excluded", [5681, -1, "1"])
def test_a_part_that_cannot_be_one_is_named(market: Market, excluded: object) -> None:
    begin(market, pct=8, cap=2000, kinds=["烟"])
    body = {"code": market.code("V0001"), "bill_fen": 5680, "excluded_fen": excluded}
    answer = market.post("/discounts", body, by="A", key="d1")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "#/excluded_fen"
    assert market.count("redemptions_discounts") == 0


def test_where_no_kind_is_left_out_no_part_of_a_bill_is(market: Market) -> None:
    body = {"code": market.code("V0001"), "bill_fen": 5680, "excluded_fen": 1}
    answer = market.post("/discounts", body, by="A", key="d1")
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/nothing-excluded")
    assert answer.json["errors"][0]["pointer"] == "#/excluded_fen"


def test_the_part_left_out_belongs_to_the_key(market: Market) -> None:
    begin(market, pct=8, cap=2000, kinds=["烟"])
    first = market.discount("V0001", 4000, "d1", excluded_fen=100)
    assert market.discount("V0001", 4000, "d1", excluded_fen=100) == {**first, "replayed": True}
    body = {"code": market.code("V0001"), "bill_fen": 4000, "excluded_fen": 200}
    assert market.post("/discounts", body, by="A", key="d1").status_code == 422
    assert market.fen("given-discount:A") == 312


def test_the_terms_of_the_business_day_count(market: Market) -> None:
    later = agree(market, days=2, pct=3, cap=50, kinds=["酒"])
    tomorrow = agree(market, days=1, pct=6, cap=2000, kinds=[])
    assert (later.status_code, tomorrow.status_code) == (201, 201)
    given = []
    for day in range(3):
        given.append(market.discount("V0001", 4000, f"d{day}")["discount_fen"])
        market.clock.set(market.clock.now() + timedelta(days=1))
    assert given == [320, 240, 50]  # 8 %; 6 %; 3 % and the cap


def test_a_shop_that_is_suspended_gives_nothing_off(market: Market) -> None:
    body = {"step": "suspend", "reason": "works on the roof"}
    assert market.post("/shops/A/steps", body, by="U-CH").status_code == 200
    assert market.discount("V0001", 4000, "d1")["reason"] == "shop_suspended"
    assert market.fen("given-discount:A") == 0


def test_the_look_up_says_which_kinds_are_left_out(market: Market) -> None:
    begin(market, pct=8, cap=2000, kinds=["烟", "酒"])
    told = market.post("/till/lookups", {"code": market.code("V0001")}, by="A").json
    assert told["standing"] == {
        "discount_pct": 8,
        "discount_used": False,
        "excluded_kinds": ["烟", "酒"],
    }


@pytest.mark.parametrize("round_", range(5))
def test_two_tills_at_once_give_it_once(market: Market, round_: int) -> None:
    code = market.code("V0001")

    def ask(n: int) -> tuple[str, str | None]:
        with market.client.application.test_client() as client:
            headers = {"Authorization": f"Bearer {market.tokens['A']}", "Idempotency-Key": f"d{n}"}
            body = {"code": code, "bill_fen": 4000}
            answer = client.post("/api/v1/discounts", json=body, headers=headers).json
            return answer["status"], answer["reason"]

    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(ask, range(8)))
    assert told.count(("ok", None)) == 1
    assert told.count(("refused", "discount_used")) == 7
    assert market.fen("given-discount:A") == 320
    market.check_books()


def agree(market: Market, *, days: int, pct: int, cap: int, kinds: list[str]) -> Any:
    """Let other terms begin in so many days."""
    day = business_day(market.clock.now()) + timedelta(days=days)
    terms = {"discount_max_pct": pct, "discount_bill_cap_fen": cap, "excluded_kinds": kinds}
    body = {"key": f"t{days}", "from_day": day.isoformat(), "document": "Agreement", **terms}
    return market.post("/shops/A/terms", body, by="U-CH")


def begin(market: Market, *, pct: int, cap: int, kinds: list[str]) -> None:
    """Agree on other terms and wait for the day on which they hold."""
    assert agree(market, days=1, pct=pct, cap=cap, kinds=kinds).status_code == 201
    market.clock.set(market.clock.now() + timedelta(days=1))


def test_what_the_rules_leave_out_everywhere_comes_before_the_shop_s_own(market: Market) -> None:
    discount = {"discount": {"excluded": ["烟", "特价"]}}
    market.run(
        programmes.adopt,
        programme_id=market.programme_id,
        code="MK-2",
        figures={**FIGURES, **discount},
        effective_from=business_day(market.clock.now()) + timedelta(days=1),
    )
    body = {"code": market.code("V0001"), "bill_fen": 5680, "excluded_fen": 680}
    assert market.post("/discounts", body, by="A", key="d0").status_code == 422
    begin(market, pct=8, cap=2000, kinds=["酒", "烟"])
    told = market.post("/till/lookups", {"code": market.code("V0001")}, by="A").json
    assert told["standing"]["excluded_kinds"] == ["烟", "特价", "酒"]
    other = market.discount("V0001", 5680, "d1", by="B", excluded_fen=680)
    assert (other["discount_fen"], other["excluded_fen"]) == (400, 680)
