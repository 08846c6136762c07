"""Discounts by standing: how much, for whom, how often, and what they leave in the books."""

from datetime import timedelta

from tests.shops.market import Market


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
