"""Live pages: who sees a part may listen to it, and nobody else; without a stream pages ask."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from service.clock import Clock
from service.config import Settings
from service.db import Database
from service.live import BOARD, BadTicket, read_ticket, topics_of, write_ticket
from service.web.app import create_app
from service.web.live import HEADER
from tests.activities.town import Town
from tests.activities.town import build as build_town
from tests.shops.market import Market
from tests.shops.market import build as build_market

PORT = 4711


@pytest.fixture(scope="module")
def listening(settings: Settings, pool: Database) -> Flask:
    """The application of a demonstration, whose streams have a port of their own."""
    app = create_app(replace(settings, live_port=PORT), database=pool)
    app.testing = True
    return app


@pytest.fixture
def caller(listening: Flask, database: Database, clock: Clock, redis: Redis) -> FlaskClient:
    return listening.test_client()


@pytest.fixture
def town(caller: FlaskClient, database: Database, settings: Settings, clock: Clock) -> Town:
    return build_town(database, settings, clock)


@pytest.fixture
def market(
    caller: FlaskClient, database: Database, settings: Settings, clock: Clock
) -> Iterator[Market]:
    return build_market(database, settings, clock, caller)


def opened(settings: Settings, address: str) -> set[str]:
    """What the ticket of an address opens."""
    ticket = parse_qs(urlsplit(address).query)["ticket"][0]
    return set(read_ticket(settings.secret_key, ticket))


def ask(caller: FlaskClient, path: str, token: str) -> tuple[int, str | None]:
    answer = caller.get(path, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.headers.get(HEADER)


def test_a_till_may_listen_to_its_own_shop(market: Market, settings: Settings) -> None:
    answer = market.get("/till/shelf", by="A")
    address = answer.headers[HEADER]
    assert address.startswith(f"http://localhost:{PORT}/live/stream?")
    assert opened(settings, address) == {"shop:A"}
    assert (
        f"connect-src 'self' http://localhost:{PORT};" in answer.headers["Content-Security-Policy"]
    )


def test_the_count_of_a_gate_is_for_those_who_keep_it(
    town: Town, caller: FlaskClient, settings: Settings
) -> None:
    path = "/api/v1/activities/A1/present"
    status, address = ask(caller, path, town.tokens["V0010"])  # its leader
    assert status == 200
    assert address is not None
    assert opened(settings, address) == {"activity:A1"}
    assert ask(caller, path, town.tokens["U-GZ"]) == (403, None)  # another community's recorder
    assert ask(caller, path, town.tokens["V0001"]) == (403, None)
    assert ask(caller, path, "nobody's")[1] is None


def test_the_leaders_screen_counts_who_came(town: Town, caller: FlaskClient) -> None:
    status, address = ask(caller, "/activities/A1/onsite/part?lang=en", town.tokens["V0010"])
    assert status == 200
    assert address is not None
    assert ask(caller, "/activities/A1/onsite/part", town.tokens["U-GZ"])[1] is None


def test_the_board_is_for_staff(town: Town, caller: FlaskClient, settings: Settings) -> None:
    reader = next(code for code in town.tokens if code.startswith("U-") and code != "U-GZ")
    status, address = ask(caller, "/desk/part", town.tokens[reader])
    assert status == 200
    assert address is not None
    assert opened(settings, address) == {BOARD}
    assert ask(caller, "/desk/part", town.tokens["V0001"])[1] is None


def test_without_a_process_for_streams_pages_are_sent_to_none(
    client: FlaskClient, database: Database, settings: Settings, clock: Clock
) -> None:
    found = build_market(database, settings, clock, client).get("/till/shelf", by="A")
    assert found.status_code == 200
    assert HEADER not in found.headers
    assert "connect-src 'self';" in found.headers["Content-Security-Policy"]


def test_behind_a_proxy_the_streams_are_on_the_same_host(
    settings: Settings, pool: Database
) -> None:
    safe = replace(
        settings, env="production", live_port=PORT, public_url="https://a.example", clock_file=None
    )
    app = create_app(safe, database=pool)
    from service.web import live

    with app.test_request_context("/", base_url="https://a.example"):
        live.offer("board")
        address = live.tell(app.make_response("")).headers[HEADER]
        assert address.startswith("/live/stream?ticket=")
        assert live.origin() == ""


@pytest.mark.parametrize("broken", ["", "x", "eyJhIjoxfQ.aaaa.bbbb", "y" * 3000])
def test_a_ticket_that_is_not_ours_opens_nothing(broken: str) -> None:
    with pytest.raises(BadTicket):
        read_ticket("a" * 40, broken)
    with pytest.raises(BadTicket):
        read_ticket("a" * 40, write_ticket("b" * 40, ["board"]))


@pytest.mark.parametrize(
    ("kind", "subject", "payload", "expected"),
    [
        ("RedemptionCaptured", "redemption:1", {"shop": "S01"}, {"shop:S01", BOARD}),
        ("CheckedIn", "A1", {"activity": "A1", "volunteer": "V0001"}, {"activity:A1", BOARD}),
        ("PledgeRecorded", "shop:S02", {}, {"shop:S02", BOARD}),
        ("AwardPosted", "volunteer:V0001", {}, {BOARD}),
        ("LedgerSealed", "ledger", {"size": 3}, set()),
    ],
)
def test_an_event_touches_its_place_and_the_boards(
    kind: str, subject: str, payload: dict[str, object], expected: set[str]
) -> None:
    assert topics_of(kind, subject, payload) == expected
