"""Runs the whole service: its servers, its processes, and what must be done before they start.

PostgreSQL and Redis come first, then the migrations, then the web server, because somebody waits
for it, then the rest. They stop in STOP_ORDER: no part outlives what it needs. Whatever happens to
this process, the kernel ends the others with it.
"""

from __future__ import annotations

import fcntl
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from deploy.options import Options, read_options
from deploy.prepare import ROOT, say
from deploy.process import Failed, Supervised, leash
from deploy.surroundings import NotReady, Surroundings, urls, write_environment
from deploy.watch import Hopeless, Program, Watched

DATA = ROOT / "deploy" / "demo" / "fumin.json"
WELL_SECONDS = 60.0
STOP_ORDER = ("web", "live", "cron", "relay", "worker", "redis", "postgres")
LOOK_SECONDS = 0.2
STEADY_SECONDS = 3.0  # how long --check watches after the first good answer
WEB = (
    "granian", "service.wsgi:app", "--interface", "wsgi", "--workers", "2",
    "--blocking-threads", "4", "--respawn-failed-workers", "--workers-kill-timeout", "10",
    "--no-ws", "--log-level", "warning",
)  # fmt: skip
# Its streams never end by themselves, so it is not waited for: their pages open others at once.
LIVE = (
    "granian", "workers.live:make", "--factory", "--interface", "asgi", "--workers", "1",
    "--respawn-failed-workers", "--workers-kill-timeout", "1", "--no-ws", "--log-level", "warning",
)  # fmt: skip
LIVE_PORT = 8001  # in production, where a proxy must know it


@dataclass
class Service:
    """All parts of one running service, in the order in which they started."""

    options: Options
    surroundings: Surroundings
    port: int
    live_port: int
    parts: list[Watched] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where a browser on this machine finds us."""
        host = "127.0.0.1" if self.options.host in ("0.0.0.0", "::") else self.options.host
        return f"http://{host}:{self.port}"

    def start(self) -> None:
        """Start everything and wait until it is well; raises `Failed` or `NotReady`."""
        environment = self._start_servers()
        self._before(environment)
        programs = self._programs(environment)
        say("starting web")
        self._add(programs["web"])
        # Asked for while the web server starts, which takes as long.
        sign_ins = "" if self.surroundings.production else self._command(environment, "demo")
        self._await_health(programs["web"])
        say("starting live, worker, relay and cron")
        for name in ("live", "worker", "relay", "cron"):
            self._add(programs[name])
        self._welcome(sign_ins)

    def watch(self, seconds: float = float("inf")) -> None:
        """Keep every part running for so long; raises `Hopeless`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for watched in self.parts:
                watched.look()
            time.sleep(LOOK_SECONDS)

    def stop(self) -> None:
        """Stop everything, one after the other."""
        for watched in sorted(self.parts, key=lambda one: STOP_ORDER.index(one.part.name)):
            watched.part.stop()
        (self.options.var / "environment").unlink(missing_ok=True)
        say("everything has stopped · 已全部停止")

    def steady(self) -> bool:
        """Tell whether all parts run and none had to be started twice."""
        return all(watched.part.running and not watched.ends for watched in self.parts)

    def _add(self, part: Supervised) -> None:
        self.parts.append(Watched(part, say))
        part.start()

    def _start_servers(self) -> dict[str, str]:
        postgres, redis = self.surroundings.own_postgres, self.surroundings.own_redis
        for server in filter(None, (postgres, redis)):
            say(f"starting {server.name}")
            self._add(server)
        own = {**urls(postgres, redis), "AIXIN_LIVE_PORT": str(self.live_port)}
        return self.surroundings.complete(own, self.address)

    def _before(self, environment: Mapping[str, str]) -> None:
        say("bringing the database up to date")
        self._command(environment, "migrate")
        self._command(environment, "identity-rotate")  # what an earlier release wrote in plain
        if not self.surroundings.production:
            self._load_demo(environment)
            write_environment(self.options.var / "environment", environment)

    def _load_demo(self, environment: Mapping[str, str]) -> None:
        # Loading twice changes nothing; the mark only saves the time.
        given = self.surroundings.given.get("DATABASE_URL", "our own")
        mark = self.options.var / "demo-loaded"
        if mark.exists() and mark.read_text() == given:
            return
        say("loading the data of the demonstration")
        self._command(environment, "seed", str(DATA), "--demo")
        mark.write_text(given)

    def _command(self, environment: Mapping[str, str], *words: str) -> str:
        # On a leash, because a signal may come between its start and our knowing of it.
        command = leash([sys.executable, "-m", "service.cli", *words], signal.SIGKILL)
        done = subprocess.run(
            command, env=dict(environment), cwd=ROOT, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise Failed(f"{words[0]} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _programs(self, environment: Mapping[str, str]) -> dict[str, Program]:
        python = Path(sys.executable)
        web, live = ([str(python.with_name(name)), *words] for name, *words in (WEB, LIVE))
        commands = {
            "web": [*web, "--host", self.options.host, "--port", str(self.port)],
            "live": [*live, "--host", self.options.host, "--port", str(self.live_port)],
            "worker": [str(python), "-m", "workers.main"],
            "relay": [str(python), "-m", "workers.relay"],
            "cron": [str(python), "-m", "workers.cron"],
        }
        return {
            title: Program(title, command, environment, self._log(title))
            for title, command in commands.items()
        }

    def _log(self, title: str) -> Path | None:
        # In production the output belongs to whoever runs us: systemd, a container, a pipe.
        return None if self.surroundings.production else self.options.var / f"{title}.log"

    def _await_health(self, web: Program) -> None:
        until = time.monotonic() + WELL_SECONDS
        while not is_well(f"{self.address}/healthz"):
            if time.monotonic() > until:
                raise Failed(f"the service is not well; web said:\n{web.last_lines()}")
            self.watch(LOOK_SECONDS)

    def _welcome(self, sign_ins: str) -> None:
        lines = [f"Aixin is ready · 已就绪: {self.address}/"]
        if sign_ins:
            lines += ["", "Sign in as · 演示账号:", *sign_ins.splitlines()]
            lines += ["", f"Data and logs · 数据与日志: {self.options.var}"]
        lines += ["Stop · 停止: Ctrl-C"]
        print("\n".join(["", *(f"  {line}".rstrip() for line in lines), ""]), flush=True)


def is_well(url: str) -> bool:
    """Ask the health page; anything but 200 is no."""
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, HTTPException, OSError):
        return False


def choose_live_port(options: Options, surroundings: Surroundings) -> int:
    """Return the port of the live pages' streams: any free one where no proxy must know it."""
    known = LIVE_PORT if surroundings.production else 0
    asked = int(surroundings.given.get("AIXIN_LIVE_PORT") or known)
    return choose_port(replace(options, port=asked))


def choose_port(options: Options) -> int:
    """Return the asked port, or a free one for 0; raises `NotReady` where it is taken."""
    with socket.socket() as probe:
        # As the web server will do, so that a port just left is not called taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except OSError as error:
            raise NotReady(f"port {options.port}: {error.strerror}; try --port 0") from error
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def alone(var: Path) -> Iterator[None]:
    """Hold the data folder for this process; raises `NotReady` where another one runs in it."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NotReady(f"the service is running already with its data in {var}") from error
        yield


def reset(options: Options, surroundings: Surroundings) -> None:
    """Delete our own data once the person at the terminal has agreed; raises `NotReady`."""
    if surroundings.production:
        raise NotReady("--reset is not for production")
    if not options.yes and not agreed(options.var):
        raise NotReady("nothing was deleted")
    for server in filter(None, (surroundings.own_postgres, surroundings.own_redis)):
        server.erase()
    for path in options.var.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.suffix != ".lock" and path.name != "lock":
            path.unlink()
    say("all data were deleted")


def agreed(var: Path) -> bool:
    """Ask whether the data may go; without a terminal nobody agrees."""
    if not sys.stdin.isatty():
        say("--reset asks first; without a terminal add --yes")
        return False
    question = f"Delete all data in {var}? Type yes · 删除全部数据？请输入 yes: "
    return input(question).strip().lower() == "yes"


def leave(*_: object) -> None:
    """Turn a signal into the ordinary way out."""
    sys.exit(0)


def run(options: Options) -> int:
    """Run the service until a signal comes, or only check it; return the exit status."""
    surroundings = Surroundings.from_process(options.var)
    with alone(options.var):
        if options.reset:
            reset(options, surroundings)
        ports = choose_port(options), choose_live_port(options, surroundings)
        service = Service(options, surroundings, *ports)
        try:
            service.start()
            service.watch(STEADY_SECONDS if options.check else float("inf"))
            return 0 if service.steady() and is_well(f"{service.address}/healthz") else 1
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            service.stop()


def main() -> int:
    """Run as asked; say in a sentence what went wrong."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    try:
        return run(read_options())
    except (Failed, Hopeless, NotReady) as failure:
        say(f"stopped: {failure}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
