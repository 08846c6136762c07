"""Two steps in a real browser: an app, codes on paper, and a passkey of a made-up key."""

import re

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import CDPSession, Page, expect

from service.db import Database
from tests.browser.conftest import DESK, PHONE, Check, OpenPage, Screen
from tests.people import neighbourhood
from tests.people.neighbourhood import PASSWORD

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def home(address: str, app: Flask, database: Database) -> str:
    """Where the browser finds us by a name: a passkey belongs to no bare address."""
    database.atomic(neighbourhood.build)
    return address.replace("127.0.0.1", "localhost")


def sign_in(page: Page, wanted: str = "/account") -> None:
    """Type the east's recorder's name and password."""
    page.goto(f"/sign-in?next={wanted}")
    if not page.locator("#f-login").is_visible():
        page.locator("summary").press("Enter")
    page.fill("#f-login", "R-EA")
    page.fill("#f-password", PASSWORD)
    page.press("#f-password", "Enter")
    page.wait_for_load_state()


def begin_adding(page: Page) -> None:
    """Open the page that adds a second step; the password is asked again."""
    page.get_by_text(re.compile("Add a second step|添加第二步")).click()
    page.fill("#p-add", PASSWORD)
    page.press("#p-add", "Enter")
    page.wait_for_url(re.compile("/sign-in/factor[?]next="))


def sign_out(page: Page) -> None:
    page.goto("/account")
    page.get_by_role("button", name=re.compile("^(退出|Sign out)$")).click()
    page.wait_for_url("**/sign-in")


def test_an_app_is_added_by_its_picture_and_a_code_on_paper_lets_in(
    open_page: OpenPage, home: str, audit: Check, each_screen: Screen
) -> None:
    page = open_page(each_screen, base_url=home)
    sign_in(page)
    page.wait_for_url("**/account")
    audit(page)
    begin_adding(page)
    audit(page)
    page.locator("main summary").click()
    app = pyotp.TOTP(page.locator("[data-secret]").inner_text())
    page.fill("#f-code", "000000")
    page.press("#f-code", "Enter")
    expect(page.get_by_role("alert").first).to_be_visible()
    page.fill("#f-code", app.now())
    page.press("#f-code", "Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    audit(page)
    code = page.locator(".codes li").first.inner_text()
    page.locator("a.main").click()
    page.wait_for_url("**/account?done=factor")
    audit(page)
    sign_out(page)
    sign_in(page)
    page.wait_for_url("**/sign-in/second?**")
    audit(page)
    page.fill("#f-code", code.lower())
    page.press("#f-code", "Enter")
    page.wait_for_url("**/account")


def test_the_picture_says_what_the_key_says(open_page: OpenPage, home: str) -> None:
    from io import BytesIO

    import zxingcpp
    from PIL import Image

    page = open_page(PHONE, base_url=home)
    sign_in(page)
    begin_adding(page)
    shot = Image.open(BytesIO(page.locator("img.qr").screenshot()))
    found = pyotp.parse_uri(zxingcpp.read_barcode(shot).text)
    page.locator("main summary").click()
    assert (found.secret, found.name, found.issuer) == (
        page.locator("[data-secret]").inner_text(), "R-EA", "Aixin",
    )  # fmt: skip


def key(page: Page) -> tuple[CDPSession, str]:
    """Put a key into the browser that answers by itself; return how to take it out."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    return session, made["authenticatorId"]


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_passkey_is_added_and_is_the_second_step(
    open_page: OpenPage, home: str, database: Database, audit: Check, language: str
) -> None:
    page = open_page(DESK.but(language=language), base_url=home)
    session, made = key(page)
    sign_in(page)
    begin_adding(page)
    page.locator("[data-passkey] button").click()
    expect(page.locator(".codes li")).to_have_count(10)
    page.locator("a.main").click()
    sign_out(page)
    sign_in(page)
    page.wait_for_url("**/sign-in/second?**")
    audit(page)
    page.locator("[data-passkey] button").click()
    page.wait_for_url("**/account")
    audit(page)
    by = database.rows("SELECT factor FROM people_sessions ORDER BY created_at, factor NULLS FIRST")
    assert [row["factor"] for row in by].count("passkey") == 1
    sign_out(page)
    session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": made})
    session.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})  # somebody else's key
    sign_in(page)
    page.locator("[data-passkey] button").click()
    expect(page.locator("[data-passkey] .error")).to_be_visible(timeout=15_000)
    expect(page).to_have_url(re.compile("/sign-in/second"))
