"""The loads of the posting bench: pgbench's prepared calls, and processes that call the slice."""

import multiprocessing
import os
import random
import re
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

from deploy import embedded
from deploy.process import Account
from service import ledger
from service.db import Database
from service.ledger import Credit, Kind, Leg, Posted, Reason, Unit

VOLUNTEERS = 10_000
SHOPS = 1_000
BATCH = 50
TPCB = "tpcb"  # pgbench's own database, and the name of its own load
TPCB_SCALE = 20
WARM_S = 1  # each client compiles its plans and fills its caches
PROGRESS = re.compile(r"^progress: ([0-9.]+) s, ([0-9.]+) tps", re.MULTILINE)
DONE = re.compile(r"^number of transactions actually processed: (\d+)", re.MULTILINE)
NO_TRIGGERS = "-c session_replication_role=replica"

# Keys in the order of time, as documents are numbered, and unlike any of an earlier run.
DRAW = "\\set n :n + 1\n\\set key :begun + 16 * :n + :client_id\n"
AWARD = """SELECT ledger_post({programme}, 'award:' || :key,
  sha256((:key::text)::bytea), 'award', ARRAY['issued', 'volunteer:' || {volunteer}],
  ARRAY['PTS', 'PTS'], ARRAY[-10, 10]::bigint[], 'system', 'attendance:' || :key, now(), now(),
  current_date, current_date + 365, false, NULL, '{{"minutes": 60}}');
"""
REDEEM = """SELECT ledger_post(1, 'redeem:' || :key,
  sha256((:key::text)::bytea), 'redeem',
  ARRAY['volunteer:' || :v, 'redeemed:' || :s, 'pledge:' || :s, 'given-goods:' || :s],
  ARRAY['PTS', 'PTS', 'CNY', 'CNY'], ARRAY[-5, 5, -100, 100]::bigint[], 'till',
  'redemption:' || :key, now(), now(), current_date, NULL, false, NULL, '{"qty": 1}');
"""
FLOOR = (
    "SELECT bench_floor('award:' || :key, sha256((:key::text)::bytea), 'volunteer:' || :v,"
    " 'attendance:' || :key);\n"
)
ANYBODY = f"\\set v random(1, {VOLUNTEERS})\n"
THOUSAND = "\\set v random(1, 1000)\n"
SCRIPTS = {
    "award": DRAW + ANYBODY + AWARD.format(programme=1, volunteer=":v"),
    "floor": DRAW + ANYBODY + FLOOR,
    "bare": DRAW + ANYBODY + FLOOR,  # with triggers off
    "one programme": DRAW + THOUSAND + AWARD.format(programme=1, volunteer=":v"),
    "many programmes": DRAW + THOUSAND + AWARD.format(programme="1000 + :v", volunteer="1"),
    "one shop": DRAW + ANYBODY + "\\set s 1\n" + REDEEM,
    "many shops": DRAW + ANYBODY + f"\\set s random(1, {SHOPS})\n" + REDEEM,
}


@dataclass(frozen=True, slots=True)
class Load:
    """One load: what is called, by how many clients, in which database."""

    name: str
    clients: int
    database: str = embedded.DATABASE


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a load went; the latencies only of pgbench's loads that were asked for them."""

    per_second: float
    done: int  # while warming up, too
    p50_ms: float = 0.0
    p99_ms: float = 0.0


def pgbench(
    postgres: embedded.Postgres, load: Load, *, seconds: int, log: Path | None = None
) -> Pace:
    """Run pgbench; the first second is not counted."""
    account = Account.unprivileged()
    said = ["--builtin=tpcb-like"] if load.name == TPCB else [f"--file={script(postgres, load)}"]
    user = embedded.ADMIN if load.name in {TPCB, "floor", "bare"} else embedded.APPLICATION
    command: list[str | Path] = [
        embedded.reachable_binaries(account) / "pgbench", "--no-vacuum", "--protocol=prepared",
        f"--client={load.clients}", "--jobs=1",
        "--define=n=0", f"--define=begun={microseconds()}",
        f"--time={seconds + WARM_S}", "--progress=1",
        *said, f"--host={postgres.sockets}", f"--username={user}", load.database,
    ]  # fmt: skip
    if log:
        command[1:1] = ["--log", f"--log-prefix={log}"]
    options = {"PGOPTIONS": NO_TRIGGERS} if load.name == "bare" else {}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=options)
    paces = [float(tps) for at, tps in PROGRESS.findall(done.stderr) if float(at) > WARM_S + 0.5]
    assert paces, done.stdout + done.stderr
    assert "aborted" not in done.stderr, done.stderr
    p50, p99 = latencies(log) if log else (0.0, 0.0)
    done_in_all = DONE.search(done.stdout)
    assert done_in_all, done.stdout
    return Pace(statistics.fmean(paces), int(done_in_all[1]), p50, p99)


def microseconds() -> int:
    """Return a number that grows with time, faster than anybody posts."""
    return time.time_ns() // 1000


def script(postgres: embedded.Postgres, load: Load) -> Path:
    """Write a load's script where pgbench finds it."""
    path = postgres.data.with_name(load.name.replace(" ", "-") + ".pgbench")
    path.write_text(SCRIPTS[load.name], "utf-8")
    return path


def latencies(log: Path) -> tuple[float, float]:
    """Return median and 99th percentile in ms of the transactions in pgbench's log, warm ones."""
    files = sorted(log.parent.glob(f"{log.name}.*"))
    rows = [line.split() for file in files for line in file.read_text("ascii").splitlines()]
    begun = min(int(row[4]) for row in rows) + WARM_S
    cuts = statistics.quantiles((int(row[2]) / 1000 for row in rows if int(row[4]) > begun), n=100)
    for file in files:
        file.unlink()
    return cuts[49], cuts[98]


def python(postgres: embedded.Postgres, load: Load, *, seconds: int) -> Pace:
    """Let processes post through the slice's public functions; count transfers a second."""
    context = multiprocessing.get_context("fork")
    ready = context.Barrier(load.clients)
    pipes = [context.Pipe(duplex=False) for _ in range(load.clients)]
    url = postgres.url(load.database)
    clients = [
        context.Process(target=work, args=(load.name, url, ready, seconds, send))
        for _, send in pipes
    ]
    for client in clients:
        client.start()
    counts = [receive.recv() for receive, _ in pipes]
    for client in clients:
        client.join()
    return Pace(sum(timed for timed, _ in counts) / seconds, sum(done for _, done in counts))


def work(name: str, url: str, ready: Barrier, seconds: int, answer: Connection) -> None:
    """Post in one process: warm up, wait for the others, and go on until the time is over."""
    database = Database(url, pool_max=1)
    warm = move_for(WARM_S, database, WORK[name])
    ready.wait()
    timed = move_for(seconds, database, WORK[name])
    answer.send((timed, warm + timed))
    database.close()


def move_for(seconds: int, database: Database, move: Callable[[Database], int]) -> int:
    """Post until the time is over; return how many transfers that were."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        count += move(database)
    return count


def post_one(database: Database) -> int:
    """Award points to somebody in a transaction of its own."""
    now = datetime.now(UTC)
    volunteer = f"volunteer:{random.randint(1, VOLUNTEERS)}"
    legs = (Leg("issued", Unit.PTS, -10), Leg(volunteer, Unit.PTS, 10))
    award = reason(f"{microseconds()}-{os.getpid()}", now)
    posted: Posted = database.atomic(
        lambda session: ledger.post(session, award, kind=Kind.AWARD, legs=legs, now=now)
    )
    return int(not posted.replayed)


def post_batch(database: Database) -> int:
    """Award points to fifty people in one transaction."""
    people = [random.randint(1, VOLUNTEERS) for _ in range(BATCH)]
    return credit(database, people, points=10)


def endow(postgres: embedded.Postgres) -> None:
    """Give everybody plenty of points to spend."""
    database = Database(postgres.url(), pool_max=1)
    for first in range(1, VOLUNTEERS + 1, 500):
        credit(database, range(first, first + 500), points=1_000_000)
    database.close()


def credit(database: Database, people: Iterable[int], *, points: int) -> int:
    """Award points to several people in one transaction; return how many awards that were."""
    now, batch = datetime.now(UTC), f"{microseconds()}-{os.getpid()}"
    lines = [
        Credit(reason(f"{batch}-{place}", now), f"volunteer:{number}", points)
        for place, number in enumerate(people)
    ]
    posted = database.atomic(
        lambda session: ledger.credit_many(session, lines, kind=Kind.AWARD, giver="issued", now=now)
    )
    return sum(not one.replayed for one in posted)


def reason(number: str, now: datetime) -> Reason:
    """Return the reason of an award."""
    return Reason(
        programme_id=1,
        key=f"award:{number}",
        actor="system",
        source=f"attendance:{number}",
        occurred_at=now,
        business_day=now.date(),
        lot_expires_on=now.date() + timedelta(days=365),
        memo={"minutes": 60},
    )


WORK: dict[str, Callable[[Database], int]] = {"post": post_one, "batch": post_batch}
