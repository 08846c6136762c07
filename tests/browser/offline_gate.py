"""A gate whose network a test cuts: fixtures and what a test asks of it."""

from functools import partial
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from service import people
from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.activities.town import NOW, Town, build, move_in
from tests.browser.conftest import PHONE, OpenPage, Screen
from tests.browser.tablets import SEEN_MS, Tablet
from tests.browser.wire import Wire

LEADER = "V0010"
THIRTY = [f"V{n:04}" for n in (*range(1, 10), *range(11, 32))]
TOO_YOUNG = "V0007"
CARDS: dict[str, str] = {}  # the number of everybody's card, by the secret of the phone


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


class Gate(Tablet):
    """A gate page in its leader's hand, and what one does there."""

    def __init__(self, page: Page, wire: Wire, town: Town) -> None:
        super().__init__(page, wire)
        self.town = town

    def open(self, path: str = "/gate/A3") -> "Gate":
        self.page.goto(path)
        return self.ready()

    def kept(self) -> "Gate":
        """Wait until this page would open without a network."""
        self.until(lambda: "/gate/A3" in self.pages())
        self.until(lambda: self.shelf("rosters"))
        return self

    def pages(self) -> list[str]:
        """The addresses that the service worker keeps."""
        found: list[str] = self.page.evaluate(PAGES_KEPT)
        return found

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


def assert_gapless(kept: list[dict[str, Any]], count: int) -> None:
    """One device, every number once, nothing twice, all of it late."""
    assert [row["device_seq"] for row in kept] == list(range(1, count + 1))
    assert len({row["nonce"] for row in kept}) == count
    assert len({row["device"] for row in kept}) == 1
    assert all(row["offline"] for row in kept)


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
