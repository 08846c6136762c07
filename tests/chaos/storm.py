"""Deaths at moments that a seed decides."""

import os
import random
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from redis import Redis, RedisError

from tests.chaos.place import Place
from tests.chaos.senders import Told, everybody

APART_S = (0.3, 2.2)
WARM_S = 2.0
A_MINUTE = 4  # the supervisor gives a part up that ends more than five times


def whole(part: str, how: signal.Signals = signal.SIGKILL) -> Callable[[Place, random.Random], str]:
    """Kill the first process of a part."""

    def kill(place: Place, rng: random.Random) -> str:
        place.kill(place.members(part)[0], how)
        return f"{part} {how.name}"

    return kill


def one_of(part: str) -> Callable[[Place, random.Random], str]:
    """Kill one of those whom a part has started: a job, a scheduler, a half of the web server."""

    def kill(place: Place, rng: random.Random) -> str:
        below = place.members(part)[1:]
        if not below:
            return f"{part} alone"
        place.kill(rng.choice(below), signal.SIGKILL)
        return f"{part} child"

    return kill


def forget(place: Place, rng: random.Random) -> str:
    """Let Redis lose all it knows; the storm before may have left none that could."""
    client = Redis.from_url(place.site.settings.redis_url)
    try:
        client.flushall()
    except RedisError:
        return "redis was not there"
    finally:
        client.close()
    return "redis flushed"


def freeze(place: Place, rng: random.Random) -> str:
    """Let the relay stand still for a while, as on a machine that swaps, and a second one start."""
    pid = place.members("relay")[0]
    os.kill(pid, signal.SIGSTOP)
    place.watch(rng.uniform(0.2, 1.0))
    os.kill(pid, signal.SIGCONT)
    return "relay frozen"


def gone(part: str) -> Callable[[Place, random.Random], str]:
    """Let a server be away for a while, as one that is moved or out of memory."""

    def leave(place: Place, rng: random.Random) -> str:
        place.away.add(part)
        place.kill(place.members(part)[0], signal.SIGKILL)
        place.watch(rng.uniform(*place.away_s))
        place.away.remove(part)
        return f"{part} was away"

    return leave


FAULTS: dict[str, Callable[[Place, random.Random], str]] = {
    "worker": whole("worker"),
    "polite worker": whole("worker", signal.SIGTERM),
    "job": one_of("worker"),
    "relay": whole("relay"),
    "frozen relay": freeze,
    "cron": whole("cron"),
    "web": whole("web"),
    "half of web": one_of("web"),
    "redis": whole("redis"),
    "flush": forget,
    "postgres": whole("postgres", signal.SIGQUIT),  # its immediate shutdown
    "redis away": gone("redis"),
    "postgres away": gone("postgres"),
}


def storm(place: Place, seed: int, seconds: float) -> Told:
    """Let everybody work while faults come in an order and at moments of the seed's."""
    rng, told, over = random.Random(seed), Told(), Event()
    senders = everybody(place, told, over, rng)
    with ThreadPoolExecutor(len(senders)) as threads:
        working = [threads.submit(sender.work) for sender in senders]
        try:
            place.watch(WARM_S)
            strike(place, rng, seconds)
            place.until(place.well, "everything runs again")
            place.watch(WARM_S)
        finally:
            over.set()
        place.until(lambda: all(one.done() for one in working), "every act is answered", 90.0)
        for one in working:
            one.result()
    return told


def strike(place: Place, rng: random.Random, seconds: float) -> None:
    """Let every fault come in a shuffled order, once at least, and again while there is time."""
    left, waiting = seconds, list[str]()
    while left > 0 or waiting:
        waiting = waiting or rng.sample(sorted(FAULTS), len(FAULTS))
        pause = rng.uniform(*APART_S)
        place.watch(pause)
        left -= pause
        while max(place.ends().values()) >= A_MINUTE:  # we test recovery, not the giving up
            place.watch(pause)
        fault = waiting.pop()
        place.note(f"-- {fault}")
        place.note(FAULTS[fault](place, rng))
