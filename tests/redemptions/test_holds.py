"""What is held: set aside for one person, free for nobody else, until captured or let go."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import Session

from service import ledger, redemptions
from service.redemptions import queries, sale
from service.redemptions.pickup import Choice, Showing, capture_held, hold_for_phone
from service.redemptions.sale import Answer, Till
from tests.redemptions.test_limits import limit
from tests.shops.market import PIN, Market


def later(market: Market, **time: float) -> None:
    market.clock.set(market.clock.now() + timedelta(**time))


def spendable(market: Market, who: str) -> int:
    given = {"programme_id": market.programme_id, "address": f"volunteer:{who}"}
    found = market.run(ledger.account, **given)
    return int(found.posted - found.held_out)


def sweep(market: Market) -> int:
    done = 0
    while market.run(redemptions.expire_one, now=market.clock.now()):
        done += 1
    return done


def free(market: Market, good: str = "OIL", stock: int = 20) -> None:
    """Nothing is set aside anywhere."""
    assert market.stock(good) == stock
    assert spendable(market, "V0001") == market.balance("V0001")
    assert market.count("ledger_holds") == 0
    assert market.one("SELECT coalesce(sum(taken), 0) FROM shops_good_days") == 0
    assert market.one("SELECT coalesce(sum(taken), 0) FROM shops_person_days") == 0
    market.check_books()


def test_what_waits_for_the_pin_cannot_be_sold_to_others(market: Market) -> None:
    card = market.cards["V0001"].url
    market.one("UPDATE shops_goods SET stock = 1 WHERE code = 'LAST' RETURNING 1")
    asked = market.redeem("V0001", "LAST", "k1", code=card)
    assert (asked["state"], asked["reason"], asked["remaining_stock"]) == ("held", "step_up", 0)
    assert market.redeem("V0002", "LAST", "k2")["reason"] == "out_of_stock"
    assert market.redeem("V0001", "LAST", "k1", code=card, pin=PIN)["status"] == "ok"
    assert (market.balance("V0001"), market.stock("LAST")) == (450, 0)


def test_points_that_are_held_buy_nothing_else(market: Market) -> None:
    market.redeem("V0002", "SOAP", "k1", code=market.cards["V0002"].url, qty=2)
    assert (market.balance("V0002"), spendable(market, "V0002")) == (60, 20)
    assert market.redeem("V0002", "BULB", "k2")["reason"] == "insufficient"
    said = market.post("/till/lookups", {"code": market.code("V0002")}, by="A").json
    assert next(one for one in said["tiles"] if one["good"] == "BULB")["reason"] == "insufficient"


def test_a_hold_is_told_once_and_posts_nothing_but_itself(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    market.redeem("V0001", "OIL", "k1")
    (said,) = market.events("RedemptionHeld")
    assert (said["key"], said["points"], said["reason"]) == ("k1", 150, "step_up")
    assert market.one("SELECT count(*) FROM ledger_transfers WHERE kind = 'hold'") == 1
    assert (market.balance("V0001"), market.fen("given-goods:A")) == (500, 0)
    assert market.events("RedemptionCaptured") == []


def test_the_capture_settles_the_hold_and_posts_the_sale(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    later(market, seconds=90)
    answer = market.post("/redemptions/k1/confirmation", {}, by="V0001").json
    assert (answer["status"], answer["state"], answer["reason"]) == ("ok", "captured", None)
    assert (market.balance("V0001"), spendable(market, "V0001")) == (350, 350)
    assert (market.fen("given-goods:A"), market.stock("OIL")) == (3000, 19)
    row = market.database.call(
        "SELECT t.pending_id = r.hold_id AS settles, t.kind, r.occurred_at FROM redemptions r"
        " JOIN ledger_transfers t ON t.id = r.transfer_id"
    )
    assert row == {"settles": True, "kind": "redeem", "occurred_at": market.clock.now()}
    assert [event["key"] for event in market.events("RedemptionCaptured")] == ["k1"]
    market.check_books()


def test_giving_up_lets_everything_go(market: Market) -> None:
    limit(market, "OIL", daily_limit=1, person_limit=1)
    market.redeem("V0001", "OIL", "k1")
    assert market.one("SELECT sum(taken) FROM shops_good_days") == 1
    assert market.void("k1", None)["state"] == "voided"
    free(market)
    assert [event["reason"] for event in market.events("RedemptionVoided")] == ["given_up"]
    assert market.redeem("V0001", "OIL", "k2")["state"] == "held"


def test_a_code_whose_sale_was_given_up_may_choose_something_else(market: Market) -> None:
    code = market.code("V0001")
    assert market.redeem("V0001", "OIL", "k1", code=code)["state"] == "held"
    assert market.redeem("V0001", "SOAP", "k2", code=code)["reason"] == "code_used"
    market.void("k1", None)
    assert market.redeem("V0001", "SOAP", "k3", code=code)["status"] == "ok"


@pytest.mark.parametrize("lazily", [True, False])
def test_time_lets_everything_go(market: Market, lazily: bool) -> None:
    limit(market, "OIL", daily_limit=1, person_limit=1)
    market.redeem("V0001", "OIL", "k1")
    later(market, seconds=179)
    assert sweep(market) == 0
    later(market, seconds=1)
    if lazily:
        assert market.redeem("V0001", "OIL", "k1")["reason"] == "expired"
    else:
        assert sweep(market) == 1
    assert market.state("k1") == "expired"
    assert sweep(market) == 0
    free(market)
    assert [event["key"] for event in market.events("RedemptionExpired")] == ["k1"]


def test_the_ledger_s_own_sweep_may_be_quicker(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    later(market, seconds=180)
    released = {"programme_id": market.programme_id, "now": market.clock.now()}
    assert market.run(ledger.expire_holds, **released) == 1
    late = market.post("/redemptions/k1/confirmation", {}, by="V0001").json
    assert (late["status"], late["reason"]) == ("refused", "expired")
    free(market)


def test_a_clock_that_runs_ahead_lets_it_expire_for_all(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    ahead = market.clock.now() + timedelta(seconds=180)
    market.run(ledger.expire_holds, programme_id=market.programme_id, now=ahead)
    late = market.post("/redemptions/k1/confirmation", {}, by="V0001").json
    assert (late["status"], late["state"], late["reason"]) == ("refused", "expired", "expired")
    free(market)


def test_a_shop_that_was_suspended_meanwhile_gives_nothing(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    market.one("UPDATE shops SET status = 'suspended' WHERE code = 'A' RETURNING 1")
    told = market.post("/redemptions/k1/confirmation", {}, by="V0001").json
    assert (told["status"], told["state"], told["reason"]) == (
        "refused",
        "refused",
        "shop_suspended",
    )
    free(market)


def test_midnight_between_hold_and_capture_moves_it_to_the_new_day(market: Market) -> None:
    limit(market, "OIL", daily_limit=1, person_limit=1)
    market.clock.set(market.clock.now().replace(hour=15, minute=59))  # 23:59 in Shanghai
    market.redeem("V0001", "OIL", "k1")
    later(market, minutes=2)
    market.post("/redemptions/k1/confirmation", {}, by="V0001")
    days = market.database.rows("SELECT day::text, taken FROM shops_good_days ORDER BY day")
    assert [(row["day"], row["taken"]) for row in days] == [("2025-10-18", 0), ("2025-10-19", 1)]
    assert market.one("SELECT business_day::text FROM redemptions") == "2025-10-19"
    assert market.redeem("V0003", "OIL", "k2")["reason"] == "daily_limit"
    market.void("k1", "V0001")
    free(market)


def test_a_limit_counts_what_was_taken_before_it_was_set(market: Market) -> None:
    market.redeem("V0001", "BULB", "k1", qty=2)
    limit(market, "BULB", daily_limit=3, person_limit=2)
    later(market, minutes=61)
    assert market.redeem("V0001", "BULB", "k2", qty=1)["reason"] == "person_limit"
    assert market.redeem("V0003", "BULB", "k3", qty=1)["status"] == "ok"
    assert market.redeem("V0002", "BULB", "k4", qty=1)["reason"] == "daily_limit"


def test_a_limit_that_comes_back_counts_what_was_taken_in_between(market: Market) -> None:
    limit(market, "BULB", daily_limit=9)
    market.redeem("V0001", "BULB", "k1")
    limit(market, "BULB", daily_limit=None)
    later(market, minutes=61)
    market.redeem("V0001", "BULB", "k2")
    limit(market, "BULB", daily_limit=2)
    assert market.redeem("V0003", "BULB", "k3")["reason"] == "daily_limit"
    market.void("k2", "V0001")
    assert market.redeem("V0003", "BULB", "k4")["status"] == "ok"


def test_what_is_held_counts_as_had_within_the_hour_and_today(market: Market) -> None:
    card = market.cards["V0001"].url
    market.redeem("V0001", "SOAP", "k1", code=card)
    assert market.redeem("V0001", "SOAP", "k2")["reason"] == "possible_duplicate"
    market.redeem("V0001", "LAST", "k3", code=card)
    market.redeem("V0001", "HAT", "k4", code=card)
    assert market.redeem("V0001", "BULB", "k5")["reason"] == "step_up"  # the fourth of the day


def test_a_capture_waits_for_a_shop_that_is_leaving(market: Market) -> None:
    """What the shop gets back of its pledge is reckoned when no capture is under way."""
    market.redeem("V0001", "OIL", "k1")
    with ThreadPoolExecutor(1) as thread:

        def go(session: Session) -> Future[Any]:
            session.execute(text("SELECT FROM shops WHERE code = 'A' FOR NO KEY UPDATE"))
            path = "/redemptions/k1/confirmation"
            confirming = thread.submit(market.post, path, {}, by="V0001")
            assert wait([confirming], timeout=0.4).not_done == {confirming}
            session.execute(text("UPDATE shops SET status = 'left' WHERE code = 'A'"))
            return confirming

        told = market.run(go).result().json
    assert (told["status"], told["reason"]) == ("refused", "shop_suspended")
    free(market, stock=19)  # the goods are the shop's own again


def test_points_that_a_reversal_took_meanwhile_are_owed(market: Market) -> None:
    """The goods were promised: the wallet pays the debt by service, and buys nothing until then."""
    market.redeem("V0002", "SOAP", "k1", code=market.cards["V0002"].url, qty=2)
    opening = market.one("SELECT id FROM ledger_transfers WHERE key = 'open:V0002'")
    reason = ledger.Reason(
        programme_id=market.programme_id,
        key="back",
        actor="system",
        source="test:1",
        occurred_at=market.clock.now(),
        business_day=market.clock.now().date(),
    )
    market.run(ledger.reverse, reason=reason, transfer_id=opening, now=market.clock.now())
    done = market.redeem("V0002", "SOAP", "k1", code=market.cards["V0002"].url, qty=2, pin=PIN)
    assert (done["status"], market.balance("V0002")) == ("ok", -40)
    assert market.redeem("V0002", "BULB", "k2")["reason"] == "blocked_negative"
    market.check_books()


# ---------------------------------------------------------------- chosen on the phone


def till(market: Market, shop: str = "A") -> Till:
    return Till(market.one("SELECT id FROM shops WHERE code = %(code)s", code=shop), "device:1", 1)


def choose(market: Market, who: str, good: str, key: str, **more: Any) -> Answer:
    choice = Choice(key, till(market).shop_id, good, **more)
    found = market.one("SELECT id FROM people_volunteers WHERE code = %(code)s", code=who)
    hold = partial(hold_for_phone, choice=choice, volunteer_id=found, now=market.clock.now())
    return market.database.atomic(hold)


def show(market: Market, key: str, code: str, shop: str = "A", pin: str | None = None) -> Answer:
    showing = Showing(key, code, pin)
    now = market.clock.now()
    return capture_held(market.database, market.keys, till(market, shop), showing, now=now)


def test_a_choice_holds_for_a_quarter_of_an_hour(market: Market) -> None:
    asked = choose(market, "V0001", "OIL", "p1")
    assert (asked.status, asked.state, asked.reason, asked.via) == (
        "needs_input",
        "held",
        "show_code",
        "phone",
    )
    assert asked.expires_at == market.clock.now() + timedelta(minutes=15)
    assert (spendable(market, "V0001"), market.stock("OIL")) == (350, 19)
    assert choose(market, "V0001", "OIL", "p1").replayed
    later(market, minutes=15)
    assert sweep(market) == 1
    free(market)


@pytest.mark.parametrize("card", [True, False])
def test_whoever_chose_shows_the_code_and_gets_it(market: Market, card: bool) -> None:
    choose(market, "V0001", "OIL", "p1")
    later(market, minutes=14)
    code = market.cards["V0001"].url if card else market.code("V0001")
    done = show(market, "p1", code)
    assert (done.status, done.state, done.replayed) == ("ok", "captured", False)
    again = show(market, "p1", code)
    assert (again.status, again.replayed) == ("ok", True)
    assert (market.balance("V0001"), market.stock("OIL")) == (350, 19)
    actor = market.one("SELECT actor FROM ledger_transfers WHERE kind = 'redeem'")
    assert actor == "device:1"
    market.check_books()


def test_what_speaks_against_handing_over_changes_nothing(market: Market) -> None:
    choose(market, "V0001", "OIL", "p1")
    for code, reason in (
        (market.code("V0003"), "other_pass"),
        ("/c/0000000000000*", "unknown_code"),
        (market.code("V0001", market.clock.now() - timedelta(minutes=5)), "code_expired"),
    ):
        told = show(market, "p1", code)
        assert (told.status, told.state, told.reason) == ("refused", "held", reason)
    assert market.balance("V0001") == 500
    assert show(market, "p1", market.code("V0001")).status == "ok"


def test_a_code_that_paid_elsewhere_hands_nothing_over(market: Market) -> None:
    choose(market, "V0001", "BULB", "p1")
    code = market.code("V0001")
    assert market.redeem("V0001", "SOAP", "k1", code=code, by="B")["status"] == "ok"
    assert show(market, "p1", code).reason == "code_used"


def test_another_shop_knows_nothing_of_it(market: Market) -> None:
    from service.redemptions.models import UnknownRedemption

    choose(market, "V0001", "OIL", "p1")
    with pytest.raises(UnknownRedemption):
        show(market, "p1", market.code("V0001"), shop="B")


def test_too_late_it_is_let_go_whoever_stands_there(market: Market) -> None:
    choose(market, "V0001", "OIL", "p1")
    later(market, minutes=15)
    told = show(market, "p1", market.code("V0003"))
    assert (told.status, told.state, told.reason) == ("refused", "expired", "expired")
    free(market)


def test_somebody_who_picks_up_for_another_types_the_pin(market: Market) -> None:
    choose(market, "V0001", "SOAP", "p1", proxy="neighbour")
    card = market.cards["V0001"].url
    asked = show(market, "p1", card)
    assert (asked.status, asked.reason, asked.ask) == ("needs_input", "step_up", ["pin"])
    wrong = show(market, "p1", card, pin="0000")
    assert (wrong.reason, wrong.tries_left) == ("pin_wrong", 4)
    done = show(market, "p1", card, pin=PIN)
    assert (done.status, done.flags) == ("ok", ["proxy"])


def test_a_pass_below_the_limit_asks_for_more_when_another_picks_up(market: Market) -> None:
    asked = market.redeem("V0001", "SOAP", "k1", proxy="family")
    assert (asked["state"], asked["reason"], asked["flags"]) == ("held", "step_up", ["proxy"])


def test_a_choice_is_captured_by_the_code_alone_not_by_a_confirmation(market: Market) -> None:
    choose(market, "V0001", "OIL", "p1")
    row = market.run(queries.by_key, key="p1", shop_id=till(market).shop_id)
    now = market.clock.now()
    params = market.run(queries.asked_again, row=row, actor="volunteer:V0001", now=now)
    assert params["verified"] is True
    assert sale.send(market.database, "p1", params).state == "held"
    assert market.balance("V0001") == 500


def test_a_choice_is_refused_like_any_sale(market: Market) -> None:
    assert choose(market, "V0004", "SOAP", "p1").reason == "insufficient"
    market.redeem("V0001", "HAT", "k1")
    assert choose(market, "V0003", "HAT", "p2").reason == "daily_limit"


def test_the_same_good_within_the_hour_is_flagged_or_asked_about(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    asked = choose(market, "V0001", "SOAP", "p1", again=False)
    assert (asked.state, asked.reason) == ("waiting", "possible_duplicate")
    on = choose(market, "V0001", "SOAP", "p1", again=True)
    assert (on.state, on.flags) == ("held", ["possible_duplicate"])


def test_the_till_may_give_a_choice_up(market: Market) -> None:
    choose(market, "V0001", "OIL", "p1")
    assert market.void("p1", None)["state"] == "voided"
    assert show(market, "p1", market.code("V0001")).reason == "given_up"
    free(market)
