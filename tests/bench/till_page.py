"""What the till's page costs on a slow tablet: `python -m tests.bench.till_page`.

A Chromium whose CPU is slowed four times opens the till with empty caches, reads codes as a
hand-held scanner sends them and taps a tile. Times are the page's own; the medians are said.
"""

import gzip
import json
import re
import statistics
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, sync_playwright

from service.clock import business_day
from tests.bench import crowd
from tests.bench.http import shown_passes, till_tokens
from tests.browser.conftest import FLAGS, chrome_path
from tests.live import Site, running

SLOWED = 4
LOADS, SALES = 5, 12
PATIENCE_MS = 20_000
HAND_MS = 700  # nobody taps or holds out the next card sooner
LATER = re.compile(r"\.wasm$|shell=1|worker\.js$|icon-\d+|webmanifest$")  # after it is ready
READY = "html[data-ready=yes]"
WATCH = """new MutationObserver((_, self) => {
  if (document.documentElement?.dataset.ready !== "yes") return;
  window.readyAt = performance.now();
  self.disconnect();
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["data-ready"] })"""
# How long it takes from the last key of a code, or a tap, until a screen is shown and painted.
UNTIL = """const until = (seen) => new Promise((done) => {
  const look = () => seen() ? requestAnimationFrame(() => done(performance.now()))
                            : requestAnimationFrame(look);
  look();
});
const shown = (view) => () => !document.querySelector(`main[data-view="${view}"]`).hidden;
"""
SCAN = (
    "async (text) => {"
    + UNTIL
    + """
  const from = performance.now();
  for (const key of [...text, "Enter"]) for (const type of ["keydown", "keyup"])
    document.body.dispatchEvent(new KeyboardEvent(type, { key, bubbles: true, cancelable: true }));
  return await until(shown("pick")) - from;
}"""
)
TAP = (
    "async () => {"
    + UNTIL
    + """
  const from = performance.now();
  document.querySelector("button.tile:not([aria-disabled])").click();
  return await until(() => shown("result")() && document.querySelector(".flood.ok")) - from;
}"""
)


def measure() -> dict[str, float]:
    """Serve a small town, open its first shop's till and return the page's figures."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "crowd.json"
        crowd.write(data, volunteers=SALES + 2, day=business_day(datetime.now(UTC)))
        with running(data, simulated=False, background=False) as site, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=chrome_path(), args=FLAGS)
            token = till_tokens(site, data)[0][1]
            figures = look(browser, site, token)
            browser.close()
    return figures


def look(browser: Browser, site: Site, token: str) -> dict[str, float]:
    """Open the page several times with nothing kept, and sell on the last of them."""
    heard: list[Response] = []
    ready = []
    for left in reversed(range(LOADS)):
        page = slow_tablet(browser, site, token)
        page.on("response", lambda answer: heard.append(answer))  # noqa: PLW0108 (it sets attributes)
        page.goto(f"{site.url}/till", wait_until="commit")
        page.wait_for_selector(READY, state="attached", timeout=PATIENCE_MS)
        ready.append(page.evaluate("window.readyAt"))
        page.wait_for_timeout(1000)
        if left:  # five cameras that look at once are no tablet
            heard.clear()
            page.context.close()
    kilobytes = weigh(heard) / 1024
    recognised, done = sell(page, site)
    return {
        "page_kb": round(kilobytes, 1),
        "ready_ms": round(statistics.median(ready)),
        "recognised_ms": round(statistics.median(recognised)),
        "done_ms": round(statistics.median(done)),
    }


def slow_tablet(browser: Browser, site: Site, token: str) -> Page:
    """Return a new tablet's first page: nothing cached, its CPU slowed."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="zh-CN", permissions=["camera"]
    )
    context.add_cookies([{"name": "aixin_device", "value": token, "url": site.url}])
    page = context.new_page()
    page.add_init_script(WATCH)
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    return page


def weigh(heard: list[Response]) -> int:
    """Add up what the page needed to be ready, compressed as the proxy in front does it."""
    weights = {
        answer.url: len(gzip.compress(answer.body(), 6))
        for answer in heard
        if answer.ok and not LATER.search(answer.url)
    }
    return sum(weights.values())


def sell(page: Page, site: Site) -> tuple[list[float], list[float]]:
    """Scan and tap, one customer after another; the first two only warm up."""
    recognised, done = [], []
    for number in range(SALES + 1):
        recognised.append(page.evaluate(SCAN, shown_passes(site)[number]))
        page.wait_for_timeout(HAND_MS)
        done.append(page.evaluate(TAP))
        page.wait_for_timeout(HAND_MS)
    return recognised[2:], done[2:]


def main() -> None:
    """Measure and print the figures as JSON."""
    print(json.dumps(measure()))


if __name__ == "__main__":
    main()
