"""Many at once on a real database: nothing is sold twice, nothing is given back twice."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

from service import redemptions
from service.errors import KeyInFlight
from service.redemptions import actions, discounts, sale
from service.redemptions.sale import Answer, Ask, Till
from tests.shops.market import Market


def till(market: Market, shop: str = "A") -> Till:
    found = market.one("SELECT id FROM shops WHERE code = %(shop)s", shop=shop)
    return Till(found, "device:1", 1)


def together(acts: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(24) as threads:
        return [future.result() for future in [threads.submit(act) for act in acts]]


def redeem(market: Market, who: Till, ask: Ask) -> Answer | None:
    """Redeem as the till does; None where it is told to ask again."""
    try:
        return sale.redeem(market.database, market.keys, who, ask, now=market.clock.now())
    except KeyInFlight:
        return None


def test_fifty_sendings_of_one_key_redeem_once(market: Market) -> None:
    ask = Ask("k1", market.code("V0001"), "SOAP")
    acts = [partial(redeem, market, till(market), ask)] * 50
    answers = [answer for answer in together(acts) if answer is not None]
    assert len({answer.receipt for answer in answers}) == 1
    assert [answer.replayed for answer in answers].count(False) == 1
    assert market.count("redemptions") == 1
    assert (market.balance("V0001"), market.stock("SOAP")) == (480, 59)
    market.check_books()


def test_five_on_the_shelf_sell_five_under_sixty(market: Market) -> None:
    acts = [
        partial(redeem, market, till(market), Ask(f"k{n}", market.code(who), "LAST"))
        for n, who in enumerate(many_buyers(market, 60))
    ]
    answers = together(acts)
    assert None not in answers
    told = Counter(answer.reason for answer in answers)
    assert told == {None: 5, "out_of_stock": 55}
    assert market.stock("LAST") == 0
    market.check_books()


def rules_without_step_up(market: Market) -> None:
    from service import programmes
    from tests.shops.market import DAY, FIGURES

    loose = {**FIGURES, "step_up": {"above_points": 10_000, "nth_of_day": 1000}}
    market.run(
        programmes.adopt,
        programme_id=market.programme_id,
        code="MK-L",
        figures=loose,
        effective_from=DAY,
    )


def many_buyers(market: Market, count: int) -> list[str]:
    """Register people with 100 points each."""
    from service import people
    from tests.shops import market as words

    codes = [f"W{n:04d}" for n in range(count)]
    words.POINTS.update(dict.fromkeys(codes, 100))
    words.LIFETIME.update(dict.fromkeys(codes, 0))

    def settle(session: Any) -> None:
        place = people.unit(session, "MK")
        for code in codes:
            words.settle(session, market, code, place)

    market.run(settle)
    for code in codes:
        del words.POINTS[code], words.LIFETIME[code]
    return codes


def test_a_daily_limit_of_one_gives_one(market: Market) -> None:
    buyers = many_buyers(market, 16)
    acts = [
        partial(redeem, market, till(market), Ask(f"k{n}", market.code(who), "HAT"))
        for n, who in enumerate(buyers)
    ]
    told = Counter(answer.reason for answer in together(acts) if answer is not None)
    assert told == {None: 1, "daily_limit": 15}
    assert market.one("SELECT sum(taken) FROM shops_good_days") == 1


def test_two_shops_and_one_code_in_the_same_second(market: Market) -> None:
    code = market.code("V0001")
    acts = [
        partial(redeem, market, till(market, shop), Ask(f"k{shop}", code, "SOAP"))
        for shop in ("A", "B") * 8
    ]
    answers = [answer for answer in together(acts) if answer is not None]
    won = {answer.key for answer in answers if answer.status == "ok"}
    lost = {answer.reason for answer in answers if answer.status != "ok"}
    assert (len(won), lost) == (1, {"code_used"})
    assert market.balance("V0001") == 480


def test_one_wallet_is_never_overdrawn(market: Market) -> None:
    """V0003 has 100 points; ten sales of 20, each with a code of its own, in two shops."""
    rules_without_step_up(market)
    now = market.clock.now()
    acts = []
    for number in range(10):
        moment = now - timedelta(seconds=90) + timedelta(seconds=20 * number)
        code = market.code("V0003", moment)
        ask = Ask(f"k{number}", code, "SOAP", scanned_at=moment, override_duplicate=True)
        acts.append(partial(redeem, market, till(market, "AB"[number % 2]), ask))
    told = Counter(answer.status for answer in together(acts) if answer is not None)
    paid = 20 * told["ok"]
    assert paid <= 100
    assert market.balance("V0003") == 100 - paid
    market.check_books()


def test_many_voids_of_one_sale_give_back_once(market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    buyer = sale.identify(
        market.database, market.keys, Ask("", market.code("V0001"), ""), now=market.clock.now()
    )
    undo = actions.Undo("k1", buyer)
    void = partial(actions.void, till=till(market), asked=undo, now=market.clock.now())
    done = together([partial(market.database.atomic, void)] * 12)
    assert sum(not undone.replayed for undone in done) == 1
    assert (market.balance("V0001"), market.stock("SOAP")) == (500, 60)
    market.check_books()


def test_a_void_and_its_original_at_once_end_in_one_state(market: Market) -> None:
    for number in range(8):
        key, who = f"k{number}", "V0001"
        market.clock.set(market.clock.now() + timedelta(minutes=70))
        rules = market.clock.now()
        ask = Ask(key, market.code(who), "SOAP", override_duplicate=True)
        buyer = sale.identify(market.database, market.keys, ask, now=rules)
        undo = partial(actions.void, till=till(market), asked=actions.Undo(key, buyer), now=rules)
        together(
            [
                partial(redeem, market, till(market), ask),
                partial(market.database.atomic, undo),
            ]
        )
        assert market.state(key) == "voided"
    assert (market.balance("V0001"), market.stock("SOAP")) == (500, 60)
    market.check_books()


def test_expiry_and_confirmation_at_once_end_in_one_state(market: Market) -> None:
    market.redeem("V0001", "OIL", "k1")
    moment = market.clock.now() + timedelta(seconds=180)
    market.clock.set(moment)
    sweep = partial(redemptions.expire_one, now=moment)

    def confirm() -> int:
        return market.post("/redemptions/k1/confirmation", {}, by="V0001").status_code

    together([confirm, partial(market.database.atomic, sweep)])
    assert market.state("k1") == "expired"
    assert market.balance("V0001") == 500


def test_two_discounts_at_once_are_one(market: Market) -> None:
    buyer = sale.identify(
        market.database, market.keys, Ask("", market.code("V0001"), ""), now=market.clock.now()
    )
    acts = [
        partial(
            market.database.atomic,
            partial(
                discounts.give,
                till=till(market),
                bill=discounts.Bill(f"d{number}", 4000),
                buyer=buyer,
                now=market.clock.now(),
            ),
        )
        for number in range(12)
    ]
    told = Counter(answer.reason for answer in together(acts))
    assert told == {None: 1, "discount_used": 11}
    assert market.fen("given-discount:A") == 320
