"""The client of a bench, in a process of its own: `python -m tests.bench.hammer PORT N FILE`.

It keeps N connections busy with the prepared requests of FILE, on bare sockets, so that it takes
little of the CPU that it shares with the server, and prints what it saw as JSON.
"""

import json
import selectors
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

READ_BYTES = 65_536
STALLED_S = 20.0
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
GOOD = b'"status":"ok"'


@dataclass
class Connection:
    """One kept connection with at most one request under way."""

    wire: socket.socket
    sent_at: float = 0.0
    got: bytearray = field(default_factory=bytearray)

    def send(self, request: bytes) -> None:
        """Send one request; it fits into the socket's buffer."""
        self.got.clear()
        self.sent_at = time.perf_counter()
        self.wire.sendall(request)

    def answer(self) -> bytes | None:
        """Read what has come; return the whole answer once it is there."""
        chunk = self.wire.recv(READ_BYTES)
        if not chunk:
            raise ConnectionError("the server closed a connection")
        self.got += chunk
        end = self.got.find(END_OF_HEAD)
        if end < 0:
            return None
        head = bytes(self.got[:end]).lower()
        length = int(head.split(LENGTH, 1)[1].split(b"\r\n", 1)[0])
        return bytes(self.got) if len(self.got) >= end + len(END_OF_HEAD) + length else None


@dataclass
class Seen:
    """What came of a run."""

    latencies_us: list[int] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    good: int = 0
    bad: str = ""

    def add(self, answer: bytes, seconds: float) -> None:
        """Count one answer, and keep the first that is not as it should be."""
        self.latencies_us.append(round(seconds * 1e6))
        self.statuses[answer[9:12].decode()] += 1
        good = GOOD in answer
        self.good += good
        if not good and not self.bad:
            self.bad = answer[-600:].decode(errors="replace")


def run(port: int, connections: int, requests: list[bytes]) -> tuple[Seen, float]:
    """Send every request once; return what was seen and the seconds that it took."""
    seen, waiting = Seen(), deque(requests)
    with selectors.DefaultSelector() as selector:
        for _ in range(min(connections, len(requests))):
            wire = socket.create_connection(("127.0.0.1", port))
            wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(wire, selectors.EVENT_READ, Connection(wire))
        began = time.perf_counter()
        for key in list(selector.get_map().values()):
            key.data.send(waiting.popleft())
        left = len(requests)
        while left:
            for connection in readable(selector):
                if (answer := connection.answer()) is None:
                    continue
                seen.add(answer, time.perf_counter() - connection.sent_at)
                left -= 1
                if waiting:
                    connection.send(waiting.popleft())
        seconds = time.perf_counter() - began
        for key in list(selector.get_map().values()):
            key.data.wire.close()
    return seen, seconds


def readable(selector: selectors.BaseSelector) -> Iterator[Connection]:
    """Wait for answers; raises TimeoutError when none comes any more."""
    ready = selector.select(STALLED_S)
    if not ready:
        raise TimeoutError(f"no answer within {STALLED_S} s")
    for key, _ in ready:
        yield key.data


def main(port: str, connections: str, file: str) -> None:
    """Run and print."""
    requests = [one.encode() for one in json.loads(Path(file).read_text("utf-8"))]
    seen, seconds = run(int(port), int(connections), requests)
    own = time.process_time()
    said = {
        "seconds": seconds,
        "latencies_us": seen.latencies_us,
        "statuses": dict(seen.statuses),
        "good": seen.good,
        "bad": seen.bad,
        "own_cpu_s": own,
    }
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
