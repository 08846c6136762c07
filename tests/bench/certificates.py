"""605 certificates, from the recorder's click to the file: `python -m tests.bench.certificates`.

The order goes over HTTP to a service with its real cron and worker, which finds it, numbers the
certificates, draws them into one PDF and says how far it is.
"""

import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deploy import embedded
from service.clock import business_day
from tests.bench import crowd
from tests.journeys.replay.actors import Actors, Who
from tests.journeys.replay.client import Client
from tests.journeys.replay.scenario import Data
from tests.live import Site, running

BOOKLETS = 605
OCCASIONS = 12  # a year of monthly service
PATIENCE_S = 300
LOOK_S = 0.25
SERVED = """INSERT INTO activities_awards (key, programme_id, kind, volunteer_id, activity_id, rule,
    present_minutes, minutes, points, cut, service_day, service_month, maker, status, entered_at)
  SELECT 'bench:' || v.id || ':' || n, v.programme_id, 'attendance', v.id, a.id, 'GEN', 120, 120, 0,
    0, current_date - 30 * n, date_trunc('month', current_date - 30 * n)::date, 'system', 'posted',
    now() FROM people_volunteers v, activities a, generate_series(1, %s) n WHERE a.code = 'B1'"""


@dataclass(frozen=True, slots=True)
class Printed:
    """What an order took, and how often it said how far it was."""

    seconds: float
    certificates: int
    steps: int
    bytes: int


def measure() -> Printed:
    """Order everybody's certificates and wait for the file."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "crowd.json"
        today = business_day(datetime.now(UTC))
        crowd.write(data, volunteers=BOOKLETS, day=today)
        with running(data, simulated=False, durable=True) as site:
            with site.postgres.connect(embedded.DATABASE) as admin:
                admin.execute(SERVED, [OCCASIONS])
                admin.execute("ANALYZE")
            return ordered(site, data, upto=today.isoformat())


def ordered(site: Site, data: Path, *, upto: str) -> Printed:
    """Place the order and look until it is finished."""
    client = Client(site.url)
    recorder, actors = Who("staff", "U-ADM"), Actors(client, Data(data), site.cards)
    began, seen = time.monotonic(), set[int]()
    body = {"key": "bench", "upto": upto, "community": crowd.PREFIX}
    found = actors.must(recorder, "POST", "/certificates/orders", body)
    while not found["finished"]:
        assert time.monotonic() - began < PATIENCE_S, found
        time.sleep(LOOK_S)
        found = actors.must(recorder, "GET", f"/certificates/orders/{found['id']}")
        seen.add(found["done"])
    seconds = time.monotonic() - began
    size = newest(site).stat().st_size
    client.close()
    return Printed(seconds, found["done"], len(seen), size)


def newest(site: Site) -> Path:
    """Return the printed file."""
    folder = site.settings.files_folder / "certificates"
    return max(folder.iterdir(), key=lambda path: path.stat().st_mtime)


def told() -> dict[str, Any]:
    """Measure and print a sentence; return the figure for the machine's line."""
    found = measure()
    assert found.certificates == BOOKLETS
    print(
        f"{found.certificates} certificates of {OCCASIONS} occasions each:"
        f" {found.seconds:.1f} s from the order to a file of {found.bytes / 1e6:.1f} MB,"
        f" {found.steps} steps of progress seen"
    )
    return {"certificates_s": round(found.seconds, 1)}


if __name__ == "__main__":
    print(told())
