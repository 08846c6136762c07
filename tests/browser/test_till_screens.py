"""The till's screens: how many taps each act costs, and that everybody can read all of them."""

import gzip
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from service import redemptions
from tests.browser.conftest import PHONE, TABLET, Check, OpenPage, Screen
from tests.browser.tills import Counter, stand
from tests.browser.wire import Wire
from tests.shops.market import PIN, Market

CUT_OFF = (Path(__file__).parent / "cutoff.js").read_text(encoding="utf-8")
CONTRAST = """async () => (await axe.run(document, {
  runOnly: { type: "rule", values: ["color-contrast-enhanced"] } })).violations.flatMap(
    each => each.nodes.map(node => node.html))"""
ZOOMED = Screen("zoom", 640, 400, touch=True)  # a tablet of 1280 × 800 at 200 %
SMALL = Screen("small", 1024, 600, touch=True)
PAGE_KB_MAX = 150


@pytest.fixture
def till(open_page: OpenPage, wire: Wire, market: Market) -> Counter:
    return stand(open_page, wire, market)


def choose(market: Market, who: str, good: str) -> str:
    """Choose a good on the own phone."""
    made = market.post("/me/choices", {"shop": "A", "good": good}, by=who, key=f"c-{who}-{good}")
    assert made.status_code == 201, made.text
    key: str = made.json["key"]
    return key


def test_what_the_clerk_taps_costs_one_tap(till: Counter, market: Market) -> None:
    till.gives("V0001", "Soap")
    assert till.taps() == 1
    assert market.balance("V0001") == 480


def test_what_was_chosen_on_the_phone_costs_none(till: Counter, market: Market) -> None:
    key = choose(market, "V0001", "SOAP")
    till.shows("V0001")
    till.says("−20")
    assert till.taps() == 0
    assert market.state(key) == "captured"
    assert market.balance("V0001") == 480


def test_a_discount_costs_its_amount_and_nothing_more(till: Counter, market: Market) -> None:
    till.press("discount")
    till.types("amount", "5680")
    assert till.taps() == 1 + len("5680")
    till.shows("V0001")
    till.says("52.26")
    assert till.taps() == 0


def test_an_undo_costs_one_tap(till: Counter, market: Market) -> None:
    till.gives("V0001", "Soap")
    till.taps()
    till.press("undo")
    till.shows("V0001")
    till.says("+20")
    assert till.taps() == 1
    assert market.balance("V0001") == 500


def test_a_tile_that_is_tapped_twice_hands_over_once(till: Counter, market: Market) -> None:
    till.shows("V0001")
    till.page.locator("button.tile", has_text="Soap").dblclick()
    till.says("−20")
    assert market.count("redemptions") == 1


def test_a_choice_that_a_neighbour_picks_up_needs_the_pin(till: Counter, market: Market) -> None:
    till.scan(market.cards["V0001"].url)
    till.press("proxy")
    till.page.locator('[data-relation="neighbour"]').click()
    till.tile("Soap")
    till.types("pin", PIN)
    till.says("−20")
    assert market.one("SELECT proxy FROM redemptions") == "neighbour"


def test_the_pin_of_a_fetched_choice_is_asked_for_until_it_is_over(
    till: Counter, market: Market
) -> None:
    def over_soon(route: Route) -> None:
        answer = route.fetch()
        soon = (market.clock.now() + timedelta(seconds=1)).isoformat()
        route.fulfill(response=answer, json={**answer.json(), "expires_at": soon})

    key = choose(market, "V0001", "SOAP")
    till.page.route(f"**/api/v1/redemptions/{key}/capture", over_soon)
    till.press("number")
    till.types("number", market.cards["V0001"].number)
    pin = till.page.locator("[data-pin]")
    expect(pin).to_be_visible()
    with till.page.expect_response(f"**/api/v1/redemptions/{key}"):
        pass
    expect(pin).to_be_visible()  # the server keeps it still, and its word counts
    market.clock.set(market.clock.now() + timedelta(minutes=16))
    assert market.run(redemptions.expire_one, now=market.clock.now())
    till.says("没有按时确认")
    expect(pin).to_be_hidden()
    assert (market.state(key), market.balance("V0001")) == ("expired", 500)


def test_whom_the_next_scan_shows_is_nobodys_neighbour(till: Counter, market: Market) -> None:
    till.shows("V0001")
    till.press("proxy")
    till.page.locator('[data-relation="family"]').click()
    till.shows("V0003")
    expect(till.page.locator("[data-pick-title]")).to_contain_text("003")
    expect(till.page.locator("[data-proxy]")).to_be_hidden()
    till.tile("Soap")
    till.says("−20")
    assert market.one("SELECT coalesce(proxy, 'nobody') FROM redemptions") == "nobody"


def test_the_volunteers_own_phone_takes_the_code_of_a_good(
    till: Counter, market: Market, open_page: OpenPage, wire: Wire
) -> None:
    till.press("goods")
    with till.page.expect_response("**/api/v1/till/tickets") as made:
        till.tile("Soap")
    expect(till.page.locator("[data-ticket-image]")).to_be_visible()
    phone = open_page(PHONE, base_url=wire.address)
    session = {"name": "aixin_session", "value": market.tokens["V0001"], "url": wire.address}
    phone.context.add_cookies([session])  # type: ignore[list-item]
    phone.goto(urlsplit(made.value.json()["url"]).path)
    assert market.count("redemptions") == 0  # looking changes nothing
    till.taps()
    phone.locator("main form button.main").first.click()
    till.says("−20")
    assert till.taps() == 0
    assert market.balance("V0001") == 480


def test_a_code_of_a_good_that_is_taken_back_is_nobodys(till: Counter, market: Market) -> None:
    till.press("goods")
    till.tile("Soap")
    expect(till.page.locator("[data-ticket-image]")).to_be_visible()
    till.press("take-back")
    expect(till.page.locator("#ready-h")).to_be_visible()
    till.until(lambda: market.count("redemptions") == 1)  # the tombstone: it cannot be used now
    till.calm()
    assert market.balance("V0001") == 500


def test_what_a_shop_leaves_out_has_no_discount(
    open_page: OpenPage, wire: Wire, market: Market
) -> None:
    tomorrow = market.clock.now() + timedelta(days=1)
    terms = {"discount_max_pct": 8, "discount_bill_cap_fen": 2000, "excluded_kinds": ["烟", "酒"]}
    body = {"key": "t1", "from_day": tomorrow.date().isoformat(), "document": "No. 7", **terms}
    assert market.post("/shops/A/terms", body, by="U-CH").status_code == 201
    market.clock.start(tomorrow)
    till = stand(open_page, wire, market).kept()
    till.press("discount")
    till.types("amount", "5680")
    till.press("excluded")
    expect(till.page.locator("#amount-h")).to_have_text("其中烟、酒多少钱？")
    till.types("amount", "1000")
    till.shows("V0001")
    till.says("53.06")  # 8 % of 46.80 are 3.74
    assert market.fen("given-discount:A") == 374


def test_a_shift_begins_with_four_digits_and_ends_with_a_tap(till: Counter, market: Market) -> None:
    made = market.post("/shops/A/clerks", {"label": "甲班", "key": "h1"}, by="A-OWNER")
    pin = made.json["pin"]
    till.shows("V0001")
    expect(till.page.locator("#shift-h")).to_be_visible()
    till.page.locator("[data-clerks] button", has_text="甲班").click()
    till.types("shift", "0000" if pin != "0000" else "1111")
    expect(till.page.locator("[data-shift-wrong]")).to_contain_text("4")
    till.types("shift", pin)
    expect(till.page.locator("[data-pick-title]")).to_contain_text("001")  # it goes on by itself
    till.tile("Soap")
    till.says("−20")
    assert market.one("SELECT actor FROM redemptions WHERE status = 'captured'") == "clerk:A:甲班"
    expect(till.page.locator("[data-clerk]")).to_contain_text("甲班")
    till.page.locator("[data-clerk]").click()
    till.press("end-shift")
    expect(till.page.locator("[data-clerk]")).to_contain_text("无人当班")


def test_a_receipts_last_six_find_a_sale_and_it_is_proposed_to_reverse_it(
    till: Counter, market: Market
) -> None:
    receipt = market.redeem("V0001", "SOAP", "k1")["receipt"].replace(" ", "")[-6:]
    market.clock.start(market.clock.now().replace(hour=8))
    till.press("today")
    till.press("find")
    till.types("find", receipt)
    row = till.page.locator("[data-lines] tr")
    expect(row).to_have_count(1)
    row.get_by_role("button").click()
    till.page.locator('[data-why="damaged"]').click()
    till.says("已提出冲正")
    said = market.database.rows("SELECT reason, proposed_by FROM redemptions_reversals")
    assert said[0]["reason"] == "物品有问题，退回"
    assert market.state("k1") == "captured"


def test_at_closing_time_the_shop_says_whether_its_own_count_agrees(
    till: Counter, market: Market
) -> None:
    market.redeem("V0001", "SOAP", "k1")
    till.press("today")
    till.press("differ")
    till.types("count-typed", "2")
    till.press("counted")
    expect(till.page.locator("[data-day-word]")).to_contain_text("数出 2 笔")
    till.press("agree")
    expect(till.page.locator("[data-day-word]")).to_contain_text("一致。")
    words = market.database.rows("SELECT agrees, counted FROM redemptions_day_words ORDER BY id")
    assert [(row["agrees"], row["counted"]) for row in words] == [(False, 2), (True, None)]


def test_the_days_list_has_pages(till: Counter, market: Market) -> None:
    market.database.rows(
        "INSERT INTO redemptions (shop_id, key, status, qty, points, value_fen, tail, via, actor,"
        " flags, offline, occurred_at, recorded_at, business_day, reason, undone_by,"
        " undone_at) SELECT s.id, 'k' || n, 'voided',"
        " 1, 20, 400, '001', 'pass', 'device:1', '{}', false, now(), now(), '2025-10-18',"
        " 'voided_first', 'device:1', now()"
        " FROM shops s, generate_series(1, 60) n WHERE s.code = 'A' RETURNING id"
    )
    till.press("today")
    rows = till.page.locator("[data-lines] tr")
    expect(rows).to_have_count(50)
    till.page.locator("[data-more]").click()
    expect(rows).to_have_count(60)
    expect(till.page.locator("[data-more]")).to_be_hidden()


Look = Callable[[str], None]


def every_screen(till: Counter, look: Look) -> None:
    """Go through the till's screens and look at each."""
    look("ready")
    screens_of_a_sale(till, look)
    screens_of_the_day(till, look)
    screens_without_a_network(till, look)


def screens_of_a_sale(till: Counter, look: Look) -> None:
    till.shows("V0002")
    expect(till.page.locator("button.tile").first).to_be_visible()
    till.press("proxy")
    look("pick")
    till.tile("Soap")
    expect(till.page.locator("#pin-h, .flood.ok").first).to_be_attached()
    till.says("−20")
    look("done")
    till.press("undo")
    look("undo")
    till.scan("https://evil.example/x")
    look("refused")
    till.scan(till.market.cards["V0001"].url)
    till.tile("Soap")
    expect(till.page.locator("#pin-h")).to_be_visible()
    look("pin")
    till.press("cancel")
    for do in ("number", "discount", "goods"):
        till.press(do)
        look(do)
        till.press("ready")


def screens_of_the_day(till: Counter, look: Look) -> None:
    till.press("today")
    expect(till.page.locator("[data-lines] tr").first).to_be_visible()
    look("today")
    for do in ("find", "differ"):
        till.press(do)
        look(do)
        till.press("ready")
        till.press("today")
        expect(till.page.locator("[data-lines] tr").first).to_be_visible()
    till.press("ready")


def screens_without_a_network(till: Counter, look: Look) -> None:
    till.cut()
    till.gives("V0004", "Bulb")
    look("kept")
    till.scan(till.market.cards["V0003"].url)
    expect(till.page.locator("button.tile").first).to_be_visible()
    look("pick without network")
    till.press("proxy")
    look("proxy without network")
    till.press("cancel")
    till.press("waiting")
    expect(till.page.locator("[data-waiting] li").first).to_be_visible()
    look("waiting")
    till.mend()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("size", [TABLET, SMALL, ZOOMED], ids=["tablet", "small", "zoom"])
def test_no_screen_cuts_anything_off(
    open_page: OpenPage, wire: Wire, market: Market, size: Screen, language: str
) -> None:
    till = stand(open_page, wire, market, size.but(language=language)).kept()
    found: list[str] = []

    def look(name: str) -> None:
        till.page.wait_for_timeout(50)
        found.extend(f"{name}: {each}" for each in till.page.evaluate(CUT_OFF))

    every_screen(till, look)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_screen_has_big_words_big_targets_and_strong_contrast(
    open_page: OpenPage,
    wire: Wire,
    market: Market,
    audit: Check,
    axe_source: str,
    language: str,
) -> None:
    till = stand(open_page, wire, market, TABLET.but(language=language))
    weak: list[str] = []

    def look(name: str) -> None:
        audit(till.page)
        till.page.evaluate(axe_source)
        weak.extend(f"{name}: {each}" for each in till.page.evaluate(CONTRAST))

    till.kept()
    every_screen(till, look)
    assert not weak, "\n".join(weak)


def test_there_are_at_most_six_tiles(till: Counter, market: Market) -> None:
    market.database.rows(
        "INSERT INTO shops_goods (shop_id, code, name, value_fen, points, pledged_qty, stock,"
        " active) SELECT id, 'MORE' || n, 'More ' || n, 400, 20, 9, 9, true FROM shops,"
        " generate_series(1, 9) n WHERE code = 'A' RETURNING id"
    )
    till.shows("V0001")
    expect(till.page.locator("button.tile")).to_have_count(6)


def test_a_phone_that_finds_the_till_is_told_to_be_paired(
    open_page: OpenPage, wire: Wire, market: Market
) -> None:
    page = open_page(PHONE, base_url=wire.address)
    page.goto("/till")
    page.wait_for_url("**/till/pair")


def test_the_till_can_be_installed(till: Counter) -> None:
    link = till.page.locator('link[rel="manifest"]')
    said = till.page.request.get(f"{till.wire.address}{link.get_attribute('href')}").json()
    assert said["start_url"] == "/till"
    assert (said["display"], said["orientation"]) == ("standalone", "landscape")
    assert {icon["sizes"] for icon in said["icons"]} == {"192x192", "512x512"}
    till.kept()


def test_the_page_is_light_before_the_decoder(
    open_page: OpenPage, wire: Wire, market: Market
) -> None:
    sizes: dict[str, int] = {}
    page = open_page(TABLET, base_url=wire.address)
    page.on(
        "response",
        lambda sent: sizes.update({sent.url: 0}) if sent.request.resource_type else None,
    )
    weigh(page, wire, market, sizes)
    kilobytes = sum(sizes.values()) / 1024
    assert kilobytes <= PAGE_KB_MAX, sizes
    assert not any("/api/v1/" in url and "volunteer" in url for url in sizes)


def weigh(page: Page, wire: Wire, market: Market, sizes: dict[str, int]) -> None:
    """Open the till and weigh what came before the decoder, compressed as it goes over the wire."""
    cookie = {"name": "aixin_device", "value": market.tokens["A"], "url": wire.address}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto("/till")
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    page.wait_for_timeout(500)
    for url in list(sizes):
        if re.search(r"\.wasm$|shell=1|worker\.js$|icon-\d+", url):
            sizes.pop(url)
            continue
        got = page.request.get(url)
        sizes[url] = len(gzip.compress(got.body(), 6)) if got.ok else 0
