"""The same act from eight threads at once, over HTTP: one effect, and every answer tells of it."""

from collections import Counter
from typing import Any

from werkzeug.test import TestResponse

from tests.attack.world import at_once
from tests.redemptions.test_choices import choose, fetch
from tests.redemptions.test_reversals import propose
from tests.redemptions.test_tickets import offer, tail_of
from tests.shops.market import Market
from tests.shops.test_clerks import hire
from tests.shops.test_tills import claim

TIMES = 8
BUSY = {409, 429}  # somebody else is at it: the same again hears the answer


def post(market: Market, path: str, body: Any, *, by: str, key: str = "") -> TestResponse:
    """Send with a client of the thread's own."""
    headers = {"Authorization": f"Bearer {market.tokens[by]}"} if by else {}
    headers |= {"Idempotency-Key": key} if key else {}
    client = market.client.application.test_client(use_cookies=False)
    return client.post(f"/api/v1{path}", json=body, headers=headers)


def heard(answers: list[TestResponse]) -> set[str]:
    """What was said to those who were not told to come back, but for that it was said before."""
    said = [{**one.json, "replayed": None} for one in answers if one.status_code not in BUSY]
    assert all(one.status_code < 500 for one in answers)
    assert said
    return {str(sorted(one.items())) for one in said}


def test_one_key_sells_once(market: Market) -> None:
    body = {"code": market.code("V0001"), "good": "SOAP"}
    answers = at_once(TIMES, lambda _: post(market, "/redemptions", body, by="A", key="k1"))
    assert len(heard(answers)) == 1
    assert (market.balance("V0001"), market.count("redemptions")) == (480, 1)
    market.check_books()


def test_one_pass_pays_once_under_eight_keys_in_two_shops(market: Market) -> None:
    body = {"code": market.code("V0001"), "good": "SOAP"}
    answers = at_once(
        TIMES, lambda n: post(market, "/redemptions", body, by="AB"[n % 2], key=f"k{n}")
    )
    told = Counter(one.json.get("status") for one in answers)
    assert told["ok"] == 1
    assert market.balance("V0001") == 480
    market.check_books()


def test_one_sale_is_undone_once(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    body = {"code": market.code("V0001")}
    answers = at_once(TIMES, lambda _: post(market, "/redemptions/k1/void", body, by="A"))
    assert len(heard(answers)) == 1
    assert (market.balance("V0001"), market.stock("SOAP")) == (500, 60)
    market.check_books()


def test_one_hold_is_confirmed_once(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    assert market.state("k1") == "held"
    at_once(TIMES, lambda _: post(market, "/redemptions/k1/confirmation", {}, by="V0001"))
    assert (market.state("k1"), market.balance("V0001")) == ("captured", 350)
    market.check_books()


def test_yes_and_no_at_once_are_one_of_them(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    ways = ("confirmation", "refusal")
    at_once(TIMES, lambda n: post(market, f"/redemptions/k1/{ways[n % 2]}", {}, by="V0001"))
    left = {"captured": 350, "voided": 500, "declined": 500}
    assert market.balance("V0001") == left[str(market.state("k1"))]
    market.check_books()


def test_one_choice_is_fetched_once(market: Market) -> None:
    key = choose(market).json["key"]
    body = {"code": market.code("V0001")}
    answers = at_once(TIMES, lambda _: post(market, f"/redemptions/{key}/capture", body, by="A"))
    assert len(heard(answers)) == 1
    assert fetch(market, key).json["replayed"]
    assert market.balance("V0001") == 480
    market.check_books()


def test_one_ticket_is_taken_by_one_of_two(market: Market) -> None:
    path = f"/tickets/{tail_of(offer(market))}/confirmation"
    at_once(TIMES, lambda n: post(market, path, {}, by=("V0001", "V0003")[n % 2]))
    assert 600 - market.balance("V0001") - market.balance("V0003") == 20
    assert market.stock("SOAP") == 59
    market.check_books()


def test_one_claim_pairs_one_till(market: Market) -> None:
    claimed, before = claim(market), market.count("people_devices")
    answers = at_once(TIMES, lambda _: post(market, "/tills", claimed, by=""))
    assert [one.status_code for one in answers].count(201) == 1
    assert market.count("people_devices") == before + 1


def test_a_reversal_is_approved_once(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    nth = propose(market).json["nth"]
    path = "/redemptions/k1/reversal/approval"
    at_once(TIMES, lambda _: post(market, path, {"nth": nth}, by="U-SUP"))
    assert (market.balance("V0001"), market.stock("SOAP")) == (500, 60)
    market.check_books()


def test_a_bill_gets_one_discount_in_a_shop_and_day(market: Market) -> None:
    body = {"code": market.code("V0001"), "bill_fen": 4000}
    at_once(TIMES, lambda n: post(market, "/discounts", body, by="A", key=f"d{n}"))
    assert market.fen("given-discount:A") == 320


def test_a_clerk_is_hired_once_under_one_key(market: Market) -> None:
    body = {"label": "甲班", "key": "h1"}
    at_once(TIMES, lambda _: post(market, "/shops/A/clerks", body, by="A-OWNER"))
    assert len(market.get("/shops/A/clerks", by="A-OWNER").json["items"]) == 1


def test_eight_guesses_of_a_clerks_pin_at_once_are_five(market: Market) -> None:
    pin = int(hire(market))
    tries = [{"clerk": "甲班", "pin": f"{(pin + n) % 10_000:04d}"} for n in range(1, TIMES + 1)]
    at_once(TIMES, lambda n: post(market, "/till/shift", tries[n], by="A"))
    right = post(market, "/till/shift", {"clerk": "甲班", "pin": f"{pin:04d}"}, by="A")
    assert right.json.get("status") != "ok"
