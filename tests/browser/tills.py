"""A till on a tablet, on a network that a test can cut, and what a clerk does there."""

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import TABLET, OpenPage, Screen, type_at_once
from tests.browser.tablets import SEEN_MS, Tablet
from tests.browser.wire import Wire
from tests.shops.market import Market

SHELF = """async (name) => {
  const asked = indexedDB.open('aixin-till');
  const db = await new Promise(r => { asked.onsuccess = () => r(asked.result) });
  return new Promise(r => {
    const q = db.transaction(name).objectStore(name).getAll();
    q.onsuccess = () => { db.close(); r(q.result) };
  });
}"""
KEPT = """async () => (await Promise.all((await caches.keys()).map(async name =>
  (await (await caches.open(name)).keys()).map(r => new URL(r.url).pathname)))).flat()"""
COUNT = "window.taps = 0; addEventListener('click', () => window.taps++, true)"


class Counter(Tablet):
    """Shop A's till, as its clerk sees it."""

    def __init__(self, page: Page, wire: Wire, market: Market) -> None:
        super().__init__(page, wire)
        self.market = market

    def kept(self) -> "Counter":
        """Wait until this page would open, and sell, without a network."""
        self.until(lambda: "/till" in self.page.evaluate(KEPT))
        self.until(lambda: self.shelf("shelf"))
        return self

    def shelf(self, name: str) -> list[dict[str, Any]]:
        """What the tablet keeps: acts, notes, spent, shelf."""
        found: list[dict[str, Any]] = self.page.evaluate(SHELF, name)
        return found

    def scan(self, code: str) -> None:
        type_at_once(self.page, code)

    def shows(self, code: str) -> None:
        """A phone is held before the scanner."""
        self.scan(self.market.code(code))

    def later(self) -> None:
        """The same code counts again only after a moment."""
        self.page.wait_for_timeout(2600)

    def tile(self, name: str) -> None:
        self.page.locator("button.tile", has_text=name).click()

    def gives(self, code: str, good: str) -> None:
        """Scan, tap, hand over."""
        self.shows(code)
        self.tile(good)
        expect(self.page.locator(".flood.ok")).to_be_visible(timeout=SEEN_MS)
        self.says(good)

    def press(self, do: str) -> None:
        self.page.locator(f'[data-do="{do}"]').click()

    def says(self, text: str) -> None:
        expect(self.page.locator("[data-result]")).to_contain_text(text, timeout=SEEN_MS)

    def strip(self, text: str) -> None:
        expect(self.page.locator("[data-strip]")).to_contain_text(text, timeout=SEEN_MS)

    def calm(self) -> None:
        """All is sent and seen: the strip is gone."""
        self.until(lambda: not self.shelf("acts"))
        expect(self.page.locator("[data-strip]")).to_be_hidden(timeout=SEEN_MS)

    def types(self, where: str, digits: str) -> None:
        for digit in digits:
            self.page.locator(f'[data-{where}] [data-digit="{digit}"]').click()

    def taps(self) -> int:
        """How often the clerk tapped since the page was opened or this was asked last."""
        found: int = self.page.evaluate("window.taps")
        self.page.evaluate("window.taps = 0")
        return found


def stand(open_page: OpenPage, wire: Wire, market: Market, screen: Screen = TABLET) -> Counter:
    """Open shop A's till on a paired tablet."""
    page = open_page(screen, base_url=wire.address)
    page.add_init_script(COUNT)
    cookie = {"name": "aixin_device", "value": market.tokens["A"], "url": wire.address}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto("/till")
    return Counter(page, wire, market).ready()
