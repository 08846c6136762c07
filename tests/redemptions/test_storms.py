"""Hundreds at once on a real database, and pairs of acts that race, again and again."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import cycle, islice
from typing import Any

import pytest

from service import redemptions, shops
from service.errors import KeyInFlight, Refusal
from service.redemptions import actions, sale
from service.redemptions.models import Status
from service.redemptions.sale import Answer, Ask, Buyer, Till
from service.shops.actions.membership import Decision, leave
from tests.redemptions.test_races import many_buyers, till, together
from tests.shops.market import PIN, Market

ATTEMPTS = 640


def buyer(market: Market, who: str) -> Buyer:
    found = market.one("SELECT id FROM people_volunteers WHERE code = %(who)s", who=who)
    return Buyer(found, who, market.programme_id, who[-3:], "pass")


def sell(market: Market, where: Till, ask: Ask, person: Buyer) -> Answer:
    """Sell to somebody who has confirmed, asking again as long as we are told to."""
    params = sale.describe(where, ask, person, now=market.clock.now())
    while True:
        try:
            return sale.send(market.database, ask.key, {**params, "verified": True})
        except KeyInFlight:
            continue


def test_fifty_on_the_shelf_sell_exactly_fifty_under_640(market: Market) -> None:
    market.one("UPDATE shops_goods SET stock = 50 WHERE code = 'SOAP' RETURNING 1")
    people = [buyer(market, who) for who in many_buyers(market, 20)]
    where = till(market)
    acts = [
        partial(sell, market, where, Ask(f"k{n}", "", "SOAP", override_duplicate=True), person)
        for n, person in enumerate(islice(cycle(people), ATTEMPTS))
    ]
    told = Counter(answer.reason for answer in together(acts))
    assert told.pop(None) == 50
    assert set(told) <= {"out_of_stock", "insufficient"}
    assert market.stock("SOAP") == 0
    assert market.fen("given-goods:A") == 50 * 400
    assert sum(market.balance(person.code) for person in people) == 20 * 100 - 50 * 20
    assert market.count("redemptions") == ATTEMPTS
    market.check_books()


def test_640_sendings_of_one_key_are_one_redemption(market: Market) -> None:
    where, person = till(market), buyer(market, "V0001")
    answers = together([partial(sell, market, where, Ask("k1", "", "SOAP"), person)] * ATTEMPTS)
    assert [answer.replayed for answer in answers].count(False) == 1
    assert len({answer.receipt for answer in answers}) == 1
    assert (market.count("redemptions"), market.balance("V0001")) == (1, 480)
    assert len(market.events("RedemptionCaptured")) == 1
    market.check_books()


def test_a_limit_holds_for_sales_and_holds_together(market: Market) -> None:
    market.one("UPDATE shops_goods SET daily_limit = 7 WHERE code = 'SOAP' RETURNING 1")
    people = [buyer(market, who) for who in many_buyers(market, 20)]

    def hold_or_sell(number: int, person: Buyer) -> str:
        ask = Ask(f"k{number}", "", "SOAP", override_duplicate=True)
        params = sale.describe(till(market), ask, person, now=market.clock.now())
        verified = number % 2 == 0
        waits = {"via": "pass" if verified else "booklet", "verified": verified}
        return sale.send(market.database, ask.key, {**params, **waits}).state

    states = Counter(together([partial(hold_or_sell, n, who) for n, who in enumerate(people * 3)]))
    assert states["captured"] + states["held"] == 7
    assert market.one("SELECT taken FROM shops_good_days") == 7
    assert market.stock("SOAP") == 53


def race(*acts: Callable[[], Any]) -> list[Any]:
    """Run each act in a thread of its own, all at once; a refusal is an answer too."""

    def told(act: Callable[[], Any]) -> Any:
        try:
            return act()
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as threads:
        return [done.result() for done in [threads.submit(told, act) for act in acts]]


def hold(market: Market, key: str) -> None:
    asked = market.redeem(
        "V0001", "SOAP", key, code=market.cards["V0001"].url, override_duplicate=True
    )
    assert asked["state"] == "held"


def check(market: Market, out: int) -> None:
    """So many soaps are out and paid for, and nothing is set aside."""
    assert market.stock("SOAP") == 60 - out
    assert market.balance("V0001") == 500 - 20 * out
    assert market.fen("given-goods:A") == 400 * out
    assert market.count("ledger_holds") == 0
    assert market.one("SELECT sum(held_out) FROM ledger_accounts") == 0
    market.check_books()


def test_two_shops_and_one_pass_in_the_same_second(market: Market) -> None:
    out = 0
    for turn in range(8):
        market.clock.set(market.clock.now() + timedelta(minutes=61))
        code, now = market.code("V0003"), market.clock.now()

        def at(shop: str, turn: int = turn, code: str = code, now: Any = now) -> Answer:
            ask = Ask(f"k{turn}", code, "SOAP")
            return sale.redeem(market.database, market.keys, till(market, shop), ask, now=now)

        if turn < 3:  # the fourth of a day asks for a confirmation
            answers = race(partial(at, "A"), partial(at, "B"))
            assert sorted(str(one.reason) for one in answers) == ["None", "code_used"]
            out += 1
    assert market.balance("V0003") == 100 - 20 * out
    market.check_books()


def test_giving_up_races_the_capture(market: Market) -> None:
    out = 0
    for turn in range(12):
        hold(market, f"k{turn}")
        where, now = till(market), market.clock.now()
        undo = partial(actions.void, till=where, asked=actions.Undo(f"k{turn}"), now=now)
        confirm = partial(market.post, f"/redemptions/k{turn}/confirmation", {}, by="V0001")
        race(partial(market.database.atomic, undo), confirm)
        state = market.state(f"k{turn}")
        assert state in {"captured", "voided"}
        out += state == "captured"
    check(market, out)


def test_two_ways_of_confirming_capture_once(market: Market) -> None:
    for turn in range(6):
        hold(market, f"k{turn}")
        card = {"code": market.cards["V0001"].url, "override_duplicate": True, "pin": PIN}
        typed = partial(market.redeem, "V0001", "SOAP", f"k{turn}", **card)
        confirm = partial(market.post, f"/redemptions/k{turn}/confirmation", {}, by="V0001")
        race(typed, confirm, typed, confirm)
        assert market.state(f"k{turn}") == "captured"
    check(market, 6)
    assert len(market.events("RedemptionCaptured")) == 6


def test_expiry_races_the_capture(market: Market) -> None:
    """The sweep's clock is a little ahead of the one that captures: either may come first."""
    out = 0
    for turn in range(12):
        hold(market, f"k{turn}")
        over = market.clock.now() + timedelta(seconds=180)
        market.clock.set(over - timedelta(seconds=1))
        sweep = partial(market.run, redemptions.expire_one, now=over)
        confirm = partial(market.post, f"/redemptions/k{turn}/confirmation", {}, by="V0001")
        race(sweep, confirm, sweep)
        market.run(redemptions.expire_one, now=over)
        state = market.state(f"k{turn}")
        assert state in {"captured", "expired"}
        out += state == "captured"
    check(market, out)


def propose(market: Market, key: str, qty: int) -> int:
    body = {"reason": "came back", "qty": qty}
    return int(market.post(f"/redemptions/{key}/reversal", body, by="U-ADM").json["nth"])


def test_a_reversal_races_a_reversal(market: Market) -> None:
    for turn in range(6):
        market.clock.set(market.clock.now() + timedelta(minutes=61))
        hold(market, f"k{turn}")
        market.post(f"/redemptions/k{turn}/confirmation", {}, by="V0001")
        nth = propose(market, f"k{turn}", 1)
        path = f"/redemptions/k{turn}/reversal/approval"
        every = ("U-SUP", "U-CH", "A-OWNER", "U-SEC")
        done = race(*(partial(market.post, path, {"nth": nth}, by=by) for by in every))
        assert sorted(one.status_code for one in done) == [200, 409, 409, 409]
        assert market.state(f"k{turn}") == "reversed"
    check(market, 0)
    assert len(market.events("RedemptionReversed")) == 6


def test_a_void_races_a_reversal(market: Market) -> None:
    for turn in range(6):
        market.clock.set(market.clock.now() + timedelta(minutes=61))
        hold(market, f"k{turn}")
        market.post(f"/redemptions/k{turn}/confirmation", {}, by="V0001")
        propose(market, f"k{turn}", 1)
        approve = partial(market.post, f"/redemptions/k{turn}/reversal/approval", {}, by="U-SUP")
        race(approve, partial(market.void, f"k{turn}", "V0001"))
        assert market.state(f"k{turn}") in {"reversed", "voided"}
    check(market, 0)


@pytest.mark.parametrize("key", ["sold", "held"])
def test_a_shop_that_leaves_races_its_sales(market: Market, key: str) -> None:
    """What it pledged is what it gave and what it got back, whoever came first."""
    people = [buyer(market, who) for who in many_buyers(market, 12)]
    now, where = market.clock.now(), till(market)
    if key == "held":
        for number, person in enumerate(people):
            params = sale.describe(where, Ask(f"k{number}", "", "SOAP"), person, now=now)
            sale.send(market.database, f"k{number}", {**params, "via": "booklet"})

    def go(session: Any) -> None:
        shop = shops.shop(session, "A")
        leave(session, shop, decision=Decision("staff:U-CH", "moves away", now))

    sales = [
        partial(sell, market, where, Ask(f"k{n}", "", "SOAP"), person)
        for n, person in enumerate(people)
    ]
    race(*sales[:6], partial(market.database.atomic, go), *sales[6:])
    states = market.database.rows("SELECT status, reason FROM redemptions")
    sold = sum(row["status"] == Status.CAPTURED for row in states)
    assert {row["reason"] for row in states} <= {
        None,
        "shop_suspended",
        "not_offered",
        "out_of_stock",
    }
    assert market.fen("given-goods:A") == sold * 400
    assert market.fen("pledge:A") == 0
    assert market.fen("fund") == -(sold * 400) - market.fen("pledge:B")
    assert market.count("ledger_holds") == 0
    refused = sell(market, where, Ask("late", "", "SOAP"), people[0])
    assert refused.reason in {"shop_suspended", "not_offered"}
    market.check_books()


@dataclass
class Storm:
    """Acts on forty keys of two goods and three people, drawn by lot."""

    market: Market
    people: list[Buyer]
    luck: random.Random = field(default_factory=lambda: random.Random(7))

    def act(self, number: int) -> None:
        now = self.market.clock.now()
        key = self.luck.randrange(40)
        where, words = till(self.market), f"k{key}"
        person = self.people[key % 3]
        choice = self.luck.randrange(5)
        if choice == 0:
            asked = actions.Undo(words, self.people[number % 3])
            self.market.run(actions.void, till=where, asked=asked, now=now)
        elif choice == 1:
            self.market.run(actions.void, till=where, asked=actions.Undo(words), now=now)
        elif choice == 2:
            self.market.run(redemptions.expire_one, now=now + timedelta(seconds=180))
        else:
            ask = Ask(words, "", ("SOAP", "BULB")[key % 2], override_duplicate=True)
            params = sale.describe(where, ask, person, now=now)
            told = {"via": "booklet", "verified": choice == 3}
            sale.send(self.market.database, words, {**params, **told})


def test_everything_at_once_leaves_the_books_right(market: Market) -> None:
    """Sales, holds, answers, undoing and sweeping, mixed."""
    storm = Storm(market, [buyer(market, who) for who in many_buyers(market, 3)])
    together([partial(storm.act, number) for number in range(400)])
    rows = market.database.rows("SELECT status, qty, points, good_id FROM redemptions")
    out = [row for row in rows if row["status"] in {Status.CAPTURED, Status.HELD}]
    assert market.stock("SOAP") == 60 - sum(row["points"] == 20 for row in out)
    assert market.stock("BULB") == 30 - sum(row["points"] == 50 for row in out)
    spent = sum(row["points"] for row in out if row["status"] == Status.CAPTURED)
    assert sum(market.balance(one.code) for one in storm.people) == 300 - spent
    held = sum(row["points"] for row in out if row["status"] == Status.HELD)
    assert market.one("SELECT sum(held_out) FROM ledger_accounts WHERE unit = 'PTS'") == held
    market.check_books()
