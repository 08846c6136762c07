"""Sending over the network: to one judged address, within a deadline, following no redirect."""

import asyncio
import json
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from time import monotonic

import httpx
from standardwebhooks import Webhook

from service.clock import Clock
from service.db import Database
from service.i18n import N_
from service.outbox import MEDIA_TYPE
from service.webhooks import guard, outgoing
from service.webhooks.guard import Network, Target
from service.webhooks.models import AddressRefused
from service.webhooks.outgoing import Outgoing, Signing
from service.webhooks.rules import Outcome

DEADLINE_S = 10.0  # for everything: looking up, connecting, sending, and the answer's first words
CONNECT_S = 4.0
ANSWER_BYTES_MAX = 500
BUDGET_S = 20.0  # a job; what is left over is the next one's
TOGETHER_MAX = 8  # addresses at once
NO_ANSWER = N_("no answer within 10 seconds")
ELSEWHERE = N_("it sends us elsewhere, and we do not follow")
PORTS = {True: guard.HTTPS_PORT, False: guard.HTTP_PORT}


@dataclass(frozen=True)
class Sender:
    """Sends what is due. The clock is the machine's own: signatures carry the real time."""

    database: Database
    signing: Signing
    own: Sequence[Network] = ()
    budget_s: float = BUDGET_S
    clock: Clock = field(default_factory=Clock)

    def send_due(self) -> int:
        """Send to every address what is due, several addresses at once; return how many arrived."""
        find = partial(outgoing.due_endpoints, now=self.clock.now())
        endpoints = self.database.atomic(find)
        if not endpoints:
            return 0
        with ThreadPoolExecutor(1) as apart:  # whoever calls may have a loop of his own running
            return apart.submit(lambda: asyncio.run(self.send_to_all(endpoints))).result()

    async def send_to_all(self, endpoints: Sequence[int]) -> int:
        """Work through the addresses, each in its own order."""
        line = Line(asyncio.Semaphore(TOGETHER_MAX), monotonic() + self.budget_s)
        return sum(await asyncio.gather(*(self.send_all_to(one, line) for one in endpoints)))

    async def send_all_to(self, endpoint_id: int, line: "Line") -> int:
        """Send to one address until nothing is due, or it fails; return how many arrived."""
        arrived, until = 0, line.until
        async with line.gate, line.client() as client:
            while monotonic() < until and (message := self.take(endpoint_id)):
                outcome = await send(client, message, own=self.own, now=self.clock.now())
                note = partial(outgoing.note, outcome=outcome, now=self.clock.now())
                self.database.atomic(partial(note, delivery_id=message.delivery_id))
                arrived += outcome.arrived
        return arrived

    def take(self, endpoint_id: int) -> Outgoing | None:
        """Take the next message for an address."""
        work = partial(outgoing.take, signing=self.signing, now=self.clock.now())
        return self.database.atomic(partial(work, endpoint_id=endpoint_id))


@dataclass(frozen=True)
class Line:
    """What all addresses of one run share: how many at once, until when, whom we trust.

    Each has connections of its own: partners may share a machine, and a name is checked when a
    connection opens.
    """

    gate: asyncio.Semaphore
    until: float
    trust: ssl.SSLContext = field(default_factory=httpx.create_ssl_context)

    def client(self) -> httpx.AsyncClient:
        """Open what calls one address; no proxy and no password of our surroundings is used."""
        times = httpx.Timeout(DEADLINE_S, connect=CONNECT_S)
        return httpx.AsyncClient(verify=self.trust, timeout=times, trust_env=False)


async def send(
    client: httpx.AsyncClient, message: Outgoing, *, own: Sequence[Network], now: datetime
) -> Outcome:
    """Send one message; whatever goes wrong is an outcome, and nothing is raised."""
    began = monotonic()
    try:
        async with asyncio.timeout(DEADLINE_S):
            target = await guard.find(message.url, own)
            outcome = await post(client, message, target, now)
    except AddressRefused as refusal:
        outcome = Outcome(0, error=refusal.detail)
    except (TimeoutError, httpx.TimeoutException):
        outcome = Outcome(0, error=NO_ANSWER)
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        outcome = Outcome(0, error=f"{type(error).__name__}: {str(error)[:200]}")
    ms = int((monotonic() - began) * 1000)
    return Outcome(ms, outcome.code, outcome.error, outcome.answer, outcome.retry_after_s)


async def post(
    client: httpx.AsyncClient, message: Outgoing, target: Target, now: datetime
) -> Outcome:
    """Call the address that was judged, under its own name, and read how the answer begins."""
    body = json.dumps(message.body, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    asked = client.build_request(
        "POST",
        httpx.URL(message.url).copy_with(host=target.address, port=target.port),
        content=body.encode(),
        headers={"Host": host_header(target), **signed(message, body, now)},
        extensions={"sni_hostname": target.host} if target.secure else {},
    )
    answer = await client.send(asked, stream=True, follow_redirects=False)
    try:
        said = await beginning(answer)
    finally:
        await answer.aclose()
    error = ELSEWHERE if answer.is_redirect else ""
    return Outcome(0, answer.status_code, error, said, seconds(answer.headers))


def host_header(target: Target) -> str:
    """Return the name under which the partner is called."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    return host if target.port == PORTS[target.secure] else f"{host}:{target.port}"


def signed(message: Outgoing, body: str, now: datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks; in an overlap, both secrets have signed."""
    signatures = [Webhook(secret).sign(message.message_id, now, body) for secret in message.secrets]
    return {
        "Content-Type": MEDIA_TYPE,
        "User-Agent": "aixin-webhooks/1",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


async def beginning(answer: httpx.Response) -> str:
    """Read how an answer begins, and no more than that."""
    read = b""
    with suppress(httpx.DecodingError, httpx.StreamError):
        async for part in answer.aiter_raw(ANSWER_BYTES_MAX):
            read += part
            if len(read) >= ANSWER_BYTES_MAX:
                break
    return "".join(one for one in read.decode("utf-8", "replace") if one.isprintable())


def seconds(headers: httpx.Headers) -> int | None:
    """Read how many seconds the partner asks us to wait."""
    told = headers.get("retry-after", "")
    return int(told) if told.isdecimal() and len(told) < 9 else None
