"""A good chosen on the phone: held until the person's code is shown in its shop, without a tap."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.shops.market import Market

CODES = ("BULB", "HAT", "LAST", "OIL", "SOAP")


def choose(
    market: Market, good: str = "SOAP", *, by: str = "V0001", nonce: str = "nonce-1", **more: Any
) -> TestResponse:
    return market.post("/me/choices", {"shop": "A", "good": good, **more}, by=by, key=nonce)


def look(market: Market, who: str = "V0001", *, by: str = "A", code: str = "") -> Any:
    answer = market.post("/till/lookups", {"code": code or market.code(who)}, by=by)
    assert answer.status_code == 200, answer.text
    return answer.json["intent"]


def fetch(
    market: Market, key: str, who: str = "V0001", *, by: str = "A", **more: Any
) -> TestResponse:
    body = {"code": more.pop("code", None) or market.code(who), **more}
    return market.post(f"/redemptions/{key}/capture", body, by=by)


def page(market: Market, path: str, *, by: str = "V0001", form: Any = None) -> TestResponse:
    headers = {"Accept-Language": "en", "Authorization": f"Bearer {market.tokens[by]}"}
    if form is None:
        return market.client.get(path, headers=headers)
    return market.client.post(path, data=form, headers=headers)


def free(market: Market, who: str = "V0001") -> int:
    sql = "SELECT posted - held_out FROM ledger_accounts WHERE address = %(address)s"
    return int(market.one(sql, address=f"volunteer:{who}"))


def test_a_choice_is_held_and_fetched_with_a_scan_alone(market: Market) -> None:
    made = choose(market, qty=2)
    assert (made.status_code, made.json["state"], made.json["via"]) == (201, "held", "phone")
    assert (market.balance("V0001"), free(market), market.stock("SOAP")) == (500, 460, 58)
    intent = look(market)
    assert intent["key"] == made.json["key"]
    assert (intent["good"], intent["qty"], intent["points"]) == ("SOAP", 2, 40)
    assert (intent["proxy"], intent["needs_pin"]) == (None, False)
    done = fetch(market, intent["key"])
    assert (done.status_code, done.json["status"], done.json["state"]) == (201, "ok", "captured")
    assert (market.balance("V0001"), free(market), market.stock("SOAP")) == (460, 460, 58)
    handed = market.database.rows("SELECT actor LIKE 'device:%' AS over FROM redemptions")
    assert handed == [{"over": True}]  # by the till, not by who chose
    assert look(market) is None
    assert [event["key"] for event in market.events("RedemptionCaptured")] == [intent["key"]]
    market.check_books()


def test_fetching_twice_is_told_the_same(market: Market) -> None:
    key = choose(market).json["key"]
    first, again = fetch(market, key), fetch(market, key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == {**first.json, "replayed": True}
    assert market.balance("V0001") == 480


def test_the_same_nonce_chooses_once_and_another_good_is_refused(market: Market) -> None:
    first, again = choose(market), choose(market)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json["key"] == first.json["key"]
    assert choose(market, "BULB").json["type"] == "/problems/key-reused"
    assert free(market) == 480


def test_a_key_is_the_person_s_own(market: Market) -> None:
    mine, other = choose(market), choose(market, by="V0003")
    assert mine.json["key"] != other.json["key"]
    assert (free(market), free(market, "V0003")) == (480, 80)


def test_one_choice_at_a_time_waits_in_a_shop(market: Market) -> None:
    choose(market)
    second = choose(market, "BULB", nonce="nonce-2")
    assert (second.status_code, second.json["type"]) == (409, "/problems/already-chosen")
    there = {"shop": "B", "good": "SOAP"}
    assert market.post("/me/choices", there, by="V0001", key="nonce-1").status_code == 201
    assert look(market, by="B")["name"] == "Soap of B"


def test_after_fifteen_minutes_all_is_free_again(market: Market) -> None:
    made = choose(market).json
    start = market.clock.now()
    assert made["expires_at"] == (start + timedelta(minutes=15)).isoformat()
    market.clock.set(start + timedelta(minutes=15))
    assert look(market) is None
    told = fetch(market, made["key"]).json
    assert (told["status"], told["reason"]) == ("refused", "expired")
    assert (free(market), market.stock("SOAP")) == (500, 60)
    assert "15 minutes are over" in page(market, f"/home/choices/{made['key']}").text


def test_a_choice_is_given_up_once_and_for_all(market: Market) -> None:
    key = choose(market).json["key"]
    gone = [
        market.client.delete(
            f"/api/v1/me/choices/{key}",
            headers={"Authorization": f"Bearer {market.tokens['V0001']}"},
        ).status_code
        for _ in range(2)
    ]
    assert gone == [204, 204]
    assert (free(market), market.stock("SOAP")) == (500, 60)
    told = fetch(market, key).json
    assert (told["status"], told["reason"]) == ("refused", "given_up")
    market.check_books()


def test_what_was_fetched_cannot_be_given_up(market: Market) -> None:
    key = choose(market).json["key"]
    fetch(market, key)
    headers = {"Authorization": f"Bearer {market.tokens['V0001']}"}
    assert market.client.delete(f"/api/v1/me/choices/{key}", headers=headers).status_code == 409
    assert market.balance("V0001") == 480


def test_what_was_fetched_is_undone_like_any_sale(market: Market) -> None:
    key = choose(market).json["key"]
    fetch(market, key)
    market.clock.set(market.clock.now() + timedelta(minutes=30))
    assert market.void(key, "V0001")["state"] == "voided"
    assert (market.balance("V0001"), market.stock("SOAP")) == (500, 60)
    market.check_books()


def test_the_clerk_may_sell_something_else_meanwhile(market: Market) -> None:
    key = choose(market).json["key"]
    assert market.redeem("V0001", "BULB", "k1")["status"] == "ok"
    market.clock.set(market.clock.now() + timedelta(minutes=1))
    assert look(market)["key"] == key
    assert market.void(key, None)["state"] == "voided"  # the clerk gives it up for the person
    assert (look(market), free(market)) == (None, 450)


def test_another_person_s_code_fetches_nothing(market: Market) -> None:
    key = choose(market).json["key"]
    told = fetch(market, key, "V0003").json
    assert (told["status"], told["reason"], told["state"]) == ("refused", "other_pass", "held")
    assert look(market, "V0003") is None
    assert fetch(market, key).json["status"] == "ok"


def test_another_shop_neither_sees_nor_fetches_it(market: Market) -> None:
    key = choose(market).json["key"]
    assert look(market, by="B") is None
    assert fetch(market, key, by="B").status_code == 404


def test_a_code_that_fetched_is_used_up(market: Market) -> None:
    code = market.code("V0001")
    key = choose(market).json["key"]
    assert fetch(market, key, code=code).json["status"] == "ok"
    assert market.redeem("V0001", "BULB", "k1", code=code)["reason"] == "code_used"


def test_a_used_code_fetches_nothing(market: Market) -> None:
    code = market.code("V0001")
    market.redeem("V0001", "BULB", "k1", code=code)
    key = choose(market).json["key"]
    assert fetch(market, key, code=code).json["reason"] == "code_used"
    assert market.state(key) == "held"


def test_the_booklet_fetches_and_a_typed_number_needs_the_pin(market: Market) -> None:
    card = market.cards["V0001"]
    key = choose(market).json["key"]
    assert look(market, code=card.number)["needs_pin"]
    asked = fetch(market, key, code=card.number).json
    assert (asked["status"], asked["reason"], asked["ask"]) == ("needs_input", "step_up", ["pin"])
    assert not look(market, code=card.url)["needs_pin"]
    assert fetch(market, key, code=card.url).json["status"] == "ok"


def test_the_same_good_within_the_hour_is_asked_about(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    asked = choose(market).json
    assert (asked["status"], asked["reason"]) == ("needs_input", "possible_duplicate")
    assert (free(market), look(market)) == (480, None)
    meant = choose(market, again=True).json
    assert (meant["state"], meant["flags"]) == ("held", ["possible_duplicate"])


@pytest.mark.parametrize(
    ("good", "who", "reason"), [("OIL", "V0002", "insufficient"), ("HAT", "V0001", "daily_limit")]
)
def test_what_cannot_be_had_is_refused_and_holds_nothing(
    market: Market, good: str, who: str, reason: str
) -> None:
    if reason == "daily_limit":
        market.redeem("V0003", "HAT", "k1")
    told = choose(market, good, by=who).json
    assert (told["status"], told["reason"]) == ("refused", reason)
    assert free(market, who) == market.balance(who)


def test_a_choice_counts_against_the_day_s_limit(market: Market) -> None:
    choose(market, "HAT")
    assert market.redeem("V0003", "HAT", "k1")["reason"] == "daily_limit"


@pytest.mark.parametrize("wrong", [{"shop": "Z"}, {"good": "TEA"}, {"qty": 0}, {"proxy": "Anna"}])
def test_a_wish_that_cannot_be_is_refused_in_words(market: Market, wrong: dict[str, Any]) -> None:
    body = {"shop": "A", "good": "SOAP", **wrong}
    answer = market.post("/me/choices", body, by="V0001", key="nonce-1")
    assert answer.status_code in {404, 422}
    assert market.count("redemptions") == 0


def test_only_a_volunteer_chooses_and_only_a_till_hands_over(market: Market) -> None:
    key = choose(market).json["key"]
    for by in ("A", "A-OWNER", "U-SEC"):
        assert choose(market, by=by).status_code == 403
    for by in ("V0001", "A-OWNER"):
        assert fetch(market, key, by=by).status_code == 403
    assert page(market, f"/home/choices/{key}", by="V0003").status_code == 404


# The proxy: somebody else comes for it.


def test_the_goods_are_those_that_the_points_buy(market: Market) -> None:
    mine = market.get("/me/goods", by="V0002").json["items"]
    assert [(row["shop"], row["good"]) for row in mine] == [
        ("A", "BULB"),
        ("A", "LAST"),
        ("A", "SOAP"),
        ("B", "SOAP"),
    ]
    every = market.get("/me/goods?everything=true", by="V0002").json["items"]
    short = {row["good"]: row["short"] for row in every if row["reason"] == "insufficient"}
    assert short == {"HAT": 15, "OIL": 90}


def test_the_goods_come_in_pages(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    from service.redemptions import catalogue

    monkeypatch.setattr(catalogue, "PAGE", 2)
    seen, after = [], ""
    for _ in range(4):
        found = market.get(f"/me/goods?after={after}", by="V0001").json
        seen += [(row["shop"], row["good"]) for row in found["items"]]
        after = found["next"]
        if after is None:
            break
    assert seen == [*(("A", code) for code in CODES), ("B", "SOAP")]


def test_the_phone_leads_from_home_to_a_choice_and_back(market: Market) -> None:
    assert "/home/goods" in page(market, "/home").text
    assert "/home/goods/A/SOAP" in page(market, "/home/goods").text
    form = page(market, "/home/goods/A/SOAP").text
    assert "25 for" not in form
    assert "5 for 100 points" in form
    sent = {"nonce": nonce_of(form), "qty": "2", "proxy": ""}
    there = page(market, "/home/goods/A/SOAP", form=sent)
    assert there.status_code == 303
    shown = page(market, there.location).text
    for words in ("Kept for you until 12:15", "Soap × 2", "Show your code at the shop"):
        assert words in shown
    assert there.location in page(market, "/home").text
    again = page(market, "/home/goods/A/SOAP", form=sent)
    assert again.location == there.location
    page(market, f"{there.location}/give-up", form={})
    assert "Given up" in page(market, there.location).text
    assert free(market) == 500


def nonce_of(form: str) -> str:
    return form.split('name="nonce" value="', 1)[1].split('"', 1)[0]


def test_the_page_asks_about_a_second_one(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    form = page(market, "/home/goods/A/SOAP").text
    asked = page(market, "/home/goods/A/SOAP", form={"nonce": nonce_of(form), "qty": "1"})
    assert "Do you want it once more?" in asked.text
    meant = {"nonce": nonce_of(asked.text), "qty": "1", "again": "true", "proxy": ""}
    assert page(market, "/home/goods/A/SOAP", form=meant).status_code == 303
    assert free(market) == 460


def test_a_second_choice_in_a_shop_leads_to_the_first(market: Market) -> None:
    key = choose(market).json["key"]
    form = page(market, "/home/goods/A/BULB").text
    told = page(market, "/home/goods/A/BULB", form={"nonce": nonce_of(form), "qty": "1"})
    assert f"/home/choices/{key}" in told.text
    assert market.count("redemptions") == 1


def test_a_good_that_costs_more_says_how_much_is_missing(market: Market) -> None:
    told = page(market, "/home/goods/A/OIL", by="V0002").text
    assert "90 points short" in told
    assert "<form" not in told.split("<main", 1)[1].split("</main>")[0]


# The standee: information, and nothing else.


def test_fetching_races_giving_up_and_one_of_them_wins(market: Market) -> None:
    for turn in range(6):
        market.clock.set(market.clock.now() + timedelta(minutes=61))
        before = market.balance("V0001")
        key = choose(market, nonce=f"nonce-{turn}").json["key"]
        headers = {"Authorization": f"Bearer {market.tokens['V0001']}"}
        body = {"code": market.code("V0001")}
        device = {"Authorization": f"Bearer {market.tokens['A']}"}
        app = market.client.application
        with ThreadPoolExecutor(2) as threads:
            gone = threads.submit(
                app.test_client().delete, f"/api/v1/me/choices/{key}", headers=headers
            )
            got = threads.submit(
                app.test_client().post,
                f"/api/v1/redemptions/{key}/capture",
                json=body,
                headers=device,
            )
        state = market.state(key)
        assert (state, gone.result().status_code, got.result().json["status"]) in {
            ("captured", 409, "ok"),
            ("voided", 204, "refused"),
        }
        assert before - market.balance("V0001") == (20 if state == "captured" else 0)
    market.check_books()


def test_two_choices_of_one_person_at_the_same_instant_hold_one(market: Market) -> None:
    headers = {"Authorization": f"Bearer {market.tokens['V0001']}"}
    app = market.client.application

    def tap(nonce: str) -> TestResponse:
        body = {"shop": "A", "good": "SOAP", "again": True}
        keyed = {**headers, "Idempotency-Key": nonce}
        return app.test_client().post("/api/v1/me/choices", json=body, headers=keyed)

    for turn in range(6):
        before = free(market)
        with ThreadPoolExecutor(6) as threads:
            answers = list(threads.map(tap, [f"nonce-{turn}-{n}" for n in range(6)]))
        codes = sorted(answer.status_code for answer in answers)
        assert codes == [201, 409, 409, 409, 409, 409], [answer.text for answer in answers]
        assert before - free(market) == 20
        made = next(answer for answer in answers if answer.status_code == 201)
        gone = app.test_client().delete(f"/api/v1/me/choices/{made.json['key']}", headers=headers)
        assert gone.status_code == 204
    market.check_books()
