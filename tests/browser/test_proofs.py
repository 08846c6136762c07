"""Receipts that check themselves on the reader's device, and a verification that is watched."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from html import escape, unescape
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from service import ledger
from service.db import Database
from tests.browser.conftest import DESK, PHONE, Check, OpenPage, Screen
from tests.browser.test_books import come_in
from tests.live import Site

SEALED_MS = 60_000
SHOWN = re.compile(r'(<template id="receipt">)(.*?)(</template>)', re.DOTALL)
NO_CRYPTO = "Object.defineProperty(globalThis.crypto, 'subtle', { value: undefined });"
NO_ED25519 = """crypto.subtle.importKey = () =>
  Promise.reject(new DOMException("no such algorithm", "NotSupportedError"));"""

PROGRESS = "**/api/v1/ledger/verifications/*"


@pytest.fixture
def books(site: Site) -> Iterator[Database]:
    """The running service's database."""
    found = Database(site.settings.database_url, pool_max=2)
    yield found
    found.close()


def open_receipt(page: Page) -> None:
    """Go from the volunteer's history to the oldest line's receipt, once it is sealed."""
    come_in(page, "志愿者$|Volunteer$")
    page.goto("/home/history")
    page.locator("a[href^='/t/']").last.click()
    wait_for_seal(page)


def wait_for_seal(page: Page) -> None:
    """Look again until the sealer has come by."""
    for _ in range(SEALED_MS // 1000):
        if page.locator("[data-check]").count():
            return
        page.wait_for_timeout(1000)
        page.reload()
    raise AssertionError("never sealed")


def test_a_receipt_is_checked_on_the_reader_s_own_device(
    open_page: OpenPage, site: Site, audit: Check, each_screen: Screen
) -> None:
    page = open_page(each_screen, base_url=site.url)
    open_receipt(page)
    chinese = each_screen.language == "zh-CN"
    checked = "本机校验过" if chinese else "Checked on this device"
    expect(page.get_by_text(checked)).to_be_visible()
    expect(page.get_by_text("期初余额" if chinese else "Opening").first).to_be_visible()
    audit(page)
    page.locator("summary").click()
    audit(page)


@pytest.mark.parametrize(
    "screen",
    [PHONE.but(elder=True), PHONE.but(dark=True, language="en", width=320)],
    ids=["large", "dark-and-narrow"],
)
def test_everybody_can_read_a_receipt(
    open_page: OpenPage, site: Site, audit: Check, screen: Screen
) -> None:
    page = open_page(screen, base_url=site.url)
    open_receipt(page)
    expect(page.locator(".note.ok")).to_be_visible()
    page.locator("summary").click()
    audit(page)


def test_a_stranger_with_the_code_needs_no_account(open_page: OpenPage, site: Site) -> None:
    owner = open_page(PHONE, base_url=site.url)
    open_receipt(owner)
    stranger = open_page(PHONE, base_url=site.url)
    stranger.goto(owner.url)
    expect(stranger.get_by_text("本机校验过")).to_be_visible()
    assert stranger.get_by_role("link", name="看我的明细").count() == 0
    with stranger.expect_download() as saved:
        stranger.get_by_role("link", name="把证明存成文件").click()
    assert saved.value.path().read_text("utf-8").startswith("c2sp.org/tlog-proof@v1\n")


def change_word(said: dict[str, Any]) -> None:
    said["fields"][5] = "somebody-else"


def change_amount(said: dict[str, Any]) -> None:
    said["shown"]["amount"] = str(int(said["shown"]["amount"]) + 1)


def change_path(said: dict[str, Any]) -> None:
    said["path"][0], said["path"][-1] = said["path"][-1], said["path"][0]


def break_path(said: dict[str, Any]) -> None:
    said["path"][0] = "not base 64"


def cut_path(said: dict[str, Any]) -> None:
    said["path"].pop()


def change_place(said: dict[str, Any]) -> None:
    said["index"] = str(int(said["index"]) ^ 1)


def change_size(said: dict[str, Any]) -> None:
    said["size"] = str(int(said["size"]) + 1)


def change_signature(said: dict[str, Any]) -> None:
    text, gap, signed = said["note"].rpartition("\n\n")
    lines = [line[:-12] + "AAAAAAAA" + line[-4:] for line in signed.split("\n") if line]
    said["note"] = text + gap + "\n".join(lines) + "\n"


def change_root(said: dict[str, Any]) -> None:
    origin, size, _root, *rest = said["note"].split("\n")
    said["note"] = "\n".join([origin, size, "A" * 43 + "=", *rest])


TAMPERED = (
    (change_word, "这一笔的内容和总册里的不一样"),
    (change_amount, "这一页的数字和账上的不一样"),
    (change_path, "这些步骤通不到签名的封条"),
    (break_path, "这些步骤通不到签名的封条"),
    (cut_path, "这些步骤通不到签名的封条"),
    (change_place, "这些步骤通不到签名的封条"),
    (change_root, "这些步骤通不到签名的封条"),
    (change_size, "封条不是这一页说的那一个"),
    (change_signature, "封条上没有认得的签名"),
)


def test_what_was_tampered_with_is_named(open_page: OpenPage, site: Site) -> None:
    page = open_page(PHONE, base_url=site.url)
    open_receipt(page)
    for change, named in TAMPERED:
        page.route("**/t/*", tampering(change))
        page.reload()
        expect(page.locator("[data-check] .note.bad"), change.__name__).to_contain_text(named)
        assert page.locator("[data-check] .note.ok").count() == 0, change.__name__
        page.unroute_all()


def tampering(
    change: Callable[[dict[str, Any]], None],
) -> Callable[[Route, Request], None]:
    """Change what the page gives its script, on its way to the browser."""

    def tampered(found: re.Match[str]) -> str:
        said = json.loads(unescape(found[2]))
        change(said)
        return found[1] + escape(json.dumps(said)) + found[3]

    def pass_on(route: Route, _request: Request) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=SHOWN.sub(tampered, answer.text()))

    return pass_on


@pytest.mark.parametrize(
    ("script", "kind", "said"),
    [(NO_CRYPTO, "info", "这个浏览器在这里不能校验"), (NO_ED25519, "ok", "这个浏览器不会校验签名")],
    ids=["without-hashes", "without-signatures"],
)
def test_an_old_browser_says_what_it_cannot_check(
    open_page: OpenPage, site: Site, script: str, kind: str, said: str
) -> None:
    page = open_page(PHONE, base_url=site.url)
    page.add_init_script(script)
    open_receipt(page)
    expect(page.locator(f"[data-check] .note.{kind}")).to_contain_text(said)


def wait_for_the_night(books: Database) -> None:
    """Wait until this day's own verification is done, and nobody else's is under way."""
    for _ in range(SEALED_MS // 200):
        rows = books.rows("SELECT finished_at IS NULL AS open FROM ledger_verifications")
        if rows and not any(row["open"] for row in rows):
            return
        time.sleep(0.2)
    raise AssertionError("never verified")


def asked(books: Database) -> int:
    """How many verifications were ever asked for."""
    return int(books.rows("SELECT count(*) AS n FROM ledger_verifications")[0]["n"])


def test_verify_now_runs_to_its_end_and_says_what_it_found(
    open_page: OpenPage, site: Site, audit: Check, books: Database
) -> None:
    wait_for_the_night(books)
    before = asked(books)
    page = open_page(DESK, base_url=site.url)
    come_in(page, "社区书记")
    page.get_by_role("link", name="封存与校验").click()
    button = page.get_by_role("button", name="现在全部校验")
    page.route(PROGRESS, lambda route: route.abort())  # it would load the page anew meanwhile
    button.dblclick()
    expect(page.get_by_text("正在校验")).to_be_visible()
    audit(page)
    page.unroute(PROGRESS)
    expect(button).to_be_visible(timeout=SEALED_MS)
    assert asked(books) == before + 1
    expect(page.get_by_text("都对得上").first).to_be_visible()
    expect(page.get_by_text("每一笔、每个余额")).to_be_visible()
    audit(page)


def test_without_scripts_the_page_loads_itself_again(
    open_page: OpenPage, site: Site, books: Database
) -> None:
    wait_for_the_night(books)
    before = asked(books)
    page = open_page(DESK, base_url=site.url, java_script_enabled=False)
    come_in(page, "社区书记")
    page.goto("/ledger/integrity")
    button = page.get_by_role("button", name="现在全部校验")
    button.click()
    expect(page.get_by_role("link", name="看看进度")).to_be_visible()
    expect(button).to_be_visible(timeout=SEALED_MS)
    assert asked(books) == before + 1


@pytest.mark.parametrize(
    "screen",
    [DESK, DESK.but(language="en", dark=True), DESK.but(width=390), DESK.but(width=1280)],
    ids=["plain", "english-and-dark", "on-a-phone", "on-a-tablet"],
)
def test_the_integrity_of_the_books_can_be_read_by_everybody(
    open_page: OpenPage, site: Site, audit: Check, books: Database, screen: Screen
) -> None:
    programme = books.rows("SELECT id FROM programmes")[0]["id"]
    close = partial(ledger.close_period, programme_id=programme, month=date(2025, 9, 1))
    books.atomic(partial(close, actor="staff:U-SEC", now=site.clock.now()))
    wait_for_the_night(books)
    page = open_page(screen, base_url=site.url)
    come_in(page, "社区书记|Secretary")
    page.goto("/ledger/integrity")
    audit(page)
    page.locator("summary").first.click()
    audit(page)


def test_a_statement_tells_what_it_was_on_a_day(
    open_page: OpenPage, site: Site, audit: Check
) -> None:
    page = open_page(DESK, base_url=site.url)
    come_in(page, "社区书记")
    page.goto("/ledger/accounts/PTS/volunteer:FM0003")
    page.get_by_label("日期").fill("2024-12-31")
    page.get_by_label("口径").select_option("effective")
    page.get_by_role("button", name="看余额").click()
    expect(page.get_by_role("status").locator(".num.mid")).to_have_text("0分")
    audit(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="看余额")).to_be_hidden()
    expect(page.locator(".rail")).to_be_hidden()
