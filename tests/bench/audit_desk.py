"""What the desk's pages, its search and an evidence pack cost on a large programme."""

import os
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException

from service import people
from service.clock import business_day
from service.db import Database
from service.settlement import equation
from service.web.app import create_app
from tests.bench import cost
from tests.live import ROOT, Site

READERS = {"secretary": 1, "auditor": 2, "officer": 3}
ROUNDS = 5
DEAREST = 20
TRIES = 3  # a link may lead to what this reader must not see
LINK = re.compile(r'href="(/desk[^"#]*)"')
ASKED = {
    "booklet": "V0000001", "tail": "0001", "activity": "A1", "shop": "S0001", "transfer": "4321",
    "receipt": "000 021", "key": "A-2021", "staff": "U-SEC", "nothing": "no such thing",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """What one page cost one reader."""

    reader: str
    path: str
    cpu_ms: float
    bytes: int


def measure(site: Site, database: Database, now: datetime) -> dict[str, Any]:
    """Ask for every page, and search; return the figures."""
    check_books(database, now)
    app = create_app(site.settings, database=database)
    app.testing = True
    pages, failed = list[Page](), list[str]()
    for reader, staff in READERS.items():
        opened = partial(people.open_staff_session, staff_id=staff, now=now)
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {database.atomic(opened)}"
        pages += [cost_of(site, client, reader, path) for path in walk(app, client, failed)]
        if reader == "secretary":
            searching = searches(client)
    pages.sort(key=lambda page: -page.cpu_ms)
    print("the dearest:")
    for page in pages[:DEAREST]:
        tell(page)
    worst = pages[0].cpu_ms if pages else 0.0
    found = {"page_cpu_ms": round(worst, 1), "pages": len(pages), "pages_failed": failed}
    return {**found, **searching}


def tell(page: Page) -> None:
    """Print what a page cost."""
    print(f"{page.cpu_ms:8.1f} ms CPU {page.bytes:9,} bytes  {page.reader:10}{page.path}")


def check_books(database: Database, now: datetime) -> None:
    """Do what the night does for the desk, once: add up every wallet."""
    if database.rows("SELECT FROM settlement_equations LIMIT 1"):
        return
    span = equation.Span.day(business_day(now) - timedelta(days=1))
    communities = database.rows("SELECT id FROM people_units WHERE kind = 'community'")
    for number in (equation.WHOLE, *(row["id"] for row in communities)):
        place = equation.Place(1, number)
        database.atomic(partial(equation.check, place=place, span=span, now=now))


def walk(app: Flask, client: FlaskClient, failed: list[str]) -> Iterator[str]:
    """Follow the links of the desk; return one address of each kind of page that can be read.

    What fails is noted: a statement that takes more than its five seconds does.
    """
    urls, tried, waiting = app.url_map.bind(""), Counter[tuple[str, bool]](), plain(app)
    while waiting:
        path = waiting.pop(0)
        try:
            endpoint, _ = urls.match(path.partition("?")[0], method="GET")
        except HTTPException:
            continue
        kind = (endpoint, bool(path.partition("?")[2]))
        if tried[kind] >= TRIES:
            continue
        tried[kind] += 1
        answer = client.get(path)
        failed += [path] if answer.status_code >= 500 else []
        if answer.status_code == 200 and answer.mimetype == "text/html":
            tried[kind] = TRIES
            waiting += [one.replace("&amp;", "&") for one in LINK.findall(answer.text)]
            yield path


def plain(app: Flask) -> list[str]:
    """Return the desk's addresses that name nothing."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.methods and "GET" in rule.methods]
    return sorted(r.rule for r in rules if r.rule.startswith("/desk") and not r.arguments)


def cost_of(site: Site, client: FlaskClient, reader: str, path: str) -> Page:
    """Ask for a page some times; return what it cost us and the database, once it is warm."""
    size = len(client.get(path).data)
    ours, theirs = time.process_time(), cost.cpu_ms(site.postgres)
    for _ in range(ROUNDS):
        client.get(path)
    used = (time.process_time() - ours) * 1000 + cost.cpu_ms(site.postgres) - theirs
    page = Page(reader, path, used / ROUNDS, size)
    tell(page)
    return page


def searches(client: FlaskClient) -> dict[str, Any]:
    """Search for one thing of each kind; return the slowest kind's median."""
    took = {}
    for kind, text in ASKED.items():
        rounds = [searched(client, text) for _ in range(ROUNDS)]
        took[kind] = round(statistics.median(rounds) * 1000, 1)
    print("search " + ", ".join(f"{kind} {ms} ms" for kind, ms in took.items()))
    return {"search_ms": max(took.values())}


def searched(client: FlaskClient, text: str) -> float:
    """Search once; return the seconds until the page is there."""
    began = time.perf_counter()
    answer = client.get(f"/desk/search?q={quote(text)}")
    assert answer.status_code in {200, 302}, answer.status
    return time.perf_counter() - began


def packed(site: Site) -> dict[str, Any]:
    """Make the pack of the month as an operator would; return the seconds and the memory."""
    file = site.folder / "pack.zip"
    words = ("pack", "--community", "C01", "--month", "2025-10", "-o", str(file))
    command = [sys.executable, "-m", "service.cli", *words]
    began = time.monotonic()
    child = subprocess.Popen(command, cwd=ROOT, env=dict(site.environment))
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"pack: {child.returncode}"
    took = time.monotonic() - began
    print(f"pack: {file.stat().st_size:,} bytes")
    return {"pack_s": round(took, 1), "pack_rss_mb": used.ru_maxrss // 1024}
