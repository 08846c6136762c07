"""What a gate keeps on the tablet: its queue, its roster, its pages, and for how long."""

import json
import re

from playwright.sync_api import expect

from tests.activities.town import NOW, Town, at
from tests.browser.conftest import PHONE, OpenPage
from tests.browser.offline_gate import (
    LEADER,
    OPEN,
    THIRTY,
    Gate,
    came,
    crowd,
    fill,
    gate,
    scans,
    sign_in,
    town,
    waiting,
)
from tests.browser.wire import Wire

__all__ = ["crowd", "gate", "town"]


def test_two_tabs_share_one_queue_and_send_it_once(gate: Gate, town: Town, wire: Wire) -> None:
    other = Gate(gate.page.context.new_page(), wire, town).open()
    gate.cut()
    for code, next_one in (("V0001", "V0002"), ("V0003", "V0004"), ("V0005", "V0008")):
        gate.types(code)
        other.types(next_one)
    for tab in (gate, other):
        tab.shows("未上传 6 条")
    gate.mend()
    gate.calm()
    other.calm()
    assert [row["device_seq"] for row in scans(town)] == [1, 2, 3, 4, 5, 6]
    assert len(came(town)) == 6
    assert wire.count("/scans/batches") == 1


def test_a_clock_that_is_ten_minutes_wrong_is_put_before_a_person(
    open_page: OpenPage, wire: Wire, town: Town
) -> None:
    page = open_page(PHONE, base_url=wire.address)
    page.clock.set_fixed_time(at("08:10"))
    sign_in(page, wire, town.tokens[LEADER])
    gate = Gate(page, wire, town).open().kept()
    gate.types("V0001")
    gate.says("签到成功")
    gate.cut()
    gate.types("V0002")
    gate.mend()
    gate.calm()
    expect(gate.page.locator("#problems li")).to_have_count(1)
    online, offline = scans(town)
    assert online["occurred_at"] == NOW
    assert abs(offline["clock_offset_ms"] + 600_000) < 5_000
    assert came(town)[0] == "V0001"


def test_a_tablet_that_slept_is_no_clock_that_was_set(
    open_page: OpenPage, wire: Wire, town: Town
) -> None:
    page = open_page(PHONE, base_url=wire.address)
    page.clock.set_fixed_time(NOW)
    sign_in(page, wire, town.tokens[LEADER])
    gate = Gate(page, wire, town).open().kept()
    gate.cut()
    gate.types("V0001")
    town.clock.set(at("08:40"))  # asleep, the uptime stood still
    page.clock.set_fixed_time(at("08:40"))
    gate.mend()
    gate.calm()
    expect(gate.page.locator("#problems")).to_be_hidden()
    assert came(town) == ["V0001"]
    (row,) = scans(town)
    assert row["occurred_at"] == NOW


def test_an_undo_waits_for_the_network_like_a_scan(gate: Gate, town: Town) -> None:
    gate.types("V0001")
    gate.says("签到成功")
    gate.page.locator("#last").get_by_role("button", name="撤销").click()
    expect(gate.page.locator("#last")).to_contain_text("已撤销")
    gate.calm()
    expect(gate.page.locator("#last").get_by_role("button")).to_have_count(0)
    assert came(town) == []
    gate.cut()
    gate.types("V0002")
    gate.types("V0003")
    gate.page.locator("#last").get_by_role("button", name="撤销").click()
    gate.says("撤销已记下")
    gate.mend()
    gate.calm()
    assert came(town) == ["V0002"]
    assert [row["device_seq"] for row in scans(town)] == [1, 3, 4]


def test_a_long_queue_goes_up_in_order_by_two_hundreds(gate: Gate, town: Town, wire: Wire) -> None:
    gate.cut()
    numbers = [gate.number(code) for code in THIRTY[:5]]
    fill(gate, [waiting(seq, numbers[seq % 5]) for seq in range(1, 411)])
    expect(gate.page.locator("#strip")).to_be_hidden(timeout=60_000)
    assert wire.count("/scans/batches") == 3
    kept = scans(town)
    assert [row["device_seq"] for row in kept] == list(range(1, 411))
    arrived = sorted(kept, key=lambda row: row["id"])
    assert {row["device_seq"] for row in arrived[:200]} == set(range(1, 201))
    assert len(came(town)) == 5


def test_one_line_that_the_server_cannot_read_stops_no_other(gate: Gate, town: Town) -> None:
    gate.cut()
    codes = [gate.number(code) for code in THIRTY[:5]]
    items = [waiting(seq, code) for seq, code in enumerate(codes, 1)]
    items[2] = waiting(3, "x" * 600)
    fill(gate, items)
    gate.shows("未上传 1 条")
    expect(gate.page.locator("#problems li")).to_have_count(1)
    assert len(came(town)) == 4
    assert [item["seq"] for item in gate.queue()] == [3]


def test_what_was_read_for_another_leader_waits_and_stops_nobody(gate: Gate, town: Town) -> None:
    gate.cut()
    fill(gate, [waiting(1, gate.number("V0001")) | {"activity": "A2"}])
    expect(gate.page.locator("#waiting-elsewhere")).to_contain_text("1 条是别的活动的")
    gate.until(lambda: gate.page.locator("#strip").text_content() == "未上传 1 条")
    gate.types("V0002")
    gate.says("签到成功")
    assert [item["activity"] for item in gate.queue()] == ["A2"]


def test_a_browser_that_keeps_nothing_still_scans(
    open_page: OpenPage, wire: Wire, town: Town
) -> None:
    page = open_page(PHONE, base_url=wire.address)
    page.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    sign_in(page, wire, town.tokens[LEADER])
    gate = Gate(page, wire, town).open()
    gate.types("V0001")
    gate.says("签到成功")
    wire.cut()
    gate.page.locator("#code").fill(gate.number("V0002"))
    gate.page.get_by_role("button", name="输入").click()
    gate.says("网络没有回应")
    wire.mend()
    gate.types("V0002")
    assert came(town) == ["V0001", "V0002"]


AGE = f"""async (made) => {{
  const db = await {OPEN};
  const shelf = db.transaction('rosters', 'readwrite').objectStore('rosters');
  const roster = await new Promise(r => shelf.get('A3').onsuccess = e => r(e.target.result));
  shelf.put({{...roster, made_at: made, expires_at: '2025-12-01T00:00:00Z'}}, 'A3');
  await new Promise(r => shelf.transaction.oncomplete = r);
  db.close();
}}"""


def test_a_roster_is_kept_two_days_at_most_and_tells_no_names(gate: Gate, town: Town) -> None:
    (roster,) = gate.shelf("rosters")
    told = json.dumps(roster, ensure_ascii=False)
    assert "志愿者" not in told
    assert "V0001" not in told
    assert gate.number("V0001") not in told
    gate.cut()
    gate.page.evaluate(AGE, "2025-10-15T23:00:00Z")
    gate.page.reload()
    gate.ready()
    assert gate.shelf("rosters") == []
    gate.page.locator("#code").fill(gate.number("V0001"))
    gate.page.get_by_role("button", name="输入").click()
    gate.says("有网后再核对")


def test_the_kept_page_tells_of_nobody_and_no_answer_of_the_api_is_kept(
    gate: Gate, town: Town
) -> None:
    gate.types("V0001")
    gate.says("签到成功")
    gate.page.reload()
    gate.ready().kept()
    kept = gate.pages()
    assert {"/gate/", "/gate/A3", "/static/aixin.css"} <= set(kept)
    assert not [path for path in kept if path.startswith("/api/")]
    shell = gate.page.evaluate("async () => (await caches.match('/gate/A3')).text()")
    assert not re.search(r"\b(V0)?001\b", shell)  # no booklet's tail; random keys may hold it


UPDATE = "async () => (await navigator.serviceWorker.getRegistration('/gate/')).update()"
CACHES = "async () => (await caches.keys()).filter(name => name.startsWith('aixin-gate-'))"


def test_a_new_release_takes_the_pages_over_or_changes_nothing(gate: Gate, wire: Wire) -> None:
    (before,) = gate.page.evaluate(CACHES)
    version = before.removeprefix("aixin-gate-").encode()
    missing = b"/static/dist/no-such-file.js"

    wire.rewritten["/gate/worker.js"] = lambda script: script.replace(version, b"half").replace(
        b"/static/mark.svg", missing
    )
    gate.page.evaluate(UPDATE)
    gate.until(lambda: ("GET", missing.decode()) in wire.heard)
    assert "/gate/A3" in gate.pages()

    wire.rewritten["/gate/worker.js"] = lambda script: script.replace(version, b"next")
    gate.page.evaluate(UPDATE)
    gate.until(lambda: gate.page.evaluate(CACHES) == ["aixin-gate-next"])
    assert {"/gate/A3", "/gate/"} <= set(gate.pages())
    gate.cut()
    gate.page.reload()
    gate.ready().types("V0001")


def test_the_gate_can_be_put_on_the_home_screen(gate: Gate) -> None:
    session = gate.page.context.new_cdp_session(gate.page)
    found = session.send("Page.getAppManifest")
    assert found["errors"] == []
    said = json.loads(found["data"])
    assert said["start_url"] == said["scope"] == "/gate/"
    assert said["display"] == "standalone"
    for icon in said["icons"]:
        assert gate.page.request.get(icon["src"]).ok
    gate.cut()
    gate.page.goto("/gate/")
    gate.page.get_by_role("link", name="打开 Activity A3").click()
    gate.ready()
