"""A locked programme in a browser: the till says so, what was given waits, and a phone is told."""

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from service import programmes
from service.web.locks import Known
from tests.browser.conftest import DESK, PHONE, Check, OpenPage, Screen
from tests.browser.tills import Counter, stand
from tests.browser.wire import Wire
from tests.shops.market import Market

REFUSED = "这个积分计划现在只能查看"
REASON = "年底盘点"


@pytest.fixture
def till(open_page: OpenPage, wire: Wire, market: Market) -> Counter:
    return stand(open_page, wire, market).kept()


@pytest.fixture
def lock(app: Flask, market: Market) -> Iterator[Callable[[bool], None]]:
    """Lock the market's programme, or open it; every process has heard of it."""
    row = market.database.call("SELECT code FROM programmes ORDER BY id LIMIT 1")
    assert row is not None
    locking = partial(programmes.lock, reason=REASON, by="operator", now=market.clock.now())

    def turn(held: bool) -> None:
        act = locking if held else programmes.unlock
        market.database.atomic(partial(act, code=row["code"]))
        app.extensions["aixin.locks"] = Known()

    yield turn
    app.extensions["aixin.locks"] = Known()


def test_the_till_says_so_and_what_was_given_waits_for_the_unlock(
    till: Counter, market: Market, lock: Callable[[bool], None], audit: Check
) -> None:
    till.cut()
    till.gives("V0001", "Soap")
    lock(True)
    with till.page.expect_response(lambda answer: answer.status == 423):
        till.mend()
    till.strip("1 笔")
    till.scan(market.code("V0003"))
    till.tile("Soap")
    till.says(REFUSED)
    till.says(REASON)
    audit(till.page)
    assert market.count("redemptions") == 0
    lock(False)
    till.page.evaluate("dispatchEvent(new Event('online'))")
    till.calm()
    rows = market.database.rows("SELECT status, offline FROM redemptions")
    assert rows == [{"status": "captured", "offline": True}]
    assert market.balance("V0001") == 480


@pytest.mark.parametrize(("screen", "lang"), [(PHONE, "zh_Hans"), (DESK, "en")])
def test_a_page_that_changes_something_says_why_it_cannot(
    open_page: OpenPage,
    wire: Wire,
    market: Market,
    lock: Callable[[bool], None],
    audit: Check,
    screen: Screen,
    lang: str,
) -> None:
    page: Page = open_page(screen, base_url=wire.address)
    token = {"name": "aixin_session", "value": market.tokens["V0001"], "url": wire.address}
    page.context.add_cookies([token])  # type: ignore[list-item]
    page.goto(f"/me/calendar?lang={lang}")
    lock(True)
    with page.expect_response(lambda answer: answer.status == 423):
        page.locator("main form button[type=submit], main form button").first.click()
    expect(page.locator("main")).to_contain_text(REASON)
    audit(page)
    page.goto(f"/me/calendar?lang={lang}")  # reading goes on
    expect(page.locator("main form").first).to_be_visible()
