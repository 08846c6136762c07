"""Clerks and their shifts: four digits name who sells, and five wrong ones lock until tomorrow."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from service import passes, people, shops
from service.shops.actions import clerks
from tests.shops.market import Market


def hire(market: Market, label: str = "甲班", *, by: str = "A-OWNER", key: str = "h1") -> str:
    body = {"label": label, "key": key}
    response = market.post("/shops/A/clerks", body, by=by)
    assert response.status_code == 201, response.text
    pin: str = response.json["pin"]
    return pin


def start(market: Market, pin: str, label: str = "甲班", till: str = "A") -> dict[str, Any]:
    response = market.post("/till/shift", {"clerk": label, "pin": pin}, by=till)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json
    return answer


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 10_000:04d}"


def sale(market: Market, key: str, **more: Any) -> Any:
    body = {"code": market.code("V0001"), "good": "SOAP", **more}
    return market.post("/redemptions", body, by="A", key=key)


def actor(market: Market, key: str) -> str:
    return str(market.one("SELECT actor FROM redemptions WHERE key = %(key)s", key=key))


def delete(market: Market, path: str, by: str) -> int:
    headers = {"Authorization": f"Bearer {market.tokens[by]}"}
    return market.client.delete(f"/api/v1{path}", headers=headers).status_code


def test_a_shop_without_clerks_sells_as_before(market: Market) -> None:
    shift = market.get("/till/shift", by="A").json
    assert (shift["needed"], shift["clerk"], shift["clerks"]) == (False, None, [])
    assert sale(market, "k1").status_code == 201
    assert actor(market, "k1").startswith("device:")


def test_a_shop_with_clerks_sells_only_in_a_shift(market: Market) -> None:
    pin = hire(market)
    refused = sale(market, "k1")
    assert (refused.status_code, refused.json["type"]) == (409, "/problems/shift-needed")
    assert market.state("k1") is None
    answer = start(market, pin)
    assert (answer["status"], answer["clerk"], answer["role"]) == ("ok", "甲班", "clerk")
    assert sale(market, "k1").status_code == 201
    assert actor(market, "k1") == "clerk:A:甲班"
    transfer = "SELECT actor FROM ledger_transfers WHERE key = 'redeem:A:k1'"
    assert market.one(transfer) == "clerk:A:甲班"


@pytest.mark.parametrize(
    ("path", "more"), [("/till/lookups", {}), ("/discounts", {"bill_fen": 1000})]
)
def test_looking_up_and_discounts_ask_for_the_shift_too(
    market: Market, path: str, more: dict[str, int]
) -> None:
    hire(market)
    response = market.post(path, {"code": market.code("V0001"), **more}, by="A", key="k1")
    assert (response.status_code, response.json["type"]) == (409, "/problems/shift-needed")


def test_the_other_shop_goes_on(market: Market) -> None:
    hire(market)
    assert market.redeem("V0001", "SOAP", "k1", by="B")["status"] == "ok"


def test_goods_that_left_without_a_network_are_recorded_without_a_shift(market: Market) -> None:
    hire(market)
    before = market.clock.now() - timedelta(minutes=5)
    code = market.code("V0001", before)
    response = sale(market, "k1", code=code, occurred_at=before.isoformat())
    assert response.status_code == 201, response.text
    assert "no_shift" in response.json["flags"]
    assert actor(market, "k1").startswith("device:")


def test_an_offline_sale_is_the_clerks_of_its_own_moment(market: Market) -> None:
    pin = hire(market)
    start(market, pin)
    sold_at = market.clock.now() + timedelta(minutes=5)
    market.clock.set(sold_at + timedelta(minutes=5))
    assert delete(market, "/till/shift", "A") == 200
    code = market.code("V0001", sold_at)
    response = sale(market, "k1", code=code, occurred_at=sold_at.isoformat())
    assert response.json["flags"] == []
    assert actor(market, "k1") == "clerk:A:甲班"


def test_undoing_asks_for_no_shift(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    hire(market)
    assert market.void("k1", "V0001")["status"] == "ok"


def test_a_shift_ends_by_the_button_and_after_twelve_hours(market: Market) -> None:
    pin = hire(market)
    start(market, pin)
    assert delete(market, "/till/shift", "A") == 200
    assert delete(market, "/till/shift", "A") == 200
    assert sale(market, "k1").status_code == 409
    start(market, pin)
    until = market.clock.now() + timedelta(hours=12)
    market.clock.set(until - timedelta(seconds=1))
    assert sale(market, "k2").status_code == 201
    market.clock.set(until)
    assert sale(market, "k3").status_code == 409


def test_another_clerks_pin_hands_the_shift_over(market: Market) -> None:
    first, second = hire(market), hire(market, "乙班", key="h2")
    start(market, first)
    assert sale(market, "k1").status_code == 201
    market.clock.set(market.clock.now() + timedelta(minutes=61))
    assert start(market, second, "乙班")["clerk"] == "乙班"
    assert sale(market, "k2").status_code == 201
    assert (actor(market, "k1"), actor(market, "k2")) == ("clerk:A:甲班", "clerk:A:乙班")
    ended = market.one("SELECT count(*) FROM shops_shifts WHERE ends_at < started_at + '2h'")
    assert ended == 1


def test_the_same_pin_twice_is_one_shift(market: Market) -> None:
    pin = hire(market)
    until = start(market, pin)["until"]
    market.clock.set(market.clock.now() + timedelta(minutes=1))
    assert start(market, pin)["until"] == until
    assert market.count("shops_shifts") == 1


def test_five_wrong_pins_lock_until_tomorrow(market: Market) -> None:
    pin = hire(market)
    left = [start(market, wrong(pin)) for _ in range(5)]
    assert [one["tries_left"] for one in left] == [4, 3, 2, 1, 0]
    assert [one["reason"] for one in left] == ["pin_wrong"] * 4 + ["pin_locked"]
    locked = start(market, pin)
    assert (locked["status"], locked["reason"], locked["clerk"]) == ("refused", "pin_locked", None)
    market.clock.set(market.clock.now() + timedelta(hours=12))  # noon to midnight
    assert start(market, pin)["status"] == "ok"


def test_a_right_pin_forgives_the_wrong_ones(market: Market) -> None:
    pin = hire(market)
    for _ in range(4):
        start(market, wrong(pin))
    assert start(market, pin)["status"] == "ok"
    assert start(market, wrong(pin))["tries_left"] == 4


def test_parallel_guesses_do_not_get_more_tries(market: Market) -> None:
    pin = hire(market)
    device = market.get("/tills", by="A-OWNER").json["items"][0]["id"]
    guess = partial(
        clerks.start_shift,
        keys=market.keys,
        device_id=device,
        label="甲班",
        pin=wrong(pin),
        now=market.clock.now(),
    )
    with ThreadPoolExecutor(8) as crowd:
        tried = list(crowd.map(lambda _: market.database.atomic(guess), range(16)))
    assert sorted(one.tries_left or 0 for one in tried if one.reason == "pin_wrong") == [1, 2, 3, 4]
    assert sum(one.reason == "pin_locked" for one in tried) == 12


@pytest.mark.parametrize("attempt", range(3))
def test_two_pins_at_once_leave_one_shift(market: Market, attempt: int) -> None:
    pins = {"甲班": hire(market), "乙班": hire(market, "乙班", key="h2")}
    device = market.get("/tills", by="A-OWNER").json["items"][0]["id"]
    now = market.clock.now()

    def begin(number: int) -> clerks.Started:
        label = list(pins)[number % 2]
        given: dict[str, Any] = {"label": label, "pin": pins[label], "now": now}
        return market.database.atomic(
            partial(clerks.start_shift, keys=market.keys, device_id=device, **given)
        )

    with ThreadPoolExecutor(8) as crowd:
        assert {one.reason for one in crowd.map(begin, range(16))} == {None}
    open_ = market.database.rows(
        "SELECT c.label FROM shops_shifts s JOIN shops_clerks c ON c.id = s.clerk_id"
        " WHERE s.ends_at > %(now)s",
        {"now": now},
    )
    assert [row["label"] for row in open_] == [market.get("/till/shift", by="A").json["clerk"]]


def test_an_unknown_clerk_reads_like_a_wrong_pin(market: Market) -> None:
    pin = hire(market)
    known, unknown = start(market, wrong(pin)), start(market, "0000", "nobody")
    assert known == unknown


def test_another_shops_clerk_is_nobody_here(market: Market) -> None:
    pin = hire(market)
    assert start(market, pin, till="B")["reason"] == "pin_wrong"
    assert sale(market, "k1").status_code == 409


def test_a_new_pin_unlocks_and_ends_the_old_shift(market: Market) -> None:
    old = hire(market)
    start(market, old)
    for _ in range(5):
        start(market, wrong(old))
    response = market.post("/shops/A/clerks/甲班/pin", {"key": "r1"}, by="U-CH")
    assert response.status_code == 200
    new = response.json["pin"]
    assert sale(market, "k1").status_code == 409
    if new != old:
        assert start(market, old)["reason"] == "pin_wrong"
    assert start(market, new)["status"] == "ok"


def test_the_same_act_sent_twice_draws_one_pin_and_says_it_for_ten_minutes(market: Market) -> None:
    pin = hire(market)
    market.clock.set(market.clock.now() + timedelta(minutes=10))
    assert hire(market) == pin
    market.clock.set(market.clock.now() + timedelta(seconds=1))
    again = market.post("/shops/A/clerks", {"label": "甲班", "key": "h1"}, by="A-OWNER")
    assert (again.status_code, again.json["pin"]) == (201, None)
    assert market.count("shops_clerks") == 1


def test_a_label_is_taken_once_and_free_again(market: Market) -> None:
    hire(market)
    twice = market.post("/shops/A/clerks", {"label": "甲班", "key": "h2"}, by="A-OWNER")
    assert (twice.status_code, twice.json["type"]) == (409, "/problems/label-taken")
    assert twice.json["errors"][0]["pointer"] == "#/label"
    assert delete(market, "/shops/A/clerks/甲班", "A-OWNER") == 204
    assert delete(market, "/shops/A/clerks/甲班", "A-OWNER") == 204
    hire(market, key="h3")


def test_who_sells_no_more_stands_at_no_till(market: Market) -> None:
    pin = hire(market)
    hire(market, "乙班", key="h2")
    start(market, pin)
    delete(market, "/shops/A/clerks/甲班", "A-OWNER")
    assert sale(market, "k1").status_code == 409
    assert start(market, pin)["reason"] == "pin_wrong"


def test_without_the_last_clerk_the_till_sells_as_before(market: Market) -> None:
    hire(market)
    delete(market, "/shops/A/clerks/甲班", "A-OWNER")
    assert sale(market, "k1").status_code == 201


def test_a_till_that_is_paired_later_asks_for_shifts(market: Market, client: FlaskClient) -> None:
    hire(market)
    claimed = market.post("/tills/claims", {"shop": "A"}, by="U-CH").json
    body = {"claim": claimed["url"], "digits": claimed["digits"]}
    paired = client.application.test_client().post("/api/v1/tills", json=body).json
    market.tokens["new"] = paired["token"]
    body = {"code": market.code("V0001"), "good": "SOAP"}
    assert market.post("/redemptions", body, by="new", key="k1").status_code == 409


@pytest.mark.parametrize("label", ["", "a b", "a/b", "a:b", "x" * 13, ".."])
def test_a_label_is_one_short_word(market: Market, label: str) -> None:
    response = market.post("/shops/A/clerks", {"label": label, "key": "h1"}, by="A-OWNER")
    assert response.status_code == 422
    assert response.json["errors"][0]["pointer"] == "#/label"


@pytest.mark.parametrize("by", ["B-OWNER", "U-SEC", "V0001", "A"])
def test_nobody_else_makes_clerks(market: Market, by: str) -> None:
    hire(market)
    asked = {"label": "乙班", "key": "h2"}
    assert market.post("/shops/A/clerks", asked, by=by).status_code in {403, 404}
    assert market.post("/shops/A/clerks/甲班/pin", {"key": "r"}, by=by).status_code in {403, 404}
    assert market.get("/shops/A/clerks", by=by).status_code in {403, 404}
    assert delete(market, "/shops/A/clerks/甲班", by) in {403, 404}
    assert market.count("shops_clerks") == 1


def test_the_list_has_labels_and_no_digits(market: Market) -> None:
    pin = hire(market)
    start(market, pin)
    response = market.get("/shops/A/clerks", by="U-CH")
    (one,) = response.json["items"]
    assert (one["label"], one["role"], one["locked_until"]) == ("甲班", "clerk", None)
    assert one["last_shift_at"] is not None
    assert pin not in response.text.replace(one["made_at"], "").replace(one["last_shift_at"], "")


def test_the_shops_shifts_are_listed_a_page_at_a_time(market: Market) -> None:
    first, second = hire(market), hire(market, "乙班", key="h2")
    for number in range(21):
        market.clock.set(market.clock.now() + timedelta(minutes=1))
        label, pin = [("甲班", first), ("乙班", second)][number % 2]
        assert start(market, pin, label)["status"] == "ok"
    delete(market, "/shops/A/clerks/乙班", "A-OWNER")
    page = market.get("/shops/A/shifts", by="U-CH").json
    assert [(one["clerk"], one["open"]) for one in page["items"][:2]] == [
        ("甲班", True),
        ("乙班", False),
    ]
    rest = market.get(f"/shops/A/shifts?before={page['next']}", by="U-CH").json
    assert (len(page["items"]), len(rest["items"]), rest["next"]) == (20, 1, None)
    assert market.get("/shops/A/shifts", by="B-OWNER").status_code == 404
    client = market.client.application.test_client()
    client.set_cookie("aixin_session", market.tokens["A-OWNER"])
    shown = client.get("/desk/shops/A/clerks?lang=en").text
    assert f"before={page['next']}" in shown
    assert "open until" in shown
    assert "Till of A" in shown


def test_a_suspended_shop_gets_no_clerks(market: Market) -> None:
    market.one("UPDATE shops SET status = 'suspended' WHERE code = 'A' RETURNING 1")
    response = market.post("/shops/A/clerks", {"label": "甲班", "key": "h1"}, by="U-CH")
    assert response.status_code == 409


def test_the_pages_form_draws_a_pin_and_shows_it_once(market: Market) -> None:
    client = market.client.application.test_client()
    client.set_cookie("aixin_session", market.tokens["A-OWNER"])
    page = client.get("/desk/shops/A/clerks").text
    token = page.split('name="csrf-token" content="')[1].split('"')[0]
    form = {"label": "甲班", "role": "owner", "key": "f1", "csrf_token": token}
    shown = client.post("/desk/shops/A/clerks", data=form).text
    twice = client.post("/desk/shops/A/clerks", data={**form, "key": "f2"})
    assert (twice.status_code, 'value="甲班"' in twice.text) == (409, True)
    worse = client.post("/desk/shops/A/clerks?lang=en", data={**form, "label": "a b", "key": "f3"})
    assert (worse.status_code, "in one word" in worse.text) == (422, True)
    pin = shown.split('translate="no">')[1].split("<")[0]
    assert start(market, pin)["role"] == "owner"
    assert 'translate="no"' not in client.get("/desk/shops/A/clerks").text
    ended = client.post("/desk/shops/A/clerks/甲班/end", data={"csrf_token": token})
    assert ended.status_code == 303
    assert "No clerks yet" in client.get("/desk/shops/A/clerks?lang=en").text
    assert 'href="/desk/shops/A/clerks"' in client.get("/desk/shops/A").text


def test_a_clerks_digits_are_nobodys_booklet_digits(market: Market) -> None:
    keys = passes.keyring(market.settings.secret_key, market.settings.public_url)
    hire(market)
    kept = market.one("SELECT pin_hash FROM shops_clerks")
    booklets = (keys.pin_hash(name, f"{n:04d}") for name in ("A", "甲班") for n in range(10_000))
    assert bytes(kept) not in set(booklets)


def test_the_front_door_tells_whose_shift_it_is(market: Market) -> None:
    pin = hire(market)
    start(market, pin)
    device = market.run(lambda session: people.devices_of_shop(session, 1))[0]
    found = market.run(shops.shift, device_id=device.id, now=market.clock.now())
    assert (found.needed, found.clerk, found.role) == (True, "甲班", "clerk")
