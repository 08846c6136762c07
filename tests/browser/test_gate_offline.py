"""The gate without a network: what it reads is kept, sent once, and shown until somebody saw it."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from service import people
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.activities.town import NOW, Town, at, build, move_in
from tests.browser.conftest import PHONE, Check, OpenPage, Screen
from tests.browser.fakecam import Camera
from tests.browser.wire import Wire, on_wire

SEEN_MS = 20_000
LEADER = "V0010"
THIRTY = [f"V{n:04}" for n in (*range(1, 10), *range(11, 32))]
TOO_YOUNG = "V0007"
CARDS: dict[str, str] = {}  # the number of everybody's card, by the secret of the phone


@pytest.fixture
def wire(app: Flask) -> Iterator[Wire]:
    with on_wire(app) as found:
        yield found


@pytest.fixture
def crowd() -> list[str]:
    """Who signed up: nine people of the small town, if a test does not say otherwise."""
    return THIRTY[:9]


@pytest.fixture
def town(
    app: Flask, database: Database, settings: Settings, clock: Clock, crowd: list[str]
) -> Town:
    """The small town, and an activity that has a place for each of the crowd."""
    found = build(database, settings, clock)
    database.atomic(partial(grow, town=found, crowd=crowd))
    for code in crowd:
        CARDS[found.pids[code]] = found.print_card(code).number
    found.plan("A3", "08:00", "10:00", capacity=40, signups=crowd)
    return found


def grow(session: Any, town: Town, crowd: list[str]) -> None:
    home = people.unit(session, "FM")
    for code in crowd[9:]:
        move_in(session, town, code, home)


class Gate:
    """A gate page in its leader's hand, and what one does there."""

    def __init__(self, page: Page, wire: Wire, town: Town) -> None:
        self.page, self.wire, self.town = page, wire, town

    def open(self, path: str = "/gate/A3") -> "Gate":
        self.page.goto(path)
        return self.ready()

    def ready(self) -> "Gate":
        expect(self.page.locator("html")).to_have_attribute("data-ready", "yes", timeout=SEEN_MS)
        return self

    def kept(self) -> "Gate":
        """Wait until this page would open without a network."""
        self.until(lambda: "/gate/A3" in self.pages())
        self.until(lambda: self.shelf("rosters"))
        return self

    def until(self, true: Callable[[], Any]) -> None:
        """Look again until something holds."""
        for _ in range(SEEN_MS // 100):
            if true():
                return
            self.page.wait_for_timeout(100)
        pytest.fail("it never came true")

    def pages(self) -> list[str]:
        """The addresses that the service worker keeps."""
        found: list[str] = self.page.evaluate(PAGES_KEPT)
        return found

    def cut(self) -> None:
        self.wire.cut()
        self.page.context.set_offline(True)

    def mend(self) -> None:
        self.wire.mend()
        self.page.context.set_offline(False)

    def number(self, code: str) -> str:
        return CARDS[self.town.pids[code]]

    def types(self, code: str) -> None:
        self.page.locator("#code").fill(self.number(code))
        self.page.get_by_role("button", name="输入").click()
        self.says(code[-3:])

    def says(self, text: str) -> None:
        expect(self.page.locator("#result")).to_contain_text(text, timeout=SEEN_MS)

    def shows(self, text: str) -> None:
        expect(self.page.locator("#strip")).to_contain_text(text, timeout=SEEN_MS)

    def calm(self) -> None:
        """All is sent: the strip is gone."""
        self.until(lambda: not self.queue())
        expect(self.page.locator("#strip")).to_be_hidden(timeout=SEEN_MS)

    def shelf(self, name: str) -> list[Any]:
        found: list[Any] = self.page.evaluate(SHELF, name)
        return found

    def queue(self) -> list[Any]:
        return self.shelf("queue")


OPEN = (
    "new Promise(r => { const q = indexedDB.open('aixin-gate'); q.onsuccess = () => r(q.result) })"
)
SHELF = f"""async (name) => {{
  const db = await {OPEN};
  return new Promise(r => {{
    const q = db.transaction(name).objectStore(name).getAll();
    q.onsuccess = () => {{ db.close(); r(q.result) }};
  }});
}}"""
PAGES_KEPT = """async () => (await Promise.all((await caches.keys()).map(async name =>
  (await (await caches.open(name)).keys()).map(r => new URL(r.url).pathname)))).flat()"""


@pytest.fixture
def gate(open_page: OpenPage, wire: Wire, town: Town) -> Gate:
    return stand(open_page, wire, town)


def stand(open_page: OpenPage, wire: Wire, town: Town, screen: Screen = PHONE) -> Gate:
    """Sign the leader in on a new device, and open its gate."""
    page = open_page(screen, base_url=wire.address)
    sign_in(page, wire, town.tokens[LEADER])
    return Gate(page, wire, town).open().kept()


def sign_in(page: Page, wire: Wire, token: str) -> None:
    page.context.add_cookies([{"name": "aixin_session", "value": token, "url": wire.address}])


def scans(town: Town) -> list[dict[str, Any]]:
    """What the server kept of A3, in the device's order."""
    return town.database.rows(
        "SELECT s.*, v.code AS volunteer FROM activities_scans s"
        " LEFT JOIN people_volunteers v ON v.id = s.volunteer_id"
        " JOIN activities a ON a.id = s.activity_id AND a.code = 'A3' ORDER BY device_seq"
    )


def came(town: Town) -> list[str]:
    """Who stands in A3's table, in order; somebody there twice would be here twice."""
    rows = town.database.rows(
        "SELECT v.code FROM activities_attendances t JOIN people_volunteers v"
        " ON v.id = t.volunteer_id JOIN activities a ON a.id = t.activity_id"
        " WHERE a.code = 'A3' AND t.status IN ('in', 'out') ORDER BY v.code"
    )
    return [row["code"] for row in rows]


@pytest.mark.parametrize("crowd", [THIRTY], ids=["thirty"])
def test_thirty_people_without_a_network_and_nothing_is_lost_or_doubled(
    gate: Gate, camera: Camera, town: Town, wire: Wire, audit: Check
) -> None:
    gate.cut()
    for code in THIRTY[:4]:
        camera(town.pass_of(code))
        gate.says(f"{code[-3:]}：签到已记下")
    camera.nothing()
    for code in THIRTY[4:15]:
        gate.types(code)
    gate.shows("没有网络，照常扫码 · 未上传 15 条")
    expect(gate.page.locator("#present")).to_have_text("15")
    audit(gate.page)

    gate.page.reload()
    gate.ready().shows("未上传 15 条")
    expect(gate.page.locator("#present")).to_have_text("15")
    for code in THIRTY[15:19]:
        camera(town.pass_of(code))
        gate.says(f"{code[-3:]}：签到已记下")
    camera.nothing()
    for code in THIRTY[19:]:
        gate.types(code)
    for again in (THIRTY[5], THIRTY[20], THIRTY[29]):
        gate.types(again)
        gate.says("刚才记过了")
    gate.shows("未上传 33 条")
    assert scans(town) == []

    wire.lose("/scans/batches")
    gate.mend()
    gate.calm()
    assert wire.count("/scans/batches") == 2
    assert came(town) == [one for one in THIRTY if one != TOO_YOUNG]
    assert_gapless(scans(town), 33)
    assert len(town.events("CheckedIn")) == 29
    expect(gate.page.locator("#present")).to_have_text("29")


def assert_gapless(kept: list[dict[str, Any]], count: int) -> None:
    """One device, every number once, nothing twice, all of it late."""
    assert [row["device_seq"] for row in kept] == list(range(1, count + 1))
    assert len({row["nonce"] for row in kept}) == count
    assert len({row["device"] for row in kept}) == 1
    assert all(row["offline"] for row in kept)


def test_what_the_server_could_not_use_stays_until_a_person_saw_it(
    gate: Gate, town: Town, audit: Check
) -> None:
    gate.cut()
    for code in (TOO_YOUNG, "V0001"):
        gate.types(code)
    gate.mend()
    gate.calm()
    assert came(town) == ["V0001"]
    problems = gate.page.locator("#problems")
    expect(problems.locator("li")).to_have_count(1)
    expect(problems).to_contain_text("年龄")
    audit(gate.page)
    gate.page.reload()
    gate.ready()
    problems.get_by_role("button", name="看过了").click()
    expect(problems).to_be_hidden()
    gate.page.reload()
    gate.ready()
    expect(problems).to_be_hidden()


def test_a_first_try_without_an_answer_goes_up_again_with_its_own_nonce(
    gate: Gate, town: Town, wire: Wire
) -> None:
    wire.lose("/api/v1/scans")
    gate.types("V0001")
    gate.says("签到已记下")
    gate.calm()
    assert wire.count("/api/v1/scans") == 1
    assert [row["volunteer"] for row in scans(town)] == ["V0001"]
    assert len(town.events("CheckedIn")) == 1
    gate.types("V0002")
    gate.says("签到成功")
    assert [row["device_seq"] for row in scans(town)] == [1, 2]


def test_the_scanner_goes_on_after_every_kind_of_failure(
    gate: Gate, camera: Camera, town: Town, wire: Wire
) -> None:
    camera("https://evil.example/c/0123456789abc0")
    gate.says("这不是我们的码")
    wire.busy("/api/v1/scans")
    camera(town.pass_of("V0001"))
    gate.says("001：签到已记下")
    camera.nothing()
    gate.calm()
    gate.page.locator("#code").fill("12345678")
    gate.page.get_by_role("button", name="输入").click()
    gate.says("这张码认不出来")
    camera(town.pass_of("V0002"))
    gate.says("002 签到成功")
    assert came(town) == ["V0001", "V0002"]


def test_a_busy_server_is_left_alone_longer_and_longer(gate: Gate, town: Town, wire: Wire) -> None:
    gate.cut()
    gate.types("V0001")
    wire.busy("/scans/batches", 2)
    gate.mend()
    gate.shows("没有网络")
    gate.calm()
    assert wire.refused["/scans/batches"] == 0
    assert wire.count("/scans/batches") == 1
    assert came(town) == ["V0001"]


def test_a_revoked_gate_forgets_the_people_and_keeps_what_is_unsent(
    gate: Gate, town: Town, wire: Wire, audit: Check
) -> None:
    gate.types("V0001")
    gate.says("签到成功")
    gate.cut()
    for code in ("V0002", "V0003"):
        gate.types(code)
    town.run(people.close_session, token=town.tokens[LEADER], now=NOW)
    gate.mend()
    gate.shows("请重新登录 · 未上传 2 条")
    audit(gate.page)
    assert gate.shelf("rosters") == []
    assert gate.shelf("done") == []
    gate.until(lambda: "/gate/A3" not in gate.pages())
    assert len(gate.queue()) == 2
    assert came(town) == ["V0001"]

    leader = town.volunteer(LEADER)
    token = town.run(people.open_volunteer_session, volunteer_id=leader.id, now=NOW)
    sign_in(gate.page, wire, token)
    gate.open().calm()
    assert came(town) == ["V0001", "V0002", "V0003"]


def test_a_gate_let_in_again_in_another_window_goes_on(gate: Gate, town: Town, wire: Wire) -> None:
    gate.cut()
    gate.types("V0001")
    town.run(people.close_session, token=town.tokens[LEADER], now=NOW)
    gate.mend()
    gate.shows("请重新登录 · 未上传 1 条")
    leader = town.volunteer(LEADER)
    token = town.run(people.open_volunteer_session, volunteer_id=leader.id, now=NOW)
    sign_in(gate.page, wire, token)
    for waiting, code in enumerate(("V0002", "V0003"), start=2):
        gate.page.locator("#code").fill(gate.number(code))
        gate.page.get_by_role("button", name="输入").click()
        if waiting == 2:
            gate.until(lambda: gate.shelf("rosters"))  # it asked, and was let in
    gate.calm()
    assert came(town) == ["V0001", "V0002", "V0003"]


def test_a_page_from_before_the_sign_in_still_sends(gate: Gate, town: Town, wire: Wire) -> None:
    leader = town.volunteer(LEADER)
    token = town.run(people.open_volunteer_session, volunteer_id=leader.id, now=NOW)
    sign_in(gate.page, wire, token)  # the page's token belonged to the old cookie
    gate.types("V0001")
    gate.says("签到成功")


def test_the_file_of_a_gate_counts_once_however_often_it_is_sent(
    gate: Gate, town: Town, wire: Wire, tmp_path: Path, open_page: OpenPage, audit: Check
) -> None:
    gate.cut()
    for code in ("V0001", TOO_YOUNG):
        gate.types(code)
    with gate.page.expect_download() as download:
        gate.page.get_by_role("button", name="导出到文件").click()
    file = tmp_path / "queue.json"
    download.value.save_as(file)
    said = json.loads(file.read_text("utf-8"))
    assert said["format"] == "aixin-gate-queue/1"
    assert [len(one["scans"]) for one in said["queues"]] == [2]
    wire.mend()

    desk = open_page(PHONE, base_url=wire.address)
    sign_in(desk, wire, town.tokens["U-ADM"])
    for words in ("新记 1 条，以前有过 0 条，要看一看 1 条", "新记 0 条"):
        desk.goto("/gate/")
        desk.locator("#f-file").set_input_files(file)
        desk.get_by_role("button", name="上传文件").click()
        expect(desk.locator("main")).to_contain_text(words)
    desk.get_by_text("把这台设为签到平板").click()
    audit(desk)
    assert came(town) == ["V0001"]
    gate.page.context.set_offline(False)
    gate.calm()
    assert came(town) == ["V0001"]


def test_a_file_that_no_gate_wrote_is_refused_in_words(
    wire: Wire, town: Town, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(PHONE, base_url=wire.address)
    sign_in(page, wire, town.tokens["U-ADM"])
    file = tmp_path / "queue.json"
    for content in ("no json", "[]", '{"format": "aixin-gate-queue/1", "queues": [{"scans": 3}]}'):
        file.write_text(content)
        page.goto("/gate/")
        page.locator("#f-file").set_input_files(file)
        page.get_by_role("button", name="上传文件").click()
        expect(page.locator("main")).to_contain_text("这不是签到台的文件")
    assert scans(town) == []


def test_who_leads_finds_the_gates_of_the_day(gate: Gate, town: Town, open_page: OpenPage) -> None:
    gate.page.goto("/activities")
    gate.page.get_by_role("link", name="今天的签到台").click()
    expect(gate.page.get_by_role("link", name="打开")).to_have_count(2)
    other = open_page(PHONE, base_url=gate.wire.address)
    sign_in(other, gate.wire, town.tokens["V0001"])
    other.goto("/activities")
    expect(other.get_by_role("link", name="今天的签到台")).to_have_count(0)
    other.goto("/gate/")
    expect(other.locator("main")).to_contain_text("今天没有签到台")


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


FILL = f"""async ([items, device]) => {{
  const db = await {OPEN};
  const work = db.transaction(['queue', 'self'], 'readwrite');
  items.forEach(item => work.objectStore('queue').put(item));
  work.objectStore('self').put({{device, seq: items.length}}, 'self');
  await new Promise(r => work.oncomplete = r);
  db.close();
}}"""


def waiting(seq: int, code: str) -> dict[str, Any]:
    """One item as the page keeps it."""
    reading = {
        "nonce": f"nonce-{seq}", "action": "in", "code": code, "device": "tablet",
        "device_seq": seq, "occurred_at": NOW.isoformat(), "clock_offset_ms": 0,
        "uptime_ms": seq, "boot": "boot",
    }  # fmt: skip
    return {
        "seq": seq, "activity": "A3", "reading": reading, "who": None, "name": "", "stuck": None,
    }  # fmt: skip


def fill(gate: Gate, items: list[dict[str, Any]]) -> None:
    """Let the device have a queue, and the page find it."""
    gate.page.evaluate(FILL, [items, "tablet"])
    gate.page.reload()
    gate.ready().shows(f"未上传 {len(items)} 条")
    gate.mend()


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
