"""What an activity's rush hours cost: `python -m tests.bench.gate`.

A thousand check-ins over HTTP by 8 connections, queues of 200 that a gate uploads after a cut,
1,600 people who want the same 30 places at the same moment, and everybody's certificates.
"""

import json
import os
import platform
import statistics
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlmodel import Session

from deploy import embedded
from deploy.supervise import WEB
from service import people
from service.clock import business_day
from service.db import Database
from tests.bench import certificates, cost, crowd, floor
from tests.bench.http import hammer, request
from tests.live import Site, running

CONNECTIONS = 8
WARM, MEASURED = 200, 1000
BATCH, BATCHES = 200, 4  # the first one warms up
RUSH, PLACES, RUSH_CONNECTIONS = 1600, 30, 64
FLOOR_CALLS = 1000  # of each client
GOALS = (
    "checkin_p99_ms ≤ 150, floor_ratio ≥ 0.25, batch_cpu_ms ≤ 300, rush_s ≤ 5, certificates_s ≤ 60"
)
SQL = Path(__file__).with_suffix(".sql")


@dataclass(frozen=True, slots=True)
class CheckIns:
    """A thousand people coming in."""

    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Rush:
    """What became of the rush, as the database says it, and how long it took."""

    accepted: int
    waiting: int
    people: int
    seconds: float
    p99_ms: float
    cpu_ms: float  # of one person, web and PostgreSQL


def main() -> None:
    """Measure, print a table and, last, the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "crowd.json"
        count = 1 + WARM + MEASURED + BATCH * BATCHES
        day = business_day(datetime.now(UTC))
        crowd.write(data, volunteers=count, day=day, rush_places=PLACES)
        with running(data, simulated=False, durable=True, background=False) as site:
            say_conditions(site)
            tokens = open_sessions(site)
            leader, everybody = tokens[0], [code for code, _ in tokens[1:]]
            came = check_in(site, leader[1], everybody[: WARM + MEASURED])
            batch_ms = upload(site, leader[1], everybody[WARM + MEASURED :])
            rush = all_at_once(site, tokens[1 : RUSH + 1])
            floor.prepare(site)
            lowest = floor.measure(site, floor.FLOOR, clients=CONNECTIONS).tps
            own = measure_own_rows(site)
    report(came, batch_ms, rush, lowest, own)


def say_conditions(site: Site) -> None:
    """Say what is measured, on what."""
    durable, version = one(
        site, "SELECT current_setting('fsync'), current_setting('server_version')"
    )
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, PostgreSQL {version},"
        f" fsync {durable}; {' '.join(WEB)}; clients in another process; relay, worker and cron"
        f" are off.\nCheck-ins: {MEASURED} after {WARM} to warm up, the leader's phone scans cards,"
        f" {CONNECTIONS} connections.\nUploads: {BATCHES - 1} queues of {BATCH} after one to warm"
        f" up, CPU of web and PostgreSQL.\nRush: {RUSH} people, {PLACES} places,"
        f" {RUSH_CONNECTIONS} connections.\nFloor: pgbench, {CONNECTIONS} clients, one prepared"
        f" call that writes the rows of a redemption, as in the other benches; own rows: the same"
        f" with the four rows of a check-in, {FLOOR_CALLS} calls each."
    )


def one(site: Site, sql: str, params: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    """Ask the site's database for one row."""
    with site.postgres.connect(embedded.DATABASE) as admin:
        row = admin.execute(sql.encode(), params).fetchone()
    assert row is not None
    return row


def open_sessions(site: Site) -> list[tuple[str, str]]:
    """Sign everybody in; over HTTP it would take longer than what is measured."""
    database = Database(site.settings.database_url)
    rows = database.rows("SELECT id, code FROM people_volunteers ORDER BY code")

    def work(session: Session) -> list[tuple[str, str]]:
        opened = partial(people.open_volunteer_session, session, now=datetime.now(UTC))
        return [(row["code"], opened(volunteer_id=row["id"])) for row in rows]

    found = database.atomic(work)
    database.close()
    return found


def reading(site: Site, code: str) -> dict[str, Any]:
    """Return one reading of somebody's card."""
    return {"action": "in", "nonce": f"in-{code}", "code": site.cards[code].url}


def check_in(site: Site, token: str, codes: list[str]) -> CheckIns:
    """Let people come in one by one, as fast as the leader's phones can scan."""
    requests = [
        request("/scans", {"activity": "B1", **reading(site, code)}, token) for code in codes
    ]
    hammer(site, requests[:WARM])
    seen = hammer(site, requests[WARM:])
    assert seen["good"] == MEASURED, f"{seen['good']} of {MEASURED} came in: {seen['bad']}"
    cuts = statistics.quantiles(seen["latencies_us"], n=100)
    return CheckIns(MEASURED / seen["seconds"], cuts[49] / 1000, cuts[98] / 1000)


def upload(site: Site, token: str, codes: list[str]) -> float:
    """Send queues of a gate that had no network; return the CPU of one."""
    at = datetime.now(UTC).isoformat()
    parts = [codes[first : first + BATCH] for first in range(0, len(codes), BATCH)]
    sent = [
        request(
            "/scans/batches",
            {
                "activity": "B1",
                "scans": [{**reading(site, code), "occurred_at": at} for code in part],
            },
            token,
        )
        for part in parts
    ]
    accept(hammer(site, sent[:1], connections=1), 1)
    before = cpu(site)
    accept(hammer(site, sent[1:], connections=1), BATCHES - 1)
    spent = (cpu(site) - before) / (BATCHES - 1)
    came = one(site, "SELECT count(*) FROM activities_attendances WHERE kind = 'service'")[0]
    assert came == WARM + MEASURED + BATCH * BATCHES, f"{came} came in"
    return spent


def accept(seen: dict[str, Any], count: int) -> None:
    """Insist on answers that are no problems."""
    assert seen["statuses"] == {"200": count}, seen["bad"]


def cpu(site: Site) -> float:
    """Return the milliseconds that web and PostgreSQL have used."""
    return cost.cpu_ms(site.parts["web"]) + cost.cpu_ms(site.postgres)


def all_at_once(site: Site, tokens: list[tuple[str, str]]) -> Rush:
    """Let everybody want the same few places; nobody is turned away, nobody stands there twice."""
    requests = [request("/activities/B2/signups", {}, token) for _, token in tokens]
    before = cpu(site)
    seen = hammer(site, requests, connections=RUSH_CONNECTIONS)
    spent = (cpu(site) - before) / RUSH
    assert seen["statuses"] == {"201": RUSH}, f"{seen['statuses']}: {seen['bad']}"
    found = one(site, COUNTED)
    assert found[3], "somebody who waits began to wait before somebody with a place"
    cuts = statistics.quantiles(seen["latencies_us"], n=100)
    return Rush(*found[:3], seconds=seen["seconds"], p99_ms=cuts[98] / 1000, cpu_ms=spent)


COUNTED = """SELECT count(*) FILTER (WHERE s.status = 'confirmed'),
  count(*) FILTER (WHERE s.status = 'waiting'), count(DISTINCT s.volunteer_id),
  max(s.turn) FILTER (WHERE s.status = 'confirmed')
    < min(s.turn) FILTER (WHERE s.status = 'waiting')
FROM activities_signups s JOIN activities a ON a.id = s.activity_id WHERE a.code = 'B2'"""


def measure_own_rows(site: Site) -> float:
    """Return the check-ins a second that pgbench writes where nothing is asked."""
    with site.postgres.connect(embedded.DATABASE) as admin:
        admin.execute(SQL.read_bytes())
        admin.execute("VACUUM ANALYZE")
    activity, day = one(site, "SELECT id, business_day FROM activities WHERE code = 'B1'")
    calls = CONNECTIONS * FLOOR_CALLS
    first = one(site, "SELECT floor_crowd(%s, %s)", (activity, calls))[0]
    call = f"SELECT floor_check_in({activity}, 'B1', {first}, '{day}');\n"
    found = floor.run_pgbench(
        site, call, (f"--client={CONNECTIONS}", f"--transactions={FLOOR_CALLS}")
    )
    written = one(site, "SELECT count(*) FROM activities_scans WHERE actor = 'floor'")[0]
    assert written == calls, f"{written} of {calls} written"
    return found


def report(came: CheckIns, batch_ms: float, rush: Rush, lowest: float, own: float) -> None:
    """Print the table for people and the line for machines."""
    ratio, own_ratio = came.per_second / lowest, came.per_second / own
    print(
        f"\ncheck-in  {came.per_second:6.0f} a second, p50 {came.p50_ms:.1f} ms,"
        f" p99 {came.p99_ms:.1f} ms\nfloor     {lowest:6.0f} a second: a check-in over HTTP reaches"
        f" {ratio:.2f} of it\nown rows  {own:6.0f} a second: {own_ratio:.2f} of it"
        f"\nupload    {batch_ms:6.0f} ms of CPU for {BATCH} readings"
        f"\nrush      {rush.seconds:6.2f} s for {rush.people} people: {rush.accepted} places,"
        f" {rush.waiting} in line; p99 {rush.p99_ms:.0f} ms, {rush.cpu_ms:.1f} ms of CPU each"
        f"\nto reach: {GOALS}\n"
    )
    figures = {
        "checkin_p99_ms": round(came.p99_ms, 2),
        "floor_ratio": round(ratio, 3),
        "own_rows_ratio": round(own_ratio, 3),
        "batch_cpu_ms": round(batch_ms, 1),
        "rush_accepted": rush.accepted,
        "rush_s": round(rush.seconds, 3),
    }
    print(json.dumps(figures | certificates.told()))


if __name__ == "__main__":
    main()
