"""A hand-held scanner at the till: whatever it sends and wherever the focus is, it is heard."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage, type_at_once
from tests.browser.fakecam import Camera
from tests.browser.tills import Counter, stand
from tests.browser.wire import Wire
from tests.shops.market import PIN, Market

UNDER_IME = """text => {
  const signs = { "/": "Slash", ".": "Period", "-": "Minus" };
  const named = sign => (/\\d/.test(sign) ? "Digit" : "Key") + sign.toUpperCase();
  const target = document.activeElement ?? document.body;
  for (const sign of [...text, "Enter"]) {
    const code = sign === "Enter" ? sign : signs[sign] ?? named(sign);
    target.dispatchEvent(new KeyboardEvent("keydown",
      { key: "Process", code, isComposing: true, bubbles: true, cancelable: true }));
  }
}"""
FULL = """() => {
  window.add = IDBObjectStore.prototype.add;
  IDBObjectStore.prototype.add = () => { throw new DOMException("full", "QuotaExceededError") };
}"""
SLOW_STORE = """const open = IDBFactory.prototype.open;
window.scanNow = (text) => {
  for (const key of [...text, "Enter"]) for (const type of ["keydown", "keyup"])
    document.body.dispatchEvent(new KeyboardEvent(type, { key, bubbles: true, cancelable: true }));
};
IDBFactory.prototype.open = function (...given) {
  const asked = open.apply(this, given);
  const hear = asked.addEventListener.bind(asked);
  asked.addEventListener = (type, heard, how) =>
    hear(type, type === "success" ? (event) => setTimeout(() => heard(event), 800) : heard, how);
  return asked;
};"""
EMPTY = "() => { IDBObjectStore.prototype.add = window.add }"


@pytest.fixture
def till(open_page: OpenPage, wire: Wire, market: Market) -> Counter:
    return stand(open_page, wire, market)


def recognised(till: Counter, tail: str) -> None:
    expect(till.page.locator("[data-pick-title]")).to_contain_text(tail, timeout=10_000)


def path(till: Counter, who: str) -> str:
    """A code without its host: what is typed under an input method has no capital or colon."""
    code = till.market.code(who)
    return code[code.index("/p/") :]


@pytest.mark.parametrize("end", ["Enter", "NumpadEnter", "Tab", "Control+KeyJ", "Control+KeyM", ""])
def test_every_ending_of_a_scanner_is_heard(till: Counter, end: str) -> None:
    type_at_once(till.page, till.market.code("V0001"), end)
    recognised(till, "001")


def test_a_chinese_input_method_hides_no_scan(till: Counter) -> None:
    till.page.evaluate(UNDER_IME, path(till, "V0001"))
    recognised(till, "001")


def test_a_button_with_the_focus_is_not_pressed(till: Counter) -> None:
    till.page.focus('[data-do="today"]')
    till.page.keyboard.type(till.market.code("V0001"))
    till.page.keyboard.press("Enter")
    recognised(till, "001")
    expect(till.page.locator("#today-h")).to_be_hidden()


def test_the_focus_may_be_lost(till: Counter) -> None:
    till.press("number")
    till.types("number", "1")
    till.page.evaluate("document.activeElement.blur()")
    till.page.keyboard.type(till.market.code("V0001"))
    till.page.keyboard.press("Enter")
    recognised(till, "001")


def test_the_second_of_two_bursts_is_who_stands_there(till: Counter) -> None:
    till.scan(till.market.code("V0001"))
    till.scan(till.market.code("V0003"))
    recognised(till, "003")


def test_one_code_that_is_read_three_times_is_one(till: Counter, wire: Wire) -> None:
    code = till.market.code("V0001")
    for _ in range(3):
        till.scan(code)
    recognised(till, "001")
    assert wire.count("/till/lookups") == 1


def test_the_camera_and_the_scanner_see_the_same_customer_once(
    till: Counter, wire: Wire, camera: Camera
) -> None:
    code = till.market.code("V0001")
    camera(code)
    recognised(till, "001")
    till.scan(code)
    till.page.wait_for_timeout(300)
    camera.nothing()
    assert wire.count("/till/lookups") == 1


def test_a_code_that_is_read_while_the_page_still_opens_is_not_lost(
    till: Counter, market: Market
) -> None:
    early = f"setTimeout(() => window.scanNow({market.code('V0001')!r}), 0)"
    till.page.add_init_script(SLOW_STORE)
    till.page.reload(wait_until="domcontentloaded")
    till.page.evaluate(early)
    recognised(till, "001")


def test_a_foreign_code_is_said_and_the_next_one_is_heard(till: Counter, wire: Wire) -> None:
    for text in ("https://evil.example/c/7k3m9qx2vwp4t", "6901234567892", "/e/A1"):
        till.scan(text)
        expect(till.page.locator(".flood.bad")).to_be_visible()
    assert wire.count("/till/lookups") == 0
    till.shows("V0001")
    recognised(till, "001")


def test_while_the_customer_types_the_pin_the_scanner_is_deaf(till: Counter) -> None:
    till.scan(till.market.cards["V0001"].url)
    till.tile("Soap")
    till.types("pin", PIN[:2])
    till.shows("V0003")
    till.types("pin", PIN[2:])
    till.says("−20")
    till.shows("V0003")
    recognised(till, "003")


def test_a_tablet_that_keeps_nothing_sells_nothing_and_the_scanner_hears_on(
    till: Counter, market: Market
) -> None:
    till.page.evaluate(FULL)
    till.shows("V0001")
    till.tile("Soap")
    till.says("存不了数据")
    assert market.count("redemptions") == 0
    till.page.evaluate(EMPTY)
    till.gives("V0003", "Soap")
    assert market.count("redemptions") == 1


def test_after_a_failure_of_ours_the_scanner_hears_on(till: Counter, wire: Wire) -> None:
    till.page.route("**/till/lookups", lambda route: route.fulfill(status=500, body="{}"))
    till.shows("V0001")
    expect(till.page.locator(".flood.bad")).to_be_visible()
    till.page.unroute("**/till/lookups")
    till.shows("V0003")
    recognised(till, "003")
