"""A shop's files in a real browser: sent, looked at, accepted; every page fits every screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, Check, OpenPage, Screen
from tests.browser.wire import Wire
from tests.evidence.conftest import CORPUS
from tests.shops.market import Market

Open = Callable[[Screen], Page]


@pytest.fixture
def as_owner(open_page: OpenPage, wire: Wire, market: Market) -> Open:
    """Open pages as the owner of shop A."""

    def begin(screen: Screen) -> Page:
        page = open_page(screen, base_url=wire.address)
        token = {"name": "aixin_session", "value": market.tokens["A-OWNER"], "url": wire.address}
        page.context.add_cookies([token])
        return page

    return begin


def send(page: Page, name: str) -> None:
    page.goto("/desk/files")
    page.locator("#f-file").set_input_files(CORPUS / name)
    page.locator("form[enctype] button").click()
    page.wait_for_url("**/desk/files/*")


def test_every_page_fits_and_is_read_by_everybody(
    as_owner: Open, each_screen: Screen, audit: Check
) -> None:
    page = as_owner(each_screen)
    for name in ("totals.csv", "payment_bill.csv", "strange_names.csv"):
        send(page, name)
        for fold in page.locator("summary").all():
            fold.click()
        audit(page)
    page.goto("/desk/files")
    audit(page)


def test_a_file_goes_from_the_form_to_its_rows(as_owner: Open, market: Market) -> None:
    page = as_owner(DESK)
    send(page, "strange_names.csv")
    expect(page.get_by_role("alert")).to_contain_text("前 30 行里找不到列名")
    page.get_by_label("列名所在行").fill("1")
    page.get_by_role("button", name="再看一次").click()
    for label, column in (("完成时间", "甲"), ("单号", "乙"), ("积分", "丙")):
        page.get_by_label(label, exact=True).select_option(column)
    page.get_by_role("button", name="再看一次").click()
    page.get_by_role("button", name="确认收下 1 笔").click()
    expect(page.get_by_role("heading", name="读取的明细")).to_be_visible()
    assert market.count("evidence_live_rows") == 1
    page.goto("/desk/shops")
    page.get_by_role("link", name="商户账单").click()
    expect(page.get_by_role("link", name="strange_names.csv")).to_be_visible()


def test_a_file_is_withdrawn_with_a_reason(as_owner: Open, market: Market) -> None:
    page = as_owner(DESK)
    send(page, "totals.csv")
    page.get_by_role("button", name="确认收下 4 笔").click()
    page.locator("summary", has_text="撤回文件").click()
    page.get_by_label("原因").fill("选错了月份")
    page.get_by_role("button", name="撤回文件").click()
    expect(page.get_by_text("这个文件已不计入")).to_be_visible()
    assert market.count("evidence_live_rows") == 0
