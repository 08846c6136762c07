"""`python -m tests.bench.verify`: what sealing and verifying a ledger of ten million entries cost.

The ledger is written as rows, sealed by the sealer, exported to a file, and verified there by the
command that a stranger would run. The floor is taken right before and after it: the same rows, as
the server copies them out, through sha256sum. Ten million entries take about ten minutes.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy import embedded
from deploy.process import Account
from service.db import Database
from service.ledger import seal
from service.ledger.export import export_lines, reading
from service.migrations.run import upgrade
from service.proof import SigningKey

ROOT = Path(__file__).parents[2]
FILL = Path(__file__).with_suffix(".sql")
WALLETS = 10_000
ORIGIN = "aixin.example/ledger"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = ("ledger_transfers", "ledger_entries", "ledger_lot_moves", "ledger_leaves")
SETTINGS = {"max_wal_size": "8GB", "shared_buffers": "256MB"}
PIPE_RATIO, SEAL_PER_S, RSS_MB = 4.0, 20_000, 300


@dataclass(frozen=True, slots=True)
class Verified:
    """What one offline verification took."""

    seconds: float
    cpu_s: float
    rss_mb: float
    said: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The outcome."""

    pipe_ratio: float
    seal_per_s: int
    rss_mb: int


def main(words: Sequence[str] | None = None) -> int:
    """Run it all; 0 when every target is met."""
    parser = argparse.ArgumentParser("python -m tests.bench.verify")
    parser.add_argument("--entries", type=int, default=10_000_000)
    transfers = parser.parse_args(words).entries // 2
    folder = Path(tempfile.mkdtemp(prefix="aixin-verify-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = embedded.Postgres(folder / "postgres", settings=SETTINGS)
        stack.callback(postgres.erase)
        postgres.start()
        figures = measure(postgres, folder, transfers)
    print(json.dumps(asdict(figures)))
    met = figures.pipe_ratio <= PIPE_RATIO and figures.seal_per_s >= SEAL_PER_S
    return 0 if met and figures.rss_mb <= RSS_MB else 1


def measure(postgres: embedded.Postgres, folder: Path, transfers: int) -> Figures:
    """Fill, seal, export, and verify beside the floor."""
    load = os.getloadavg()[0]
    tell("machine", f"{os.cpu_count()} cores, load {load:.1f} before", "fsync on")
    began = time.monotonic()
    upgrade(postgres.url(user=embedded.OWNER))
    fill(postgres, transfers)
    tell("written", f"{2 * transfers:,} entries", f"{time.monotonic() - began:.0f} s")

    seconds, heads = sealed(postgres)
    per_s = round(transfers / seconds)
    tell("sealed", f"{transfers:,} leaves, {heads} heads", f"{per_s:,} leaves/s")

    began, file = time.monotonic(), folder / "ledger.txt"
    write(postgres, file)
    size = file.stat().st_size / 1e6
    tell("exported", f"{size:,.0f} MB", f"{time.monotonic() - began:.0f} s")

    pipes = [pipe(postgres)]
    found = verified(file)
    pipes.append(pipe(postgres))
    tell("pipe", "psql COPY | sha256sum", " and ".join(f"{one:.1f} s" for one in pipes))
    tell("verified", f"{found.rss_mb:.0f} MB at most", f"{found.seconds:.1f} s")
    tell("", f"{found.cpu_s / transfers * 1e6:.1f} µs of CPU a transfer", found.said)
    return Figures(round(2 * found.seconds / sum(pipes), 2), per_s, round(found.rss_mb))


def fill(postgres: embedded.Postgres, transfers: int) -> None:
    """Write the ledger's rows."""
    script = FILL.read_text("utf-8").format(transfers=transfers, wallets=WALLETS)
    with postgres.connect(embedded.DATABASE) as admin:
        admin.execute(script.encode())
        admin.execute("VACUUM ANALYZE")


def sealed(postgres: embedded.Postgres) -> tuple[float, int]:
    """Seal until nothing waits; return the seconds and the number of heads."""
    database, heads = Database(postgres.url()), 0
    signers = [SigningKey.generate(ORIGIN)]
    began = time.monotonic()
    while database.atomic(lambda s: seal(s, signers=signers, origin=ORIGIN, now=NOW)):
        heads += 1
    seconds = time.monotonic() - began
    database.close()
    return seconds, heads


def write(postgres: embedded.Postgres, file: Path) -> None:
    """Export to a file."""
    with reading(postgres.url()) as connection, file.open("wb") as out:
        out.writelines(export_lines(connection))


def pipe(postgres: embedded.Postgres) -> float:
    """Time the floor: the same rows out of the database, and one hash over them."""
    psql = embedded.reachable_binaries(Account.unprivileged()) / "psql"
    copies = [word for name in TABLES for word in ("-c", f"COPY {name} TO STDOUT")]
    command: list[str | Path] = [
        psql, "--no-psqlrc", "--quiet", "-h", str(postgres.sockets), "-U", embedded.ADMIN,
        "-d", embedded.DATABASE, *copies,
    ]  # fmt: skip
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd="/") as source:
        subprocess.run(["sha256sum"], stdin=source.stdout, stdout=subprocess.DEVNULL, check=True)
    assert source.returncode == 0
    return time.monotonic() - began


def verified(file: Path) -> Verified:
    """Verify the file as a stranger would, in a process of its own."""
    command = [sys.executable, "-m", "service.proof", str(file)]
    began = time.monotonic()
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    said = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, said
    seconds = time.monotonic() - began
    return Verified(
        seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, said.splitlines()[-1]
    )


def tell(*cells: str) -> None:
    """Print a row of the table."""
    first, second, third = cells
    print(f"{first:<10} {second:<36} {third}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
