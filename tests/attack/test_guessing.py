"""Guessing: after the tries that are allowed the right one opens nothing, for nobody else.

Four digits are 10,000 guesses; five a day make that five years.
"""

from datetime import timedelta

from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from tests.redemptions.test_tickets import offer
from tests.shops.market import PIN, Market
from tests.shops.test_clerks import hire
from tests.shops.test_tills import claim

ALLOWED = 5


def others(right: str, count: int) -> list[str]:
    """Wrong ones of the same shape."""
    width = len(right)
    return [f"{(int(right) + n) % 10**width:0{width}d}" for n in range(1, count + 1)]


def sign_in(client: FlaskClient, sent: dict[str, str], at: str = "127.0.0.1") -> TestResponse:
    return client.post("/api/v1/sessions", json=sent, environ_base={"REMOTE_ADDR": at})


def booklet(number: str, pin: str) -> dict[str, str]:
    return {"booklet": number, "pin": pin}


def test_a_booklets_pin_is_guessed_five_times_a_day(market: Market, redis: Redis) -> None:
    for pin in others(PIN, ALLOWED + 3):
        assert sign_in(market.client, booklet("V0001", pin)).status_code in {401, 429}
    redis.flushall()  # whoever comes with a new address is no better off
    assert sign_in(market.client, booklet("V0001", PIN), "192.0.2.9").status_code == 429
    assert sign_in(market.client, booklet("V0002", PIN)).status_code == 201


def test_a_number_that_nobody_has_answers_like_one_in_use(market: Market) -> None:
    heard: dict[str, list[object]] = {}
    for number in ("V0001", "V9998"):
        for n, pin in enumerate(others(PIN, ALLOWED + 2)):
            answer = sign_in(market.client, booklet(number, pin), f"192.0.2.{n}")
            kept = {k: v for k, v in answer.headers.items() if k != "Retry-After"}
            heard.setdefault(number, []).append((answer.status_code, answer.json, kept))
    assert heard["V0001"] == heard["V9998"]
    assert heard["V0001"][-1][0] == 429  # type: ignore[index]


def test_another_spelling_or_the_cards_number_gives_no_more_guesses(market: Market) -> None:
    spellings = ("V0001", "v0001", " V0001 ", market.cards["V0001"].number)
    for pin, spelling in zip(others(PIN, ALLOWED), [*spellings, "V0001"], strict=True):
        assert sign_in(market.client, booklet(spelling, pin)).status_code in {401, 429}
    for spelling in spellings:
        assert sign_in(market.client, booklet(spelling, PIN)).status_code == 429, spelling


def test_guesses_at_the_door_and_at_both_tills_are_added_up(market: Market) -> None:
    card = market.cards["V0001"].url
    wrong = others(PIN, ALLOWED)
    for pin in wrong[:2]:
        sign_in(market.client, booklet("V0001", pin))
    for number, pin in enumerate(wrong[2:]):
        body = {"code": card, "good": "SOAP", "pin": pin}
        market.post("/redemptions", body, by="AB"[number % 2], key=f"k{number}")
    body = {"code": card, "good": "SOAP", "pin": PIN}
    for till in "AB":
        answer = market.post("/redemptions", body, by=till, key=f"right-{till}").json
        assert answer.get("status") != "ok", answer
    assert market.balance("V0001") == 500
    # The phone's pass is another proof; and the next in the queue types the own PIN.
    assert market.redeem("V0001", "HAT", "phone")["status"] == "ok"
    own = market.redeem("V0002", "SOAP", "next", code=market.cards["V0002"].url, pin=PIN)
    assert own["status"] == "ok"


def test_a_clerks_pin_is_guessed_five_times_and_the_other_clerk_works_on(market: Market) -> None:
    pin, colleague = hire(market), hire(market, "乙班", key="h2")
    for guess in others(pin, ALLOWED):
        answer = market.post("/till/shift", {"clerk": "甲班", "pin": guess}, by="A")
        assert answer.json["status"] == "refused"
    right = market.post("/till/shift", {"clerk": "甲班", "pin": pin}, by="A")
    assert right.json["status"] == "refused"
    other = market.post("/till/shift", {"clerk": "乙班", "pin": colleague}, by="A")
    assert other.json["status"] == "ok"


def test_a_claims_digits_are_guessed_five_times(market: Market) -> None:
    claimed, other = claim(market), claim(market, "B")
    for digits in others(claimed["digits"], ALLOWED):
        assert pair(market, {**claimed, "digits": digits}) == 403
    assert pair(market, claimed) == 410
    assert pair(market, other) == 201


def pair(market: Market, claimed: dict[str, str]) -> int:
    client = market.client.application.test_client()
    return client.post("/api/v1/tills", json=claimed).status_code


def test_numbers_of_booklets_are_not_tried_one_after_the_other(market: Market) -> None:
    found = [look(market, f"{n:08d}").status_code for n in range(40)]
    assert found.count(200) <= 10
    assert look(market, market.cards["V0001"].number).status_code == 429
    assert look(market, market.cards["V0001"].number, by="B").json["status"] == "ok"


def look(market: Market, code: str, by: str = "A") -> TestResponse:
    return market.post("/till/lookups", {"code": code}, by=by)


def test_made_up_passes_stop_a_till_and_no_other(market: Market) -> None:
    pid, step, mac = market.code("V0001").rsplit("/", 1)[1].split(".")
    forged = [f"{mac[:-1]}{letter}" for letter in "0123456789" if letter != mac[-1]]
    answers = [look(market, f"https://aixin.example/p/{pid}.{step}.{one}") for one in forged]
    assert {one.json.get("reason") for one in answers[:ALLOWED]} == {"unknown_code"}
    assert {one.status_code for one in answers[ALLOWED:]} == {429}
    assert look(market, market.code("V0001")).status_code == 429
    assert look(market, market.code("V0001"), by="B").json["status"] == "ok"


def test_a_ticket_of_65_bits_is_not_guessed_and_an_old_one_is_worth_nothing(
    market: Market,
) -> None:
    made = offer(market)
    tail = str(made["url"]).rsplit("/", 1)[1]
    for n in range(12):
        answer = market.post(f"/tickets/{n:013d}/confirmation", {}, by="V0001")
        assert answer.status_code in {404, 429}
    market.clock.set(market.clock.now() + timedelta(minutes=4))
    late = market.post(f"/tickets/{tail}/confirmation", {}, by="V0001")
    assert late.status_code in {404, 410, 429}
    assert market.balance("V0001") == 500
