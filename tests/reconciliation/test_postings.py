"""Rounding of a shop's day, posted once however often it is said; and where a pledge stands."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from service import reconciliation, shops
from service.ledger import Unit
from service.reconciliation.models import Difference
from service.reconciliation.postings import Accounts, accounts, legs
from service.shops.overview import standing
from tests.reconciliation.exceptions import Exceptions
from tests.shops.market import DAY, Market

PLACES = Accounts("pledge:A", "suspense:A", "given-goods:A")


def test_every_step_comes_to_nothing() -> None:
    for parked, taken in ((500, 0), (-500, 500), (-500, 200), (0, -300), (500, -500)):
        found = legs(PLACES, parked=parked, taken=taken)
        assert sum(leg.amount for leg in found) == 0
        assert all(leg.amount and leg.unit == Unit.CNY for leg in found)


def test_goods_and_discounts_wait_apart() -> None:
    shop = shops.Shop(code="A")
    row = Difference(kind="AMOUNT_DIFF", detail={})
    assert accounts(shop, row) == PLACES
    row.ours_kind = "discount"
    assert accounts(shop, row).suspense == "suspense-discount:A"
    row = Difference(kind="THEIRS_ONLY", detail={"what": "discount"})
    assert accounts(shop, row).origin == "discount-granted"


def round_off(market: Market, goods: int, discount: int = 0) -> int | None:
    def work(session: Any) -> int | None:
        return reconciliation.settle_rounding(
            session,
            shops.shop(session, "A"),
            DAY,
            goods_fen=goods,
            discount_fen=discount,
            now=market.clock.now(),
        )

    found: int | None = market.run(work)
    return found


def test_rounding_said_again_posts_only_what_has_changed(market: Market) -> None:
    names = ("rounding:A", "given-goods:A", "rounding-discount:A", "given-discount:A", "pledge:A")
    before = [market.fen(one) for one in names]
    assert round_off(market, 37, -2) is not None
    assert round_off(market, 37, -2) is None
    assert round_off(market, 12, -2) is not None
    after = [market.fen(one) for one in names]
    assert [b - a for a, b in zip(before, after, strict=True)] == [-12, 12, 2, -2, 0]
    assert round_off(market, 0) is not None
    assert [market.fen(one) for one in names] == before
    assert round_off(market, 0) is None
    market.check_books()


def test_rounding_said_by_two_at_once_is_posted_once(market: Market) -> None:
    for fen in (5, 9, 4):
        with ThreadPoolExecutor(3) as threads:
            told = list(threads.map(partial(round_off, market), [fen] * 3))
        assert sum(one is not None for one in told) == 1
        assert market.fen("rounding:A") == -fen


def test_a_pledge_balances_with_what_is_undecided(exceptions: Exceptions, market: Market) -> None:
    number = exceptions.open(700)
    exceptions.post(f"{number}/carry", {"until": "2025-10-25", "note": "x"})
    exceptions.resolve(exceptions.open(250), "shop_prevails")
    about_a_discount = exceptions.open(90, ours_kind="discount")
    exceptions.post(f"{about_a_discount}/carry", {"until": "2025-10-25", "note": "x"})
    round_off(market, 12)
    found = market.run(lambda session: standing(session, shops.shop(session, "A")))
    assert (found.suspense_fen, found.given_fen, found.rounding_fen) == (700, 262, -12)
    assert found.balanced
    page = market.client.get(
        "/desk/shops/A",
        headers={"Authorization": f"Bearer {market.tokens['U-CH']}", "Accept-Language": "en"},
    )
    assert "In suspense" in page.text
    assert 'class="eq bad"' not in page.text
