"""Void, tombstone, reversal by two people: every arrow that exists, and those that must not."""

from datetime import timedelta

import pytest

from service.clock import Clock
from tests.shops.market import Market


def later(clock: Clock, **time: float) -> None:
    clock.set(clock.now() + timedelta(**time))


def test_a_void_puts_points_goods_and_the_days_count_back(market: Market) -> None:
    market.redeem("V0001", "HAT", "k1")
    later(market.clock, minutes=4)
    answer = market.void("k1", "V0001")
    assert (answer["status"], answer["state"]) == ("ok", "voided")
    assert (market.balance("V0001"), market.stock("HAT")) == (500, 20)
    assert market.fen("given-goods:A") == 0
    lots = market.database.rows(
        "SELECT l.amount FROM ledger_lots l JOIN ledger_accounts a"
        " ON a.id = l.account_id WHERE a.address = 'volunteer:V0001'"
    )
    assert [lot["amount"] for lot in lots] == [500]
    assert market.redeem("V0003", "HAT", "k2")["status"] == "ok"  # today's one is free again
    assert [event["key"] for event in market.events("RedemptionVoided")] == ["k1"]
    market.check_books()


@pytest.mark.parametrize(("minutes", "seconds", "reason"), [(30, 0, None), (30, 1, "too_late")])
def test_the_thirtieth_minute_still_counts(
    market: Market, minutes: int, seconds: int, reason: str | None
) -> None:
    market.redeem("V0001", "SOAP", "k1")
    later(market.clock, minutes=minutes, seconds=seconds)
    answer = market.void("k1", "V0001")
    assert answer["reason"] == reason
    assert market.balance("V0001") == (480 if reason else 500)


def test_a_void_needs_the_code_shown_again(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    asked = market.void("k1", None)
    assert (asked["status"], asked["reason"]) == ("needs_input", "show_code")
    assert market.void("k1", "V0003")["reason"] == "other_pass"
    assert market.balance("V0001") == 480


def test_an_old_code_does_not_undo(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    old = market.code("V0001")
    later(market.clock, minutes=10)
    response = market.post("/redemptions/k1/void", {"code": old}, by="A")
    assert response.json["reason"] == "code_expired"


def test_voiding_twice_gives_back_once(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.void("k1", "V0001", undo="u1")
    again = market.void("k1", "V0001", undo="u1")
    assert (again["status"], again["replayed"]) == ("ok", True)
    other = market.void("k1", "V0001", undo="u2")
    assert (other["status"], other["reason"]) == ("refused", "already_reversed")
    assert (market.balance("V0001"), market.stock("SOAP")) == (500, 60)


def test_another_shops_till_cannot_undo_it(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.void("k1", "V0001", by="B")  # B's own key k1 was never seen: a tombstone of B
    assert market.balance("V0001") == 480
    states = market.database.rows("SELECT status FROM redemptions WHERE key = 'k1' ORDER BY id")
    assert [row["status"] for row in states] == ["captured", "voided"]


def test_a_void_that_comes_first_wins_over_its_late_original(market: Market) -> None:
    first = market.void("k1", "V0001")
    assert (first["status"], first["state"]) == ("ok", "voided")
    late = market.redeem("V0001", "SOAP", "k1")
    assert (late["status"], late["reason"], late["state"]) == ("refused", "voided_first", "voided")
    assert (market.balance("V0001"), market.stock("SOAP")) == (500, 60)


def test_what_waits_is_given_up_without_a_code(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    assert market.void("k1", None)["state"] == "voided"
    assert market.post("/redemptions/k1/confirmation", {}, by="V0001").status_code == 409
    again = market.redeem("V0001", "OIL", "k1")
    assert (again["status"], again["reason"], again["state"]) == ("refused", "given_up", "voided")
    assert market.balance("V0001") == 500


def test_a_refusal_cannot_be_undone(market: Market) -> None:
    market.redeem("V0002", "OIL", "k1")
    answer = market.void("k1", "V0002")
    assert (answer["status"], answer["reason"]) == ("refused", "nothing_to_void")
    assert market.state("k1") == "refused"


def propose(market: Market, by: str, key: str = "k1") -> int:
    body = {"reason": "given twice"}
    return market.post(f"/redemptions/{key}/reversal", body, by=by).status_code


def approve(market: Market, by: str, key: str = "k1") -> int:
    return market.post(f"/redemptions/{key}/reversal/approval", {}, by=by).status_code


def test_two_people_reverse_at_any_time(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    later(market.clock, hours=11)
    assert propose(market, "U-ADM") == 201
    assert (market.balance("V0001"), market.state("k1")) == (480, "captured")
    assert approve(market, "A-OWNER") == 200
    assert (market.balance("V0001"), market.stock("SOAP")) == (500, 60)
    assert market.state("k1") == "reversed"
    assert [event["key"] for event in market.events("RedemptionReversed")] == ["k1"]
    actors = market.database.rows(
        "SELECT actor FROM trail_records WHERE action LIKE 'redemption.%%' ORDER BY id"
    )
    assert [row["actor"] for row in actors] == ["staff:U-ADM", "staff:A-OWNER"]
    market.check_books()


def test_the_proposer_does_not_approve(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    propose(market, "A-OWNER")
    assert approve(market, "A-OWNER") == 403
    assert market.state("k1") == "captured"
    assert approve(market, "U-SUP") == 200


def test_nobody_approves_points_of_their_own(market: Market) -> None:
    market.redeem("V0003", "SOAP", "k1")  # V0003 is the secretary's own booklet
    propose(market, "U-ADM")
    assert approve(market, "U-SEC") == 403
    assert market.state("k1") == "captured"


@pytest.mark.parametrize(
    ("who", "status"),
    [("B-OWNER", 404), ("U-OTHER", 404), ("V0001", 403)],  # of elsewhere: there is no such row
)
def test_only_people_of_the_place_reverse(market: Market, who: str, status: int) -> None:
    market.redeem("V0001", "SOAP", "k1")
    assert propose(market, who) == status
    propose(market, "U-ADM")
    assert approve(market, who) == status
    assert market.state("k1") == "captured"


def test_a_reversal_needs_a_proposal(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    assert approve(market, "U-SEC") == 409


def test_a_second_reversal_is_refused_and_the_same_one_is_told_again(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    propose(market, "U-ADM")
    assert approve(market, "A-OWNER") == 200
    assert approve(market, "A-OWNER") == 200
    assert approve(market, "U-SEC") == 409
    assert propose(market, "U-ADM") == 409
    assert market.void("k1", "V0001")["reason"] == "already_reversed"
    assert market.balance("V0001") == 500


def test_a_voided_sale_cannot_be_reversed(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    propose(market, "U-ADM")
    market.void("k1", "V0001")
    assert approve(market, "U-SEC") == 409
    assert market.balance("V0001") == 500


def test_two_shops_with_the_same_key_must_be_told_apart(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    later(market.clock, minutes=2)
    market.redeem("V0001", "SOAP", "k1", by="B")
    assert propose(market, "U-ADM") == 422
    body = {"reason": "given twice", "shop": "B"}
    assert market.post("/redemptions/k1/reversal", body, by="U-ADM").status_code == 201
