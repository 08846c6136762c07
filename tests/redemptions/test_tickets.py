"""A shop's ticket: the till shows it, the volunteer's own phone takes it, once and in time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from redis import Redis
from werkzeug.test import TestResponse

from service import people, programmes
from service.redemptions import tickets
from service.redemptions.models import UnknownTicket
from service.redemptions.sale import Answer
from tests.shops.market import Market

HOST = "https://aixin.example"


def offer(market: Market, key: str = "t1", good: str = "SOAP", **more: Any) -> dict[str, Any]:
    answer = market.post("/till/tickets", {"good": good, **more}, by="A", key=key)
    assert answer.status_code in {200, 201}, answer.text
    found: dict[str, Any] = answer.json
    return found


def tail_of(made: dict[str, Any]) -> str:
    return str(made["url"]).removeprefix(f"{HOST}/r/")


def take(market: Market, made: dict[str, Any], *, by: str = "V0001", **more: Any) -> TestResponse:
    return market.post(f"/tickets/{tail_of(made)}/confirmation", more, by=by)


def watch(market: Market, key: str = "t1") -> dict[str, Any]:
    found: dict[str, Any] = market.get(f"/till/tickets/{key}", by="A").json
    return found


def page(market: Market, path: str, *, by: str | None, form: Any = None) -> TestResponse:
    headers = {"Accept-Language": "en"}
    if by:
        headers["Authorization"] = f"Bearer {market.tokens[by]}"
    if form is None:
        return market.client.get(path, headers=headers)
    return market.client.post(path, data=form, headers=headers)


def test_a_ticket_is_taken_on_the_phone_and_the_till_hears_of_it(market: Market) -> None:
    made = offer(market, qty=2)
    assert (made["state"], made["points"], made["good_name"]) == ("open", 40, "Soap")
    assert made["image"].startswith("data:image/svg+xml;base64,")
    assert market.balance("V0001") == 500
    done = take(market, made).json
    assert (done["status"], done["state"], done["via"], done["points"]) == (
        "ok",
        "captured",
        "phone",
        40,
    )
    assert (market.balance("V0001"), market.stock("SOAP")) == (460, 58)
    seen = watch(market)
    assert (seen["state"], seen["answer"]["receipt"]) == ("done", done["receipt"])
    assert seen["answer"] == market.get("/redemptions/t1", by="A").json
    assert [event["key"] for event in market.events("RedemptionCaptured")] == ["t1"]
    market.check_books()


def test_opening_a_ticket_changes_nothing(market: Market) -> None:
    made = offer(market)
    shown = page(market, f"/r/{tail_of(made)}", by="V0001")
    assert shown.status_code == 200
    for word in ("Soap", "Shop A", "480 points remain", "spend 20 points"):
        assert word in shown.text
    assert market.count("redemptions") == 0
    assert watch(market)["state"] == "open"


def test_the_same_key_makes_one_ticket_and_says_the_same_code(market: Market) -> None:
    first = market.post("/till/tickets", {"good": "SOAP"}, by="A", key="t1")
    again = market.post("/till/tickets", {"good": "SOAP"}, by="A", key="t1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert market.count("redemptions_tickets") == 1


@pytest.mark.parametrize("changed", [{"good": "BULB"}, {"good": "SOAP", "qty": 2}])
def test_a_key_with_another_ticket_is_refused(market: Market, changed: dict[str, Any]) -> None:
    offer(market)
    answer = market.post("/till/tickets", changed, by="A", key="t1")
    assert (answer.status_code, answer.json["type"]) == (422, "/problems/key-reused")


def test_a_key_that_was_sold_by_makes_no_ticket(market: Market) -> None:
    market.redeem("V0001", "SOAP", "t1")
    answer = market.post("/till/tickets", {"good": "SOAP"}, by="A", key="t1")
    assert answer.json["type"] == "/problems/key-reused"
    assert market.count("redemptions_tickets") == 0


def test_the_id_is_kept_as_a_hash_alone(market: Market) -> None:
    tail = tail_of(offer(market))
    row = market.database.call("SELECT t::text AS kept FROM redemptions_tickets t")
    assert row is not None
    assert len(tail) == 13
    assert tail not in row["kept"]
    assert tail.encode().hex() not in row["kept"]


def test_a_ticket_lives_three_minutes(market: Market) -> None:
    made = offer(market)
    start = market.clock.now()
    market.clock.set(start + timedelta(seconds=179))
    assert page(market, f"/r/{tail_of(made)}", by="V0001").status_code == 200
    market.clock.set(start + timedelta(seconds=180))
    late = take(market, made)
    assert (late.status_code, late.json["type"]) == (404, "/problems/unknown-ticket")
    assert watch(market)["state"] == "over"
    assert market.count("redemptions") == 0


def test_a_second_tap_is_told_the_same_and_another_person_nothing(market: Market) -> None:
    made = offer(market)
    first = take(market, made).json
    again = take(market, made).json
    assert (again["receipt"], again["state"]) == (first["receipt"], "captured")
    assert take(market, made, by="V0003").status_code == 404
    assert (market.balance("V0001"), market.balance("V0003")) == (480, 100)


def test_used_unknown_and_too_old_read_the_same(market: Market) -> None:
    used, old = offer(market), offer(market, "t2", "BULB")
    take(market, used)
    pages = {page(market, f"/r/{tail_of(used)}", by="V0003").text}
    pages.add(page(market, "/r/0000000000000", by="V0003").text)
    market.clock.set(market.clock.now() + timedelta(minutes=4))
    pages.add(page(market, f"/r/{tail_of(old)}", by="V0003").text)
    texts = {text.split("<main", 1)[1].split("</main>")[0] for text in pages}
    assert len(texts) == 1
    assert "This code cannot be used" in texts.pop()


def test_too_few_points_are_said_beforehand_and_refused_afterwards(market: Market) -> None:
    made = offer(market, good="OIL")
    shown = page(market, f"/r/{tail_of(made)}", by="V0002").text
    assert "90 points short" in shown
    assert "<form" not in shown.split("<main", 1)[1].split("</main>")[0]
    told = take(market, made, by="V0002").json
    assert (told["status"], told["reason"]) == ("refused", "insufficient")
    assert watch(market)["answer"]["reason"] == "insufficient"
    assert "balance" not in str(watch(market))


def test_above_a_hundred_points_the_tap_is_the_confirmation(market: Market) -> None:
    assert take(market, offer(market, good="OIL")).json["state"] == "captured"


def test_the_same_good_within_the_hour_is_asked_about_on_the_phone(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    made = offer(market)
    asked = take(market, made).json
    assert (asked["status"], asked["reason"]) == ("needs_input", "possible_duplicate")
    assert watch(market)["state"] == "asked"
    shown = page(market, f"/r/{tail_of(made)}", by="V0001").text
    assert "Do you want it once more?" in shown
    assert take(market, made).json["state"] == "waiting"  # the same tap again is no answer
    done = take(market, made, again=True).json
    assert (done["state"], done["flags"]) == ("captured", ["possible_duplicate"])
    assert market.balance("V0001") == 460


def test_the_till_takes_its_ticket_back(market: Market) -> None:
    made = offer(market)
    assert market.void("t1", None)["state"] == "voided"
    assert take(market, made).status_code == 404
    assert watch(market)["state"] == "over"
    assert market.balance("V0001") == 500


def test_a_ticket_s_sale_is_undone_like_any_other(market: Market) -> None:
    made = offer(market)
    take(market, made)
    assert market.void("t1", "V0001")["state"] == "voided"
    assert market.balance("V0001") == 500
    assert "The points are back" in page(market, f"/r/{tail_of(made)}", by="V0001").text


@pytest.mark.parametrize(
    ("spoil", "good", "reason"),
    [
        ("UPDATE shops_goods SET active = false RETURNING 1", "SOAP", "not_offered"),
        ("UPDATE shops_goods SET stock = 0 RETURNING 1", "SOAP", "out_of_stock"),
        ("UPDATE shops SET status = 'suspended' RETURNING 1", "SOAP", "shop_suspended"),
        ("UPDATE shops_goods SET last_day = '2025-10-17' RETURNING 1", "SOAP", "not_now"),
    ],
)
def test_what_cannot_be_given_makes_no_ticket(
    market: Market, spoil: str, good: str, reason: str
) -> None:
    market.one(spoil)
    told = offer(market, good=good)
    assert (told["status"], told["reason"], told["url"]) == ("refused", reason, None)
    assert market.count("redemptions_tickets") == 0


def test_a_new_price_ends_the_ticket(market: Market) -> None:
    made = offer(market)
    market.one("UPDATE shops_goods SET points = 30 WHERE code = 'SOAP' RETURNING 1")
    assert take(market, made).status_code == 404
    assert market.balance("V0001") == 500


def test_only_a_till_makes_and_watches_its_own_shop_s_tickets(market: Market) -> None:
    offer(market)
    assert market.get("/till/tickets/t1", by="B").status_code == 404
    for by in ("V0001", "A-OWNER"):
        assert market.post("/till/tickets", {"good": "SOAP"}, by=by, key="x").status_code == 403
        assert market.get("/till/tickets/t1", by=by).status_code == 403
    unknown = market.post("/till/tickets", {"good": "TEA"}, by="A", key="x")
    assert unknown.json["type"] == "/problems/unknown-good"


def test_nobody_but_a_volunteer_takes_a_ticket(market: Market) -> None:
    made = offer(market)
    for by in ("A", "B", "A-OWNER", "U-SEC"):
        assert take(market, made, by=by).status_code == 403
    stranger = page(market, f"/r/{tail_of(made)}", by=None)
    assert f"/sign-in?next=/r/{tail_of(made)}" in stranger.text
    assert "Soap" not in stranger.text
    assert market.count("redemptions") == 0


def test_another_programme_s_volunteer_learns_and_spoils_nothing(market: Market) -> None:
    made = offer(market)
    market.run(move_abroad, code="V0003")
    assert take(market, made, by="V0003").status_code == 404
    assert "Soap" not in page(market, f"/r/{tail_of(made)}", by="V0003").text
    assert take(market, made).json["status"] == "ok"


def move_abroad(session: Any, *, code: str) -> None:
    other = programmes.open_programme(session, code="FAR", name="Far")
    place = people.found_unit(
        session, kind=people.UnitKind.COMMUNITY, code="FAR", name="Far", programme_id=other.id
    )
    row = people.volunteer(session, code)
    row.programme_id, row.community_id = other.id, place.id
    session.flush()


def test_one_tap_on_the_page_takes_it_and_shows_it(market: Market) -> None:
    path = f"/r/{tail_of(offer(market))}"
    answer = page(market, path, by="V0001", form={})
    assert (answer.status_code, answer.location) == (303, path)
    assert "Confirmed. Thank you." in page(market, path, by="V0001").text
    assert market.balance("V0001") == 480


def test_two_phones_on_one_ticket_take_it_once(market: Market) -> None:
    for turn in range(8):
        market.clock.set(market.clock.now() + timedelta(minutes=61))
        made = offer(market, f"t{turn}")
        before = market.balance("V0001") + market.balance("V0003")
        with ThreadPoolExecutor(4) as threads:
            acts = [partial(try_take, market, tail_of(made), who) for who in ("V0001", "V0003")]
            answers = [found.result() for found in [threads.submit(act) for act in acts * 2]]
        done = {one.tail for one in answers if one is not None}
        assert len(done) == 1
        assert market.balance("V0001") + market.balance("V0003") == before - 20
    assert market.stock("SOAP") == 52
    market.check_books()


def try_take(market: Market, tail: str, who: str) -> Answer | None:
    person = people.resolve_token(market.database, market.tokens[who], now=market.clock.now())
    assert person is not None
    asked = {"tail": tail, "person": person, "again": False, "now": market.clock.now()}
    try:
        return tickets.take(market.database, **asked)
    except UnknownTicket:
        return None


def test_a_till_that_makes_one_ticket_after_the_other_must_wait(
    market: Market, redis: Redis
) -> None:
    offer(market, "first")
    counter = next(iter(redis.scan_iter("limit:tickets-minute:*")))
    redis.set(counter, 40, keepttl=True)
    stopped = market.post("/till/tickets", {"good": "SOAP"}, by="A", key="next")
    assert (stopped.status_code, stopped.json["type"]) == (429, "/problems/too-many-tickets")
    assert int(stopped.headers["Retry-After"]) > 0
    assert market.count("redemptions_tickets") == 1
    redis.delete(counter)
    assert offer(market, "next")["state"] == "open"
