"""Who starts while Redis is away waits for it, instead of ending until the supervisor gives up."""

import signal
import threading
from pathlib import Path

import pytest
from redis import Redis

from tests.conftest import Servers
from workers import relay, runtime


def test_a_process_that_starts_while_redis_is_away_waits_until_it_is_back(
    servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "AWAY_S", 0.05)
    socket = tmp_path / "redis.sock"
    client = Redis(unix_socket_path=str(socket))
    assert not runtime.answers(client)
    waiting = threading.Thread(target=runtime.await_redis, args=(client,))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    socket.symlink_to(servers.redis.url().removeprefix("unix://"))
    waiting.join(10)
    assert not waiting.is_alive()
    client.close()


def test_a_stop_that_comes_at_any_moment_of_a_wait_is_heard() -> None:
    """A signal's handler runs in the thread that waits, also while that holds a lock."""
    stop = relay.Asked()
    earlier = signal.signal(signal.SIGALRM, lambda *_: stop.set())
    try:
        for _ in range(300):
            stop.asked = False
            signal.setitimer(signal.ITIMER_REAL, 0.0005)
            while not stop.is_set():
                stop.wait(0.0002)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, earlier)
    assert stop.is_set()
