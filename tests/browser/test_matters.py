"""A call for help from the phone to the answer, on the screens of those who take part."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE, Check, OpenPage
from tests.browser.test_books import come_in
from tests.live import Site


def call(page: Page, audit: Check) -> str:
    """Call for help with two taps; return the matter's number."""
    page.get_by_role("link", name="一键呼叫").click()
    audit(page)
    page.get_by_role("button", name="马上呼叫社区").click()
    expect(page.get_by_text("社区收到了")).to_be_visible()
    audit(page)
    return page.url.rsplit("/", 1)[1]


def assign(page: Page, number: str, audit: Check) -> None:
    """Find the call at the top of the desk and give it to the grid worker."""
    expect(page.get_by_role("heading", name=re.compile("求助"))).to_be_visible()
    page.goto(f"/desk/matters/{number}")
    audit(page)
    page.get_by_label("交给谁办").select_option(label="网格员 U-GRID")
    page.get_by_role("button", name="交办").click()


def solve(page: Page, number: str, audit: Check) -> None:
    """Solve it from the grid worker's own list."""
    audit(page)
    page.locator(f"a[href='/desk/matters/{number}']").click()
    audit(page)
    page.get_by_role("textbox", name="办理经过").fill("已上门，一起去了卫生室。")
    page.get_by_role("button", name="办好了").click()


def answer(page: Page, number: str, audit: Check) -> None:
    """Answer in words, and look at the week."""
    page.goto(f"/desk/matters/{number}")
    page.get_by_role("textbox", name="给群众的答复").fill("已有人陪您看过，请多休息。")
    page.get_by_role("button", name="发出答复").click()
    page.goto("/desk/matters/week")
    audit(page)


def rate(page: Page, number: str, audit: Check) -> None:
    """Read the answer and rate it."""
    page.goto(f"/me/matters/{number}")
    page.get_by_role("link", name="答复了，请评价").click()
    expect(page.get_by_text("已有人陪您看过")).to_be_visible()
    audit(page)
    page.get_by_label("满意", exact=True).check()
    page.get_by_role("button", name="提交评价").click()
    expect(page.get_by_role("button", name="改评价")).to_be_visible()


def test_a_call_for_help_ends_with_an_answer_and_a_rating(
    open_page: OpenPage, site: Site, audit: Check
) -> None:
    screens = {"志愿者$": PHONE.but(elder=True, width=320), "专干": DESK, "网格员": PHONE}
    pages = {}
    for role, screen in screens.items():
        pages[role] = open_page(screen, base_url=site.url)
    come_in(pages["志愿者$"], "志愿者$")
    number = call(pages["志愿者$"], audit)
    come_in(pages["专干"], "专干")
    assign(pages["专干"], number, audit)
    come_in(pages["网格员"], "网格员")
    solve(pages["网格员"], number, audit)
    answer(pages["专干"], number, audit)
    rate(pages["志愿者$"], number, audit)
