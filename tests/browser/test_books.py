"""A newcomer's first minutes with the whole service: the way in, a home, the desk, the ledger."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Check, OpenPage, Screen
from tests.live import Site

DESK_PAGES = (
    "/desk",
    "/ledger",
    "/ledger?search=nothing-like-this",
    "/ledger/accounts",
    "/ledger/accounts/PTS/volunteer:FM0001",
    "/ledger/trial-balance",
)
HOME_PAGES = ("/home", "/home/history", "/home/me")


def come_in(page: Page, role: str) -> None:
    """Take the first page's button of a role."""
    page.goto("/")
    page.get_by_role("button", name=re.compile(role)).click()


@pytest.mark.parametrize(
    "screen",
    [PHONE, PHONE.but(elder=True, dark=True), PHONE.but(language="en", width=320)],
    ids=["plain", "large-and-dark", "english-and-narrow"],
)
def test_a_volunteer_s_home_can_be_read_by_everybody(
    open_page: OpenPage, site: Site, audit: Check, screen: Screen
) -> None:
    page = open_page(screen, base_url=site.url)
    page.goto("/")
    audit(page)
    come_in(page, "志愿者$|Volunteer$")
    expect(page.locator("[data-pass-image]")).to_be_visible()
    for path in HOME_PAGES:
        page.goto(path)
        audit(page)


def test_a_volunteer_finds_what_the_points_buy_and_signs_up(
    open_page: OpenPage, site: Site
) -> None:
    page = open_page(PHONE, base_url=site.url)
    come_in(page, "志愿者$")
    expect(page.get_by_text("185")).to_be_visible()
    expect(page.get_by_text("周六清洁家园")).to_be_visible()
    page.goto("/activities/A3")
    page.get_by_role("button", name="我要报名").click()
    expect(page.get_by_text("已报名").first).to_be_visible()
    page.get_by_role("button", name="取消报名").click()
    expect(page.get_by_role("button", name="我要报名")).to_be_visible()


@pytest.mark.parametrize(
    "screen",
    [DESK, DESK.but(language="en", dark=True), DESK.but(width=390)],
    ids=["plain", "english-and-dark", "on-a-phone"],
)
def test_the_desk_and_the_ledger_can_be_read_by_everybody(
    open_page: OpenPage, site: Site, audit: Check, screen: Screen
) -> None:
    page = open_page(screen, base_url=site.url)
    come_in(page, "社区书记|Secretary")
    for path in DESK_PAGES:
        page.goto(path)
        audit(page)


def test_a_secretary_opens_a_number_down_to_its_story(
    open_page: OpenPage, site: Site, audit: Check
) -> None:
    page = open_page(DESK, base_url=site.url)
    come_in(page, "社区书记")
    expect(page.locator(".eq .closed")).to_have_text("31,448")
    page.goto("/ledger")
    page.get_by_label(re.compile("手册号")).fill("FM0003")
    page.get_by_role("button", name="查找").click()
    page.get_by_role("link", name=re.compile("打开")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("期初余额")
    expect(page.locator("tr.sum .closed")).to_have_text("0")
    audit(page)
    page.get_by_role("link", name="志愿者 FM0003").click()
    expect(page.locator(".big .closed")).to_have_text("130")
