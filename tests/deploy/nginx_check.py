"""Holds deploy/nginx.conf against the real service: `python -m tests.deploy.nginx_check NGINX`.

Starts web and streams, and nginx with our file: its own ports, a certificate of the moment, the
parts on this machine; nothing else of it is changed. Says what held, and ends with 1 if anything
did not. An nginx before 1.25 knows `http2 on` only as a word of `listen`.
"""

import argparse
import json
import re
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path

from redis import Redis

from deploy.supervise import LIVE
from deploy.watch import Program
from service.live import BOARD, CHANNEL, write_ticket
from tests import live

DEPLOY = Path(__file__).parents[2] / "deploy"
CONF, DATA = DEPLOY / "nginx.conf", DEPLOY / "demo/fumin.json"
SOON_S = 1.5  # a call is gathered for 0.3 s
IDLE_S = 70  # longer than nginx waits for a word
MAIN = """daemon off; error_log {folder}/error.log; pid {folder}/pid; worker_processes 1;
events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
include {folder}/site.conf; }}
"""


def main() -> int:
    """Check, and say what came of it."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("nginx", help="the program")
    given = asked.parse_args()
    with ExitStack() as stack:
        site = stack.enter_context(live.running(DATA, background=False))
        port = stack.enter_context(proxied(stack, site, given.nginx))
        bad = 0
        for what, well in checks(site, port):
            print(f"{'ok ' if well else 'BAD'} {what}", flush=True)
            bad += not well
    return 1 if bad else 0


@contextmanager
def proxied(stack: ExitStack, site: live.Site, program: str) -> Iterator[int]:
    """Start the streams, and nginx before both; yield its port."""
    tls, plain, streams = (live.free_port() for _ in range(3))
    command = [str(Path(sys.executable).with_name(LIVE[0])), *LIVE[1:]]
    command += ["--host", "127.0.0.1", "--port", str(streams)]
    part = Program("live", command, site.environment, site.folder / "live.log")
    stack.callback(part.stop)
    part.start()
    folder = site.folder / "nginx"
    folder.mkdir()
    certify(folder)
    old = version(program) < "1.25"
    web = site.url.rsplit(":", 1)[-1]
    (folder / "site.conf").write_text(
        CONF.read_text("utf-8")
        .replace("http2 on;", "" if old else "http2 on;")
        .replace("443 ssl;", f"{tls} ssl{' http2' if old else ''};")
        .replace("listen [::]", "# listen [::]")
        .replace("listen 80;", f"listen {plain};")
        .replace("http://live:8001", f"http://127.0.0.1:{streams}")
        .replace("http://web:8000", f"http://127.0.0.1:{web}")
        .replace("/etc/nginx/tls/fullchain.pem", f"{folder}/crt")
        .replace("/etc/nginx/tls/privkey.pem", f"{folder}/key"),
        "utf-8",
    )
    (folder / "main.conf").write_text(MAIN.format(folder=folder), "utf-8")
    nginx = Program(
        "nginx",
        [program, "-c", str(folder / "main.conf"), "-e", str(folder / "error.log")],
        site.environment,
        site.folder / "nginx.log",
    )
    stack.callback(nginx.stop)
    nginx.start()
    time.sleep(2)
    assert nginx.running, nginx.last_lines() + (folder / "error.log").read_text("utf-8")
    yield tls


def version(program: str) -> str:
    """Return nginx's version; its first two numbers are enough."""
    said = subprocess.run([program, "-v"], capture_output=True, text=True, check=True).stderr
    found = re.search(r"nginx/(\d+\.\d+)", said)
    assert found
    return found[1]


def certify(folder: Path) -> None:
    """Write a certificate of this moment."""
    words = "req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout key -out crt"
    subprocess.run(["openssl", *words.split()], cwd=folder, check=True, capture_output=True)


def ask(port: int, path: str) -> tuple[HTTPSConnection, HTTPResponse]:
    """Ask nginx for a path."""
    anybody = ssl._create_unverified_context()
    connection = HTTPSConnection("127.0.0.1", port, timeout=30, context=anybody)
    connection.request("GET", path, headers={"Host": "127.0.0.1"})
    return connection, connection.getresponse()


def checks(site: live.Site, port: int) -> Iterator[tuple[str, bool]]:
    """Try what the file promises."""
    yield "a page comes through", ask(port, "/healthz")[1].status == 200
    ticket = write_ticket(site.settings.secret_key, (BOARD,))
    path = f"/live/stream?ticket={ticket}"
    began = time.monotonic()
    held, stream = ask(port, path)
    first = stream.readline()
    yield "a stream opens at once", first == b": here\n" and time.monotonic() - began < SOON_S
    yield "nobody keeps it", stream.getheader("cache-control") == "no-store"
    yield "a call comes at once, unbuffered", called(site, stream) < SOON_S
    began = time.monotonic()
    beats = 0
    while time.monotonic() - began < IDLE_S:
        beats += stream.readline() == b": here\n"
    yield f"it stays open for {IDLE_S} s without a call ({beats} beats)", beats >= 3
    yield "and hears the next call", called(site, stream) < SOON_S
    held.close()
    words = ["curl", "-sk", "--http2", "-m", "2", "-o", "/dev/null", "-w", "%{http_version}"]
    words.append(f"https://127.0.0.1:{port}{path}")
    said = subprocess.run(words, capture_output=True, text=True, check=False)
    yield f"over HTTP/2 as well ({said.stdout})", said.stdout == "2"
    yield "a wrong ticket is refused", ask(port, "/live/stream?ticket=x")[1].status == 403
    yield "too many streams leave room for pages", crowded(site, port)


def called(site: live.Site, stream: HTTPResponse) -> float:
    """Call the page; return after how many seconds it heard."""
    began = time.monotonic()
    Redis.from_url(site.settings.redis_url).publish(CHANNEL, json.dumps([BOARD]))
    while not stream.readline().startswith(b"event: changed"):
        pass
    return time.monotonic() - began


def crowded(site: live.Site, port: int) -> bool:
    """Open streams until one is refused; a page must still come through then."""
    streams = []
    for number in range(600):
        ticket = write_ticket(site.settings.secret_key, (BOARD, f"shop:{number}"))
        streams.append(ask(port, f"/live/stream?ticket={ticket}"))
        if streams[-1][1].status != 200:
            break
    well = ask(port, "/healthz")[1].status == 200
    print(f"    {len(streams) - 1} streams, then {streams[-1][1].status}")
    for connection, _ in streams:
        connection.close()
    return well and streams[-1][1].status == 503


if __name__ == "__main__":
    sys.exit(main())
