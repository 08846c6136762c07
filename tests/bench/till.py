"""What a shop's tablet costs and how long it takes: `python -m tests.bench.till`.

A redemption over HTTP by eight tills, then everybody at one shop for one good that runs out, then
the page itself in Chromium on a slowed CPU.
"""

import json
import os
import platform
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy import embedded
from deploy.supervise import WEB
from service.clock import business_day
from tests.bench import bare, crowd, floor, till_page
from tests.bench.http import (
    CONNECTIONS,
    MEASURED,
    WARM,
    Measured,
    hammer,
    measure,
    redemptions,
    request,
    shown_passes,
    till_tokens,
)
from tests.live import Site, running

SCARCE, WANTED = 600, 1000
GOALS = (
    "redeem_cpu_ms ≤ 2.5, floor_ratio ≥ 0.3, p99_ms ≤ 60, hot_p99_ms ≤ 250, oversold 0,"
    " page_kb ≤ 150, ready_ms ≤ 1000, done_ms ≤ 300"
)


@dataclass(frozen=True, slots=True)
class Hot:
    """Everybody wants the same good of one shop."""

    per_second: float
    p99_ms: float
    captured: int
    stock: int


def main() -> None:
    """Measure, print a table and, last, the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "crowd.json"
        day = business_day(datetime.now(UTC))
        crowd.write(data, volunteers=WARM + MEASURED + WANTED, day=day, scarce=SCARCE)
        with running(data, simulated=False, durable=True, background=False) as site:
            say_conditions(site)
            redeem = measure(site, "redemption", redemptions(site, data))
            hot = all_want_it(site, data)
            floor.prepare(site)
            lowest = floor.measure(site, floor.FLOOR, clients=CONNECTIONS).tps
            flask = bare.measured(site)
    report(redeem, hot, lowest, flask)
    print(json.dumps(figures(redeem, hot, lowest, flask) | till_page.measure()))


def say_conditions(site: Site) -> None:
    """Say what is measured, on what."""
    durable = one(site, "SELECT current_setting('fsync')")
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, fsync {durable};"
        f" {' '.join(WEB)}; {CONNECTIONS} connections from another process; relay, worker and cron"
        f" are off.\nRedemptions: {MEASURED} after {WARM} to warm up, {crowd.SHOPS} tills scan"
        f" passes, no step-up. Hot: {WANTED} people want {SCARCE} pieces of one good of one shop."
        f"\nFloor: pgbench, {CONNECTIONS} clients, one prepared call that writes the rows of a"
        f" redemption, {floor.SECONDS} s."
    )


def one(site: Site, sql: str) -> Any:
    """Ask the site's database for one value."""
    with site.postgres.connect(embedded.DATABASE) as admin:
        row = admin.execute(sql.encode()).fetchone()
    assert row is not None
    return row[0]


def all_want_it(site: Site, data: Path) -> Hot:
    """Let everybody want the good of which there is too little."""
    shop, token = till_tokens(site, data)[0]
    good = f"{shop}-G2"
    others = shown_passes(site)[WARM + MEASURED :]  # who have not used this moment's code yet
    requests = [
        request("/redemptions", {"code": url, "good": good, "qty": 1}, token, key=f"hot-{number}")
        for number, url in enumerate(others)
    ]
    seen = hammer(site, requests)
    assert seen["good"] == SCARCE, f"{seen['good']} of {WANTED} served: {seen['bad']}"
    given = "SELECT count(*) FROM redemptions WHERE key LIKE 'hot-%' AND status = 'captured'"
    stock = f"SELECT stock FROM shops_goods WHERE code = '{good}'"
    latencies = sorted(seen["latencies_us"])
    return Hot(
        per_second=WANTED / seen["seconds"],
        p99_ms=latencies[int(len(latencies) * 0.99)] / 1000,
        captured=one(site, given),
        stock=one(site, stock),
    )


def report(redeem: Measured, hot: Hot, lowest: float, flask: Measured) -> None:
    """Print the table for people."""
    print()
    for row in (redeem, flask):
        print(
            f"{row.name:10} {row.per_second:6.0f} a second, p50 {row.p50_ms:.1f} ms, p99"
            f" {row.p99_ms:.1f} ms, CPU {row.cpu_ms:.2f} ms = web {row.server_ms:.2f} + PostgreSQL"
            f" {row.postgres_ms:.2f}; {row.per_second / lowest:.2f} of the floor"
        )
    print(
        f"floor      {lowest:6.0f} a second\nhot        {hot.per_second:6.0f} a second, p99"
        f" {hot.p99_ms:.1f} ms; {hot.captured} of {WANTED} got one of {SCARCE}, {hot.stock} left"
        f"\nto reach: {GOALS}\n"
    )


def figures(redeem: Measured, hot: Hot, lowest: float, flask: Measured) -> dict[str, float]:
    """Write the figures for machines; `bare_` is what Flask and one call cost without us."""
    return {
        "redeem_cpu_ms": round(redeem.cpu_ms, 3),
        "floor_ratio": round(redeem.per_second / lowest, 3),
        "p99_ms": round(redeem.p99_ms, 2),
        "hot_p99_ms": round(hot.p99_ms, 2),
        "oversold": max(hot.captured - SCARCE, -hot.stock, 0),
        "bare_cpu_ms": round(flask.cpu_ms, 3),
        "bare_floor_ratio": round(flask.per_second / lowest, 3),
    }


if __name__ == "__main__":
    main()
