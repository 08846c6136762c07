"""The association's pages in a real browser: they fit every screen, and the forms work."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from service import people
from service.clock import business_day
from tests.browser.conftest import DESK, Check, OpenPage, Screen
from tests.browser.wire import Wire
from tests.shops.market import Market, employ

PAGES = (
    "/desk/shops",
    "/desk/shops/A",
    "/desk/shops/A/counts",
    "/desk/shops/A/day",
    "/desk/associations",
)
Open = Callable[[Screen], Page]


@pytest.fixture
def as_officer(open_page: OpenPage, wire: Wire, market: Market) -> Open:
    """Open pages as somebody who leads one association and founds others."""
    administrator = people.Role.ADMINISTRATOR
    market.run(employ, market=market, code="U-BOTH", role=administrator, scope="TOWN")
    both = market.run(people.staff, code="U-BOTH")
    office = {"staff_id": both.id, "role": people.Role.OFFICER, "scope_code": "ASSO"}
    market.run(people.grant, **office)
    market.redeem("V0001", "SOAP", "k1")
    market.discount("V0001", 5680, "d1")

    def begin(screen: Screen) -> Page:
        page = open_page(screen, base_url=wire.address)
        token = {"name": "aixin_session", "value": market.tokens["U-BOTH"], "url": wire.address}
        page.context.add_cookies([token])
        return page

    return begin


def test_every_page_fits_and_is_read_by_everybody(
    as_officer: Open, each_screen: Screen, audit: Check
) -> None:
    page = as_officer(each_screen)
    for path in PAGES:
        page.goto(path)
        for fold in page.locator("summary").all():
            fold.click()
        audit(page)


def test_a_photo_is_chosen_and_shown(as_officer: Open, tmp_path: Path) -> None:
    photo = tmp_path / "soap.jpg"
    Image.new("RGB", (1600, 900), "green").save(photo)
    page = as_officer(DESK)
    page.goto("/desk/shops/A")
    row = page.get_by_role("listitem").filter(has_text="SOAP")
    row.locator("summary", has_text="图片").click()
    row.get_by_label("物品照片").set_input_files(photo)
    row.get_by_role("button", name="图片", exact=True).click()
    shown = row.locator("img.shot")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 640


def test_terms_for_a_day_to_come_stand_in_the_history(as_officer: Open, market: Market) -> None:
    page = as_officer(DESK)
    page.goto("/desk/shops/A")
    page.locator("summary", has_text="改折扣约定").click()
    begins = business_day(market.clock.now()) + timedelta(days=3)
    page.get_by_label("从哪天起").fill(begins.isoformat())
    page.get_by_label("折扣最多").fill("12")
    page.get_by_label("不打折的品类").fill("烟、酒")
    form = page.locator("form[action$='/terms']")
    form.get_by_label("凭证").fill("补充约定")
    form.get_by_role("button", name="改折扣约定").click()
    told = page.get_by_text("不含烟、酒")
    expect(told).to_be_visible()
    expect(page.get_by_text(f"{begins} 起")).to_be_visible()


def test_the_pledge_sheet_is_one_sheet_of_paper(as_officer: Open, axe: Check) -> None:
    page = as_officer(DESK)
    page.goto("/desk/shops/A/sheet")
    axe(page)
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="打印")).to_be_hidden()
    assert len(page.pdf(format="A4", print_background=True)) > 1000
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height <= 1123 + 4  # 297 mm at 96 points an inch
