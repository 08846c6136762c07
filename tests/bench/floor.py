"""The floor: pgbench writes the rows of a redemption by one prepared call, no HTTP, no guard."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy import embedded
from deploy.process import Account
from tests.bench.crowd import SHOPS
from tests.live import Site

SECONDS = 6
TPS = re.compile(r"^tps = ([0-9.]+) ", re.MULTILINE)
BARE = Path(__file__).with_suffix(".sql")
DRAW = """\\set v random({first}, {last})
\\set s random(1, {shops})
\\set step random(1, 1000000000000)
\\set key random(1, 1000000000000000000)
"""
# The rows alone, and the service's own call with all its guards. Each takes another step of a pass.
FLOOR = """SELECT floor_write({programme}, :v, 'BN' || lpad((:v - {first} + 1)::text, 5, '0'),
  'S' || lpad(:s::text, 2, '0'), 'floor-' || :key, :step);
"""
GUARDED = """SELECT outcome FROM redemptions_sell(
  (SELECT id FROM shops WHERE code = 'S' || lpad(:s::text, 2, '0')), 'floor-' || :key,
  sha256((:key::text)::bytea), 'S' || lpad(:s::text, 2, '0') || '-G1', 1, {programme},
  :v, 'BN' || lpad((:v - {first} + 1)::text, 5, '0'), '001', 'pass',
  (SELECT pid FROM passes_bindings WHERE volunteer_id = :v), :step, NULL, 'floor', NULL,
  now(), now(), (now() AT TIME ZONE 'Asia/Shanghai')::date, false, false, false, NULL, '{{}}',
  '{digest}', ARRAY[1000000, 1000000, 0, 50, 180]);
"""


@dataclass(frozen=True, slots=True)
class Floor:
    """What one prepared call costs."""

    tps: float
    transactions: int
    captured: int  # rows that the calls wrote, counted in the table


def prepare(site: Site) -> None:
    """Give the database the function that writes the rows alone."""
    with site.postgres.connect(embedded.DATABASE) as admin:
        admin.execute(BARE.read_bytes())


def measure(site: Site, call: str, *, clients: int) -> Floor:
    """Run pgbench on the site's database for a few seconds."""
    before = captured(site)
    tps = run_pgbench(site, fill(site, DRAW + call), (f"--client={clients}", f"--time={SECONDS}"))
    return Floor(tps, round(tps * SECONDS), captured(site) - before)


def run_pgbench(site: Site, script: str, load: Sequence[str]) -> float:
    """Run a prepared script with so many clients for so long; return the calls a second."""
    file = site.folder / "floor.sql"
    file.write_text(script, "utf-8")
    command: list[str | Path] = [
        embedded.reachable_binaries(Account.unprivileged()) / "pgbench",
        "--no-vacuum", "--protocol=prepared", *load, "--jobs=1",
        f"--file={file}", f"--host={site.postgres.sockets}",
        f"--username={embedded.APPLICATION}", embedded.DATABASE,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path("/"))
    found = TPS.search(done.stdout)
    assert found, done.stdout + done.stderr
    return float(found[1])


def fill(site: Site, script: str) -> str:
    """Put this database's ids into the script."""
    with site.postgres.connect(embedded.DATABASE) as admin:
        row = admin.execute(
            "SELECT min(v.id), max(v.id), min(r.programme_id), min(r.digest)"
            " FROM people_volunteers v, programmes_rule_sets r"
        ).fetchone()
    assert row is not None
    first, last, programme, digest = row
    return script.format(first=first, last=last, programme=programme, digest=digest, shops=SHOPS)


def captured(site: Site) -> int:
    """Count the redemptions that took place."""
    asked = "SELECT count(*) FROM redemptions WHERE status = 'captured'"
    with site.postgres.connect(embedded.DATABASE) as admin:
        row = admin.execute(asked).fetchone()
    assert row is not None
    return int(row[0])
