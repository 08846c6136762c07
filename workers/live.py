"""The streams of live pages: `granian --interface asgi --factory workers.live:make`.

A stream lives for minutes and does nothing. On the web server each would hold one of its few
threads; in this process of its own it is a waiting coroutine. No database is asked: a ticket says
all (see `service.live`), and a stream says only that something has changed.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from redis import RedisError
from redis.asyncio import Redis

from service import redaction
from service.live import CHANNEL, BadTicket, read_ticket
from workers.runtime import die_with_parent, settings

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STREAMS_MAX = 800  # below the usual limit of 1024 open files; more are told to go on asking
SAME_MAX = 3  # of one ticket: a page needs one, and one more while the old one ends
BEAT_S = 15.0  # a proxy ends what says nothing for half a minute
LIFE_S = 600.0  # then the page asks anew whether it may listen
GATHER_S = 0.3  # a crowd at a gate is one call, not fifty
TROUBLE_S = 1.0
OPENING = b": here\nretry: 5000\n\n"
HEADERS = [
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    # The ticket is the leave, and no cookie is read: another origin gains nothing.
    (b"access-control-allow-origin", b"*"),
]
log = logging.getLogger("aixin.live")


@dataclass(eq=False)
class Listener:
    """One open stream: what it listens to, and what it was called for since it last spoke."""

    topics: frozenset[str]
    ticket: str
    called: set[str] = field(default_factory=set)
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    def call(self, topics: Iterable[str]) -> None:
        """Wake the stream if one of these topics is its own."""
        self.called |= self.topics.intersection(topics)
        if self.called:
            self.bell.set()

    def take(self) -> list[str]:
        """Return what it was called for, and forget it."""
        found = sorted(self.called)
        self.called.clear()
        self.bell.clear()
        return found


class Streams:
    """The application: one subscription to Redis, many streams."""

    def __init__(
        self, redis_url: str, secret: str | tuple[str, ...], *, most: int = STREAMS_MAX
    ) -> None:
        self.redis_url = redis_url
        self.secret = secret
        self.most = most
        self.listeners: set[Listener] = set()
        self.hearing = False
        self.task: asyncio.Task[None] | None = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request, or follow the life of the server."""
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["path"] == "/live/healthz":
            await answer(send, 200 if self.hearing else 503)
        elif scope["path"] != "/live/stream" or scope["method"] != "GET":
            await answer(send, 404)
        else:
            await self.open(scope, receive, send)

    async def live(self, receive: Receive, send: Send) -> None:
        """Listen to Redis from the server's start to its end."""
        await receive()
        self.task = asyncio.create_task(self.listen())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.task.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def open(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a ticket's holder listen, unless there are too many."""
        ticket = parse_qs(scope["query_string"].decode("latin-1")).get("ticket", [""])[0]
        try:
            topics = read_ticket(self.secret, ticket)
        except BadTicket:
            return await answer(send, 403)
        if self.full(ticket):
            return await answer(send, 503, (b"retry-after", b"30"))
        listener = Listener(topics, ticket)
        self.listeners.add(listener)
        try:
            await self.stream(listener, receive, send)
        finally:
            self.listeners.discard(listener)

    def full(self, ticket: str) -> bool:
        """Tell whether there is no place for one more, at all or for this ticket."""
        same = sum(listener.ticket == ticket for listener in self.listeners)
        return len(self.listeners) >= self.most or same >= SAME_MAX

    async def stream(self, listener: Listener, receive: Receive, send: Send) -> None:
        """Speak to one page until it leaves or its time is over."""
        await begin(send, 200, (b"content-type", b"text/event-stream; charset=utf-8"))
        await write(send, OPENING)
        leaving = asyncio.ensure_future(left(receive))
        end = asyncio.get_running_loop().time() + LIFE_S
        try:
            while not leaving.done() and asyncio.get_running_loop().time() < end:
                await write(send, await next_words(listener, leaving))
        finally:
            gone = leaving.done()
            leaving.cancel()
        if not gone:
            await write(send, b"event: over\ndata: {}\n\n", more=False)

    async def listen(self) -> None:
        """Pass on what Redis says for ever; when it was away, everybody looks again."""
        while True:
            try:
                await self.hear()
            except (RedisError, OSError) as error:
                self.hearing = False
                log.warning("the streams wait for Redis: %s", error)
                await asyncio.sleep(TROUBLE_S)

    async def hear(self) -> None:
        """Subscribe, call everybody once for what was missed, then call whom each message means."""
        async with Redis.from_url(self.redis_url, health_check_interval=30) as redis:
            channel = redis.pubsub(ignore_subscribe_messages=True)
            await channel.subscribe(CHANNEL)
            self.hearing = True
            for listener in self.listeners:
                listener.call(listener.topics)
            while True:
                found = await channel.get_message(timeout=BEAT_S)
                if found is not None:
                    self.call(json.loads(found["data"]))

    def call(self, topics: list[str]) -> None:
        """Wake every stream that listens to one of these topics."""
        for listener in self.listeners:
            listener.call(topics)


async def next_words(listener: Listener, leaving: "asyncio.Future[None]") -> bytes:
    """Wait until the stream has something to say; after a while it only says that it is there."""
    bell = asyncio.ensure_future(listener.bell.wait())
    ends: list[asyncio.Future[Any]] = [bell, leaving]
    await asyncio.wait(ends, timeout=BEAT_S, return_when=asyncio.FIRST_COMPLETED)
    if not bell.done():
        bell.cancel()
        return b": here\n\n"
    await asyncio.sleep(GATHER_S)
    return f"event: changed\ndata: {json.dumps(listener.take())}\n\n".encode()


async def left(receive: Receive) -> None:
    """Return when the page has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def begin(send: Send, status: int, *more: tuple[bytes, bytes]) -> None:
    """Send the head of an answer."""
    await send({"type": "http.response.start", "status": status, "headers": [*HEADERS, *more]})


async def write(send: Send, words: bytes, *, more: bool = True) -> None:
    """Send a piece of the body."""
    with suppress(OSError):  # it left in this very moment; `left` says so at once
        await send({"type": "http.response.body", "body": words, "more_body": more})


async def answer(send: Send, status: int, *more: tuple[bytes, bytes]) -> None:
    """Send a whole answer that has nothing to say but its status."""
    await begin(send, status, (b"content-type", b"text/plain"), *more)
    await write(send, b"", more=False)


def make() -> Streams:
    """Build the application from the environment; granian calls it in its own process."""
    die_with_parent()
    redaction.install()
    given = settings()
    return Streams(given.redis_url, given.secret_keys)
