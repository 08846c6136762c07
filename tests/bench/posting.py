"""What posting to the ledger costs: `python -m tests.bench.posting`.

Loads take turns, and every figure is a ratio of two loads of the same round; the median of the
rounds is told. The part with ten million entries fills them first and takes minutes;
`--entries` makes it smaller, `--entries 0` leaves it out.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy import embedded
from deploy.process import Account
from service.migrations.run import upgrade
from tests.bench import posting_load as loads
from tests.bench.cost import cpu_ms
from tests.bench.posting_load import Load, Pace

PREPARATION = Path(__file__).with_suffix(".sql")
SMALL, BIG = "small", "big"
SMALL_ENTRIES, BIG_ENTRIES = 10_000, 10_000_000
FILLED_AT_ONCE = 250_000  # transfers
WARM_TRANSFERS = 40_000  # every account's last page has been in the log since the checkpoint
LEDGER_BYTES = """SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c
  WHERE c.relkind = 'r' AND c.relname LIKE 'ledger\\_%'"""
TRANSFERS = "SELECT count(*) FROM ledger_transfers"
DEADLOCKS = "SELECT sum(deadlocks)::bigint FROM pg_stat_database"
WAL = "SELECT pg_current_wal_insert_lsn() - '0/0'"
GOALS = {
    "tpcb_ratio_16": "≥ 1.0", "floor_ratio_4": "≥ 0.35", "batch_ratio": "≥ 2",
    "hot_issue_ratio": "0.9 to 1.1", "flat_ratio": "≥ 0.8", "p99_ratio_16": "≤ 8", "deadlocks": "0",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """The server under measurement and how long each load lasts."""

    postgres: embedded.Postgres
    seconds: int
    rounds: int


@dataclass(frozen=True, slots=True, order=True)
class Cost:
    """CPU time in microseconds: so far, or of one transfer."""

    total: float
    server: float

    @classmethod
    def of(cls, postgres: embedded.Postgres) -> "Cost":
        """Return what the server and our children have used so far, those that just ended too."""
        time.sleep(0.2)
        server, ours = cpu_ms(postgres) * 1000, os.times()
        return cls(server + (ours.children_user + ours.children_system) * 1e6, server)

    def since(self, before: "Cost", transfers: int) -> "Cost":
        """Return what was used since, for each of so many transfers."""
        return Cost(
            (self.total - before.total) / transfers, (self.server - before.server) / transfers
        )

    def __str__(self) -> str:
        return f"{self.server:.0f} + {self.total - self.server:.0f}"


@dataclass(frozen=True, slots=True)
class Written:
    """What a transfer writes, in bytes: into the write-ahead log, and into tables and indexes."""

    wal: float
    stored: float


def main() -> None:
    """Measure, print a table and, last, the figures as JSON."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--entries", type=int, default=BIG_ENTRIES)
    asked.add_argument("--seconds", type=int, default=4)
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args()
    with server() as postgres:
        run = Run(postgres, options.seconds, options.rounds)
        say_conditions(run)
        prepare(postgres)
        figures = ratios(measure(run))
        figures |= written_figures(run)
        if options.entries:
            figures["flat_ratio"] = flat_ratio(run, options.entries)
        figures["deadlocks"] = asked_of(postgres, DEADLOCKS)
    print("to reach: " + ", ".join(f"{name} {goal}" for name, goal in GOALS.items()) + "\n")
    print(json.dumps({name: round(figure, 3) for name, figure in figures.items()}))


@contextmanager
def server() -> Iterator[embedded.Postgres]:
    """Run a PostgreSQL as the operator's: nothing is set that would make it forget a commit."""
    folder = Path(tempfile.mkdtemp(prefix="aixin-bench-"))
    postgres = embedded.Postgres(folder / "postgres")
    try:
        postgres.start()
        yield postgres
    finally:
        postgres.erase()
        shutil.rmtree(folder, ignore_errors=True)


def say_conditions(run: Run) -> None:
    """Say what is compared, on what."""
    version, *durable = (
        asked_of(run.postgres, f"SHOW {name}")
        for name in ("server_version", "fsync", "synchronous_commit", "full_page_writes")
    )
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {version};"
        f" fsync, synchronous_commit, full_page_writes: {', '.join(durable)}. {run.rounds} rounds,"
        f" {run.seconds} s a load after {loads.WARM_S} s to warm up.\nAward: ledger_post of one"
        f" award to one of {loads.VOLUNTEERS} volunteers, all guards on, pgbench with prepared"
        f" statements. TPC-B: pgbench's own tpcb-like, the same protocol, scale"
        f" {loads.TPCB_SCALE}.\nFloor: pgbench writes the same rows in one prepared call into the"
        " same tables, nothing asked, no leaf computed; bare: with their triggers off. Python:"
        " ledger.post in a transaction of"
        f" Database.atomic, a process a client; batch: {loads.BATCH} awards in a transaction."
    )


def prepare(postgres: embedded.Postgres) -> None:
    """Migrate, open accounts, give everybody points to spend, and make the databases to compare."""
    upgrade(postgres.url(user=embedded.OWNER))
    with postgres.connect(embedded.DATABASE) as admin:
        admin.execute(PREPARATION.read_bytes())
        admin.execute("SELECT bench_open(%s, %s)", [loads.VOLUNTEERS, loads.SHOPS])
        admin.execute("VACUUM (ANALYZE)")
    for name in (SMALL, BIG):
        postgres.create_database(name, template=embedded.DATABASE)
    loads.endow(postgres)
    with postgres.connect(embedded.DATABASE) as admin:
        admin.execute("VACUUM (ANALYZE)")
    postgres.create_database(loads.TPCB)
    binary = embedded.reachable_binaries(Account.unprivileged()) / "pgbench"
    command: list[str | Path] = [
        binary, "--initialize", "--quiet", f"--scale={loads.TPCB_SCALE}",
        f"--host={postgres.sockets}", f"--username={embedded.ADMIN}", loads.TPCB,
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)


def asked_of(postgres: embedded.Postgres, question: str, database: str = embedded.DATABASE) -> Any:
    """Return the one value that a query answers."""
    with postgres.connect(database) as admin:
        row = admin.execute(question.encode()).fetchone()
    assert row is not None
    return row[0]


def plan() -> dict[str, Load]:
    """Return the loads of a round by name, in their order."""
    found = {"TPC-B": Load(loads.TPCB, 16, loads.TPCB), "award": Load("award", 16)}
    for clients in (1, 4, 16):
        found[f"floor {clients}"] = Load("floor", clients)
        found[f"Python {clients}"] = Load("post", clients)
    found["bare 4"] = Load("bare", 4)
    found["Python batch"] = Load("batch", 4)
    for name in ("one programme", "many programmes", "one shop", "many shops"):
        found[name] = Load(name, 16)
    return found


def measure(run: Run) -> dict[str, list[Pace]]:
    """Let the loads take turns, and print the median of each.

    The first round is not counted: a page goes into the log as a whole when it is first changed
    after a checkpoint, and a load would pay for that by its place in the order.
    """
    seen: dict[str, list[Pace]] = {name: [] for name in plan()}
    costs: dict[str, list[Cost]] = {name: [] for name in plan()}
    for load in plan().values():
        one_load(run, load)
    for turn in range(run.rounds):
        for name, load in list(plan().items())[:: -1 if turn % 2 else 1]:
            before = Cost.of(run.postgres)
            pace = one_load(run, load)
            seen[name].append(pace)
            costs[name].append(Cost.of(run.postgres).since(before, pace.done))
    print(f"\n{'':18}{'clients':>8}{'per s':>9}{'CPU µs':>9}  = server + clients")
    for name, load in plan().items():
        pace_s = statistics.median(one.per_second for one in seen[name])
        cost = statistics.median_low(costs[name])
        print(f"{name:18}{load.clients:8}{pace_s:9.0f}{cost.total:9.0f}  = {cost}")
    return seen


def one_load(run: Run, load: Load) -> Pace:
    """Run one load once."""
    if load.name in loads.WORK:
        return loads.python(run.postgres, load, seconds=run.seconds)
    logged = load.name in {"award", loads.TPCB}  # compared, so both write one
    log = run.postgres.data.with_name("latencies") if logged else None
    return loads.pgbench(run.postgres, load, seconds=run.seconds, log=log)


def ratios(seen: dict[str, list[Pace]]) -> dict[str, float]:
    """Return the median over the rounds of each ratio."""

    def ratio(above: str, below: str) -> float:
        pairs = zip(seen[above], seen[below], strict=True)
        return statistics.median(a.per_second / b.per_second for a, b in pairs)

    latencies = seen["award"]
    return {
        "tpcb_ratio_16": ratio("award", "TPC-B"),
        **{f"floor_ratio_{n}": ratio(f"Python {n}", f"floor {n}") for n in (1, 4, 16)},
        "call_floor_ratio_16": ratio("award", "floor 16"),
        "batch_ratio": ratio("Python batch", "floor 4"),
        "bare_ratio_4": ratio("Python 4", "bare 4"),
        "bare_batch_ratio": ratio("Python batch", "bare 4"),
        "hot_issue_ratio": ratio("one programme", "many programmes"),
        "hot_shop_ratio": ratio("one shop", "many shops"),
        "p50_ms_16": statistics.median(one.p50_ms for one in latencies),
        "p99_ms_16": statistics.median(one.p99_ms for one in latencies),
        "p99_ratio_16": statistics.median(one.p99_ms / one.p50_ms for one in latencies),
    }


def written_figures(run: Run) -> dict[str, float]:
    """Post for a while and divide what was written by the transfers; long after a checkpoint."""
    asked = [(WAL, float), (LEDGER_BYTES, float), (TRANSFERS, float)]
    before = [kind(asked_of(run.postgres, question)) for question, kind in asked]
    loads.pgbench(run.postgres, Load("award", 16), seconds=run.seconds)
    after = [kind(asked_of(run.postgres, question)) for question, kind in asked]
    wal, stored, transfers = (end - start for start, end in zip(before, after, strict=True))
    written = Written(wal / transfers, stored / transfers)
    print(
        f"\na transfer writes {written.wal:.0f} bytes of log and {written.stored:.0f} bytes of"
        " tables and indexes"
    )
    return {"wal_bytes": written.wal, "stored_bytes": written.stored}


def flat_ratio(run: Run, entries: int) -> float:
    """Compare awards in a ledger of many entries with awards in one of few."""
    for database, size in ((SMALL, SMALL_ENTRIES), (BIG, entries)):
        begun = time.monotonic()
        fill(run.postgres, database, size)
        took = time.monotonic() - begun
        stored = asked_of(run.postgres, LEDGER_BYTES, database)
        print(f"{size} entries: {stored / 1e6:.0f} MB, filled in {took:.0f} s")
    found = []
    for _ in range(run.rounds):
        paces = {}
        for database in (SMALL, BIG):
            warm_up(run.postgres, database)
            load = Load("award", 16, database)
            paces[database] = loads.pgbench(run.postgres, load, seconds=run.seconds).per_second
        found.append(paces[BIG] / paces[SMALL])
        print(f"awards a second: {paces[SMALL]:.0f} among few entries, {paces[BIG]:.0f} among many")
    return statistics.median(found)


def fill(postgres: embedded.Postgres, database: str, entries: int) -> None:
    """Give a ledger so many entries, as years of use would have left them."""
    transfers = entries // 2
    with postgres.connect(database) as admin:
        admin.execute("SET session_replication_role = replica")
        for first in range(1, transfers + 1, FILLED_AT_ONCE):
            last = min(first + FILLED_AT_ONCE - 1, transfers)
            admin.execute("SELECT bench_fill(%s, %s, %s)", [first, last, loads.VOLUNTEERS])
        admin.execute("SELECT bench_sum_up()")
        admin.execute("VACUUM (ANALYZE)")


def warm_up(postgres: embedded.Postgres, database: str) -> None:
    """Begin with a checkpoint, then post until the log holds every page that is in use."""
    with postgres.connect(database) as admin:
        admin.execute("CHECKPOINT")
    before = asked_of(postgres, TRANSFERS, database)
    while asked_of(postgres, TRANSFERS, database) - before < WARM_TRANSFERS:
        loads.pgbench(postgres, Load("award", 16, database), seconds=3)


if __name__ == "__main__":
    main()
