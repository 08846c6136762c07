"""The till in a real browser: a camera scan, a tap, an undo; a PIN; a discount; a lost answer."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page, Route, expect

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.browser.conftest import DESK, PHONE, TABLET, Check, OpenPage, Screen, type_at_once
from tests.browser.fakecam import Camera
from tests.shops.market import PIN, Market, build

DONE_MS = 10_000
SHELF = """async (name) => {
  const asked = indexedDB.open('aixin-till');
  const db = await new Promise(r => { asked.onsuccess = () => r(asked.result) });
  return new Promise(r => {
    const q = db.transaction(name).objectStore(name).getAll();
    q.onsuccess = () => { db.close(); r(q.result) };
  });
}"""


def shelf(page: Page, name: str) -> list[dict[str, Any]]:
    """What the tablet keeps: acts, notes, spent."""
    found: list[dict[str, Any]] = page.evaluate(SHELF, name)
    return found


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    return build(database, settings, clock, client)


@pytest.fixture
def till(open_page: OpenPage, address: str, market: Market) -> Page:
    return opened(open_page, address, market)


def opened(open_page: OpenPage, address: str, market: Market, screen: Screen = TABLET) -> Page:
    """Open shop A's till on a paired tablet."""
    page = open_page(screen, base_url=address)
    page.context.add_cookies(
        [{"name": "aixin_device", "value": market.tokens["A"], "url": address}]
    )
    page.goto("/till")
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    return page


def scan(page: Page, text: str) -> None:
    """Let a hand-held scanner read a code."""
    type_at_once(page, text)


def tile(page: Page, name: str) -> None:
    page.locator("button.tile", has_text=name).click()


def result(page: Page, text: str) -> None:
    expect(page.locator("[data-result]")).to_contain_text(text, timeout=DONE_MS)


def test_the_camera_sees_a_pass_and_one_tap_hands_it_over(
    till: Page, market: Market, camera: Camera
) -> None:
    taps: list[str] = []
    till.on("console", lambda said: taps.append(said.text) if said.text == "tap" else None)
    till.evaluate("addEventListener('click', () => console.log('tap'), true)")
    camera(market.code("V0001"))
    expect(till.locator("[data-pick-title]")).to_contain_text("001", timeout=DONE_MS)
    camera.nothing()
    tile(till, "Soap")
    result(till, "Soap")
    result(till, "−20")
    assert taps == ["tap"]
    assert (market.balance("V0001"), market.stock("SOAP")) == (480, 59)
    expect(till.locator("[data-count]")).to_have_text("1")


def test_the_next_scan_needs_no_tap(till: Page, market: Market) -> None:
    scan(till, market.code("V0001"))
    tile(till, "Soap")
    result(till, "Soap")
    scan(till, market.code("V0003"))
    expect(till.locator("[data-pick-title]")).to_contain_text("003")


def test_one_tap_and_the_same_code_undo_it(till: Page, market: Market) -> None:
    scan(till, market.code("V0001"))
    tile(till, "Soap")
    result(till, "Soap")
    till.locator('[data-do="undo"]').click()
    scan(till, market.code("V0001"))
    result(till, "+20")
    assert market.balance("V0001") == 500


def test_a_grey_tile_says_why_and_does_nothing(till: Page, market: Market) -> None:
    scan(till, market.code("V0002"))
    grey = till.locator("button.tile", has_text="Oil")
    expect(grey).to_have_attribute("aria-disabled", "true")
    expect(grey).to_contain_text("积分不够")
    grey.click(force=True)
    expect(till.locator("[data-pick-title]")).to_be_visible()
    assert market.count("redemptions") == 0


def test_what_went_meanwhile_is_told_and_another_is_chosen(till: Page, market: Market) -> None:
    scan(till, market.code("V0003"))
    expect(till.locator("[data-pick-title]")).to_be_visible()
    market.redeem("V0001", "HAT", "elsewhere")
    tile(till, "Hat")
    result(till, "Hat")
    expect(till.locator(".flood.bad")).to_be_visible()
    till.locator('[data-do="next"]').click()
    expect(till.locator("button.tile", has_text="Hat")).to_have_attribute("aria-disabled", "true")


def test_a_booklets_owner_types_four_digits(till: Page, market: Market) -> None:
    scan(till, market.cards["V0001"].url)
    tile(till, "Soap")
    keys = till.locator("[data-pin]")
    for digit in "0000":
        keys.locator(f'[data-digit="{digit}"]').click()
    expect(till.locator("[data-pin-wrong]")).to_contain_text("4")
    for digit in PIN:
        keys.locator(f'[data-digit="{digit}"]').click()
    result(till, "Soap")
    assert market.balance("V0001") == 480


def test_a_card_number_is_typed_on_the_tills_own_keys(till: Page, market: Market) -> None:
    till.locator('[data-do="number"]').click()
    for digit in market.cards["V0001"].number:
        till.locator(f'[data-number] [data-digit="{digit}"]').click()
    expect(till.locator("[data-pick-title]")).to_contain_text("001")


def test_the_volunteer_confirms_on_the_phone_and_the_till_goes_on(
    till: Page, market: Market, open_page: OpenPage, address: str
) -> None:
    phone = open_page(PHONE, base_url=address)
    phone.context.add_cookies(
        [{"name": "aixin_session", "value": market.tokens["V0001"], "url": address}]
    )
    phone.goto("/redemptions/waiting")
    scan(till, market.code("V0001"))
    tile(till, "Oil")
    expect(till.locator("#pin-h")).to_contain_text("手机")
    phone.locator("main form button.main").click(timeout=DONE_MS)
    expect(phone.locator(".note.ok")).to_be_visible()
    result(till, "Oil")
    assert market.balance("V0001") == 350


def test_the_same_good_again_is_asked_about(till: Page, market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    market.clock.set(market.clock.now() + timedelta(minutes=2))
    scan(till, market.code("V0001"))
    tile(till, "Soap")
    till.locator('[data-do="next"]').click()
    result(till, "−20")
    assert market.events("RedemptionCaptured")[1]["flags"] == ["possible_duplicate"]


def test_a_discount_is_an_amount_and_a_scan(till: Page, market: Market) -> None:
    till.locator('[data-do="discount"]').click()
    for digit in "5680":
        till.locator(f'[data-amount] [data-digit="{digit}"]').click()
    scan(till, market.code("V0001"))
    result(till, "52.26")
    assert market.fen("given-discount:A") == 454


def test_a_lost_answer_is_asked_for_by_its_key_and_counts_once(till: Page, market: Market) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        """Let the request arrive and throw its answer away, once."""
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().text())
        route.abort()

    till.route("**/api/v1/redemptions", lose)
    scan(till, market.code("V0001"))
    tile(till, "Soap")
    result(till, "核对")
    result(till, "−20")
    assert len(lost) == 1
    assert market.count("redemptions") == 1
    assert market.balance("V0001") == 480
    assert shelf(till, "acts") == []


def test_an_act_that_was_cut_off_by_a_reload_is_sent_again(till: Page, market: Market) -> None:
    till.route("**/api/v1/redemptions", lambda route: route.abort())
    scan(till, market.code("V0001"))
    tile(till, "Soap")
    result(till, "核对")
    till.unroute("**/api/v1/redemptions")
    till.reload()
    expect(till.locator("[data-count]")).to_have_text("1", timeout=DONE_MS)
    assert market.balance("V0001") == 480


def test_a_revoked_till_is_sent_to_be_paired(till: Page, market: Market) -> None:
    market.one("UPDATE people_devices SET revoked_at = now() RETURNING 1")
    scan(till, market.code("V0001"))
    till.wait_for_url("**/till/pair")


def test_the_list_of_today_undoes_an_earlier_one(till: Page, market: Market) -> None:
    market.redeem("V0001", "SOAP", "k1")
    till.locator('[data-do="today"]').click()
    till.locator("[data-lines] button").click()
    scan(till, market.code("V0001"))
    result(till, "+20")
    assert market.state("k1") == "voided"


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_screen_of_the_till_is_readable_by_all(
    open_page: OpenPage, address: str, market: Market, audit: Check, language: str
) -> None:
    page = opened(open_page, address, market, TABLET.but(language=language))
    audit(page)
    scan(page, market.code("V0002"))
    expect(page.locator("button.tile").first).to_be_visible()
    audit(page)
    tile(page, "Soap")
    expect(page.locator(".flood.ok")).to_be_visible()
    audit(page)
    for screen in ("today", "number", "discount"):
        page.goto("/till")
        page.locator(f'[data-do="{screen}"]').first.click()
        page.wait_for_timeout(300)
        audit(page)


@pytest.mark.parametrize("screen", [PHONE, DESK.but(language="en")], ids=["phone", "desk"])
def test_pairing_is_readable_by_all(
    open_page: OpenPage, address: str, market: Market, audit: Check, screen: Screen
) -> None:
    page = open_page(screen, base_url=address)
    page.goto("/till/pair")
    audit(page)
    page.context.add_cookies(
        [{"name": "aixin_session", "value": market.tokens["U-CH"], "url": address}]
    )
    page.goto("/desk/tills")
    page.locator("form button.main").click()
    expect(page.locator("img.qr")).to_be_visible()
    audit(page)


def test_a_tablet_is_paired_through_its_pages(
    open_page: OpenPage, address: str, market: Market
) -> None:
    claimed = market.post("/tills/claims", {"shop": "B"}, by="U-CH").json
    page = open_page(TABLET, base_url=address)
    page.goto("/d/" + Path(claimed["url"]).name)
    for digit in claimed["digits"]:
        page.locator(f'[data-digit="{digit}"]').click()
    page.locator("[data-digits-submit]").click()
    page.wait_for_url("**/till")
    expect(page.locator("header")).to_contain_text("Shop B")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_what_waits_on_the_phone_is_readable_by_all(
    open_page: OpenPage, address: str, market: Market, audit: Check, language: str
) -> None:
    market.redeem("V0001", "OIL", "k1")
    page = open_page(PHONE.but(language=language), base_url=address)
    page.context.add_cookies(
        [{"name": "aixin_session", "value": market.tokens["V0001"], "url": address}]
    )
    page.goto("/redemptions/waiting")
    expect(page.locator("main form button.main")).to_contain_text("150")
    audit(page)
    page.locator("main form button.main").click()
    expect(page.locator(".note.ok")).to_be_visible()
    audit(page)
