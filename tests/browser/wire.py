"""A network that a test can cut: the application on a port, whose answers may be lost.

with on_wire(app) as wire:
    wire.cut()                     # every connection dies before the application hears of it
    wire.mend()
    wire.lose("/scans/batches")    # the application hears the next one; its answer is lost
    wire.busy("/scans/batches", 2) # the next two are answered 503, unheard
    wire.heard                     # what the application heard: [("POST", "/api/v1/scans"), …]
"""

import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

Asked = dict[str, Any]


class Wire:
    """WSGI in front of the application: it passes on, or pulls the plug."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.whole = True
        self.lost: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.heard: list[tuple[str, str]] = []
        self.rewritten: dict[str, Callable[[bytes], bytes]] = {}  # by path: what is sent instead
        self.address = ""

    def __call__(self, environ: Asked, start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not self.whole:
            return pull(environ)
        if self.spend(self.refused, path):
            start_response("503 SERVICE UNAVAILABLE", [("Content-Type", "application/json")])
            return [b"{}"]
        self.heard.append((environ["REQUEST_METHOD"], path))
        if path in self.rewritten:
            for known in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"):
                environ.pop(known, None)
            start_response("200 OK", [("Content-Type", "text/javascript")])
            return [self.rewritten[path](self.answered(environ))]
        if not self.spend(self.lost, path):
            return self.app(environ, start_response)
        self.answered(environ)
        return pull(environ)

    def answered(self, environ: Asked) -> bytes:
        """Let the application answer in full; only the caller hears it."""
        parts: Any = self.app(environ, lambda *_: None)
        with closing(parts):
            return b"".join(parts)

    def cut(self) -> None:
        self.whole = False

    def mend(self) -> None:
        self.whole = True

    def lose(self, end: str, times: int = 1) -> None:
        self.lost[end] += times

    def busy(self, end: str, times: int = 1) -> None:
        self.refused[end] += times

    def count(self, end: str) -> int:
        """How often the application heard an address that ends so."""
        return sum(path.endswith(end) for _, path in self.heard)

    def spend(self, these: Counter[str], path: str) -> bool:
        found = next((end for end, left in these.items() if left and path.endswith(end)), None)
        if found is not None:
            these[found] -= 1
        return found is not None


def pull(environ: Asked) -> Iterable[bytes]:
    """Kill the connection: the browser hears nothing more."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


@contextmanager
def on_wire(app: Flask) -> Iterator[Wire]:
    """Serve the application in threads of this process, so that a test may look inside."""
    wire = Wire(app)
    with served(wire) as wire.address:
        yield wire


@contextmanager
def served(app: "WSGIApplication") -> Iterator[str]:
    """Serve on a free port in threads of this process; the address."""
    server = make_server("127.0.0.1", 0, closing_all(app), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def closing_all(app: "WSGIApplication") -> "WSGIApplication":
    """Close each answer; werkzeug leaves a file open where a browser goes in the middle of it."""

    def called(environ: Asked, start_response: Any) -> Iterator[bytes]:
        parts: Any = app(environ, start_response)
        try:
            yield from parts
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return called
