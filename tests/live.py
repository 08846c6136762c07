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
from pathlib import Path

from deploy import embedded
from deploy.supervise import WEB, is_well
from deploy.watch import Program
from service.clock import Clock
from service.config import Settings
from service.proof import SigningKey
from service.sealing import SealingKey
from tests.journeys.replay.actors import Card, read_cards

ROOT = Path(__file__).parents[1]
START_S = 60.0
SWEEP_S = 1
BEFORE_DAWN = timedelta(hours=6)
BACKGROUND = ("worker", "relay", "cron")
MODULES = {"worker": "workers.main", "relay": "workers.relay", "cron": "workers.cron"}


class NotRunning(RuntimeError):
    """A part of the service did not start or ended; the message holds its last words."""


@dataclass
class Site:
    """A running service."""

    url: str
    settings: Settings
    folder: Path
    postgres: embedded.Postgres
    redis: embedded.Redis
    environment: Mapping[str, str]
    cards: Mapping[str, Card] = field(default_factory=dict)  # by booklet
    parts: dict[str, Program] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """The simulated clock that all processes read."""
        return Clock(self.settings.clock_file)


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
        for name in (*BACKGROUND, "web") if background else ("web",):
            start(stack, site, name)
        await_health(site)
        yield site


def furnish(
    stack: ExitStack, folder: Path, *, simulated: bool, durable: bool, kept: bool = False
) -> Site:
    """Start the servers and decide the settings; what is `kept` is there the next time."""
    quick = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    postgres = embedded.Postgres(folder / "postgres", settings={} if durable else quick)
    redis = embedded.Redis(folder / "redis")
    stack.callback(postgres.stop if kept else postgres.erase)
    postgres.start()
    stack.callback(redis.stop)
    redis.start()
    url = f"http://127.0.0.1:{free_port()}"
    said = {
        "AIXIN_ENV": "demo",
        "DATABASE_URL": postgres.url(),
        "DATABASE_OWNER_URL": postgres.url(user=embedded.OWNER),
        "REDIS_URL": redis.url(),
        **keys(folder / "keys.json" if kept else None),
        "PUBLIC_URL": url,
        "FILES_FOLDER": str(folder / "files"),
        "AIXIN_SWEEP_SECONDS": str(SWEEP_S),
        **({"AIXIN_CLOCK_FILE": str(folder / "clock")} if simulated else {}),
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**kept, **said, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return Site(url, Settings.from_env(environment), folder, postgres, redis, environment)


def keys(file: Path | None) -> dict[str, str]:
    """Make the service's keys; those in a file are the same each time."""
    if file is not None and file.exists():
        found: dict[str, str] = json.loads(file.read_text("utf-8"))
        return found
    made = {
        "SECRET_KEY": secrets.token_hex(32),
        "LEDGER_KEY": SigningKey.generate("127.0.0.1/ledger").secret_text(),
        "IDENTITY_KEY": SealingKey.generate().secret_text(),
    }
    if file is not None:
        file.write_text(json.dumps(made), "utf-8")
    return made


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


def start(stack: ExitStack, site: Site, name: str) -> None:
    """Start one part as the supervisor would; it ends with the stack, or when we are killed."""
    port = site.url.rsplit(":", 1)[-1]
    granian = str(Path(sys.executable).with_name(WEB[0]))
    web = [granian, *WEB[1:], "--host", "127.0.0.1", "--port", port]
    command = web if name == "web" else [sys.executable, "-m", MODULES[name]]
    part = Program(name, command, site.environment, site.folder / f"{name}.log")
    site.parts[name] = part
    stack.callback(part.stop)
    part.start()


def await_health(site: Site) -> None:
    """Wait until the web answers that all is well; raises NotRunning."""
    deadline = time.monotonic() + START_S
    while not is_well(f"{site.url}/healthz"):
        for part in site.parts.values():
            if not part.running:
                raise NotRunning(f"{part.name} ended:\n{part.last_lines()}")
        if time.monotonic() > deadline:
            raise NotRunning(f"not well within {START_S} s:\n{site.parts['web'].last_lines()}")
        time.sleep(0.05)


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
