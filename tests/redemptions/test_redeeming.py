"""Goods for points: what is given, what is refused and why, what is asked first."""

from datetime import timedelta

import psycopg
import pytest

from tests.shops.market import PIN, Market

PLEDGED = 60 * 400 + 20 * 3000 + 20 * 1500 + 5 * 1000 + 30 * 1000


def test_a_scan_and_a_tap_give_a_good_for_points(market: Market) -> None:
    answer = market.redeem("V0001", "SOAP", "k1", qty=2)
    assert (answer["status"], answer["state"], answer["points"]) == ("ok", "captured", 40)
    assert answer["remaining_stock"] == market.stock("SOAP") == 58
    assert answer["receipt"] == "000 001"
    assert market.balance("V0001") == 460
    assert market.fen("pledge:A") == PLEDGED - 800
    assert market.fen("given-goods:A") == 800
    assert [event["key"] for event in market.events("RedemptionCaptured")] == ["k1"]
    market.check_books()


def test_the_first_sending_is_created_and_a_replay_is_not(market: Market) -> None:
    body = {"code": market.code("V0001"), "good": "SOAP"}
    first = market.post("/redemptions", body, by="A", key="k1")
    again = market.post("/redemptions", body, by="A", key="k1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json == {**first.json, "replayed": True}
    assert market.balance("V0001") == 480


def test_a_key_with_another_request_is_refused_and_writes_nothing(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    for changed in ({"good": "BULB"}, {"qty": 2}, {"code": market.code("V0002")}):
        body = {"code": market.code("V0001"), "good": "SOAP", **changed}
        response = market.post("/redemptions", body, by="A", key="k1")
        assert response.status_code == 422
        assert response.json["type"] == "/problems/key-reused"
    assert (market.balance("V0001"), market.balance("V0002")) == (480, 60)


def test_the_same_key_of_two_shops_is_two_acts(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.clock.set(market.clock.now() + timedelta(minutes=1))
    assert market.redeem("V0001", "SOAP", "k1", by="B")["status"] == "ok"
    assert market.balance("V0001") == 460


def test_more_than_the_balance_is_refused_and_remembered(market: Market) -> None:
    answer = market.redeem("V0002", "SOAP", "k1", qty=4)
    assert (answer["status"], answer["reason"]) == ("refused", "insufficient")
    assert (market.balance("V0002"), market.stock("SOAP")) == (60, 60)
    again = market.redeem("V0002", "SOAP", "k1", qty=4)
    assert again == {**answer, "replayed": True}
    assert market.events("RedemptionCaptured") == []


def test_the_whole_balance_may_be_spent(market: Market) -> None:
    assert market.redeem("V0002", "SOAP", "k1", qty=3)["status"] == "ok"
    assert market.balance("V0002") == 0


def test_a_limited_good_is_gone_for_the_day_and_back_tomorrow(market: Market) -> None:
    assert market.redeem("V0001", "HAT", "k1")["status"] == "ok"
    assert market.redeem("V0003", "HAT", "k2")["reason"] == "daily_limit"
    market.clock.set(market.clock.now() + timedelta(days=1))
    assert market.redeem("V0003", "HAT", "k3")["status"] == "ok"


def test_the_first_of_several_reasons_is_named(market: Market) -> None:
    market.redeem("V0001", "HAT", "k1")
    assert market.redeem("V0002", "HAT", "k2")["reason"] == "daily_limit"  # and too few points
    market.run(empty_shelf, good="LAST")
    assert market.redeem("V0004", "LAST", "k3")["reason"] == "insufficient"  # and no stock
    assert market.redeem("V0003", "LAST", "k4")["reason"] == "out_of_stock"


def empty_shelf(session: object, *, good: str) -> None:
    from sqlalchemy import text

    session.execute(  # type: ignore[attr-defined]
        text("UPDATE shops_goods SET stock = 0 WHERE code = :good"), {"good": good}
    )


def test_a_code_that_nobody_issued_reads_the_same_for_all(market: Market) -> None:
    for code in ("/c/0000000000000*", "https://evil.example/c/abc", "hello"):
        answer = market.redeem("V0001", "SOAP", f"k{len(code)}", code=code)
        assert (answer["status"], answer["reason"], answer["tail"]) == (
            "refused",
            "unknown_code",
            "",
        )
    assert market.balance("V0001") == 500


def test_an_old_code_of_a_phone_is_refused(market: Market) -> None:
    old = market.code("V0001", market.clock.now() - timedelta(minutes=5))
    assert market.redeem("V0001", "SOAP", "k1", code=old)["reason"] == "code_expired"


def test_a_code_counts_from_its_scan_for_three_minutes(market: Market) -> None:
    scanned = market.clock.now()
    code = market.code("V0001")
    market.clock.set(scanned + timedelta(seconds=180))
    ok = market.redeem("V0001", "SOAP", "k1", code=code, scanned_at=scanned.isoformat())
    assert ok["status"] == "ok"
    market.clock.set(scanned + timedelta(seconds=181))
    late = market.redeem("V0003", "SOAP", "k2", scanned_at=scanned.isoformat())
    assert late["reason"] == "code_expired"


def test_one_code_of_a_pass_pays_once(market: Market) -> None:
    code = market.code("V0001")
    assert market.redeem("V0001", "SOAP", "k1", code=code)["status"] == "ok"
    answer = market.redeem("V0001", "BULB", "k2", code=code)
    assert (answer["status"], answer["reason"]) == ("refused", "code_used")
    assert market.balance("V0001") == 480


def test_a_refusal_leaves_the_code_good_for_something_smaller(market: Market) -> None:
    code = market.code("V0002")
    assert market.redeem("V0002", "OIL", "k1", code=code)["reason"] == "insufficient"
    assert market.redeem("V0002", "SOAP", "k2", code=code)["status"] == "ok"


def test_a_booklet_asks_for_its_pin(market: Market) -> None:
    card = market.cards["V0001"].url
    asked = market.redeem("V0001", "SOAP", "k1", code=card)
    assert (asked["status"], asked["reason"], asked["state"]) == ("needs_input", "step_up", "held")
    assert asked["ask"][0] == "pin"
    assert market.balance("V0001") == 500
    given = market.redeem("V0001", "SOAP", "k1", code=card, pin=PIN)
    assert (given["status"], given["via"]) == ("ok", "booklet")
    assert market.balance("V0001") == 480
    assert market.redeem("V0001", "SOAP", "k1", code=card, pin="0000")["replayed"]


def test_a_typed_number_asks_for_the_pin_as_well(market: Market) -> None:
    number = market.cards["V0001"].number
    assert market.redeem("V0001", "SOAP", "k1", code=number)["reason"] == "step_up"
    assert market.redeem("V0001", "SOAP", "k1", code=number, pin=PIN)["via"] == "number"


def test_a_refusal_is_told_before_a_pin_is_asked_for(market: Market) -> None:
    card = market.cards["V0002"].url
    assert market.redeem("V0002", "OIL", "k1", code=card)["reason"] == "insufficient"
    assert market.redeem("V0002", "OIL", "k2", code=card, pin="0000")["reason"] == "insufficient"


def test_five_wrong_pins_lock_until_tomorrow(market: Market) -> None:
    card = market.cards["V0001"].url
    for left in (4, 3, 2, 1):
        wrong = market.redeem("V0001", "SOAP", "k1", code=card, pin="0000")
        assert (wrong["reason"], wrong["tries_left"]) == ("pin_wrong", left)
    locked = market.redeem("V0001", "SOAP", "k1", code=card, pin="0000")
    assert (locked["status"], locked["reason"]) == ("refused", "pin_locked")
    assert market.state("k1") == "held"  # the phone may still confirm it
    market.void("k1", None)
    assert market.redeem("V0001", "SOAP", "k2", code=card, pin=PIN)["reason"] == "pin_locked"
    market.clock.set(market.clock.now() + timedelta(days=1))
    assert market.redeem("V0001", "SOAP", "k3", code=card, pin=PIN)["status"] == "ok"


def test_more_than_a_hundred_points_ask_for_a_confirmation(market: Market) -> None:
    assert market.redeem("V0001", "SOAP", "k1", qty=5)["status"] == "ok"  # 100 exactly
    market.clock.set(market.clock.now() + timedelta(hours=2))
    assert market.redeem("V0001", "OIL", "k2")["reason"] == "step_up"


def test_the_fourth_of_a_day_asks_for_a_confirmation(market: Market) -> None:
    for number in (1, 2, 3):
        market.clock.set(market.clock.now() + timedelta(minutes=61))
        assert market.redeem("V0001", "SOAP", f"k{number}")["status"] == "ok"
    market.clock.set(market.clock.now() + timedelta(minutes=61))
    assert market.redeem("V0001", "SOAP", "k4")["reason"] == "step_up"


def test_the_volunteer_confirms_on_the_phone(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    done = market.post("/redemptions/k1/confirmation", {}, by="V0001")
    assert (done.status_code, done.json["status"]) == (200, "ok")
    assert market.balance("V0001") == 350
    again = market.post("/redemptions/k1/confirmation", {}, by="V0001")
    assert again.json["state"] == "captured"
    assert market.balance("V0001") == 350
    seen = market.get("/redemptions/k1", by="A").json
    assert (seen["status"], seen["state"]) == ("ok", "captured")


def test_nobody_else_can_confirm(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    assert market.post("/redemptions/k1/confirmation", {}, by="V0003").status_code == 404
    assert market.post("/redemptions/k1/confirmation", {}, by="A").status_code == 403
    assert market.state("k1") == "held"


def test_nobody_waits_longer_than_three_minutes(market: Market) -> None:
    from service import redemptions

    asked = market.clock.now()
    market.redeem("V0001", "OIL", "k1")
    market.redeem("V0003", "SOAP", "k2", code=market.cards["V0003"].url)
    market.clock.set(asked + timedelta(seconds=180))
    late = market.post("/redemptions/k1/confirmation", {}, by="V0001").json
    assert (late["status"], late["reason"]) == ("refused", "expired")
    assert market.run(redemptions.expire_one, now=market.clock.now())
    assert (market.state("k1"), market.state("k2")) == ("expired", "expired")
    assert market.run(redemptions.expire_one, now=market.clock.now()) is False
    assert market.balance("V0001") == 500


def test_an_answer_that_did_not_wait_cannot_be_confirmed(market: Market) -> None:
    market.redeem("V0002", "OIL", "k1")  # refused
    assert market.post("/redemptions/k1/confirmation", {}, by="V0002").status_code == 409


@pytest.mark.parametrize(("minutes", "asks"), [(60, True), (61, False)])
def test_the_same_good_within_the_hour_is_asked_about(
    market: Market, minutes: int, asks: bool
) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.clock.set(market.clock.now() + timedelta(minutes=minutes))
    answer = market.redeem("V0001", "SOAP", "k2")
    assert (answer["reason"] == "possible_duplicate") is asks
    assert market.balance("V0001") == (480 if asks else 460)


def test_the_clerk_may_go_on_and_it_is_flagged(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.clock.set(market.clock.now() + timedelta(minutes=5))
    assert market.redeem("V0001", "SOAP", "k2")["ask"] == ["override"]
    answer = market.redeem("V0001", "SOAP", "k2", override_duplicate=True)
    assert (answer["status"], answer["flags"]) == ("ok", ["possible_duplicate"])
    assert market.events("RedemptionCaptured")[1]["flags"] == ["possible_duplicate"]


def test_one_question_after_the_other(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.clock.set(market.clock.now() + timedelta(minutes=5))
    card = market.cards["V0001"].url
    assert market.redeem("V0001", "SOAP", "k2", code=card)["reason"] == "possible_duplicate"
    on = market.redeem("V0001", "SOAP", "k2", code=card, override_duplicate=True)
    assert on["reason"] == "step_up"
    done = market.redeem("V0001", "SOAP", "k2", code=card, pin=PIN)
    assert (done["status"], done["flags"]) == ("ok", ["possible_duplicate"])


def test_a_family_member_picks_up_with_booklet_and_pin(market: Market) -> None:
    card = market.cards["V0001"].url
    answer = market.redeem("V0001", "SOAP", "k1", code=card, pin=PIN, proxy="family")
    assert answer["status"] == "ok"
    assert market.one("SELECT proxy FROM redemptions WHERE key = 'k1'") == "family"
    assert market.events("RedemptionCaptured")[0]["proxy"] == "family"


def test_a_lost_card_opens_nothing(market: Market) -> None:
    from service import passes

    market.run(passes.report_lost, booklet_code="V0001", now=market.clock.now())
    card = market.cards["V0001"].url
    answer = market.redeem("V0001", "SOAP", "k1", code=card, pin=PIN)
    assert (answer["status"], answer["reason"]) == ("refused", "card_blocked")


@pytest.mark.parametrize(
    ("seconds_in", "seconds_out", "flags"),
    [
        (-600, None, ["serving"]),  # checked in ten minutes ago
        (-600, -30, ["serving"]),  # checked out in the same minute
        (-600, -31, []),
        (59, None, []),  # another minute
        (29, None, ["serving"]),
    ],
)
def test_spending_in_the_minute_of_a_service_is_flagged_and_not_refused(
    market: Market,
    admin: psycopg.Connection,
    seconds_in: int,
    seconds_out: int | None,
    flags: list[str],
) -> None:
    now = market.clock.now() + timedelta(seconds=30)
    market.clock.set(now)
    admin.execute(
        "INSERT INTO activities_attendances (activity_id, volunteer_id, kind, status, in_at,"
        " out_at, in_way, in_actor) SELECT 1, id, 'service', %s, %s, %s, 'C1', 'test:1'"
        " FROM people_volunteers WHERE code = 'V0001'",
        [
            "in" if seconds_out is None else "out",
            now + timedelta(seconds=seconds_in),
            None if seconds_out is None else now + timedelta(seconds=seconds_out),
        ],
    )
    answer = market.redeem("V0001", "SOAP", "k1")
    assert (answer["status"], answer["flags"]) == ("ok", [])  # no business of the shop's
    assert market.database.rows("SELECT flags FROM redemptions") == [{"flags": flags}]


def test_a_suspended_shop_gives_nothing(market: Market) -> None:
    market.one("UPDATE shops SET status = 'suspended' WHERE code = 'A' RETURNING 1")
    assert market.redeem("V0001", "SOAP", "k1")["reason"] == "shop_suspended"
    assert market.discount("V0001", 4000, "d1")["reason"] == "shop_suspended"


def test_new_rules_count_from_their_day_on(market: Market) -> None:
    from service import programmes
    from tests.shops.market import DAY, FIGURES

    market.redeem("V0001", "SOAP", "k1")
    stricter = {**FIGURES, "step_up": {"above_points": 10}}
    market.run(
        programmes.adopt,
        programme_id=market.programme_id,
        code="MK-2",
        figures=stricter,
        effective_from=DAY + timedelta(days=1),
    )
    market.clock.set(market.clock.now() + timedelta(days=1))
    assert market.redeem("V0001", "SOAP", "k2")["reason"] == "step_up"
