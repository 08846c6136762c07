"""Unknown codes: the fifth of a minute stops the till, and nothing that went well is slowed."""

from datetime import timedelta
from typing import Any

import pytest
from redis import Redis, RedisError
from werkzeug.test import TestResponse

from service.redemptions.routes import guesses
from service.web import limits
from tests.shops.market import Market

STRANGE = "https://aixin.example/c/00000000000000"


def look(market: Market, code: str, by: str = "A") -> TestResponse:
    return market.post("/till/lookups", {"code": code}, by=by)


def guess(market: Market, times: int, by: str = "A") -> list[int]:
    return [look(market, STRANGE, by).status_code for _ in range(times)]


def blocked(response: TestResponse) -> bool:
    return response.status_code == 429 and response.json["type"] == "/problems/too-many-codes"


def later(market: Market, **wait: int) -> None:
    market.clock.set(market.clock.now() + timedelta(**wait))


class Away:
    """A Redis that does not answer, and remembers that it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        self.asked += 1
        raise RedisError(name)


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Away:
    found = Away()
    monkeypatch.setattr(limits, "client", lambda: found)
    return found


def test_five_unknown_codes_stop_the_till_for_a_minute(market: Market) -> None:
    assert guess(market, 5) == [200] * 5
    stopped = look(market, market.code("V0001"))
    assert blocked(stopped)
    assert 1 <= int(stopped.headers["Retry-After"]) <= 60
    later(market, seconds=61)
    assert look(market, market.code("V0001")).json["status"] == "ok"


def test_the_association_sees_which_till_was_stopped(market: Market) -> None:
    guess(market, 5)
    stopped, other = market.get("/tills", by="U-CH").json["items"]
    assert stopped["stopped_until"] > market.clock.now().isoformat()
    assert other["stopped_until"] is None
    client = market.client.application.test_client()
    client.set_cookie("aixin_session", market.tokens["U-CH"])
    assert "stopped until 12:0" in client.get("/desk/tills?lang=en").text
    assert market.one("SELECT actor FROM trail_records WHERE action = 'till.stop'") == "device:1"
    later(market, seconds=61)
    assert market.get("/tills", by="U-CH").json["items"][0]["stopped_until"] is None


def test_four_stop_nothing(market: Market) -> None:
    guess(market, 4)
    assert market.redeem("V0001", "SOAP", "k1")["status"] == "ok"


def test_the_other_till_goes_on(market: Market) -> None:
    guess(market, 5)
    assert market.redeem("V0001", "SOAP", "k1", by="B")["status"] == "ok"


@pytest.mark.parametrize("path", ["/redemptions", "/discounts", "/redemptions/k1/void"])
def test_every_way_to_read_a_code_counts_and_is_stopped(market: Market, path: str) -> None:
    more: dict[str, Any] = {"/redemptions": {"good": "SOAP"}, "/discounts": {"bill_fen": 500}}
    market.redeem("V0001", "SOAP", "k1")
    for number in range(5):
        body = {"code": STRANGE, **more.get(path, {})}
        assert market.post(path, body, by="A", key=f"g{number}").status_code == 200
    body = {"code": market.code("V0001"), **more.get(path, {})}
    assert blocked(market.post(path, body, by="A", key="g9"))


def test_goods_that_left_are_recorded_by_a_stopped_till(market: Market) -> None:
    code, left_at = market.code("V0001"), market.clock.now()
    guess(market, 5)
    answer = market.redeem("V0001", "SOAP", "k1", code=code, occurred_at=left_at.isoformat())
    assert (answer["status"], answer["state"]) == ("ok", "captured")


def test_thirty_in_an_hour_stop_it_until_the_hour_is_over(market: Market, redis: Redis) -> None:
    for _ in range(6):
        later(market, minutes=2)
        redis.delete(*redis.keys("limit:codes-minute:*") or ["none"])
        guess(market, 5)
    stopped = look(market, STRANGE)
    assert blocked(stopped)
    assert 3000 < int(stopped.headers["Retry-After"]) <= 3600
    later(market, minutes=50)
    assert blocked(look(market, market.code("V0001")))
    later(market, minutes=11)
    assert look(market, market.code("V0001")).json["status"] == "ok"


def test_what_is_known_but_not_good_is_no_guess(market: Market) -> None:
    old = market.code("V0001", market.clock.now() - timedelta(minutes=9))
    for _ in range(7):
        assert look(market, old).json["reason"] == "code_expired"


def test_ten_numbers_a_minute_may_be_typed(market: Market) -> None:
    number = market.cards["V0001"].number
    assert [look(market, number).status_code for _ in range(10)] == [200] * 10
    assert blocked(look(market, number))
    assert look(market, market.code("V0001")).json["status"] == "ok"


def test_a_sale_that_goes_well_asks_redis_nothing(market: Market, away: Away) -> None:
    look(market, market.code("V0001"))
    assert market.redeem("V0001", "SOAP", "k1")["status"] == "ok"
    assert away.asked == 0


def test_without_redis_the_first_unknown_code_stops_the_till(market: Market, away: Away) -> None:
    assert guess(market, 1) == [200]
    assert blocked(look(market, market.code("V0001")))
    assert away.asked > 0
    later(market, seconds=61)
    assert look(market, market.code("V0001")).json["status"] == "ok"


def test_without_redis_no_numbers_are_looked_up(market: Market, away: Away) -> None:
    assert blocked(look(market, market.cards["V0001"].number))
    assert look(market, market.code("V0001")).json["status"] == "ok"


@pytest.mark.parametrize("path", ["/c/00000000000000", "/v/1.1", "/r/0000000000000", "/m/A"])
def test_a_stranger_opens_thirty_codes_a_minute(market: Market, path: str) -> None:
    client = market.client.application.test_client()
    seen = [client.get(path).status_code for _ in range(31)]
    assert 429 not in seen[:30]
    assert seen[30] == 429


def test_who_is_signed_in_is_not_slowed(market: Market) -> None:
    token = {"Authorization": f"Bearer {market.tokens['V0001']}"}
    seen = {market.client.get("/m/A", headers=token).status_code for _ in range(35)}
    assert seen == {200}


def test_without_redis_strangers_may_look(market: Market, away: Away) -> None:
    assert {market.client.get("/m/A").status_code for _ in range(35)} == {200}


def test_a_code_of_nobody_reads_the_same_however_it_is_wrong(market: Market) -> None:
    strange = [STRANGE, "https://aixin.example/p/aaaaaaaaaaaaaaaa.1.bbbbbbbbbbbb", "x", "00000000"]
    answers = {look(market, code).text for code in strange}
    assert len(answers) == 1


def test_the_limits_are_those_that_were_agreed() -> None:
    figures = [(one.most, one.seconds) for one in (guesses.MINUTE, guesses.HOUR, limits.STRANGERS)]
    assert figures == [(5, 60), (30, 3600), (30, 60)]


def test_asking_for_many_of_what_is_too_dear_stops_the_till(market: Market) -> None:
    asked = [
        market.post(
            "/redemptions",
            {"code": market.code("V0001"), "good": "SOAP", "qty": qty},
            by="A",
            key=f"q{qty}",
        )
        for qty in range(99, 93, -1)
    ]
    assert [one.json.get("reason") for one in asked[:5]] == ["insufficient"] * 5
    assert blocked(asked[5])


def test_one_piece_too_dear_is_no_guess(market: Market) -> None:
    poor = [market.redeem("V0002", "OIL", f"d{n}") for n in range(7)]
    assert {one["reason"] for one in poor} == {"insufficient"}
    assert look(market, market.code("V0001")).json["status"] == "ok"
