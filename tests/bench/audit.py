"""What the audit finds and what the desk costs: `python -m tests.bench.audit`.

A year of a programme is written as rows, and fraud of every kind is planted in its October, beside
what comes near and is honest; June stays honest. Precision and recall count subjects: whom a rule
named, and whom it should have. Then the desk's pages, the search and the evidence pack are measured
on the same programme. `--volunteers` makes it smaller; `--keep FOLDER` leaves the programme there,
and with the same folder it is not written again: whoever mends a page measures it as often as he
likes. The last line is JSON.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from deploy import embedded
from service import ledger, reports
from service.audit.looking import look
from service.audit.period import Period
from service.db import Database
from service.migrations.run import upgrade
from service.proof import SigningKey
from tests.bench import audit_desk, audit_fraud, audit_year
from tests.bench.audit_plants import Garden
from tests.bench.audit_year import HONEST, MONTH, Year
from tests.live import Site, furnish

VOLUNTEERS, EACH, SEED = 100_000, 20, 7
NOW = datetime(2025, 12, 20, 2, 0, tzinfo=UTC)  # the morning after the last sale of the year
# The newest days with everything in them: a night looks at what the day before it brought.
DAYS = (date(2025, 12, 16), date(2025, 12, 17), date(2025, 12, 18))
WHOLE = (date(2025, 1, 1), date(2025, 12, 31))  # as somebody may ask for it: piece by piece
GOALS = {
    "month_s": "≤ 30", "day_s": "≤ 1", "precision": "1", "recall": "1", "page_cpu_ms": "≤ 150",
    "search_ms": "≤ 100", "pack_s": "≤ 60", "pack_rss_mb": "≤ 300",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ground:
    """Where is measured: a service with the year in it, and which rule should name whom."""

    site: Site
    database: Database
    wanted: set[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Score:
    """Whom one rule should have named, and whom it named, in both months."""

    rule: str
    wanted: set[str]
    found: set[str]

    @property
    def right(self) -> int:
        """How many it named rightly."""
        return len(self.wanted & self.found)


def main(words: Sequence[str] | None = None) -> int:
    """Measure on servers of this bench's own, which are erased at the end unless they are kept."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a long run is watched
    parser = argparse.ArgumentParser("python -m tests.bench.audit", description=__doc__)
    parser.add_argument("--volunteers", type=int, default=VOLUNTEERS)
    parser.add_argument("--each", type=int, default=EACH, help="frauds of each kind")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write it once, and keep it")
    parser.add_argument("--only", choices=tuple(PARTS), action="append", help="measure no more")
    asked = parser.parse_args(words)
    figures: dict[str, Any] = {}
    with ExitStack() as stack:
        folder = asked.keep or Path(tempfile.mkdtemp(prefix="aixin-audit-"))
        if asked.keep is None:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        site = furnish(stack, folder, simulated=True, durable=True, kept=asked.keep is not None)
        site.clock.set(NOW)
        upgrade(site.postgres.url(user=embedded.OWNER))
        database = Database(site.postgres.url(), pool_max=2)
        stack.callback(database.close)
        ground = Ground(site, database, written(site, database, Year(asked.volunteers), asked.each))
        for name in asked.only or PARTS:
            figures |= PARTS[name](ground)
            print(f"load {os.getloadavg()[0]:.1f} after {name}")
    print("to reach: " + ", ".join(f"{name} {goal}" for name, goal in GOALS.items()))
    print(json.dumps(figures))
    return 0


def written(site: Site, database: Database, year: Year, each: int) -> set[tuple[str, str]]:
    """Write the year, unless it is there already; return which rule should name whom."""
    load, file = os.getloadavg()[0], site.folder / "planted.json"
    print(
        f"{os.cpu_count()} cores, load {load:.1f} before; fsync on; {year.volunteers:,} volunteers"
    )
    if not file.exists():
        began = time.monotonic()
        wanted = prepare(site.postgres, database, year, each, site.settings.signers)
        print(f"written in {time.monotonic() - began:.0f} s")
        file.write_text(json.dumps(sorted(wanted)), "utf-8")
    print(size(site.postgres))
    return {(rule, subject) for rule, subject in json.loads(file.read_text("utf-8"))}


def rules(ground: Ground) -> dict[str, Any]:
    """Let the rules look at a year at which nobody has looked."""
    database, postgres = ground.database, ground.site.postgres
    with postgres.connect(embedded.DATABASE) as connection:
        connection.execute("TRUNCATE audit_findings CASCADE")
    month, scores = judge(postgres, database, ground.wanted)
    days = [timed(database, day, day) for day in DAYS]
    print("days " + ", ".join(f"{day}: {took:.2f} s" for day, took in zip(DAYS, days, strict=True)))
    figures = {"month_s": round(month, 2), "day_s": round(max(days), 3), **report(scores)}
    return figures | {"year_s": round(timed(database, *WHOLE), 1)}


def prepare(
    postgres: embedded.Postgres,
    database: Database,
    year: Year,
    each: int,
    signers: Sequence[SigningKey],
) -> set[tuple[str, str]]:
    """Write the year and what is planted, and seal it; return which rule should name whom."""
    database.atomic(audit_year.found_programme)
    audit_year.write(postgres, year)
    garden = Garden(year, random.Random(SEED))
    wanted = audit_fraud.plant(garden, each)
    with audit_year.rows_only(postgres) as connection:
        garden.write(connection)
        connection.execute(year.statement("LEAVES").encode())
        connection.execute("VACUUM ANALYZE")
    origin = signers[0].name
    repeat(
        "seals",
        partial(database.atomic, partial(ledger.seal, signers=signers, origin=origin, now=NOW)),
    )
    repeat("sums of days", partial(reports.roll_up, database))
    with postgres.connect(embedded.DATABASE) as connection:
        connection.execute("VACUUM ANALYZE")
    return wanted


def repeat(name: str, work: Callable[[], object]) -> None:
    """Do something until nothing is left to do."""
    began = time.monotonic()
    while work():
        pass
    print(f"{name}: {time.monotonic() - began:.0f} s")


def size(postgres: embedded.Postgres) -> str:
    """Say how many rows there are of what counts."""
    tables = ("people_volunteers", "ledger_transfers", "ledger_entries", "redemptions")
    with postgres.connect(embedded.DATABASE) as connection:
        asked = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
        counts = connection.execute(f"SELECT {asked}".encode()).fetchone() or ()
    return ", ".join(f"{n:,} {table}" for n, table in zip(counts, tables, strict=True))


def judge(
    postgres: embedded.Postgres, database: Database, wanted: set[tuple[str, str]]
) -> tuple[float, list[Score]]:
    """Look at both months; return what the one with fraud took, and each rule's score."""
    took = timed(database, *MONTH)
    timed(database, *HONEST)
    with postgres.connect(embedded.DATABASE) as connection:
        rows = connection.execute("SELECT DISTINCT rule, subject FROM audit_findings").fetchall()
    return took, [
        Score(
            kind.rule,
            {subject for rule, subject in wanted if rule == kind.rule},
            {subject for rule, subject in rows if rule == kind.rule},
        )
        for kind in audit_fraud.KINDS
    ]


def timed(database: Database, since: date, until: date) -> float:
    """Let every rule look at some days; return the seconds."""
    began = time.monotonic()
    look(database, Period(1, since, until), now=NOW)
    return time.monotonic() - began


def report(scores: list[Score]) -> dict[str, float]:
    """Print each rule's precision and recall; return both of all together."""
    print(f"{'rule':40}{'planted':>8}{'found':>7}{'precision':>11}{'recall':>8}")
    for one in scores:
        exact, whole = share(one.right, len(one.found)), share(one.right, len(one.wanted))
        counts = f"{len(one.wanted):8}{len(one.found):7}"
        print(f"{one.rule:40}{counts}{exact:11.3f}{whole:8.3f}")
    right = sum(one.right for one in scores)
    return {
        "precision": share(right, sum(len(one.found) for one in scores)),
        "recall": share(right, sum(len(one.wanted) for one in scores)),
        "recall_least": min(share(one.right, len(one.wanted)) for one in scores),
    }


def pages(ground: Ground) -> dict[str, Any]:
    """Ask for every page of the desk, and search."""
    return audit_desk.measure(ground.site, ground.database, NOW)


def pack(ground: Ground) -> dict[str, Any]:
    """Make a month's evidence pack."""
    return audit_desk.packed(ground.site)


PARTS = {"rules": rules, "pages": pages, "pack": pack}


def share(part: int, whole: int) -> float:
    """Return a share to three places; of nothing it is all."""
    return round(part / whole, 3) if whole else 1.0


if __name__ == "__main__":
    sys.exit(main())
