"""Pages that change by themselves: within a second by a stream, without one by asking again."""

import socket
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from subprocess import Popen

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from redis import Redis

from deploy.supervise import is_well
from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.web.app import create_app
from tests.activities.town import Api, Town, build
from tests.browser.conftest import DESK, PHONE, TABLET, OpenPage, Screen
from tests.browser.tills import stand
from tests.browser.wire import Wire, on_wire
from tests.shops.market import Market
from tests.shops.market import build as build_market
from tests.workers.conftest import environment
from workers.relay import relay_once

ROOT = Path(__file__).parents[2]
SOON_MS = 9_000  # pages without a stream would look again after 15 seconds
START_S = 60.0


@pytest.fixture(scope="module")
def live_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


@pytest.fixture
def streams(
    settings: Settings, live_port: int, clock: Clock, redis: Redis
) -> Iterator[Popen[bytes]]:
    """The process of the streams, on its port."""
    command = [
        sys.executable, "-m", "granian", "workers.live:make", "--factory", "--interface", "asgi",
        "--workers", "1", "--port", str(live_port), "--workers-kill-timeout", "1",
    ]  # fmt: skip
    process = Popen(command, cwd=ROOT, env=environment(settings))
    until = time.monotonic() + START_S
    while not is_well(f"http://127.0.0.1:{live_port}/live/healthz"):
        assert time.monotonic() < until
        time.sleep(0.1)
    yield process
    process.kill()
    process.wait()
    until = time.monotonic() + START_S
    while is_well(f"http://127.0.0.1:{live_port}/live/healthz"):  # nor does its child go on
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.fixture
def network(
    settings: Settings, pool: Database, live_port: int, database: Database, redis: Redis
) -> Iterator[Wire]:
    """The application that names that port, on a port of its own."""
    app: Flask = create_app(replace(settings, live_port=live_port), database=pool)
    app.testing = True
    with on_wire(app) as found:
        yield found


@pytest.fixture
def town(network: Wire, database: Database, settings: Settings, clock: Clock) -> Town:
    return build(database, settings, clock)


def opened(open_page: OpenPage, network: Wire, token: str, path: str, screen: Screen) -> Page:
    page = open_page(screen, base_url=network.address)
    page.context.add_cookies([{"name": "aixin_session", "value": token, "url": network.address}])
    page.goto(path)
    return page


def arrive(town: Town, network: Wire, redis: Redis, who: str) -> None:
    """Somebody is scanned at another gate, and the relay tells of it."""
    scan = {"code": town.pass_of(who), "activity": "A1", "action": "in", "nonce": f"n-{who}"}
    api = Api(network.app.test_client(), town.tokens["V0010"])
    assert api.post("/scans", scan)["status"] == "ok"
    town.run(partial(relay_once, redis=redis))


def test_a_gate_counts_whom_another_gate_let_in(
    streams: Popen[bytes], network: Wire, town: Town, open_page: OpenPage, redis: Redis
) -> None:
    page = opened(open_page, network, town.tokens["V0010"], "/gate/A1", PHONE)
    expect(page.locator("html")).to_have_attribute("data-ready", "yes")
    listening(page, network, "/present")
    for n, who in enumerate(("V0001", "V0002"), 1):
        arrive(town, network, redis, who)
        expect(page.locator("#present")).to_have_text(str(n), timeout=SOON_MS)


def listening(page: Page, network: Wire, part: str) -> None:
    """Wait until the page has looked once, and a moment more: then it has a stream."""
    for _ in range(150):
        if any(path.endswith(part) for _, path in network.heard):
            break
        page.wait_for_timeout(100)
    page.wait_for_timeout(1500)


def test_without_a_stream_the_page_asks_again_by_itself(
    network: Wire, town: Town, open_page: OpenPage, redis: Redis
) -> None:
    page = open_page(PHONE, base_url=network.address)
    cookie = {"name": "aixin_session", "value": town.tokens["V0010"], "url": network.address}
    page.context.add_cookies([cookie])
    page.clock.install()
    page.goto("/activities/A1/onsite")
    shown = page.locator("[data-live] .num")
    expect(shown).to_contain_text("0")
    arrive(town, network, redis, "V0001")
    for _ in range(20):
        page.clock.run_for(1000)
        page.wait_for_timeout(50)
    expect(shown).to_contain_text("1")


def test_a_page_goes_on_when_the_streams_end_and_come_again(
    streams: Popen[bytes], network: Wire, town: Town, open_page: OpenPage, redis: Redis
) -> None:
    page = opened(open_page, network, town.tokens["V0010"], "/activities/A1/onsite", PHONE)
    listening(page, network, "/onsite/part")
    streams.kill()
    streams.wait()
    arrive(town, network, redis, "V0001")
    expect(page.locator("[data-live] .num")).to_contain_text("1", timeout=25_000)  # it asked


def test_the_desk_adds_up_what_a_shop_gives_out(
    streams: Popen[bytes], network: Wire, town: Town, open_page: OpenPage, redis: Redis
) -> None:
    page = opened(open_page, network, town.tokens["U-SEC"], "/desk", DESK)
    listening(page, network, "/desk/part")
    with page.expect_response(lambda one: one.url.endswith("/desk/part"), timeout=SOON_MS):
        arrive(town, network, redis, "V0001")
    assert page.locator("[data-live] .eq").count() == 1


def test_a_till_shows_what_the_shop_s_other_till_sold(
    streams: Popen[bytes],
    network: Wire,
    open_page: OpenPage,
    redis: Redis,
    settings: Settings,
    database: Database,
    clock: Clock,
) -> None:
    clock.start(clock.now())
    market: Market = build_market(database, settings, clock, network.app.test_client())
    till = stand(open_page, network, market, TABLET).ready()
    listening(till.page, network, "/till/shelf")
    market.redeem("V0001", "SOAP", "k1")
    market.run(partial(relay_once, redis=redis))
    expect(till.page.locator("[data-count]").first).to_have_text("1", timeout=SOON_MS)
