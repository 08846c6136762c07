"""Binding a phone at the desk, and a relative who fetches at the till, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, TABLET, Check, OpenPage, Screen, type_at_once
from tests.shops.market import PIN, Market

SCREENS = [PHONE, PHONE.but(elder=True, dark=True), PHONE.but(language="en", width=320)]
IDS = ["plain", "large-and-dark", "english-and-narrow"]


def signed_in(open_page: OpenPage, address: str, market: Market, who: str, screen: Screen) -> Page:
    """Open a browser in which somebody is signed in, or a till's."""
    page = open_page(screen, base_url=address)
    name = "aixin_device" if who == "A" else "aixin_session"
    page.context.add_cookies([{"name": name, "value": market.tokens[who], "url": address}])
    return page


def offered(page: Page) -> tuple[str, str]:
    """Read the address and the digits from the other screen."""
    url = page.locator("code").inner_text()
    return re.sub(r"^https://[^/]+", "", url), page.locator(".num.big").first.inner_text()


def bind(phone: Page, path: str, digits: str) -> None:
    """Scan the code, type the digits on the page's own keys."""
    phone.goto(path)
    for digit in digits:
        phone.locator(f'[data-digit="{digit}"]').click()
    phone.locator("[data-digits-submit]").click()


@pytest.mark.parametrize("screen", SCREENS, ids=IDS)
def test_a_phone_is_bound_at_the_desk_and_unbound_there(
    open_page: OpenPage, address: str, market: Market, audit: Check, screen: Screen
) -> None:
    desk = signed_in(open_page, address, market, "U-ADM", DESK.but(language=screen.language))
    desk.goto("/desk/volunteers/V0001/phones")
    audit(desk)
    desk.locator(".btn.main").click()
    audit(desk)
    path, digits = offered(desk)
    phone = open_page(screen, base_url=address)
    phone.goto(path)
    audit(phone)
    wrong = f"{(int(digits) + 1) % 10_000:04d}"
    bind(phone, path, wrong)
    expect(phone.get_by_role("alert")).to_be_visible()
    audit(phone)
    bind(phone, path, digits)
    expect(phone).to_have_url(f"{address}/home")
    expect(phone.locator("[data-pass-image]")).to_be_visible()
    phone.goto("/me/phones")
    audit(phone)
    desk.goto("/desk/volunteers/V0001/phones")
    desk.locator("form[action$='/end'] button").first.click()
    phone.goto("/home")
    expect(phone).to_have_url(re.compile("/sign-in"))


@pytest.mark.parametrize("screen", SCREENS, ids=IDS)
def test_a_relative_fetches_and_every_screen_says_so(
    open_page: OpenPage, address: str, market: Market, audit: Check, screen: Screen
) -> None:
    own = signed_in(open_page, address, market, "V0001", screen)
    own.goto("/me/phones")
    own.locator("#f-pin").fill(PIN)
    own.locator("form[action='/me/helpers'] button").click()
    audit(own)
    path, digits = offered(own)
    relative = open_page(screen, base_url=address)
    bind(relative, path, digits)
    expect(relative).to_have_url(f"{address}/helper")
    expect(relative.locator("[data-pass-image]")).to_be_visible()
    audit(relative)
    code = relative.evaluate(
        "async () => (await (await fetch('/api/v1/helper/passes')).json()).codes[0].url"
    )
    till = signed_in(open_page, address, market, "A", TABLET.but(language=screen.language))
    till.goto("/till")
    till.locator("html[data-ready=yes]").wait_for(state="attached")
    type_at_once(till, code)
    said = "Fetched by family" if screen.language == "en" else "家属代办"
    expect(till.locator("[data-pick-title]")).to_contain_text(said)
    expect(till.locator("[data-standing]")).to_be_hidden()
    till.locator(".tile", has_text="Soap").click()
    word = "fetched by family" if screen.language == "en" else "代办"
    expect(till.locator("[data-result]")).to_contain_text(word)
    audit(till)
    own.goto("/home/history")
    expect(own.locator("main")).to_contain_text(said)
    audit(own)
    relative.locator("form[action='/helper/end'] button").click()
    audit(relative)
    assert market.balance("V0001") == 480
