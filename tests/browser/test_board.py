"""The board and the batches in a real browser: readable on every screen, and alive."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.board.test_batches import compared, sent
from tests.browser.conftest import DESK, PHONE, Check, OpenPage, Screen
from tests.browser.wire import Wire
from tests.shops.market import Market

Open = Callable[[Screen], Page]


@pytest.fixture
def as_officer(open_page: OpenPage, wire: Wire, market: Market, admin: Any) -> Open:
    """Open pages as the association's officer, on a day with something in every place."""
    for who, key in (("V0001", "k1"), ("V0002", "k2"), ("V0003", "k3")):
        market.redeem(who, "SOAP", key)
        market.clock.set(market.clock.now() + timedelta(minutes=1))
    market.discount("V0001", 5680, "d1")
    sent(market, ("k1", 400), ("k2", 500), ("X-9", 700))
    compared(market)
    admin.execute("UPDATE shops SET pledge_fen = 9 * pledge_fen, licence_until = '2025-10-01'")
    admin.execute("UPDATE reconciliation_exceptions SET aged_from = aged_from - 3 * id::int")

    def begin(screen: Screen) -> Page:
        page = open_page(screen, base_url=wire.address)
        token = {"name": "aixin_session", "value": market.tokens["U-CH"], "url": wire.address}
        page.context.add_cookies([token])
        return page

    return begin


def test_the_pages_fit_and_are_read_by_everybody(
    as_officer: Open, each_screen: Screen, audit: Check, market: Market
) -> None:
    page = as_officer(each_screen)
    number = market.one("SELECT min(id) FROM reconciliation_batches")
    for path in ("/desk/board", "/desk/batches", f"/desk/batches/{number}"):
        page.goto(path)
        for fold in page.locator("summary").all():
            fold.click()
        audit(page)


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=lambda screen: screen.name)
def test_words_of_a_chart_are_large_enough_on_every_screen(
    as_officer: Open, screen: Screen
) -> None:
    page = as_officer(screen)
    page.goto("/desk/board")
    shown = page.locator("svg.plot:visible")
    assert shown.count() == 3
    for text in shown.locator("text").all():
        scale = text.evaluate("each => each.getScreenCTM().a")
        size = text.evaluate("each => parseInt(getComputedStyle(each).fontSize)")
        assert scale * size >= 13.5


def test_a_sale_stands_on_the_board_without_a_reload(as_officer: Open, market: Market) -> None:
    page = as_officer(DESK)
    page.goto("/desk/board")
    figure = page.locator("section", has=page.locator("#go-h")).locator(".num.mid")
    expect(figure).to_contain_text("60")
    market.redeem("V0003", "BULB", "k9")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(figure).to_contain_text("110")
