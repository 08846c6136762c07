"""The desk's reconciliation in a real browser: count, answer, sign; on every screen."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.browser.conftest import DESK, Check, OpenPage, Screen
from tests.reconciliation.exceptions import Exceptions
from tests.reconciliation.test_runs import twice
from tests.shops.market import Market, build
from workers.consumers import consume

Open = Callable[[Screen], Page]


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    """A market in which one bulb may have been recorded twice."""
    found = build(database, settings, clock, client)
    twice(found)
    return found


@pytest.fixture
def as_secretary(open_page: OpenPage, address: str, market: Market) -> Open:
    """Open the page as the secretary."""

    def begin(screen: Screen) -> Page:
        page = open_page(screen, base_url=address)
        token = market.tokens["U-SEC"]
        page.context.add_cookies([{"name": "aixin_session", "value": token, "url": address}])
        page.goto("/desk/reconciliation")
        return page

    return begin


def work(market: Market) -> None:
    """Do what the relay and a worker would."""
    rows = market.database.rows("SELECT id FROM outbox_events ORDER BY id")
    consume(market.database, [row["id"] for row in rows], now=market.clock.now())


def test_count_answer_and_sign(as_secretary: Open, market: Market) -> None:
    page = as_secretary(DESK)
    page.get_by_text("货架盘点件数").click()
    page.get_by_label("Bulb").fill("29")
    page.get_by_role("button", name="与台账核对").click()
    expect(page.get_by_text("正在核对")).to_be_visible()
    work(market)
    page.reload()
    row = page.get_by_role("listitem").filter(has_text="疑似重复记账：凭条 RD-7")
    row.locator("summary").click()
    row.get_by_label("处理结果").select_option("shop_prevails")
    row.get_by_label("理由").fill("店员记错")
    row.get_by_role("button", name="写下处理结果").click()
    expect(page.get_by_text("店员记错")).to_be_visible()
    page.get_by_role("button", name="签字日结：期末 560 分").click()
    expect(page.get_by_text("已日结")).to_be_visible()
    assert market.one("SELECT status FROM reconciliation_days") == "closed"


def test_it_fits_every_screen_open_and_closed(
    as_secretary: Open, market: Market, audit: Check, each_screen: Screen
) -> None:
    page = as_secretary(each_screen)
    audit(page)
    page.locator("summary").last.click()
    page.locator("[name='stock:A/BULB']").fill("29")
    page.locator("form[action$='/runs'] button").click()
    work(market)
    page.reload()
    page.locator("summary").first.click()
    audit(page)
    page.locator("[name=note]").last.fill("明天再数")
    page.locator("form[action$='/close'] button").click()
    expect(page.locator(".eq .closed")).to_have_text("560")
    audit(page)


def test_an_exception_is_carried_and_answered_from_the_queue(
    as_secretary: Open, market: Market
) -> None:
    Exceptions(market).open(1250, days=3, reference="T-77")
    before = market.fen("given-goods:A")
    page = as_secretary(DESK)
    page.get_by_role("link", name="差错", exact=True).click()
    page.get_by_role("link", name="平台漏记").click()
    expect(page.get_by_text("商户多 12.50 元")).to_be_visible()
    page.locator("summary").click()
    page.get_by_label("挂到哪天").fill("2025-10-20")
    page.locator("#c-note").fill("等账单")
    page.get_by_role("button", name="挂账").click()
    expect(page.get_by_text("挂账至 2025-10-20")).to_be_visible()
    page.get_by_label("处理结果").select_option("entered_late")
    page.locator("#f-note").fill("漏扫，已核对")
    page.get_by_role("button", name="写下处理结果").click()
    expect(page.get_by_text("漏扫，已核对").first).to_be_visible()
    assert market.fen("given-goods:A") == before + 1250
    assert market.fen("suspense:A") == 0
    assert market.one("SELECT status FROM reconciliation_exceptions") == "resolved"


def test_the_queue_and_an_exception_fit_every_screen(
    as_secretary: Open, market: Market, audit: Check, each_screen: Screen
) -> None:
    made = Exceptions(market)
    number = made.open(200_00, days=8, kind="AMOUNT_DIFF")
    made.open(kind="SEQ_GAP", days=3)
    made.resolve(number, "shop_prevails", by="U-ADM")
    page = as_secretary(each_screen)
    page.goto("/desk/exceptions")
    page.locator("summary").click()
    audit(page)
    page.goto(f"/desk/exceptions/{number}")
    audit(page)
    page.locator("button[value=true]").click()
    expect(page.get_by_text("200.00").first).to_be_visible()
    audit(page)
    page.goto(f"/desk/exceptions/{number + 1}")
    page.locator("summary").click()
    audit(page)
