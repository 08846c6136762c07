"""The whole service under its supervisor: killed in parts, stopped, killed whole."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from deploy.embedded import OWNER, Postgres
from deploy.supervise import alone, is_well
from service.proof import SigningKey
from service.sealing import SealingKey
from tests.conftest import Servers

ROOT = Path(__file__).parents[2]
PATIENCE_S = 90.0
PARTS = {
    "postgres": "bin/postgres -D",
    "redis": r"(redis|valkey)-server",
    "worker": r"workers\.main",
    "relay": r"workers\.relay",
    "cron": r"workers\.cron",
    "web": r"service\.wsgi",
    "live": r"workers\.live",
}
OURS = {
    "AIXIN_ENV", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL",
    "FILES_FOLDER", "LEDGER_KEY", "LEDGER_KEY_FILE", "IDENTITY_KEY", "IDENTITY_KEY_FILE",
    "AIXIN_LIVE_PORT",
}  # fmt: skip
QUIET = {name: value for name, value in os.environ.items() if name not in OURS}


def eventually(holds: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.1)


def parents() -> dict[int, int]:
    found = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(") ")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            found[int(entry.parent.name)] = int(parent)
    return found


def descendants(pid: int) -> set[int]:
    table = parents()
    found, grown = {pid}, True
    while grown:
        more = {child for child, parent in table.items() if parent in found} - found
        found, grown = found | more, bool(more)
    return found - {pid}


def command_line(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def supervise(var: Path, *words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.supervise", "--var", str(var), "--port", "0", *words],
        cwd=ROOT,
        env={**QUIET, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@dataclass
class Site:
    """One running service."""

    var: Path
    process: subprocess.Popen[str] = field(init=False)
    address: str = ""

    def start(self) -> None:
        self.process = supervise(self.var)
        assert self.process.stdout
        words = ""
        for line in self.process.stdout:
            words += line
            if found := re.search(r"ready.*(http://\S+)/", line):
                self.address = found[1]
            if "Ctrl-C" in line:
                return
        pytest.fail(words)

    def wait(self) -> int:
        with self.process:
            return self.process.wait(PATIENCE_S)

    def pid(self, part: str) -> int | None:
        table = parents()
        mine = [pid for pid, parent in table.items() if parent == self.process.pid]
        fits = [pid for pid in mine if re.search(PARTS[part], command_line(pid))]
        return fits[0] if fits else None

    def connect(self) -> psycopg.Connection:
        lines = (self.var / "environment").read_text().splitlines()
        said = dict(shlex.split(line)[1].split("=", 1) for line in lines)
        url = said["DATABASE_OWNER_URL"].replace("+psycopg", "")
        return psycopg.connect(url, autocommit=True)

    def rows(self) -> list[str]:
        with self.connect() as connection:
            return [name for (name,) in connection.execute("SELECT name FROM probe ORDER BY name")]


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    # As root the data of PostgreSQL may lie outside, where no test's folder is cleared away.
    Postgres(tmp_path / "var" / "postgres").erase()


@pytest.fixture
def site(var: Path) -> Iterator[Site]:
    found = Site(var)
    yield found
    if hasattr(found, "process"):
        found.process.kill()
        found.wait()


def test_no_single_death_loses_a_committed_row_and_nothing_outlives_the_stop(site: Site) -> None:
    site.start()
    with site.connect() as connection:
        connection.execute("CREATE TABLE probe (name text)")
    for part in PARTS:
        old = site.pid(part)
        assert old, f"{part} does not run"
        with site.connect() as connection:
            connection.execute("INSERT INTO probe VALUES (%s)", [part])
        os.kill(old, signal.SIGKILL)
        eventually(lambda part=part, old=old: site.pid(part) not in (None, old))
        eventually(lambda: is_well(f"{site.address}/healthz"))
        assert part in site.rows()
    everyone = descendants(site.process.pid)
    site.process.send_signal(signal.SIGINT)
    assert site.wait() == 0
    assert not everyone & parents().keys()

    site.start()  # the second time, on the same data
    assert site.rows() == sorted(PARTS)
    everyone = descendants(site.process.pid)
    assert len(everyone) > len(PARTS)
    site.process.kill()
    site.wait()
    eventually(lambda: not everyone & parents().keys())


def test_a_check_starts_all_and_leaves_nothing(var: Path) -> None:
    with supervise(var, "--check") as process:
        said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert "U-SEC" in said
    assert said.rstrip().endswith("已全部停止")


def test_a_stop_in_the_middle_of_the_start_leaves_nothing(var: Path) -> None:
    with supervise(var) as process:
        assert process.stdout
        while "up to date" not in process.stdout.readline():
            assert process.poll() is None
        everyone = descendants(process.pid)
        process.terminate()
        said = process.stdout.read()
        assert process.wait(PATIENCE_S) == 0
    assert everyone
    eventually(lambda: not everyone & parents().keys())
    assert "Traceback" not in said


def test_production_runs_on_named_servers_without_demo_data(
    servers: Servers, tmp_path: Path
) -> None:
    servers.postgres.create_database("production")
    environment = {
        "AIXIN_ENV": "production",
        "DATABASE_URL": servers.postgres.url("production"),
        "DATABASE_OWNER_URL": servers.postgres.url("production", OWNER),
        "REDIS_URL": f"{servers.redis.url()}?db=5",
        "SECRET_KEY": "Zm9yIHRlc3RzIG9ubHksIG5ldmVyIGZvciByZWFs",
        "LEDGER_KEY": SigningKey.generate("aixin.example/ledger").secret_text(),
        "IDENTITY_KEY": SealingKey.generate().secret_text(),
        "PUBLIC_URL": "https://aixin.example",
        "FILES_FOLDER": str(tmp_path / "kept"),
    }
    try:
        with supervise(tmp_path, "--check", **environment) as process:
            said, _ = process.communicate(timeout=PATIENCE_S)
        with servers.postgres.connect("production") as connection:
            people = connection.execute("SELECT count(*) FROM people_staff").fetchone()
    finally:
        servers.postgres.drop_database("production")
    assert process.returncode == 0, said
    assert people == (0,)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_one_folder_of_data_has_one_service(tmp_path: Path) -> None:
    with alone(tmp_path), supervise(tmp_path, "--check") as process:
        said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert "running already" in said


def test_a_port_that_is_taken_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])
        with supervise(tmp_path, "--check", "--port", taken) as process:
            said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert f"port {taken}" in said
    assert not (tmp_path / "postgres").exists()


@pytest.mark.parametrize(
    ("words", "environment", "answer"),
    [
        ((), {"AIXIN_ENV": "production"}, "production needs DATABASE_URL, REDIS_URL"),
        (
            (),
            dict.fromkeys(("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PUBLIC_URL"), "x")
            | {"AIXIN_ENV": "production", "FILES_FOLDER": "/srv/files"},
            "production needs LEDGER_KEY or LEDGER_KEY_FILE, IDENTITY_KEY or IDENTITY_KEY_FILE",
        ),
        (("--reset",), {}, "nothing was deleted"),
    ],
)
def test_what_is_not_safe_is_refused(
    tmp_path: Path, words: tuple[str, ...], environment: dict[str, str], answer: str
) -> None:
    kept = tmp_path / "secret"
    kept.write_text("kept")
    with supervise(tmp_path, "--check", *words, **environment) as process:
        said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 1
    assert answer in said
    assert kept.read_text() == "kept"
