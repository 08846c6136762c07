"""Who starts while Redis is away waits for it, instead of ending until the supervisor gives up."""

import threading
from pathlib import Path

import pytest
from redis import Redis

from tests.conftest import Servers
from workers import runtime


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
