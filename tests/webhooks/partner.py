"""A partner of flesh and blood: an HTTP server on this machine that answers as it is told."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Heard:
    """One request as it came."""

    headers: Mapping[str, str]
    body: bytes


@dataclass
class Partner:
    """What it answers, one after the other and the last for ever: a status and headers."""

    answers: list[tuple[int, Mapping[str, str]]] = field(default_factory=lambda: [(204, {})])
    sleep_s: float = 0
    heard: list[Heard] = field(default_factory=list)
    url: str = ""

    def next_answer(self) -> tuple[int, Mapping[str, str]]:
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def serving(partner: Partner) -> Iterator[Partner]:
    """Answer on a free port until the end."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            partner.heard.append(Heard(dict(self.headers), body))
            time.sleep(partner.sleep_s)
            status, headers = partner.next_answer()
            said = b"" if status == 204 else b"so it is " * 200
            try:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)
            except (BrokenPipeError, ConnectionResetError):
                pass  # whoever called has hung up

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    partner.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield partner
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
