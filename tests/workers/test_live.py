"""The process of the streams: a ticket opens, an event calls, and too many are told to ask."""

import asyncio
import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
from redis import Redis

from service.config import Settings
from service.db import Database
from service.live import write_ticket
from tests.conftest import Servers
from tests.workers.conftest import Start, publish, until
from workers.live import SAME_MAX, Listener, Streams
from workers.relay import relay_once
from workers.telling import call_pages


@pytest.fixture
def port(start: Start) -> int:
    """The port of a running process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    start(
        "-m", "granian", "workers.live:make", "--factory", "--interface", "asgi", "--workers", "1",
        "--host", "127.0.0.1", "--port", str(found), "--workers-kill-timeout", "1",
    )  # fmt: skip
    until(lambda: well(found))
    return found


def well(port: int) -> bool:
    try:
        with asked(port, "/live/healthz") as answer:
            return answer.status == 200
    except OSError:
        return False


@contextmanager
def asked(port: int, path: str) -> Iterator[HTTPResponse]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def stream(secret: str, *topics: str) -> str:
    return f"/live/stream?ticket={write_ticket(secret, topics)}"


def called(answer: HTTPResponse) -> list[str]:
    """The next call that a stream hears."""
    while True:
        line = answer.readline()
        assert line, "the stream ended"
        if line.startswith(b"data: "):
            found: list[str] = json.loads(line[6:])
            return found


def test_an_event_calls_who_listens_to_its_topic_and_nobody_else(
    port: int, settings: Settings, database: Database, redis: Redis
) -> None:
    secret = settings.secret_key
    with (
        asked(port, stream(secret, "board")) as board,
        asked(port, stream(secret, "shop:S02", "never")) as other,
    ):
        assert (board.status, board.headers["Content-Type"].split(";")[0]) == (
            200,
            "text/event-stream",
        )
        assert board.readline() == other.readline() == b": here\n"
        publish(database, "V0001")
        assert database.atomic(partial(relay_once, redis=redis)) == 1
        assert called(board) == ["board"]
        redis.publish("aixin:live", json.dumps(["shop:S01", "shop:S02"]))
        assert called(other) == ["shop:S02"]  # and not the board's call before it


def test_without_a_ticket_nobody_listens(port: int, settings: Settings) -> None:
    for path in ("/live/stream", "/live/stream?ticket=x", stream("f" * 40, "board")):
        with asked(port, path) as answer:
            assert answer.status == 403
    with asked(port, "/live/other") as answer:
        assert answer.status == 404


def test_redis_away_is_no_fault_of_the_relay(database: Database) -> None:
    events = [type("E", (), {"type": "CheckedIn", "subject": "x", "payload": {"activity": "A1"}})()]
    call_pages(Redis(host="127.0.0.1", port=1), events)  # nothing raised, nothing waits


def test_one_ticket_opens_a_few_streams_and_no_more() -> None:
    streams = Streams("redis://127.0.0.1:1", "s" * 40)
    for _ in range(SAME_MAX):
        assert not streams.full("one")
        streams.listeners.add(Listener(frozenset({"board"}), "one"))
    assert streams.full("one")
    assert not streams.full("another")


def test_a_stream_is_called_for_its_own_topics_alone_and_once_for_a_crowd() -> None:
    listener = Listener(frozenset({"shop:S01", "board"}), "one")
    listener.call(["shop:S02"])
    assert not listener.bell.is_set()
    for _ in range(50):
        listener.call(["board", "shop:S02"])
    assert listener.take() == ["board"]
    assert listener.take() == []
    assert not listener.bell.is_set()


def scope(path: str, query: str) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}


def test_more_streams_than_allowed_are_told_to_ask(servers: Servers) -> None:
    streams = Streams(servers.redis.url(), "s" * 40, most=1)
    query = f"ticket={write_ticket('s' * 40, ['board'])}"
    with ThreadPoolExecutor(1) as apart:  # the browser of other tests has a loop in this thread
        first, second = apart.submit(lambda: asyncio.run(fill(streams, query))).result()
    assert (first, second) == (200, 503)
    assert not streams.listeners  # the first one left, and its place is free


async def fill(streams: Streams, query: str) -> tuple[int, int]:
    """Open one stream, try a second beside it, then leave."""
    leave = asyncio.Event()
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await leave.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            answers.append(dict(message))

    one = asyncio.create_task(streams(scope("/live/stream", query), receive, send))
    while not answers:
        await asyncio.sleep(0.001)
    await streams(scope("/live/stream", query), receive, send)
    leave.set()
    await one
    return answers[0]["status"], answers[1]["status"]
