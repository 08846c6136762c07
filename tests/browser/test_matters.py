"""A call for help from the phone to the answer, on the screens of those who take part."""

import re
from datetime import datetime
from io import BytesIO

from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, PHONE, Check, OpenPage
from tests.browser.test_books import come_in
from tests.live import Site

TEAM = "社区党员志愿服务队"
ON_VISIT = datetime.fromisoformat("2025-10-18T03:10:00+08:00")


def call(page: Page, audit: Check) -> str:
    """Call for help with two taps; return the matter's number."""
    page.get_by_role("link", name="一键呼叫").click()
    expect(page.get_by_role("button", name="马上呼叫社区")).to_be_visible()
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
    expect(page.get_by_role("textbox", name="办理经过")).to_be_visible()
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


def plan(page: Page, audit: Check) -> str:
    """Plan a visit of a team; return the activity's code."""
    page.goto("/desk/activities/new?community=FM&template=AT08")
    for name, value in {
        "title": "入户走访三号院",
        "place": "三号院",
        "leader": "FM0012",
        "day": "2025-10-18",
        "starts": "03:00",
        "ends": "05:00",
    }.items():
        page.locator(f"[name={name}]").fill(value)
    page.locator("[name=team]").select_option(label=TEAM)
    audit(page)
    page.get_by_role("button", name="发布").click()
    expect(page.get_by_role("heading", name="入户走访三号院")).to_be_visible()
    return page.url.rsplit("/", 1)[1]


def raise_one(page: Page, code: str, audit: Check) -> tuple[str, str]:
    """Raise what a household says, with a picture; return its number and the resident's link."""
    page.goto(f"/activities/{code}")
    page.get_by_role("link", name="登记群众反映").click()
    audit(page)
    page.get_by_label("哪方面的事").select_option(label="道路路灯")
    page.get_by_label("地点").fill("三号院东门")
    page.get_by_label("什么事").fill("路灯坏了三天。")
    picture = BytesIO()
    Image.new("RGB", (60, 40), "#543").save(picture, "JPEG")
    page.locator("[name=picture]").set_input_files(
        {"name": "lamp.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}
    )
    page.get_by_role("button", name="登记，出示查询码").click()
    expect(page.get_by_role("heading", name="扫码看办理进度")).to_be_visible()
    audit(page)
    return page.url.split("/")[-2], page.locator(".mono").inner_text()


def patiently(page: Page, link: Locator) -> Locator:
    """Load a page again until the worker has opened what it links."""
    for _ in range(120):
        if link.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    return link


def count_households(page: Page, code: str, audit: Check) -> None:
    """Report what came of the visit, from the leader's tools."""
    page.goto(f"/activities/{code}")
    patiently(page, page.get_by_role("link", name="活动成果")).click()
    audit(page)
    page.get_by_label("入户户数").fill("12")
    page.get_by_role("button", name="保存数字").click()
    expect(page.get_by_text("已保存")).to_be_visible()


def test_a_visit_counts_households_and_its_matter_ends_with_a_rating(
    open_page: OpenPage, site: Site, audit: Check
) -> None:
    office, leader = (open_page(screen, base_url=site.url) for screen in (DESK, PHONE))
    come_in(office, "专干")
    code = plan(office, audit)
    site.clock.set(max(ON_VISIT, site.clock.now()))
    come_in(leader, "负责人")
    number, link = raise_one(leader, code, audit)
    office.goto(f"/desk/matters/{number}")
    expect(office.get_by_role("link", name="走访时登记：入户走访三号院")).to_be_visible()
    office.get_by_label("交给谁办").select_option(label=TEAM)
    office.get_by_role("button", name="交办").click()
    leader.goto("/me/matters")
    leader.locator(f"a[href='/me/matters/{number}']").first.click()
    leader.get_by_role("textbox", name="办理经过").fill("已换灯泡。")
    leader.get_by_role("button", name="办好了").click()
    office.goto(f"/desk/matters/{number}")
    office.get_by_role("textbox", name="给群众的答复").fill("路灯已修好。")
    office.get_by_role("button", name="发出答复").click()
    resident = open_page(PHONE.but(elder=True, width=320), base_url=site.url)
    resident.goto(link)
    resident.get_by_label("满意", exact=True).check()
    resident.get_by_role("button", name="提交评价").click()
    expect(resident.get_by_text("评价收到了")).to_be_visible()
    audit(resident)
    count_households(leader, code, audit)
    office.goto("/desk/matters/week")
    expect(office.get_by_role("row", name=TEAM)).to_contain_text("12")
    audit(office)
