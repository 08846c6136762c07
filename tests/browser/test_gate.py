"""The gate in a real browser: a camera scan, a typed number; then the sheet."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from service import activities, people
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.activities.town import Town, at, build
from tests.browser.conftest import DESK, PHONE, TABLET, Check, OpenPage, Screen, type_at_once
from tests.browser.fakecam import Camera

SEEN_MS = 15_000


@pytest.fixture
def town(app: Flask, database: Database, settings: Settings, clock: Clock) -> Town:
    return build(database, settings, clock)


def opened(
    open_page: OpenPage, address: str, token: str, path: str, screen: Screen = PHONE
) -> Page:
    """Open a page as somebody who is signed in."""
    page = open_page(screen, base_url=address)
    page.context.add_cookies([{"name": "aixin_session", "value": token, "url": address}])
    page.goto(path)
    return page


def gate(open_page: OpenPage, address: str, town: Town, screen: Screen = PHONE) -> Page:
    """Open the gate of A1 in its leader's hand."""
    page = opened(open_page, address, town.tokens["V0010"], "/gate/A1", screen)
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    return page


def says(page: Page, text: str) -> None:
    expect(page.locator("#result")).to_contain_text(text, timeout=SEEN_MS)


def test_a_booklet_held_before_the_camera_checks_in(
    open_page: OpenPage, address: str, town: Town, camera: Camera, audit: Check
) -> None:
    page = gate(open_page, address, town)
    camera(town.print_card("V0001").url)
    says(page, "志愿者 001 签到成功")
    expect(page.locator("#present")).to_have_text("1")
    audit(page)
    camera(town.pass_of("V0002"))
    says(page, "志愿者 002 签到成功")
    expect(page.locator("#last li")).to_have_count(2)
    rows = town.database.rows("SELECT in_way, in_actor FROM activities_attendances")
    assert rows == [{"in_way": "C1", "in_actor": "volunteer:V0010"}] * 2


def test_a_foreign_code_sends_nothing_and_the_next_one_works(
    open_page: OpenPage, address: str, town: Town, camera: Camera
) -> None:
    page = gate(open_page, address, town)
    camera("https://evil.example/c/0123456789abc0")
    says(page, "这不是我们的码")
    assert town.count("activities_scans") == 0
    camera(town.pass_of("V0001"))
    says(page, "志愿者 001 签到成功")


def test_a_typed_number_and_a_keyboard_scanner_do_the_same(
    open_page: OpenPage, address: str, town: Town
) -> None:
    page = gate(open_page, address, town)
    page.locator("#code").fill(town.print_card("V0001").number)
    page.get_by_role("button", name="输入").click()
    says(page, "志愿者 001 签到成功")
    page.locator("body").click(position={"x": 5, "y": 5})
    type_at_once(page, town.print_card("V0002").url)
    says(page, "志愿者 002 签到成功")
    page.locator("#code").fill("12345678")
    page.get_by_role("button", name="输入").click()
    says(page, "这张码认不出来")


def test_in_and_out_are_one_tap_apart(open_page: OpenPage, address: str, town: Town) -> None:
    page = gate(open_page, address, town)
    number = town.print_card("V0001").number
    for action, words in (("签到", "签到成功"), ("签到", "已经签到过"), ("签退", "签退成功")):
        page.get_by_role("group", name="动作").get_by_role("button", name=action).click()
        page.locator("#code").fill(number)
        page.get_by_role("button", name="输入").click()
        says(page, words)
    assert town.count("activities_attendances") == 1


def test_who_only_listens_is_noted_with_one_tap_and_may_be_taken_back(
    open_page: OpenPage, address: str, town: Town
) -> None:
    page = gate(open_page, address, town)
    page.get_by_role("button", name="旁听").click()
    page.locator("#code").fill(town.print_card("V0002").number)
    page.get_by_role("button", name="输入").click()
    says(page, "志愿者 002 登记为听众")
    kind = "SELECT kind FROM activities_attendances"
    assert town.one(kind) == "audience"
    page.get_by_role("button", name="撤销").click()
    says(page, "已撤回")
    assert town.database.rows(kind) == []


def test_who_has_no_place_goes_to_the_post_that_the_gate_chose(
    open_page: OpenPage, address: str, town: Town
) -> None:
    posts = [activities.PostPlan(name, 2, "R-GEN") for name in ("扫地", "发传单")]
    town.plan("F1", "08:00", "10:00", posts=posts)
    page = opened(open_page, address, town.tokens["V0010"], "/gate/F1")
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    page.get_by_label("没报名的人去").select_option("发传单")
    page.locator("#code").fill(town.print_card("V0008").number)
    page.get_by_role("button", name="输入").click()
    says(page, "008")
    name = "SELECT p.name FROM activities_signups s JOIN activities_posts p ON p.id = s.post_id"
    assert town.one(name + " WHERE s.walk_in") == "发传单"


def test_the_code_on_site_changes_by_itself_and_can_be_scanned(
    open_page: OpenPage, address: str, town: Town
) -> None:
    leader = opened(open_page, address, town.tokens["V0010"], "/activities/A1/onsite")
    first = leader.locator("#onsite-code").get_attribute("src")
    town.clock.set(at("08:01"))
    leader.reload()
    expect(leader.locator("#onsite-code")).not_to_have_attribute("src", str(first))
    digits = str(leader.locator("#onsite-digits").text_content()).replace(" ", "")
    mine = opened(open_page, address, town.tokens["V0003"], "/activities/A1/here")
    mine.locator(".digits > input").first.focus()
    mine.keyboard.type(digits)
    mine.get_by_role("button", name="签到", exact=True).click()
    expect(mine.locator(".result")).to_contain_text("签到成功")


def test_the_sheet_is_confirmed_with_one_button(
    open_page: OpenPage, address: str, town: Town, audit: Check
) -> None:
    for clock, action in (("08:00", "签到"), ("10:00", "签退")):
        town.clock.set(at(clock))
        page = gate(open_page, address, town)
        page.get_by_role("group", name="动作").get_by_role("button", name=action).click()
        for code in ("V0001", "V0002"):
            page.locator("#code").fill(card_number(town, code))
            page.get_by_role("button", name="输入").click()
            says(page, f"志愿者 {code[-3:]}")
    sheet = opened(open_page, address, town.tokens["V0010"], "/activities/A1/confirm")
    audit(sheet)
    sheet.get_by_role("button", name="确认 2 人，发 40 分").click()
    expect(sheet.locator("main")).to_contain_text("没有要确认的时长")
    assert (town.balance("V0001"), town.balance("V0002")) == (20, 20)


NUMBERS: dict[tuple[int, str], str] = {}


def card_number(town: Town, code: str) -> str:
    """The number of somebody's one card."""
    key = (id(town), code)
    NUMBERS[key] = NUMBERS.get(key) or town.print_card(code).number
    return NUMBERS[key]


LOOKS = [
    pytest.param(path, screen, id=f"{path}-{screen.width}-{screen.language}-{look}")
    for path in (
        "/activities",
        "/activities/A1",
        "/activities/A1/here",
        "/activities/A1/onsite",
        "/gate/A1",
        "/gate/",
        "/activities/A1/confirm",
        "/awards/new",
    )
    for screen, look in (
        (PHONE.but(width=320, language="en"), "narrow"),
        (PHONE.but(dark=True), "dark"),
        (PHONE.but(elder=True), "elder"),
        (TABLET, "plain"),
    )
]


@pytest.mark.parametrize(("path", "screen"), LOOKS)
def test_every_page_holds_the_rules(
    open_page: OpenPage, address: str, town: Town, audit: Check, path: str, screen: Screen
) -> None:
    page = opened(open_page, address, town.tokens["V0010"], path, screen)
    expect(page.locator("h1")).to_have_count(1)
    audit(page)


@pytest.mark.parametrize("screen", [DESK, DESK.but(language="en", dark=True), PHONE])
def test_the_officers_pages_hold_the_rules(
    open_page: OpenPage, address: str, town: Town, audit: Check, screen: Screen
) -> None:
    town.clock.set(at("18:20"))
    page = opened(open_page, address, town.tokens["U-ADM"], "/desk/awards", screen)
    for name, value in (("volunteer", "V0001"), ("from", "08:00"), ("to", "13:00")):
        page.locator(f"form.form #f-{name}").fill(value)
    page.locator("form.form #f-evidence").fill("photo 7")
    page.locator("form.form button").click()
    expect(page.locator("main")).to_contain_text("001")
    audit(page)
    approver = opened(open_page, address, town.tokens["U-SUP"], "/desk/awards", screen)
    audit(approver)
    approver.locator('main a.btn[href^="/desk/awards/MA-"]').click()
    audit(approver)
    approver.locator("button[value=accept]").click()
    expect(approver.locator("button[value=accept]")).to_have_count(0)
    assert town.balance("V0001") == 50
    sheet = opened(open_page, address, town.tokens["U-ADM"], "/activities/A1/confirm", screen)
    audit(sheet)


def test_a_gate_s_tablet_says_how_it_is_and_a_leader_s_phone_does_not(
    open_page: OpenPage, address: str, town: Town
) -> None:
    gate(open_page, address, town)
    unit = town.one("SELECT id FROM people_units WHERE code = 'FM'")
    paired = {"name": "Yard 1", "community_id": unit, "paired_by": "staff:U-ADM"}
    _, token = town.run(people.pair_device, **paired, now=town.clock.now())
    page = open_page(TABLET, base_url=address)
    page.context.add_cookies([{"name": "aixin_device", "value": token, "url": address}])
    with page.expect_response("**/api/v1/gate/heartbeat") as heard:
        page.goto("/gate/A1")
    assert heard.value.status == 200
    said = town.database.rows(
        "SELECT queued, clock_offset_s IS NOT NULL AS told FROM people_devices"
    )
    assert said == [{"queued": 0, "told": True}]
