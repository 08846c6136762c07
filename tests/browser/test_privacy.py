"""One's own data on a phone: a switch turned, all that is kept, a correction that is answered."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Check, OpenPage, Screen
from tests.browser.test_books import come_in
from tests.live import Site


def picture(page: Page, name: str) -> None:
    """Keep what a page looks like, where somebody asked for it."""
    folder = os.environ.get("PRIVACY_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(
    "screen", [PHONE, PHONE.but(language="en", elder=True)], ids=["chinese", "english-and-large"]
)
def test_everybody_can_read_the_own_data_and_turn_a_switch(
    open_page: OpenPage, site: Site, audit: Check, screen: Screen
) -> None:
    page = open_page(screen, base_url=site.url)
    come_in(page, "志愿者$|Volunteer$")
    page.goto("/home/privacy")
    audit(page)
    picture(page, f"switches-{screen.language}")
    card = page.locator("section", has=page.locator("#c-photos"))
    before = card.get_by_role("button").inner_text()
    card.get_by_role("button").click()
    expect(card.get_by_role("button")).not_to_have_text(before)
    page.goto("/home/privacy/data")
    audit(page)
    page.locator("summary").first.click()
    picture(page, f"data-{screen.language}")
    page.goto("/home/privacy/data?print=1")
    audit(page)
    picture(page, f"print-{screen.language}")


def test_a_correction_goes_from_the_phone_to_the_desk_and_back(
    open_page: OpenPage, site: Site, audit: Check
) -> None:
    phone, desk = open_page(PHONE, base_url=site.url), open_page(DESK, base_url=site.url)
    come_in(phone, "志愿者$")
    phone.goto("/home/privacy")
    phone.get_by_label("哪里不对").select_option(value="team")
    phone.get_by_label("正确的是什么").fill("夕阳红队")
    phone.get_by_role("button", name="交给专干").click()
    expect(phone.get_by_text("夕阳红队")).to_be_visible()
    come_in(desk, "专干")
    desk.goto("/desk/privacy")
    audit(desk)
    picture(desk, "desk")
    desk.get_by_label("书面答复").fill("已改到夕阳红队")
    desk.get_by_role("button", name="同意更正").click()
    phone.reload()
    expect(phone.get_by_text("已改到夕阳红队")).to_be_visible()
