"""A real Chromium: three screens, two languages, a camera, and the rules that every page keeps.

def test_…(open_page, camera, audit):
    page = open_page(PHONE, base_url=…)  # watched: no other host, no script error, no CSP breach
    camera("https://…/c/…")              # what every open camera sees from now on
    audit(page)                          # axe, sideways scrolling, small targets, small text
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from service.clock import Clock
from service.config import Settings
from service.db import Database
from tests.browser.fakecam import PER_SECOND, Camera
from tests.browser.wire import Wire, on_wire
from tests.shops.market import Market, build

ASSETS = Path(__file__).parents[2] / "service/web/assets"
# The browser's own pages behind its address bar: each window that opens would compile four hundred
# scripts of them, two thirds of what a short test costs. The others are what Playwright switches
# off: only the last list counts.
OFF = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup", "PreloadTopChromeWebUI",
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding",
    "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints",
    "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
)  # fmt: skip
FLAGS = [
    f"--disable-features={','.join(OFF)}",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    f"--use-fake-device-for-media-stream=fps={PER_SECOND}",
]


@dataclass(frozen=True)
class Screen:
    """What a reader holds: its size, language, and how it is set."""

    name: str
    width: int
    height: int
    language: str = "zh-CN"
    dark: bool = False
    elder: bool = False
    touch: bool = False

    def but(self, **changes: Any) -> "Screen":
        """The same screen set otherwise: language, dark, elder, width."""
        return replace(self, **changes)

    def context(self) -> dict[str, Any]:
        """The same in Playwright's words."""
        return {
            "viewport": {"width": self.width, "height": self.height},
            "locale": self.language,
            "color_scheme": "dark" if self.dark else "light",
            "has_touch": self.touch,
            "timezone_id": "Asia/Shanghai",
            "permissions": ["camera"],
            "reduced_motion": "reduce",
        }


PHONE = Screen("phone", 390, 844, touch=True)
TABLET = Screen("tablet", 1280, 800, touch=True)
DESK = Screen("desk", 1440, 900)
SCREENS = [
    pytest.param(screen.but(language=language), id=f"{screen.name}-{language}")
    for screen in (PHONE, TABLET, DESK)
    for language in ("zh-CN", "en")
]


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Camera:
    """The film that this run's browser plays; tests ask for `camera`."""
    return Camera(tmp_path_factory.mktemp("camera") / "film.y4m")


@pytest.fixture
def camera(film: Camera) -> Iterator[Camera]:
    """Hold a code before every open camera; the desk is empty before and after the test."""
    film.nothing()
    yield film
    film.nothing()


def chrome_path() -> str:
    """The browser that the supervisor found, or the first one on PATH."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("CHROME") or next(filter(None, map(shutil.which, names)), None)
    assert found, "no Chromium: set CHROME, or run deploy/test.py, which brings one"
    return found


@pytest.fixture(scope="session")
def chrome(film: Camera) -> Iterator[Browser]:
    """One browser for the run, with the film as its camera."""
    extra = json.loads(os.environ.get("CHROME_ENV", "{}"))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chrome_path(),
            env={**os.environ, **extra},
            args=[*FLAGS, f"--use-file-for-fake-video-capture={film.path}"],
        )
        yield browser
        browser.close()


@pytest.fixture
def wire(app: Flask) -> Iterator[Wire]:
    """The application on a port, behind a network that the test can cut."""
    with on_wire(app) as found:
        yield found


@pytest.fixture
def address(wire: Wire) -> str:
    """Where a browser finds the application, in threads of this process."""
    return wire.address


@pytest.fixture
def market(client: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Market:
    """The small market, on a day that goes on while the browser works."""
    clock.start(clock.now())
    return build(database, settings, clock, client)


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chrome: Browser) -> Iterator[OpenPage]:
    """Open pages on a screen; at the end none may have asked another host or broken a rule."""
    contexts: list[BrowserContext] = []
    breaches: list[str] = []

    def open_one(screen: Screen = PHONE, **options: Any) -> Page:
        context = chrome.new_context(**screen.context(), **options)
        contexts.append(context)
        if screen.elder:
            context.add_cookies([{"name": "elder", "value": "1", "url": options["base_url"]}])
        watch(context, breaches)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()
    assert not breaches, breaches


def watch(context: BrowserContext, breaches: list[str]) -> None:
    """Note every request that leaves this machine, script error and breach of the CSP."""
    home = ("http://127.0.0.1", "http://localhost", "https://127.0.0.1", "data:", "blob:", "about:")
    context.on(
        "request", lambda sent: sent.url.startswith(home) or breaches.append(f"asked {sent.url}")
    )
    context.on("weberror", lambda error: breaches.append(f"script error: {error.error}"))
    context.on(
        "console",
        lambda said: "Content Security Policy" in said.text and breaches.append(said.text),
    )


@pytest.fixture(params=SCREENS)
def each_screen(request: pytest.FixtureRequest) -> Screen:
    """Phone, tablet and desk, each in Chinese and in English."""
    found: Screen = request.param
    return found


BURST = """([text, end]) => {
  const target = document.activeElement ?? document.body;
  const [held, last] = end.includes("+") ? end.split("+") : ["", end];
  const ending = { key: last, code: last, ctrlKey: held === "Control" };
  for (const key of [...[...text].map((key) => ({ key })), ...(end ? [ending] : [])])
    for (const type of ["keydown", "keyup"])
      target.dispatchEvent(new KeyboardEvent(type, { ...key, bubbles: true, cancelable: true }));
}"""


def type_at_once(page: Page, text: str, end: str = "Enter") -> None:
    """Send a scanner's keys within one task of the page.

    Keys sent one by one arrive as slowly as a busy machine lets them, and a slow scanner is taken
    for a person. What real keys do to fields and buttons has tests of its own in test_scanner.py.
    """
    page.evaluate(BURST, [text, end])


Check = Callable[[Page], None]

FINDINGS = """async (rules) => (await axe.run(document, { runOnly: rules })).violations.map(
    each => `${each.id}: ${each.help}: ${each.nodes.slice(0, 3).map(node => node.html).join(" | ")}`
)"""
SETTLED_MS = 1000
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
MISFITS = (Path(__file__).parent / "misfits.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The accessibility checker, from the locked packages."""
    return (ASSETS / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


@pytest.fixture
def axe(axe_source: str) -> Check:
    """Fail on any finding of axe in the page as it stands."""

    def check(page: Page) -> None:
        try:
            findings = look(page, axe_source)
        except Error:  # a click was still opening the next page when the checker ran
            page.wait_for_timeout(SETTLED_MS)
            findings = look(page, axe_source)
        assert not findings, "\n".join(findings)

    return check


def look(page: Page, axe_source: str) -> list[str]:
    """Return what axe finds in the page once it is there; fails while another one is opening."""
    page.wait_for_load_state()
    page.evaluate(axe_source)
    findings: list[str] = page.evaluate(FINDINGS, RULES)
    return findings


@pytest.fixture
def fits() -> Check:
    """Fail on sideways scrolling, targets under 48 px (till 64) and text that is too small."""

    def check(page: Page) -> None:
        page.wait_for_load_state()
        misfits = page.evaluate(MISFITS)
        assert not misfits, "\n".join(misfits)

    return check


@pytest.fixture
def audit(axe: Check, fits: Check) -> Check:
    """Both: `axe` and `fits`."""

    def check(page: Page) -> None:
        axe(page)
        fits(page)

    return check
