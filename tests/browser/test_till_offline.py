"""The till without a network: it sells from its shelf, loses nothing, and counts nothing twice."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Check, OpenPage
from tests.browser.tills import Counter, stand
from tests.browser.wire import Wire
from tests.shops.market import Market

AN_HOUR_ON = "() => { const now = Date.now; Date.now = () => now() + 3600000 }"


@pytest.fixture
def till(open_page: OpenPage, wire: Wire, market: Market) -> Counter:
    return stand(open_page, wire, market).kept()


def states(market: Market) -> list[tuple[str, bool]]:
    rows = market.database.rows("SELECT status, offline FROM redemptions ORDER BY id")
    return [(row["status"], row["offline"]) for row in rows]


def test_what_left_without_a_network_is_recorded_once_it_is_back(
    till: Counter, market: Market, audit: Check
) -> None:
    till.cut()
    till.gives("V0001", "Soap")
    till.says("没有网络，已记在本机。可以给货。")
    till.strip("1 笔")
    audit(till.page)
    assert market.count("redemptions") == 0
    till.mend()
    till.calm()
    assert states(market) == [("captured", True)]
    assert (market.balance("V0001"), market.stock("SOAP")) == (480, 59)
    expect(till.page.locator("[data-count]")).to_have_text("1")


def test_a_reload_without_a_network_opens_and_forgets_nothing(
    till: Counter, market: Market
) -> None:
    till.cut()
    till.gives("V0001", "Soap")
    till.page.reload()
    till.ready().strip("1 笔")
    till.gives("V0003", "Soap")
    till.strip("2 笔")
    till.mend()
    till.calm()
    assert states(market) == [("captured", True)] * 2


def test_a_pass_has_fifty_points_a_day_without_a_network(till: Counter, market: Market) -> None:
    till.cut()
    till.gives("V0001", "Soap")
    till.scan(market.cards["V0003"].url)
    grey = till.page.locator("button.tile", has_text="Oil")
    expect(grey).to_have_attribute("aria-disabled", "true")
    till.tile("Last one")
    till.says("−50")
    till.later()
    till.scan(market.cards["V0003"].url)
    soap = till.page.locator("button.tile", has_text="Soap")
    expect(soap).to_have_attribute("aria-disabled", "true")
    expect(soap).to_contain_text("没网时今天够数了")
    till.mend()
    till.calm()
    assert len(states(market)) == 2


def test_two_hundred_points_wait_and_no_more(till: Counter, market: Market) -> None:
    till.cut()
    for code in ("V0001", "V0002", "V0003", "V0004"):
        till.gives(code, "Bulb")
    till.scan(market.cards["V0001"].url)
    soap = till.page.locator("button.tile", has_text="Soap")
    expect(soap).to_have_attribute("aria-disabled", "true")
    expect(soap).to_contain_text("没网的额度用完了")
    till.mend()
    till.until(lambda: not till.shelf("acts"))
    assert len(states(market)) == 4


def test_what_the_server_flags_is_listed_until_somebody_has_seen_it(
    till: Counter, market: Market, audit: Check
) -> None:
    till.cut()
    till.gives("V0004", "Bulb")  # has no points at all
    till.mend()
    till.strip("1 笔要看")
    assert states(market) == [("captured", True)]
    assert market.balance("V0004") == -50
    till.press("waiting")
    row = till.page.locator("[data-waiting] li")
    expect(row).to_contain_text("积分不够")
    audit(till.page)
    till.page.reload()
    till.ready().strip("1 笔要看")
    till.press("waiting")
    row.locator("button").click()
    expect(row).to_have_count(0)
    till.calm()


def test_an_undo_wins_over_the_sale_that_was_never_sent(till: Counter, market: Market) -> None:
    till.cut()
    till.gives("V0001", "Soap")
    till.press("undo")
    till.scan(market.code("V0003"))
    till.says("另一位顾客")
    till.press("waiting")
    till.page.locator("[data-waiting] li button").click()
    till.later()
    till.shows("V0001")
    till.says("有网后积分退回")
    till.mend()
    till.calm()
    assert states(market) == [("voided", False)]  # the tombstone; no sale came after it
    assert (market.balance("V0001"), market.stock("SOAP")) == (500, 60)


def test_an_undo_without_a_network_of_a_sale_that_had_one(till: Counter, market: Market) -> None:
    till.gives("V0001", "Soap")
    till.cut()
    till.press("undo")
    till.later()
    till.shows("V0001")
    till.says("有网后积分退回")
    market.clock.start(market.clock.now() + timedelta(hours=2))
    till.mend()
    till.calm()
    assert states(market) == [("voided", False)]
    assert market.balance("V0001") == 500


def test_an_answer_lost_on_the_way_back_counts_once(till: Counter, wire: Wire) -> None:
    market = till.market
    till.cut()
    till.gives("V0001", "Soap")
    wire.lose("/api/v1/redemptions")
    till.mend()
    till.calm()
    assert states(market) == [("captured", True)]
    assert wire.count("/api/v1/redemptions") >= 2
    assert market.balance("V0001") == 480


def test_a_network_cut_in_the_middle_of_a_sale_asks_again_with_the_same_key(
    till: Counter, wire: Wire, market: Market
) -> None:
    till.shows("V0001")
    wire.lose("/api/v1/redemptions")
    till.tile("Soap")
    till.says("正在核对")
    till.says("−20")
    assert states(market) == [("captured", False)]
    assert market.balance("V0001") == 480
    till.calm()


def test_after_half_a_minute_it_waits_in_the_strip_and_is_told_later(
    till: Counter, wire: Wire, market: Market
) -> None:
    till.page.clock.install()
    till.shows("V0001")
    expect(till.page.locator("button.tile").first).to_be_visible()
    wire.cut()
    till.tile("Soap")
    till.says("正在核对")
    for _ in range(20):
        till.page.clock.fast_forward(2000)
        till.page.wait_for_timeout(50)
    till.says("先不给货")
    till.strip("1 笔")
    assert till.shelf("acts")[0]["left"] is False
    wire.mend()
    for _ in range(40):
        till.page.clock.fast_forward(5000)
        till.page.wait_for_timeout(50)
        if market.count("redemptions"):
            break
    till.strip("1 笔要看")
    till.press("waiting")
    expect(till.page.locator("[data-waiting] li")).to_contain_text("Soap")
    assert states(market) == [("captured", False)]


def test_a_clock_that_is_an_hour_off_tells_the_right_moment(till: Counter, market: Market) -> None:
    till.cut()
    till.page.evaluate(AN_HOUR_ON)  # somebody sets the clock while there is no network
    till.scan(market.cards["V0001"].url)
    till.tile("Soap")
    till.mend()
    till.calm()
    late = market.database.rows("SELECT occurred_at, recorded_at FROM redemptions")
    assert late[0]["occurred_at"] <= late[0]["recorded_at"] + timedelta(seconds=5)


def test_a_number_is_not_enough_without_a_network(till: Counter, market: Market) -> None:
    till.cut()
    till.press("number")
    till.types("number", market.cards["V0001"].number)
    till.says("不能只输卡号")


def test_an_old_picture_of_a_phones_code_is_refused_without_a_network(
    till: Counter, market: Market
) -> None:
    old = market.code("V0001", market.clock.now() - timedelta(minutes=10))
    till.cut()
    till.scan(old)
    till.says("码过时了")


def test_a_till_that_is_shut_out_keeps_nothing_and_says_what_was_not_sent(
    till: Counter, market: Market
) -> None:
    till.cut()
    till.gives("V0001", "Soap")
    till.strip("1 笔")
    market.database.rows("UPDATE people_devices SET revoked_at = now() RETURNING 1")
    till.mend()
    till.page.wait_for_url("**/till/pair?unsent=1&points=20")
    expect(till.page.locator("main")).to_contain_text("1 笔共 20 分没有传上去")
    names = till.page.evaluate("indexedDB.databases().then(all => all.map(one => one.name))")
    assert "aixin-till" not in names
    assert market.count("redemptions") == 0


def test_a_till_that_is_stopped_does_not_sell_as_if_there_were_no_network(
    till: Counter, market: Market, wire: Wire
) -> None:
    till.page.route("**/api/v1/redemptions", lambda route: route.abort())
    till.shows("V0001")
    till.tile("Soap")
    till.says("核对")
    stopped = {"until": market.clock.now() + timedelta(minutes=10)}
    market.database.rows("UPDATE people_devices SET blocked_until = %(until)s RETURNING 1", stopped)
    till.page.unroute("**/api/v1/redemptions")
    till.page.reload()
    till.until(lambda: wire.count("/api/v1/redemptions"))
    till.page.wait_for_timeout(300)
    till.shows("V0002")
    till.until(lambda: wire.count("/till/lookups") == 2)  # it asks, and hears that it must wait
    expect(till.page.locator("[data-result] .bad, .flood.bad").first).to_be_visible()
    assert len(till.shelf("acts")) == 1


@pytest.mark.parametrize(("shop", "sold"), [("A", [("captured", True)]), ("B", [])])
def test_a_till_that_lost_its_token_sends_its_sales_when_it_is_paired_again(
    till: Counter, market: Market, shop: str, sold: list[tuple[str, bool]]
) -> None:
    till.cut()
    till.gives("V0001", "Soap")
    till.strip("1 笔")
    till.page.context.clear_cookies(name="aixin_device")
    till.mend()
    till.page.wait_for_url("**/till/pair")
    claimed = market.post("/tills/claims", {"shop": shop}, by="U-CH").json
    till.page.goto("/d/" + claimed["url"].rpartition("/")[2])
    for digit in claimed["digits"]:
        till.page.locator(f'[data-digit="{digit}"]').click()
    till.page.locator("[data-digits-submit]").click()
    till.page.wait_for_url("**/till")
    till.ready().calm()
    assert states(market) == sold  # never as another shop's


def test_no_member_is_ever_kept_on_the_tablet(till: Counter, market: Market) -> None:
    till.gives("V0001", "Soap")
    till.shows("V0003")
    expect(till.page.locator("[data-pick-title]")).to_contain_text("003")
    kept = str([till.shelf(name) for name in ("acts", "notes", "spent", "shelf")])
    assert "Soap" in kept
    for secret in ("Name of", "V0001", "V0003", market.cards["V0001"].number, "/p/", "/c/"):
        assert secret not in kept


def test_sales_are_sent_in_order_though_the_server_is_busy(
    till: Counter, market: Market, wire: Wire
) -> None:
    till.cut()
    for code in ("V0001", "V0002", "V0003"):
        till.gives(code, "Soap")
    wire.busy("/api/v1/redemptions", 2)
    till.mend()
    till.calm()
    rows = market.database.rows("SELECT tail FROM redemptions ORDER BY id")
    assert [row["tail"][-3:] for row in rows] == ["001", "002", "003"]
