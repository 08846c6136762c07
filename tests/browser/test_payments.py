"""A statement under which a shop is paid, and a day being compared again, on phone and desk."""

from functools import partial
from pathlib import Path

import pytest

from service import batches
from service.settlement import Press
from tests.board.test_batches import compared, sent
from tests.browser.conftest import DESK, PHONE, Check, OpenPage, Screen
from tests.browser.wire import Wire
from tests.settlement.conftest import Month
from tests.settlement.test_http import NUMBER, sign_in
from tests.settlement.test_payments import OVER_FEN, PLEDGED, Desk, give
from tests.shops.market import Market


@pytest.fixture
def number(market: Market, tmp_path: Path) -> int:
    """October of shop A is closed; one payment is posted, one waits; its day is asked for again."""
    market.redeem("V0001", "SOAP", "k1")
    sent(market, ("k1", 400))
    compared(market)
    press = Press(market.database, tmp_path, "https://aixin.example", market.clock.now, print)
    month = Month(market, press)
    give(market, PLEDGED + OVER_FEN, "beyond")
    desk = Desk(market, month, month.sign_all(month.make()))
    desk.pay(2000)
    desk.enter(500, "k2")
    sign_in(market)
    found = market.one("SELECT id FROM reconciliation_batches WHERE status <> 'open'")
    now = market.clock.now()
    market.run(partial(batches.ask, batch_id=found, by="staff:U-CH", now=now))
    return int(found)


@pytest.mark.parametrize("screen", [DESK, PHONE], ids=lambda screen: screen.name)
def test_the_pages_fit_and_are_read_by_everybody(
    open_page: OpenPage, wire: Wire, market: Market, number: int, screen: Screen, audit: Check
) -> None:
    page = open_page(screen, base_url=wire.address)
    for who, path, shown in (
        ("U-CH", f"/desk/statements/{NUMBER}", "20.00"),  # posted
        ("U-SEC", f"/desk/statements/{NUMBER}", "5.00"),  # waits for the second person
        ("U-SEC", "/desk/statements", NUMBER),
        ("U-CH", f"/desk/batches/{number}", "正在重新对账"),
    ):
        token = {"name": "aixin_session", "value": market.tokens[who], "url": wire.address}
        page.context.add_cookies([token])
        page.goto(path)
        for fold in page.locator("summary").all():
            fold.click()
        assert shown in page.locator("main").inner_text(), (who, path)
        audit(page)
