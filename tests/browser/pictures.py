"""The pictures of the README, taken from a running service after its Saturday was played.

python -m tests.browser.pictures        # writes deploy/pictures/*.png
"""

import json
import subprocess
import sys
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import chrome_path
from tests.live import Site, running

ROOT = Path(__file__).parents[2]
DATA = ROOT / "deploy" / "demo" / "fumin.json"
DAY = ROOT / "tests" / "journeys" / "fumin_saturday.json"
PICTURES = ROOT / "deploy" / "pictures"
EVENING = datetime(2025, 10, 18, 22, 15, tzinfo=ZoneInfo("Asia/Shanghai"))
NOON = EVENING.replace(hour=8, minute=5)
PHONE, TABLET, DESK = (390, 844), (1280, 800), (1440, 900)
COLOURS = 128


@dataclass(frozen=True)
class Picture:
    """One page: its file, its address, who looks, and on what."""

    name: str
    path: str
    who: str
    size: tuple[int, int]
    at: datetime = EVENING


ALL = (
    Picture("sign-in", "/", "", PHONE),
    Picture("home", "/home", "FM0001", PHONE, NOON),
    Picture("activity", "/activities/A2", "FM0001", PHONE, NOON),
    Picture("gate", "/gate/A1", "FM0012", PHONE, NOON),
    Picture("confirm", "/activities/A1/confirm", "FM0012", PHONE),
    Picture("landing", "/e/A1", "", PHONE, NOON),
    Picture("till", "/till", "S01", TABLET),
    Picture("desk", "/desk", "U-SEC", DESK),
    Picture("integrity", "/ledger/integrity", "U-SEC", DESK),
    Picture("records", "/desk/records", "U-SEC", DESK),
    Picture("shop", "/desk/shops/S01", "U-CH", DESK),
    Picture("ledger", "/ledger", "U-SEC", DESK),
    Picture("transfer", "/ledger?search=AW-A1-2", "U-SEC", DESK),
    Picture("trial", "/ledger/trial-balance", "U-SEC", DESK),
    Picture("reconciliation", "/desk/reconciliation?day=2025-10-18", "U-SEC", DESK),
)


def main() -> None:
    """Start a service, play the day, and take every picture."""
    PICTURES.mkdir(exist_ok=True)
    with running(DATA) as site, sync_playwright() as playwright:
        command = [sys.executable, "-m", "tests.journeys.replay", DAY, "--data", DATA]
        subprocess.run([*command, "--url", site.url], check=True, cwd=ROOT)
        chrome = playwright.chromium.launch(
            executable_path=chrome_path(),
            args=["--no-sandbox", "--disable-gpu", "--use-fake-ui-for-media-stream"],
        )
        for picture in ALL:
            take(chrome, site, picture)
        chrome.close()


def take(chrome: Browser, site: Site, picture: Picture) -> None:
    """Open one page as its reader and keep what it looks like."""
    site.clock.set(picture.at)
    width, height = picture.size
    context = chrome.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    if picture.who:
        name = "aixin_device" if picture.who.startswith("S") else "aixin_session"
        cookie = {"name": name, "value": token(site, picture.who), "url": site.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto(site.url + picture.path)
    if picture.name == "transfer":
        page.locator("a[href^='/ledger/transfers/']").first.click()
    page.wait_for_timeout(900)
    file = PICTURES / f"{picture.name}.png"
    page.screenshot(path=file)
    context.close()
    Image.open(file).quantize(COLOURS).save(file, optimize=True)


def token(site: Site, who: str) -> str:
    """Sign in as a person, or pair a tablet with a shop."""
    if who.startswith("S"):
        officer = token(site, "U-CH")
        claim = post(site, "/tills/claims", {"shop": who}, officer)
        code = claim["url"].rsplit("/", 1)[-1]
        return str(post(site, "/tills", {"claim": code, "digits": claim["digits"]})["token"])
    staff = {"login": who, "password": "aixin-demo"}
    body = staff if who.startswith("U-") else {"booklet": who, "pin": who[-4:]}
    return str(post(site, "/sessions", body)["token"])


def post(site: Site, path: str, body: dict[str, Any], bearer: str = "") -> Any:
    """Send JSON and read the answer."""
    headers = {"Content-Type": "application/json"}
    if bearer:
        headers["Authorization"] = f"Bearer {bearer}"
    request = urllib.request.Request(f"{site.url}/api/v1{path}", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


if __name__ == "__main__":
    main()
