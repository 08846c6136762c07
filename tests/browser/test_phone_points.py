"""Points on the volunteer's own phone: choosing, a shop's ticket, one's word, a standee."""

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.browser.conftest import PHONE, Check, OpenPage, Screen
from tests.shops.market import Market, build

SCREENS = [PHONE, PHONE.but(elder=True, dark=True), PHONE.but(language="en", width=320)]
IDS = ["plain", "large-and-dark", "english-and-narrow"]


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


def phone(open_page: OpenPage, address: str, market: Market, screen: Screen = PHONE) -> Page:
    """Open V0001's phone, signed in."""
    page = open_page(screen, base_url=address)
    cookie = {"name": "aixin_session", "value": market.tokens["V0001"], "url": address}
    page.context.add_cookies([cookie])
    return page


def ticket(market: Market, key: str, good: str = "SOAP") -> str:
    """Let shop A's till make a ticket; return where its code leads."""
    made = market.post("/till/tickets", {"good": good}, by="A", key=key).json
    return str(made["url"]).removeprefix(market.settings.public_url)


@pytest.mark.parametrize("screen", SCREENS, ids=IDS)
def test_the_pages_of_a_volunteer_s_points_can_be_read_by_everybody(
    open_page: OpenPage, address: str, market: Market, audit: Check, screen: Screen
) -> None:
    page = phone(open_page, address, market, screen)
    market.redeem("V0001", "HAT", "k1")
    waits = market.redeem("V0001", "OIL", "k2", code=market.cards["V0001"].url, proxy="family")
    assert waits["state"] == "held"
    for path in ("/redemptions/waiting", "/home/goods?all", "/home/goods/A/HAT", "/m/a", "/r/no"):
        page.goto(path)
        audit(page)
    page.goto("/home/goods/A/SOAP")
    audit(page)
    page.locator("form .btn.main").click()
    expect(page.locator("[data-pass-image]")).to_be_visible()
    audit(page)
    page.goto(ticket(market, "t1", "BULB"))
    audit(page)
    page.locator("form .btn.main").click()
    expect(page.locator(".result.ok")).to_be_visible()
    audit(page)


def test_what_was_chosen_turns_to_fetched_while_the_phone_is_held_out(
    open_page: OpenPage, address: str, market: Market
) -> None:
    page = phone(open_page, address, market)
    page.goto("/home")
    page.get_by_role("link", name="先选好，到店取").click()
    page.get_by_role("link", name="Soap", exact=True).click()
    page.get_by_label("要几份").select_option("2")
    page.get_by_role("button", name="给我留 15 分钟").click()
    expect(page.get_by_text("为您留到 12:15")).to_be_visible()
    key = page.url.rsplit("/", 1)[-1]
    fetched = market.post(f"/redemptions/{key}/capture", {"code": market.code("V0001")}, by="A")
    assert fetched.json["status"] == "ok"
    expect(page.locator(".result.ok")).to_contain_text("Soap × 2", timeout=10_000)
    assert market.balance("V0001") == 460


def test_a_ticket_takes_one_tap(open_page: OpenPage, address: str, market: Market) -> None:
    page = phone(open_page, address, market)
    page.goto(ticket(market, "t1"))
    expect(page.get_by_text("兑换后还剩 480 分")).to_be_visible()
    page.get_by_role("button", name="确认，用 20 分").click()
    expect(page.locator(".result.ok")).to_be_visible()
    assert market.get("/till/tickets/t1", by="A").json["state"] == "done"
    assert market.balance("V0001") == 480


def test_who_is_not_signed_in_comes_back_to_the_ticket(
    open_page: OpenPage, address: str, market: Market
) -> None:
    page = open_page(PHONE, base_url=address)
    where = ticket(market, "t1")
    page.goto(where)
    expect(page.get_by_text("Soap")).to_have_count(0)
    page.get_by_role("link", name="登录").click()
    page.locator("[name=booklet]").fill("V0001")
    page.locator("[name=pin]").fill(market.cards["V0001"].pin)
    page.locator("form:has([name=pin]) button[type=submit]").first.click()
    page.wait_for_url(f"**{where}")
    page.get_by_role("button", name="确认，用 20 分").click()
    expect(page.locator(".result.ok")).to_be_visible()
