"""What the second wall costs a redemption: `python -m tests.bench.rls`.

The same tills sell to as many people with the policies and without, in turns within one run, so
that a busy machine is busy for both. Both ways are over HTTP with the production web server. The
ratio of what both do in a second of the processors' time is printed too: it says the same and
hears less of the neighbours. The last line is JSON.
"""

import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy import embedded
from service.clock import business_day
from tests.bench import cost, crowd
from tests.bench.http import hammer, request, shown_passes, till_tokens
from tests.bench.rights import authorise_cpu_ms
from tests.bench.sign_in import sign_in_per_s
from tests.live import Site, running

WARM, MEASURED = 40, 160  # each turn: plans are made anew after a policy was switched
TURNS = (True, False, False, True, False, True, True, False)  # with the wall, without it
GOALS = "throughput_ratio ≥ 0.9, authorise_cpu_ms ≤ 0.1, sign_in_per_s ≥ 5"
TABLES = "SELECT DISTINCT polrelid::regclass::text FROM pg_policy"


@dataclass(slots=True)
class Sold:
    """What was sold one way, and what it took."""

    count: int = 0
    seconds: float = 0.0
    cpu_ms: float = 0.0

    @property
    def per_second(self) -> float:
        """Sales a second."""
        return self.count / self.seconds

    @property
    def each_ms(self) -> float:
        """CPU of a sale, of the web server and PostgreSQL together."""
        return self.cpu_ms / self.count


def main() -> None:
    """Measure, print both ways and, last, the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "crowd.json"
        people = len(TURNS) * (WARM + MEASURED) + 1
        crowd.write(data, volunteers=people, day=business_day(datetime.now(UTC)))
        with running(data, simulated=False, durable=True, background=False) as site:
            found = sell(site, data)
    report(found)


def sell(site: Site, data: Path) -> dict[bool, Sold]:
    """Let the tills sell in turns; nobody buys twice."""
    tills, found = till_tokens(site, data), {True: Sold(), False: Sold()}
    for turn, walled in enumerate(TURNS):
        switch(site, on=walled)
        first = turn * (WARM + MEASURED)
        requests = asked(site, tills, first)
        hammer(site, requests[:WARM])
        before = spent(site)
        seen = hammer(site, requests[WARM:])
        assert seen["good"] == MEASURED, seen["bad"]
        sold = found[walled]
        sold.count += MEASURED
        sold.seconds += seen["seconds"]
        sold.cpu_ms += spent(site) - before
    switch(site, on=True)
    return found


def switch(site: Site, *, on: bool) -> None:
    """Put up the wall, or pull it down."""
    with site.postgres.connect(embedded.DATABASE) as admin:
        word = "ENABLE" if on else "DISABLE"
        for (table,) in admin.execute(TABLES).fetchall():
            admin.execute(f"ALTER TABLE {table} {word} ROW LEVEL SECURITY".encode())


def asked(site: Site, tills: list[tuple[str, str]], first: int) -> list[str]:
    """Prepare a turn's sales: passes as the phones show them at this moment."""
    made = []
    for number, url in enumerate(shown_passes(site)[first : first + WARM + MEASURED]):
        shop, token = tills[number % len(tills)]
        body = {"code": url, "good": f"{shop}-G1", "qty": 1}
        made.append(request("/redemptions", body, token, key=f"rls-{first + number}"))
    return made


def spent(site: Site) -> float:
    """Return the CPU that the web server and PostgreSQL have used, in milliseconds."""
    return cost.cpu_ms(site.parts["web"]) + cost.cpu_ms(site.postgres)


def report(found: dict[bool, Sold]) -> None:
    """Print what was found."""
    walled, bare = found[True], found[False]
    for name, sold in (("with policies", walled), ("without", bare)):
        print(f"{name:14} {sold.per_second:6.0f} a second, CPU {sold.each_ms:.2f} ms a sale")
    print(f"to reach: {GOALS}")
    figures = {
        "throughput_ratio": round(walled.per_second / bare.per_second, 3),
        "cpu_ratio": round(bare.each_ms / walled.each_ms, 3),
        "authorise_cpu_ms": authorise_cpu_ms(),
        "sign_in_per_s": round(sign_in_per_s(), 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
