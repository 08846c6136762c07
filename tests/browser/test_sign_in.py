"""Signing in, the list of volunteers and the printed booklet in a real browser."""

import re
from io import BytesIO

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect

from service import passes, people
from service.db import Database
from tests.browser.conftest import DESK, PHONE, Check, OpenPage, Screen
from tests.conftest import NOON
from tests.people import neighbourhood
from tests.people.neighbourhood import PASSWORD


@pytest.fixture
def card(app: Flask, database: Database, keys: passes.Keyring) -> passes.Printed:
    database.atomic(neighbourhood.build)

    def work(session):
        owner = people.volunteer(session, "EA0001")
        return passes.reissue_card(session, keys, volunteer=owner, now=NOON)

    return database.atomic(work)


@pytest.fixture
def keys(settings) -> passes.Keyring:
    return passes.keyring(settings.secret_key, settings.public_url)


def sign_in(page: Page, wanted: str) -> None:
    """Sign the east's recorder in by keyboard alone."""
    page.goto(f"/sign-in?next={wanted}")
    if not page.locator("#f-login").is_visible():
        page.locator("summary").press("Enter")
    page.fill("#f-login", "R-EA")
    page.fill("#f-password", PASSWORD)
    page.press("#f-password", "Enter")
    page.wait_for_url(f"**{wanted}")


def test_a_volunteer_signs_in_and_a_wrong_pin_is_said_in_words(
    open_page: OpenPage, address: str, card: passes.Printed, audit: Check, each_screen: Screen
) -> None:
    page = open_page(each_screen, base_url=address)
    page.goto("/sign-in?next=/c/00000000000000")
    audit(page)
    page.fill("#f-booklet", "EA0001")
    page.fill("#f-pin", "0000" if card.pin != "0000" else "1111")
    page.press("#f-pin", "Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#f-booklet")).to_have_value("EA0001")
    audit(page)
    page.fill("#f-pin", card.pin)
    page.press("#f-pin", "Enter")
    page.wait_for_url("**/c/00000000000000")
    expect(page.locator("a.main")).to_have_attribute("href", "/home")
    audit(page)


def test_a_recorder_finds_a_volunteer(
    open_page: OpenPage, address: str, card: passes.Printed, audit: Check, each_screen: Screen
) -> None:
    page = open_page(each_screen, base_url=address)
    sign_in(page, "/desk/volunteers")
    expect(page.locator("tbody tr")).to_have_count(3)
    audit(page)
    page.fill("#f-whom", "0002")
    page.press("#f-whom", "Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.fill("#f-whom", "nobody")
    page.press("#f-whom", "Enter")
    expect(page.locator(".empty")).to_be_visible()
    audit(page)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_new_card_is_printed_and_its_code_is_read_from_the_page(
    open_page: OpenPage, address: str, card, keys, database, axe: Check, language: str
) -> None:
    page = open_page(DESK.but(language=language), base_url=address)
    sign_in(page, "/desk/volunteers")
    page.locator("tbody a").first.click()
    axe(page)
    page.locator("main form button").click()
    expect(page.locator(".cut")).to_have_count(3)
    axe(page)
    page.emulate_media(media="print")
    shot = Image.open(BytesIO(page.screenshot(full_page=True)))
    found = [one.text for one in zxingcpp.read_barcodes(shot)]
    assert len(found) == 1
    seen = passes.resolve(database, keys, found[0], at=NOON)
    assert (seen.code, seen.status) == ("EA0001", "ok")
    box = page.locator(".face .qr").bounding_box()
    assert box["width"] * 29 / 37 >= 35 / 25.4 * 96  # 35 mm of code without its quiet zone
    for cut in page.locator(".cut").all():
        assert cut.evaluate("node => node.scrollHeight <= node.clientHeight"), cut.inner_text()


def test_every_code_is_read_from_chromiums_own_drawing(
    open_page: OpenPage, address: str, card: passes.Printed
) -> None:
    page = open_page(PHONE, base_url=address)
    for path in ("/e/a1", "/m/s01"):
        page.goto(f"/qr.svg?path={path}")
        shot = Image.open(BytesIO(page.screenshot()))
        assert zxingcpp.read_barcode(shot).text == f"https://aixin.example{path}"


def test_a_page_asked_for_before_signing_in_is_reached_afterwards(
    open_page: OpenPage, address: str, card: passes.Printed
) -> None:
    page = open_page(DESK, base_url=address)
    page.goto("/desk/volunteers")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=/desk/volunteers$"))
    expect(page.locator("#f-login")).to_be_visible()
    sign_in(page, "/desk/volunteers")
    page.get_by_role("button", name=re.compile("退出|Sign out")).click()
    expect(page).to_have_url(re.compile("/sign-in$"))
