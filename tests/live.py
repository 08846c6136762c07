"""A complete service for journeys, browser tests and benches: servers, web, relay, worker, cron.

Everything runs in processes of its own, in a temporary folder and on a free port, and is gone at
the end, however that comes.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from deploy import embedded
from deploy.process import leashed
from service.clock import Clock
from service.config import Settings
from tests.journeys.replay.actors import Card, read_cards

ROOT = Path(__file__).parents[1]
START_S = 60.0
STOP_S = 10.0
SWEEP_S = 1
WORKERS = 2
BEFORE_DAWN = timedelta(hours=6)
BACKGROUND = {
    "relay": ("-m", "workers.relay"),
    "worker": ("-m", "workers.main"),
    "cron": ("-m", "workers.cron"),
}


class NotRunning(RuntimeError):
    """A part of the service did not start or ended; the message holds its last words."""


@dataclass
class Site:
    """A running service."""

    url: str
    settings: Settings
    folder: Path
    postgres: embedded.Postgres
    environment: Mapping[str, str]
    cards: Mapping[str, Card] = field(default_factory=dict)  # by booklet
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """The simulated clock that all processes read."""
        return Clock(self.settings.clock_file)

    def pids(self, *names: str) -> list[int]:
        """Return the process ids of these parts."""
        return [self.processes[name].pid for name in names]


@contextmanager
def running(
    data: Path, *, simulated: bool = True, durable: bool = False, background: bool = True
) -> Iterator[Site]:
    """Start a service with an empty database and load `data` into it.

    `durable` keeps fsync on; otherwise a crash of the machine may lose the temporary database.
    """
    folder = Path(tempfile.mkdtemp(prefix="aixin-live-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        site = furnish(stack, folder, simulated=simulated, durable=durable)
        if simulated:
            site.clock.set(first_dawn(data))
        load(site, data)
        start(stack, site, "web", web_command(site))
        for name, command in BACKGROUND.items() if background else ():
            start(stack, site, name, (sys.executable, *command))
        await_health(site)
        yield site


def furnish(stack: ExitStack, folder: Path, *, simulated: bool, durable: bool) -> Site:
    """Start the servers and decide the settings."""
    quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    postgres = embedded.Postgres(folder / "postgres", settings={} if durable else quick)
    redis = embedded.Redis(folder / "redis")
    stack.callback(postgres.erase)
    postgres.start()
    stack.callback(redis.stop)
    redis.start()
    url = f"http://127.0.0.1:{free_port()}"
    said = {
        "AIXIN_ENV": "demo",
        "DATABASE_URL": postgres.url(),
        "DATABASE_OWNER_URL": postgres.url(user=embedded.OWNER),
        "REDIS_URL": redis.url(),
        "SECRET_KEY": secrets.token_hex(32),
        "PUBLIC_URL": url,
        "AIXIN_SWEEP_SECONDS": str(SWEEP_S),
        **({"AIXIN_CLOCK_FILE": str(folder / "clock")} if simulated else {}),
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**kept, **said, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return Site(url, Settings.from_env(environment), folder, postgres, environment)


def load(site: Site, data: Path) -> None:
    """Migrate, load the data set as practice data, and read the cards that it printed."""
    cards = site.folder / "cards.csv"
    run(site, "migrate")
    run(site, "seed", str(data), "--demo", "--cards", str(cards))
    site.cards = read_cards(cards)


def run(site: Site, *words: str) -> None:
    """Run one command of the operator; raises NotRunning with what it said."""
    command = (sys.executable, "-m", "service.cli", *words)
    done = subprocess.run(
        command, cwd=ROOT, env=site.environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise NotRunning(f"{' '.join(words)}: {done.stderr[-3000:] or done.stdout[-3000:]}")


def web_command(site: Site) -> tuple[str | Path, ...]:
    """Return the production web server's command line."""
    port = site.url.rsplit(":", 1)[-1]
    granian = Path(sys.executable).with_name("granian")
    return (
        granian, "--interface", "wsgi", "--host", "127.0.0.1", "--port", port,
        "--workers", str(WORKERS), "--blocking-threads", "4", "--no-access-log",
        "--log-level", "warning", "service.wsgi:app",
    )  # fmt: skip


def start(stack: ExitStack, site: Site, name: str, command: tuple[str | Path, ...]) -> None:
    """Start one part of the service; it ends with the stack, or when we are killed."""
    log = site.folder / f"{name}.log"
    process = leashed(command, log=log, environment=site.environment)
    site.processes[name] = process
    stack.callback(stop, process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process politely, then firmly."""
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_S)


def await_health(site: Site) -> None:
    """Wait until the web answers that all is well; raises NotRunning."""
    deadline = time.monotonic() + START_S
    while not healthy(site.url):
        for name, process in site.processes.items():
            if process.poll() is not None:
                raise NotRunning(f"{name} ended:\n{last_words(site, name)}")
        if time.monotonic() > deadline:
            raise NotRunning(f"no health within {START_S} s:\n{last_words(site, 'web')}")
        time.sleep(0.05)


def healthy(url: str) -> bool:
    """Ask the health page."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def last_words(site: Site, name: str) -> str:
    """Return the end of a part's log."""
    return (site.folder / f"{name}.log").read_text(errors="replace")[-3000:]


def first_dawn(data: Path) -> datetime:
    """Return the early morning of the data set's first activity, where a replay may begin.

    Without activities it is the first day of the rules.
    """
    said = json.loads(data.read_text("utf-8"))
    days = [row["date"] for row in said["activities"]] or [said["rules"]["effective_from"]]
    return datetime.fromisoformat(min(days)).replace(tzinfo=UTC) - BEFORE_DAWN


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
