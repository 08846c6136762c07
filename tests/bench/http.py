"""What one scan costs over HTTP: `python -m tests.bench.http`.

A check-in (the leader's phone scans a booklet's card) and a redemption (a till scans a phone's
pass; no step-up, so no PIN) through the production web server with 2 workers, 8 connections.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy import embedded
from deploy.supervise import WEB
from service import passes
from service.clock import business_day
from tests.bench import cost, crowd, floor
from tests.journeys.replay.actors import Actors, Who
from tests.journeys.replay.client import Client
from tests.journeys.replay.scenario import Data
from tests.live import ROOT, Site, running

CONNECTIONS = 8
WARM = 200
MEASURED = 1600
GOALS = {"redeem_cpu_ms": "≤ 3", "checkin_cpu_ms": "≤ 3", "redeem_floor_ratio": "≥ 0.25"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of request under load."""

    name: str
    per_second: float
    p50_ms: float
    p99_ms: float
    server_ms: float  # CPU a request
    postgres_ms: float  # CPU a request

    @property
    def cpu_ms(self) -> float:
        """CPU a request, of the web server and PostgreSQL together."""
        return self.server_ms + self.postgres_ms


def main() -> None:
    """Measure, print a table and, last, the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "crowd.json"
        crowd.write(data, volunteers=WARM + MEASURED + 1, day=business_day(datetime.now(UTC)))
        with running(data, simulated=False, durable=True, background=False) as site:
            say_conditions(site)
            checkin = measure(site, "check-in", check_ins(site, data))
            redeem = measure(site, "redemption", redemptions(site, data))
            floor.prepare(site)
            lowest = floor.measure(site, floor.FLOOR, clients=CONNECTIONS)
            guarded = floor.measure(site, floor.GUARDED, clients=CONNECTIONS)
    report([checkin, redeem], lowest, guarded)


def say_conditions(site: Site) -> None:
    """Say what is compared, on what."""
    with site.postgres.connect(embedded.DATABASE) as admin:
        row = admin.execute("SHOW server_version").fetchone()
        durable = admin.execute("SHOW fsync").fetchone()
    assert row is not None
    assert durable is not None
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {row[0]},"
        f" fsync {durable[0]}; {' '.join(WEB)}; {CONNECTIONS} connections from another"
        f" process; {MEASURED} requests after {WARM} to warm up; relay, worker and cron are off.\n"
        f"Check-in: the leader's phone scans cards. Redemption: {crowd.SHOPS} tills scan passes,"
        f" 5 points, no step-up. Floor: pgbench, {CONNECTIONS} clients, one prepared call that"
        f" writes the same rows, {floor.SECONDS} s."
    )


def check_ins(site: Site, data: Path) -> list[str]:
    """Prepare one check-in a volunteer, sent by the leader's phone."""
    codes = sorted(Data(data).volunteers)
    client = Client(site.url)
    token = Actors(client, Data(data), site.cards).token(Who("volunteer", codes[0]))
    client.close()
    bodies = [
        {"activity": "B1", "action": "in", "nonce": f"in-{code}", "code": site.cards[code].url}
        for code in codes[1:]
    ]
    return [request("/scans", body, token) for body in bodies]


def till_tokens(site: Site, data: Path) -> list[tuple[str, str]]:
    """Pair a till with each shop; return the shops with their tills' tokens."""
    client = Client(site.url)
    actors = Actors(client, Data(data), site.cards)
    found = [(shop, actors.token(Who("till", shop))) for shop in sorted(Data(data).shops)]
    client.close()
    return found


def redemptions(site: Site, data: Path) -> list[str]:
    """Prepare one redemption a volunteer, by the tills in turn; passes as the phones show them."""
    tills = till_tokens(site, data)
    made = []
    for number, url in enumerate(shown_passes(site)[: WARM + MEASURED]):
        shop, token = tills[number % len(tills)]
        body = {"code": url, "good": f"{shop}-G1", "qty": 1}
        made.append(request("/redemptions", body, token, key=f"bench-{number}"))
    return made


def shown_passes(site: Site) -> list[str]:
    """Return what every bound phone shows now; asking each over HTTP would take a minute."""
    keys = passes.keyring(site.settings.secret_key, site.settings.public_url)
    with site.postgres.connect(embedded.DATABASE) as admin:
        rows = admin.execute("SELECT pid FROM passes_bindings ORDER BY id").fetchall()
    now = datetime.now(UTC)
    return [passes.pass_codes(keys, pid, at=now)[0].url for (pid,) in rows]


def request(path: str, body: dict[str, Any], token: str, key: str = "") -> str:
    """Write one request as it goes over the wire."""
    said = json.dumps(body)
    heads = [
        f"POST /api/v1{path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}",
        "Content-Type: application/json", f"Content-Length: {len(said)}",
        *([f"Idempotency-Key: {key}"] if key else []),
    ]  # fmt: skip
    return "\r\n".join([*heads, "", said])


def measure(site: Site, name: str, requests: list[str]) -> Measured:
    """Warm up with the first requests, then send the others and count."""
    hammer(site, requests[:WARM])
    before = cost.cpu_ms(site.parts["web"]), cost.cpu_ms(site.postgres)
    seen = hammer(site, requests[WARM:])
    after = cost.cpu_ms(site.parts["web"]), cost.cpu_ms(site.postgres)
    sent = len(requests) - WARM
    assert seen["good"] == sent, f"{name}: {seen['good']} of {sent} went well: {seen['bad']}"
    cuts = statistics.quantiles(seen["latencies_us"], n=100)
    return Measured(
        name,
        per_second=sent / seen["seconds"],
        p50_ms=cuts[49] / 1000,
        p99_ms=cuts[98] / 1000,
        server_ms=(after[0] - before[0]) / sent,
        postgres_ms=(after[1] - before[1]) / sent,
    )


def hammer(site: Site, requests: list[str], connections: int = CONNECTIONS) -> dict[str, Any]:
    """Send requests from another process; return what it saw."""
    file = site.folder / "requests.json"
    file.write_text(json.dumps(requests), "utf-8")
    port = site.url.rsplit(":", 1)[-1]
    command = [sys.executable, "-m", "tests.bench.hammer", port, str(connections), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def report(rows: list[Measured], lowest: floor.Floor, guarded: floor.Floor) -> None:
    """Print the table for people and the line for machines."""
    checkin, redeem = rows
    ratio = redeem.per_second / lowest.tps
    print(f"\n{'':12}{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}  = server + PostgreSQL")
    for row in rows:
        print(
            f"{row.name:12}{row.per_second:8.0f}{row.p50_ms:9.2f}{row.p99_ms:9.2f}{row.cpu_ms:9.2f}"
            f"  = {row.server_ms:.2f} + {row.postgres_ms:.2f}"
        )
    print(f"{'floor':12}{lowest.tps:8.0f}   the same rows in one prepared call, no guard")
    print(f"{'own call':12}{guarded.tps:8.0f}   redemptions_sell in one prepared call, all guards")
    print(f"a redemption over HTTP reaches {ratio:.2f} of the floor's throughput")
    print("to reach: " + ", ".join(f"{name} {goal}" for name, goal in GOALS.items()) + "\n")
    figures = {
        "redeem_cpu_ms": round(redeem.cpu_ms, 3),
        "checkin_cpu_ms": round(checkin.cpu_ms, 3),
        "redeem_floor_ratio": round(ratio, 3),
        "redeem_p99_ms": round(redeem.p99_ms, 2),
        "checkin_p99_ms": round(checkin.p99_ms, 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
