"""The scanner in a real browser: camera, keyboard, photo; our codes, misread and foreign ones."""

import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from service.passes.rules import check_character, check_digit
from tests.browser.conftest import ASSETS, OpenPage, type_at_once
from tests.browser.fakecam import Camera, held

TRIAL = Path(__file__).parent / "trial"
POLICY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';"
    " img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
HOST = "https://aixin.example"
PASS = "/p/k3v9.58712345.0f7a9c2b4d1e"


def card(identity: str) -> str:
    """A card's path, with the check character that the service gives it."""
    return f"/c/{identity}{check_character(identity)}"


CARD = card("7k3m9qx2vwp4t")
OTHER = card("0000000000011")


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The modules as they are, bundled with the trial page, behind the site's own policy."""
    root = tmp_path_factory.mktemp("trial")
    wasm = root / "trial/zxing.wasm"
    subprocess.run(
        [
            *(str(ASSETS / "node_modules/.bin/esbuild"), str(TRIAL / "scanner.ts")),
            *("--bundle", "--format=esm", "--splitting", f"--outdir={wasm.parent}"),
            *('--define:__WASM__="zxing.wasm"', "--log-level=warning"),
        ],
        check=True,
        env={"NODE_PATH": str(ASSETS / "node_modules"), "PATH": "/usr/bin:/bin"},
    )
    wasm.symlink_to(ASSETS / "node_modules/zxing-wasm/dist/reader/zxing_reader.wasm")
    (root / "static").symlink_to(ASSETS.parent / "static")
    (root / "index.html").symlink_to(TRIAL / "index.html")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class Handler(SimpleHTTPRequestHandler):
    """Files with the site's policy, and no words about it."""

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output for the test."""


@pytest.fixture
def page(open_page: OpenPage, trial: str) -> Page:
    found = open_page(base_url=trial)
    found.goto("/")
    expect(found.locator("html")).to_have_attribute("data-ready", "yes")
    return found


# What the page was before a scan, and the widest gap between two keys of it.
BEFORE = """() => {
  if (!window.pace)
    addEventListener("keydown", ({ timeStamp }) => {
      if (pace.last) pace.widest = Math.max(pace.widest, timeStamp - pace.last);
      pace.last = timeStamp;
    }, true);
  window.pace = { last: 0, widest: 0 };
  const fields = ["amount", "number"].map((id) => [id, document.getElementById(id).value]);
  return [document.getElementById("said").innerHTML, fields, document.activeElement.id];
}"""
AGAIN = """([said, fields, focused]) => {
  document.getElementById("said").innerHTML = said;
  for (const [id, value] of fields) document.getElementById(id).value = value;
  (document.getElementById(focused) ?? document.activeElement).focus();
}"""
GAP_MS, TRIES = 100, 4
HEARD_MS = 600
FORGOTTEN_MS = 3000  # longer than what was typed is kept, and than a code counts once


def scan(page: Page, text: str, end: str = "Enter") -> None:
    """Type as a hand-held scanner does: without a pause, with its ending.

    Where the machine stood still in between it was no scanner; then it is typed again.
    """
    for _ in range(TRIES):
        before = page.evaluate(BEFORE)
        page.keyboard.type(text)
        if end:
            page.keyboard.press(end)
        if page.evaluate("pace.widest") < GAP_MS:
            return
        page.wait_for_timeout(FORGOTTEN_MS)
        page.evaluate(AGAIN, before)
    raise AssertionError("this machine cannot type as fast as a scanner")


def said(page: Page, *lines: str) -> None:
    expect(page.locator("#said li")).to_have_text(list(lines))


def test_the_camera_reads_one_card_after_another(page: Page, camera: Camera) -> None:
    page.click("#open")
    expect(page.locator("#camera")).to_have_attribute("data-state", "on")
    camera(HOST + CARD)
    said(page, f"camera card {CARD}")
    camera(HOST + PASS, size=0.45, tilt=14, light=0.5)
    said(page, f"camera card {CARD}", f"camera pass {PASS}")


def test_a_card_left_before_the_camera_counts_once(page: Page, camera: Camera) -> None:
    page.click("#open")
    camera(HOST + CARD)
    said(page, f"camera card {CARD}")
    page.wait_for_timeout(3200)
    said(page, f"camera card {CARD}")
    camera.nothing()
    page.wait_for_timeout(2800)
    camera(HOST + CARD)
    said(page, f"camera card {CARD}", f"camera card {CARD}")


def test_a_foreign_code_is_named_and_never_asked_for(page: Page, camera: Camera) -> None:
    sent: list[str] = []
    page.click("#open")
    expect(page.locator("#camera")).to_have_attribute("data-state", "on")
    page.on("request", lambda request: "/static/" in request.url or sent.append(request.url))
    camera("https://evil.example/c/7k3m9qx2vwp4t")
    said(page, "camera foreign")
    expect(page.locator(".result.bad")).to_have_text("foreign")
    assert sent == []
    assert page.url.endswith("/")


def test_the_camera_goes_on_after_a_handler_that_fails(page: Page, camera: Camera) -> None:
    page.click("#open")
    camera(HOST + "/m/boom")
    said(page, "camera shop /m/boom")
    camera(HOST + CARD)
    said(page, "camera shop /m/boom", f"camera card {CARD}")


def test_a_closed_camera_can_be_opened_again(page: Page, camera: Camera) -> None:
    page.click("#open")
    expect(page.locator("#camera")).to_have_attribute("data-state", "on")
    page.click("#close")
    expect(page.locator("#camera")).to_have_attribute("data-state", "off")
    page.click("#open")
    camera(HOST + CARD)
    said(page, f"camera card {CARD}")


@pytest.mark.parametrize("end", ["Enter", "Tab", "Control+KeyJ", "NumpadEnter", ""])
def test_a_keyboard_scanner_is_heard_with_every_ending(page: Page, end: str) -> None:
    for _ in range(TRIES):  # keys in time may still be handled late on a busy machine
        scan(page, HOST + CARD, end)
        page.wait_for_timeout(HEARD_MS)
        if page.locator("#said li").count():
            break
    said(page, f"wedge card {CARD}")


def test_two_scans_in_a_row_are_two_codes(page: Page) -> None:
    scan(page, HOST + CARD)
    scan(page, HOST + OTHER)
    said(page, f"wedge card {CARD}", f"wedge card {OTHER}")


def test_the_same_code_twice_within_the_pause_counts_once(page: Page) -> None:
    type_at_once(page, HOST + CARD)
    type_at_once(page, HOST + CARD)
    type_at_once(page, HOST + OTHER)
    said(page, f"wedge card {CARD}", f"wedge card {OTHER}")


def test_a_scan_presses_no_button_that_has_the_focus(page: Page) -> None:
    page.focus("#press")
    scan(page, f"{HOST}{CARD}")
    said(page, f"wedge card {CARD}")


def test_a_scan_leaves_a_field_as_it_was(page: Page) -> None:
    page.fill("#amount", "12.50")
    page.focus("#amount")
    scan(page, HOST + CARD)
    said(page, f"wedge card {CARD}")
    expect(page.locator("#amount")).to_have_value("12.50")


def test_the_focus_may_move_while_a_scanner_types(page: Page) -> None:
    page.focus("#amount")
    page.evaluate(
        "addEventListener('keyup', () => document.querySelector('#press').focus(), { once: true })"
    )
    scan(page, HOST + CARD)
    said(page, f"wedge card {CARD}")
    expect(page.locator("#amount")).to_have_value("")


def test_a_scanner_that_stumbles_over_its_first_keys_is_heard(page: Page) -> None:
    page.fill("#amount", "12.50")
    page.focus("#amount")
    for start, pause in (("h", 90), ("tt", 160)):
        page.keyboard.type(start)
        page.wait_for_timeout(pause)
    scan(page, f"{HOST}{CARD}".removeprefix("htt"))
    said(page, f"wedge card {CARD}")
    expect(page.locator("#amount")).to_have_value("12.50")


def test_a_person_s_typing_stays_in_the_field(page: Page) -> None:
    page.focus("#amount")
    page.keyboard.type("36.80", delay=90)
    page.keyboard.press("Tab")
    expect(page.locator("#amount")).to_have_value("36.80")
    said(page)


def test_a_short_quick_burst_is_put_back(page: Page) -> None:
    page.fill("#amount", "1")
    page.focus("#amount")
    page.keyboard.press("End")
    page.keyboard.type("2345")
    expect(page.locator("#amount")).to_have_value("12345")
    said(page)


def test_a_chinese_input_method_does_not_hide_a_scan(page: Page) -> None:
    """Under an input method every key is "Process"; only the physical key tells the character."""
    page.evaluate(
        """text => {
            const signs = { "/": "Slash", ".": "Period" };
            const named = sign => (/\\d/.test(sign) ? "Digit" : "Key") + sign.toUpperCase();
            const codes = [...text].map(sign => signs[sign] ?? named(sign));
            for (const code of [...codes, "Enter"])
                dispatchEvent(new KeyboardEvent("keydown", { key: "Process", code }));
        }""",
        PASS,
    )
    said(page, f"wedge pass {PASS}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"]Q1{HOST}{CARD}", f"wedge card {CARD}"),
        (f"\\000026{HOST}{CARD}", f"wedge card {CARD}"),
        (CARD.removeprefix("/c/"), f"wedge card {CARD}"),
        (CARD.removeprefix("/c/").upper(), f"wedge card {CARD}"),
        (PASS, f"wedge pass {PASS}"),
        (PASS.removeprefix("/p/"), f"wedge pass {PASS}"),
        (f"{HOST}/s/A1.58712345.0f7a9c2b4d1e", "wedge onsite /s/A1.58712345.0f7a9c2b4d1e"),
        (f"{HOST}/e/A1", "wedge activity /e/A1"),
        (f"{HOST}/m/S01", "wedge shop /m/S01"),
        (f"{HOST}/r/0f7a9c2b4d1e3", "wedge ticket /r/0f7a9c2b4d1e3"),
        (f"{HOST}/b/0f7a9c2b4d1e3", "wedge bind /b/0f7a9c2b4d1e3"),
        (f"{HOST}/d/0f7a9c2b4d1e3", "wedge claim /d/0f7a9c2b4d1e3"),
        (f"{HOST}/v/FM-2025-1.k3v9m2q1", "wedge certificate /v/FM-2025-1.k3v9m2q1"),
        (f"{HOST}{CARD[:-1]}{'0' if CARD[-1] != '0' else '1'}", "wedge check"),
        (f"{HOST}/c/7k3m9qx2vwp4u0", "wedge check"),
        (f"{HOST}/c/short", "wedge unknown"),
        (f"{HOST}/x/7k3m9qx2vwp4t", "wedge unknown"),
        (f"{HOST}{CARD}?next=//evil.example", "wedge unknown"),
        (f"{HOST}{CARD}/../../sign-out", "wedge unknown"),
        (f"https://aixin.example@evil.example{CARD}", "wedge foreign"),
        (f"https://evil@aixin.example{CARD}", "wedge foreign"),
        (f"https://aixin.example.evil.example{CARD}", "wedge foreign"),
        ("javascript:alert(document.cookie)", "wedge foreign"),
        ("WIFI:T:WPA;S:shop;P:secret;;", "wedge foreign"),
        ("6901234567892", "wedge unknown"),
    ],
)
def test_what_a_text_means(page: Page, text: str, line: str) -> None:
    type_at_once(page, text)
    said(page, line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"2510 003{check_digit('2510003')}", f"typed number 2510003{check_digit('2510003')}"),
        (f"2510 030{check_digit('2510003')}", "typed check"),
        (CARD.upper().removeprefix("/C/"), f"typed card {CARD}"),
        ("123", "typed unknown"),
    ],
)
def test_a_person_may_type_the_card_s_number(page: Page, text: str, line: str) -> None:
    page.fill("#number", text)
    page.locator("#number").blur()
    said(page, line)


def test_a_barcode_that_looks_like_a_card_number_is_none(page: Page) -> None:
    type_at_once(page, f"2510003{check_digit('2510003')}")
    said(page, "wedge unknown")


def test_while_a_pin_is_typed_nothing_is_heard(page: Page) -> None:
    page.click("#hold")
    type_at_once(page, HOST + CARD)
    page.click("#hold")
    type_at_once(page, HOST + OTHER)
    said(page, f"wedge card {OTHER}")


def test_a_photo_is_read_where_there_is_no_camera(page: Page, tmp_path: Path) -> None:
    held(HOST + CARD, 0.3, tilt=25).save(tmp_path / "card.jpg")
    held("", 0, size=0.1, blur=9).save(tmp_path / "blurred.jpg")
    page.set_input_files("#photo", tmp_path / "card.jpg")
    said(page, f"photo card {CARD}")
    page.set_input_files("#photo", tmp_path / "blurred.jpg")
    said(page, f"photo card {CARD}", "no code in the photo")
