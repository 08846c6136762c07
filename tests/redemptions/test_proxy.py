"""Who comes for somebody: the booklet, its PIN or the person's own word; a kind, never a name."""

import pytest

from tests.redemptions.test_choices import choose, fetch, free, look, page
from tests.shops.market import PIN, Market


def test_who_comes_for_somebody_brings_the_booklet_and_types_the_pin(market: Market) -> None:
    key = choose(market, proxy="neighbour").json["key"]
    card = market.cards["V0001"].url
    intent = look(market, code=card)
    assert (intent["proxy"], intent["needs_pin"]) == ("neighbour", True)
    assert fetch(market, key, code=card).json["reason"] == "step_up"
    wrong = fetch(market, key, code=card, pin="0000").json
    assert (wrong["reason"], wrong["tries_left"]) == ("pin_wrong", 4)
    assert market.state(key) == "held"
    done = fetch(market, key, code=card, pin=PIN).json
    assert (done["status"], done["flags"]) == ("ok", ["proxy"])
    assert market.events("RedemptionCaptured")[0]["proxy"] == "neighbour"


def test_a_proxy_with_the_person_s_own_pass_types_the_pin_as_well(market: Market) -> None:
    key = choose(market, proxy="family").json["key"]
    assert fetch(market, key).json["reason"] == "step_up"
    assert fetch(market, key, pin=PIN).json["status"] == "ok"


def test_at_the_till_a_proxy_always_asks_for_the_person_s_word(market: Market) -> None:
    asked = market.redeem("V0001", "SOAP", "k1", proxy="neighbour")
    assert (asked["status"], asked["reason"]) == ("needs_input", "step_up")
    given = market.redeem("V0001", "SOAP", "k1", proxy="neighbour", pin=PIN)
    assert (given["status"], given["flags"]) == ("ok", ["proxy"])


def test_the_person_at_home_confirms_for_the_proxy_on_the_phone(market: Market) -> None:
    card = market.cards["V0001"].url
    market.redeem("V0001", "SOAP", "k1", code=card, proxy="neighbour")
    shown = page(market, "/redemptions/waiting").text
    assert "A neighbour" in shown
    assert market.post("/redemptions/k1/confirmation", {}, by="V0001").json["state"] == "captured"


def test_it_was_not_me_ends_it_at_once(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", code=market.cards["V0001"].url)
    assert free(market) == 480
    for by in ("V0003", "A", "U-SEC"):
        assert market.post("/redemptions/k1/refusal", {}, by=by).status_code in {403, 404}
    assert market.state("k1") == "held"
    told = page(market, "/redemptions/k1/decline", form={"shop": "A"})
    assert told.location == "/redemptions/waiting?said=declined"
    assert (free(market), market.stock("SOAP")) == (500, 60)
    seen = market.get("/redemptions/k1", by="A").json
    assert (seen["status"], seen["reason"]) == ("refused", "declined")
    again = market.post("/redemptions/k1/refusal", {}, by="V0001")
    assert (again.status_code, again.json["reason"]) == (200, "declined")
    card = market.cards["V0001"].url
    late = market.redeem("V0001", "SOAP", "k1", code=card, pin=PIN)
    assert (late["status"], late["reason"]) == ("refused", "declined")


def test_what_was_confirmed_cannot_be_declined(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    market.post("/redemptions/k1/confirmation", {}, by="V0001")
    assert market.post("/redemptions/k1/refusal", {}, by="V0001").status_code == 409
    told = page(market, "/redemptions/k1/decline", form={})
    assert told.location == "/redemptions/waiting?said=over"
    assert market.balance("V0001") == 350


@pytest.mark.parametrize("word", ["Anna Smith", "王芳", "daughter", ""])
def test_no_name_of_a_proxy_gets_in(market: Market, word: str) -> None:
    body = {"code": market.code("V0001"), "good": "SOAP", "proxy": word}
    answer = market.post("/redemptions", body, by="A", key="k1")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] == "#/proxy"
    assert market.count("redemptions") == 0


def test_what_people_write_for_a_proxy_is_kept_as_its_kind(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1", pin=PIN, proxy="家属代领")
    assert market.one("SELECT proxy FROM redemptions") == "family"


def test_rules_without_proxies_refuse_them_but_not_goods_that_left(market: Market) -> None:
    from service import programmes
    from tests.shops.market import DAY, FIGURES

    market.redeem("V0001", "BULB", "k0")  # the till has seen the rules of before
    market.run(
        programmes.adopt,
        programme_id=market.programme_id,
        code="MK-2",
        figures={**FIGURES, "transfer": {"proxy_pickup": False}},
        effective_from=DAY,
    )
    told = market.redeem("V0003", "SOAP", "k1", proxy="family")
    assert (told["status"], told["reason"]) == ("refused", "no_proxy")
    assert choose(market, proxy="family").json["reason"] == "no_proxy"
    assert choose(market, nonce="nonce-2").json["state"] == "held"
    at = market.clock.now().isoformat()
    left = market.redeem("V0003", "SOAP", "k2", proxy="family", occurred_at=at, offline=True)
    assert left["status"] == "ok"
    assert {"proxy", "unverified"} <= set(left["flags"])


# The pages.
