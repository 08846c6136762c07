"""Tills, a gate, phones and a recorder that go on working while the service dies under them.

They know only what the network tells them. What was not answered, or answered with a fault of the
service, is sent again as it was, under its key, until there is an answer.
"""

import random
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Any
from zoneinfo import ZoneInfo

from redis import Redis, RedisError
from rq import Queue

from service import passes
from service.clock import SHANGHAI as ZONE
from tests.chaos.place import Place
from tests.journeys.replay.actors import Actors, Who
from tests.journeys.replay.client import API, Answer, Client, decoded
from tests.journeys.replay.scenario import Data
from workers import jobs

ANSWER_S = 8.0
PATIENCE_S = 75.0
PAUSE_S = 0.1
REST_S = 0.1  # people are slower; it leaves the service some of the machine
ENOUGH = 5  # jobs that wait
BUSY = {409: {"key-in-flight"}, 429: {"too-many-codes"}}
ACTIVITY = "B1"
DAY = timedelta(days=1)
SHANGHAI = ZoneInfo(ZONE)
Body = Mapping[str, Any] | tuple[str, bytes]  # JSON, or a form with its kind


class NeverAnswered(AssertionError):
    """The service was away for longer than anybody waits."""


@dataclass
class Told:
    """What everybody was told, by the key of the act."""

    sales: dict[str, dict[str, Any]] = field(default_factory=dict)
    voids: dict[str, dict[str, Any]] = field(default_factory=dict)  # by the key of the sale
    discounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    awards: dict[str, dict[str, Any]] = field(default_factory=dict)
    scans: dict[str, dict[str, Any]] = field(default_factory=dict)
    choices: dict[str, dict[str, Any]] = field(default_factory=dict)  # as the till told them
    buyers: dict[str, str] = field(default_factory=dict)  # whose points, by the key of the sale
    bodies: dict[str, tuple["Sender", dict[str, Any]]] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)  # answers that nobody may get
    tries: Counter[str] = field(default_factory=Counter)  # what went wrong on the way, how often
    longest_s: float = 0.0


@dataclass
class Sender(ABC):
    """One device: a connection of its own, acts one after the other until it is over."""

    place: Place
    told: Told
    over: threading.Event
    name: str
    token: str
    rng: random.Random
    client: Client = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        self.client = Client(self.place.site.url)
        self.client.connection.timeout = ANSWER_S

    def work(self) -> int:
        """Act until it is over, ending with the act in hand; return how often."""
        try:
            while not self.over.is_set():
                self.number += 1
                self.over.wait(REST_S)
                self.act(f"{self.name}-{self.number}")
        finally:
            self.close()
        return self.number

    def close(self) -> None:
        """Give the connection back."""
        self.client.close()

    @abstractmethod
    def act(self, key: str) -> None:
        """Do one thing under one key."""

    def send(self, path: str, body: Body, *, key: str = "", method: str = "POST") -> dict[str, Any]:
        """Send until answered; raises NeverAnswered."""
        began = time.monotonic()
        while time.monotonic() < began + PATIENCE_S:
            answer = self.once(method, path, body, key)
            if answer is not None:
                self.told.longest_s = max(self.told.longest_s, time.monotonic() - began)
                return answer
            time.sleep(self.rng.uniform(0, 2 * PAUSE_S))
        raise NeverAnswered(f"{method} {path} {key}: {dict(self.told.tries)}")

    def once(self, method: str, path: str, body: Body, key: str) -> dict[str, Any] | None:
        """Send once; None where it has to be sent again."""
        try:
            answer = self.spoken(method, path, body, key)
        except (OSError, HTTPException) as error:
            self.told.tries[type(error).__name__] += 1
            self.client.close()
            return None
        if answer.status >= 500 or answer.problem in BUSY.get(answer.status, ()):
            self.told.tries[f"{answer.status} {answer.problem}".strip()] += 1
            return None
        if not answer.ok:
            self.told.odd.append(f"{method} {path} {key}: {answer}")
        return answer.body

    def spoken(self, method: str, path: str, body: Body, key: str) -> Answer:
        """Send JSON, or a form that was written already."""
        if not isinstance(body, tuple):
            return self.client.api(method, path, body, token=self.token, key=key)
        kind, content = body
        heads = {"Content-Type": kind, "Authorization": f"Bearer {self.token}"}
        self.client.connection.request(method, API + path, content, heads)
        response = self.client.connection.getresponse()
        return Answer(response.status, decoded(response.read()))

    def pick(self) -> str:
        """Choose a volunteer who is not the leader."""
        return self.rng.choice(sorted(self.place.site.cards)[1:])

    def pin(self, code: str) -> str:
        """Return the PIN that a volunteer types."""
        return self.place.site.cards[code].pin


@dataclass
class Till(Sender):
    """Sells, undoes, gives discounts, and hands on what it sold without a network."""

    shop: str = ""
    pids: Mapping[str, str] = field(default_factory=dict)

    def act(self, key: str) -> None:
        code, chance = self.pick(), self.rng.random()
        if chance < 0.12:
            body = {"code": self.shown(code), "bill_fen": 1000 + self.number}
            self.told.discounts[key] = self.send("/discounts", body, key=key)
        else:
            self.sell(key, code, cut_off=chance > 0.85)
            if self.rng.random() < 0.25:
                self.undo(key, code)

    def sell(self, key: str, code: str, *, cut_off: bool) -> None:
        """Sell one piece; what was sold while cut off says when that was."""
        now = datetime.now(UTC)
        body: dict[str, Any] = {"code": self.shown(code), "good": f"{self.shop}-G1", "qty": 1}
        body |= {"scanned_at": now.isoformat()} if not cut_off else {}
        if cut_off:  # just now, or yesterday at this time: that day is over and is reconciled
            moment = now - self.rng.choice([timedelta(0), DAY])
            body |= {"occurred_at": moment.isoformat(), "offline": True}
            body["code"] = self.place.site.cards[code].url
        self.told.buyers[key] = code
        self.told.bodies[key] = (self, body)
        said = self.send("/redemptions", body, key=key)
        if said.get("reason") == "step_up" and self.rng.random() < 0.8:  # else the till is left
            said = self.send("/redemptions", body | {"pin": self.pin(code)}, key=key)
        self.told.sales[key] = said

    def undo(self, key: str, code: str) -> None:
        """Undo a sale while the same person shows a code again."""
        body = {"code": self.shown(code)}
        self.told.voids[key] = self.send(f"/redemptions/{key}/void", body, key=f"{key}-undo")

    def shown(self, code: str) -> str:
        """Return the booklet's card, or what a volunteer's phone shows now: good for one sale."""
        if self.rng.random() < 0.8:
            return self.place.site.cards[code].url
        settings = self.place.site.settings
        keys = passes.keyring(settings.secret_key, settings.public_url)
        return passes.pass_codes(keys, self.pids[code], at=datetime.now(UTC))[0].url


@dataclass
class Owner(Sender):
    """Sends the shop's file of yesterday again and again, each time with what was sold since."""

    shop: str = ""

    def act(self, key: str) -> None:
        yesterday = (datetime.now(SHANGHAI) - DAY).date().isoformat()
        sold = [one for one in list(self.told.sales.values()) if self.mine(one, yesterday)]
        if sold:
            file = self.upload(f"{key}.csv", self.table(sold[:: self.rng.choice([1, 1, 2])]))
            self.send(f"/shop-files/{file}/acceptance", {"repeats": "leave_out"})
        self.over.wait(1.0)

    def mine(self, sale: dict[str, Any], day: str) -> bool:
        """Tell whether a sale was this shop's, and of the day."""
        at = datetime.fromisoformat(sale["occurred_at"]).astimezone(SHANGHAI)
        return str(sale["good"]).startswith(self.shop) and at.date().isoformat() == day

    def table(self, sold: list[dict[str, Any]]) -> bytes:
        """Write sales as a shop's own till does, some of them with another price."""
        lines = [
            f"{datetime.fromisoformat(one['occurred_at']).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S},"
            f"{one['key']},{one['receipt'].replace(' ', '')[-6:]},兑换,G1,1,"
            f"{self.rng.choice(['1.00', '1.00', '1.00', '2.00'])},{one['points']},成功"
            for one in sold
        ]
        head = "完成时间,兑换单号,小票后六位,类型,物品,数量,价值(元),积分,状态"
        return "\n".join([head, *lines, ""]).encode()

    def upload(self, name: str, content: bytes) -> int:
        """Send a file until it is taken; the same bytes again are the same file."""
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        form = head.encode() + content + b"\r\n--x--\r\n"
        kind = "multipart/form-data; boundary=x"
        path = f"/shops/{self.shop}/files"
        return int(self.send(path, (kind, form))["id"])


@dataclass
class Night(Sender):
    """Asks for yesterday's reconciliation again and again, as the plan of the night does."""

    def act(self, key: str) -> None:
        redis = Redis.from_url(self.place.site.settings.redis_url)
        queue = Queue("default", connection=redis, serializer="json")
        with suppress(RedisError):
            if len(queue) < ENOUGH:
                queue.enqueue(jobs.reconcile_shops)
        redis.close()
        self.over.wait(1.0)


@dataclass
class Gate(Sender):
    """The leader's phone: readings as they come, and queues that waited."""

    def act(self, key: str) -> None:
        readings = [self.reading(f"{key}-{nth}") for nth in range(self.rng.choice([1, 1, 1, 12]))]
        if len(readings) == 1:
            body = {"activity": ACTIVITY, **readings[0]}
            self.told.scans[str(body["nonce"])] = self.send("/scans", body)
            return
        moment = datetime.now(UTC).isoformat()
        lines = [one | {"occurred_at": moment} for one in readings]
        said = self.send("/scans/batches", {"activity": ACTIVITY, "scans": lines})
        self.told.scans |= {one["nonce"]: one for one in said.get("answers", ())}

    def reading(self, nonce: str) -> dict[str, Any]:
        """Read somebody's card, coming or going."""
        card = self.place.site.cards[self.pick()]
        return {"code": card.url, "action": self.rng.choice(["in", "in", "out"]), "nonce": nonce}


@dataclass
class Recorder(Sender):
    """Types awards in."""

    def act(self, key: str) -> None:
        began = datetime.now(UTC) - timedelta(hours=2)
        body = {
            "volunteer": self.pick(), "rule": "GEN", "key": key,
            "claimed_from": began.isoformat(),
            "claimed_to": (began + timedelta(hours=1)).isoformat(),
            "evidence": "a photo of the signed sheet",
        }  # fmt: skip
        self.told.awards[key] = self.send("/awards/manual", body) | {"of": body["volunteer"]}
        self.over.wait(0.2)


@dataclass
class Phone(Sender):
    """Chooses a good; the shop hands it over, or it is given up."""

    till: Till | None = None
    code: str = ""

    def close(self) -> None:
        """Give both connections back."""
        assert self.till is not None
        self.till.close()
        super().close()

    def act(self, key: str) -> None:
        assert self.till is not None
        body = {"shop": self.till.shop, "good": f"{self.till.shop}-G1", "qty": 1, "again": True}
        held = str(self.send("/me/choices", body, key=key)["key"])
        self.told.buyers[held] = self.code
        if self.rng.random() < 0.5:
            shown = {"code": self.till.shown(self.code)}
            said = self.till.send(f"/redemptions/{held}/capture", shown)
            if said.get("reason") == "step_up":
                shown |= {"pin": self.pin(self.code)}
                said = self.till.send(f"/redemptions/{held}/capture", shown)
            if said["status"] == "ok":
                self.told.choices[held] = said
                return
        self.send(f"/me/choices/{held}", {}, method="DELETE")
        self.told.choices[held] = {"status": "refused", "state": "voided"}


def everybody(place: Place, told: Told, over: threading.Event, rng: random.Random) -> list[Sender]:
    """Sign all senders in while nothing dies yet."""
    client = Client(place.site.url)
    data = Data(place.data)
    actors = Actors(client, data, place.site.cards)
    codes = sorted(place.site.cards)
    pids = pids_of(place)

    def of(kind: type[Any], who: Who, **more: Any) -> Any:
        given = (place, told, over, f"{who.kind}-{who.code}", actors.token(who))
        return kind(*given, random.Random(rng.random()), **more)

    tills = [of(Till, Who("till", shop), shop=shop, pids=pids) for shop in sorted(data.shops)[:4]]

    def chooser(code: str, shop: str) -> Any:
        counter = of(Till, Who("till", shop), shop=shop, pids=pids)
        return of(Phone, Who("volunteer", code), till=counter, code=code)

    choosers = [chooser(code, till.shop) for code, till in zip(codes[-2:], tills, strict=False)]
    owner = Who("staff", f"{tills[0].shop}-OWNER")
    others = [
        of(Gate, Who("volunteer", codes[0])), of(Recorder, Who("staff", "U-ADM")),
        of(Owner, owner, shop=tills[0].shop), of(Night, Who("staff", "U-ADM")),
    ]  # fmt: skip
    client.close()
    return [*tills, *choosers, *others]


def pids_of(place: Place) -> dict[str, str]:
    """Return what the bound phones make their passes of, by booklet."""
    with place.connect() as admin:
        rows = admin.execute(
            "SELECT v.code, b.pid FROM passes_bindings b"
            " JOIN people_volunteers v ON v.id = b.volunteer_id"
        ).fetchall()
    return {str(code): str(pid) for code, pid in rows}
