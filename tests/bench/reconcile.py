"""How long a month of shops' days takes to compare: `python -m tests.bench.reconcile`.

Lines of ours are written first, the shops' files second; in one line of two hundred there is a
fault of each class that a batch finds. The clock runs from the first byte of the first file that is
read to the end of the last pass. Workers share the shops among them, as those of a deployment do:
as many as there are cores, two at most. `--rows` makes it smaller; `--all` adds what events and
workbooks cost, by benches of their own. The last line is JSON.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import chain, zip_longest
from multiprocessing import get_context
from multiprocessing.pool import Pool
from pathlib import Path
from typing import Any

import psycopg
from sqlmodel import Session

from deploy import embedded
from service import batches, evidence, programmes
from service.batches.statements import NAME
from service.db import Database
from service.migrations.run import upgrade

ROOT = Path(__file__).parents[2]
SQL = Path(__file__).with_suffix(".sql")
ROWS = 1_000_000
NOW = datetime(2025, 10, 10, 1, 0, tzinfo=UTC)
FIRST, LAST = date(2025, 9, 1), date(2025, 10, 1)
# Of each class as many as of the others; one line in two hundred has each.
CLASSES = (
    "OURS_ONLY", "THEIRS_ONLY", "AMOUNT_DIFF", "STATUS_DIFF", "DUPLICATE", "ITEM_DIFF", "RATE_DIFF",
    "CUTOFF", "OFF_HOURS", "OFFLINE_OVERDRAFT", "OFFLINE_BAD", "LIMIT_BREACH", "SEQ_GAP",
    "FILE_BAD", "PLEDGE_OVER",
)  # fmt: skip
GOALS = {
    "seconds": "≤ 60", "rss_mb": "≤ 1000", "exact": "true", "join_ratio": "≤ 4", "day_s": "≤ 0.2",
    "events_per_s": "≥ 1500", "xlsx_rss_mb": "≤ 250",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bench:
    """The server, the size, and where files lie."""

    postgres: embedded.Postgres
    rows: int
    folder: Path
    workers: int
    pool: Pool  # of as many processes: they read files and compare days at the same time

    @property
    def shops(self) -> int:
        """As many shops as make every shop-day of the last 25 a fault of its own."""
        return max(1, self.rows // 200 // 25)

    def connect(self) -> psycopg.Connection[Any]:
        """Return a connection that no trigger or foreign key holds up."""
        found = self.postgres.connect(embedded.DATABASE)
        found.execute("SET session_replication_role = replica")
        return found


@dataclass(frozen=True, slots=True)
class Compared:
    """The seconds of all batches, those of some that ran alone, and the workers' memory in MB."""

    seconds: float
    alone: list[float]
    memory: int


def statement(name: str) -> str:
    """Return one statement of the bench's SQL file."""
    parts = SQL.read_text("utf-8").split(NAME)
    (found,) = (part for part in parts[1:] if part.split("\n", 1)[0] == name)
    return found.split("\n", 1)[1]


def fill(bench: Bench, database: Database) -> list[Path]:
    """Write our lines and the shops' files; return the files, by shop."""
    database.atomic(partial(found_programme))
    with bench.connect() as connection:
        for name in ("GROUND", "PLAN", "OURS"):
            for each in statement(name).split(";\n"):
                if each.strip():
                    connection.execute(each, {"shops": bench.shops, "rows": bench.rows})
        connection.execute("CREATE INDEX ON bench_plan (shop)")
        connection.execute("VACUUM ANALYZE")
        paths = [bench.folder / f"{shop}.csv" for shop in range(1, bench.shops + 1)]
        for shop, path in enumerate(paths, 1):
            write(connection, statement("THEIRS").format(shop=shop).replace("%%", "%"), path)
    return paths


def write(connection: psycopg.Connection[Any], query: str, path: Path) -> None:
    """Write what a COPY says into a file."""
    with path.open("wb") as stream, connection.cursor().copy(query) as copy:
        for part in copy:
            stream.write(part)


def found_programme(session: Session) -> None:
    """Open the programme by whose rules the month is compared."""
    programme = programmes.open_programme(session, code="BE", name="Bench")
    assert programme.id == 1
    figures: dict[str, Any] = {"goods_points_per_yuan": 5, "rates_points_per_hour": []}
    programmes.adopt(
        session, programme_id=1, code="BE-1", figures=figures, effective_from=date(2025, 1, 1)
    )


def load(bench: Bench, paths: list[Path]) -> tuple[float, int]:
    """Read every shop's file, each worker its own share of them; return the seconds and MB."""
    start = time.perf_counter()
    shares = [list(enumerate(paths, 1))[n :: bench.workers] for n in range(bench.workers)]
    each = bench.pool.map(partial(load_share, bench.postgres.url(), bench.folder), shares, 1)
    return time.perf_counter() - start, sum(each)


def load_share(url: str, folder: Path, share: list[tuple[int, Path]]) -> int:
    """Read some shops' files as one worker does; return its memory at most, in MB."""
    database = Database(url, pool_max=1)
    for shop, path in share:
        sender = evidence.Sender(shop, "staff:1", NOW)
        work = partial(evidence.load, content=path, sender=sender, name=path.name, folder=folder)
        row = database.atomic(patient(work))
        assert row.status == evidence.Status.LOADED, row.fault
    return leave(database)


@contextmanager
def hired(workers: int) -> Iterator[Pool]:
    """Lend processes that have begun: those of a deployment are there when the evening comes."""
    context = get_context("spawn")
    begun = context.Barrier(workers + 1)
    with context.Pool(workers, initializer=begun.wait) as pool:
        begun.wait()
        yield pool


def leave(database: Database) -> int:
    """Return what this process and its connection have had in memory at most, in MB."""
    most = peak_mb("self", "VmHWM") + backend_mb(database)
    database.close()
    return most


def patient(work: Any) -> Any:
    """Let a transaction take the time that a bench may take."""

    def run(session: Session) -> Any:
        session.connection().exec_driver_sql("SET LOCAL statement_timeout = '300s'")
        return work(session)

    return run


def days(database: Database) -> dict[int, list[list[int]]]:
    """Open the batches; return those of each shop, day by day, as the nights would run them."""
    database.atomic(patient(partial(batches.open_batches, since=FIRST, until=LAST)))
    rows = database.rows("SELECT id, shop_id, day FROM reconciliation_batches ORDER BY day, id")
    found: dict[int, list[list[int]]] = {}
    for row in rows:
        found.setdefault(row["shop_id"], []).append([row["id"]])
    return found


def compare(bench: Bench, database: Database, shops: dict[int, list[list[int]]]) -> Compared:
    """Run every batch, each worker those of its own shops; five run alone before, timed apart."""
    alone = []
    for (number,), *_ in list(shops.values())[:5]:
        begun = time.perf_counter()
        database.atomic(partial(batches.run, ids=[number], now=NOW))
        alone.append(time.perf_counter() - begun)
    start = time.perf_counter()
    shares = [nights(list(shops.values())[n :: bench.workers]) for n in range(bench.workers)]
    each = bench.pool.map(partial(compare_share, bench.postgres.url()), shares, 1)
    return Compared(time.perf_counter() - start, alone, sum(each))


def nights(shops: list[list[list[int]]]) -> list[list[int]]:
    """Put what several shops have for a night together."""
    return [list(chain(*each)) for each in zip_longest(*shops, fillvalue=())]


def compare_share(url: str, nights: list[list[int]]) -> int:
    """Run some shops' nights as one worker does; return its memory at most, in MB."""
    database = Database(url, pool_max=1)
    for ids in nights:
        database.atomic(partial(batches.run, ids=ids, now=NOW))
    return leave(database)


class Floors:
    """What bare joins take before and after ours: a shared machine is not always as fast."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.taken: dict[str, list[float]] = {"BARE": [], "LEAN": []}

    def measure(self) -> None:
        """Time both joins, twice."""
        for name, times in [*self.taken.items()] * 2:
            times.append(bare(self.bench, name))
        with self.bench.connect() as connection:
            connection.execute("CHECKPOINT")  # what it wrote is no business of what comes next

    def ratio(self, seconds: float, name: str) -> float:
        """Return how many times as long something took as a join did on average."""
        return round(seconds / statistics.mean(self.taken[name]), 2)


def bare(bench: Bench, name: str) -> float:
    """Time a COPY of both sides and one join, on the same server."""
    with bench.connect() as connection:
        for side in (f"{name}_OURS", f"{name}_THEIRS"):
            query = statement(side)
            write(connection, f"COPY ({query}) TO STDOUT (FORMAT csv)", bench.folder / side)
            connection.execute(f"CREATE TABLE {side} AS {query} WITH NO DATA".encode())
        connection.execute("SET work_mem = '160MB'")
        start = time.perf_counter()
        for side in (f"{name}_OURS", f"{name}_THEIRS"):
            copy_in(connection, side, bench.folder / side)
        connection.execute(statement(name).encode())
        taken = time.perf_counter() - start
        gone = f"DROP TABLE IF EXISTS {name}_OURS, {name}_THEIRS, bench_joined"
        connection.execute(gone.encode())
        return taken


def copy_in(connection: psycopg.Connection[Any], table: str, path: Path) -> None:
    """Copy a file into a table as it is."""
    query = f"COPY {table} FROM STDIN (FORMAT csv)".encode()
    with connection.cursor().copy(query) as copy, path.open("rb") as stream:
        while part := stream.read(1 << 20):
            copy.write(part)


def exact(bench: Bench) -> tuple[bool, dict[str, int], list[Any]]:
    """Whether each class has the number that was injected and every line one place."""
    wanted = dict.fromkeys(CLASSES, bench.rows // 200)
    wanted["PLEDGE_OVER"] = bench.shops * 25
    with bench.connect() as connection:
        found = dict(connection.execute(statement("FOUND").encode()).fetchall())
        places = connection.execute(statement("PLACES").encode()).fetchone()
    astray = [int(each) for each in places or ()]
    return found == wanted and astray == [0, 0, 0], found, astray


def peak_mb(pid: int | str, name: str) -> int:
    """Return what a process has had in memory at most."""
    said = Path(f"/proc/{pid}/status").read_text().split(f"{name}:")[1].split()[0]
    return int(said) // 1024


def backend_mb(database: Database) -> int:
    """Return the most that a connection of this process has held in the server."""
    asked = "SELECT pg_backend_pid()"
    work = lambda session: session.connection().exec_driver_sql(asked).scalar_one()  # noqa: E731
    return peak_mb(int(database.atomic(work)), "VmHWM")


def run(bench: Bench) -> dict[str, Any]:
    """Fill, load, compare; return the figures."""
    upgrade(bench.postgres.url(user=embedded.OWNER))
    database = Database(bench.postgres.url(), pool_max=1)
    paths = fill(bench, database)
    loading, memory = load(bench, paths)
    with bench.connect() as connection:
        connection.execute("ANALYZE evidence_rows, evidence_files")
    floors = Floors(bench)
    floors.measure()
    start = time.perf_counter()
    shops = days(database)
    opening = time.perf_counter() - start
    compared = compare(bench, database, shops)
    floors.measure()
    same, found, places = exact(bench)
    seconds = loading + opening + compared.seconds
    return {
        "rows": bench.rows,
        "seconds": round(seconds, 1),
        "load_s": round(loading, 1),
        "passes_s": round(compared.seconds + opening, 1),
        "workers": bench.workers,
        "rss_mb": max(memory, compared.memory),
        "exact": same,
        "found": found,
        "astray": places,
        "join_ratio": floors.ratio(seconds, "BARE"),
        "lean_ratio": floors.ratio(seconds, "LEAN"),
        "day_s": round(statistics.median(compared.alone), 3),
    }


def others() -> dict[str, Any]:
    """Run the benches of events and workbooks; return what the goals name."""
    events = last_line([sys.executable, "-m", "tests.bench.events"])
    book = last_line([sys.executable, "-m", "tests.evidence.large", "--rows", "300000"])
    return {"events_per_s": events["events_per_s"], "xlsx_rss_mb": book["rss_mb"]}


def last_line(command: list[str]) -> dict[str, Any]:
    """Return what a bench says in its last line."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def main() -> None:
    """Measure on a server of this bench's own, which is erased at the end."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=ROWS)
    arguments.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    arguments.add_argument("--all", action="store_true", help="events and workbooks, too")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        postgres = embedded.Postgres(Path(folder) / "postgres")
        postgres.start()
        try:
            with hired(given.workers) as pool:
                figures = run(Bench(postgres, given.rows, Path(folder), given.workers, pool))
        finally:
            postgres.erase()
    if given.all:
        figures |= others()
    print(json.dumps({**figures, "goals": GOALS}, ensure_ascii=False))


if __name__ == "__main__":
    main()
