"""How fast events are dealt with: one relay and one worker drain a backlog.

    python -m tests.bench.events [--events 30000]

The mix is that of a busy Saturday: a third each of check-ins, redemptions and awards, on a
database that keeps what it was told. The clock runs from the first event that is handed on to the
last one that every consumer has dealt with. The last line is JSON with `events_per_s`.
"""

import argparse
import json
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from service import outbox
from service.db import Database
from tests.live import Site, running, start
from workers.consumers import CONSUMERS

DATA = Path(__file__).parents[2] / "deploy" / "demo" / "fumin.json"
POLL_S = 0.25  # asking costs the database something, too
PATIENCE_S = 600.0
WRITE = """
INSERT INTO outbox_events (type, subject, payload, occurred_at, recorded_at)
SELECT (%(types)s::text[])[n %% 3 + 1], 'volunteer:' || v.code,
  (%(payloads)s::jsonb[])[n %% 3 + 1] || jsonb_build_object('volunteer', v.code), now(), now()
FROM generate_series(1, %(events)s) AS n
JOIN (SELECT code, row_number() OVER (ORDER BY code) AS nth, count(*) OVER () AS many
      FROM people_volunteers) v ON v.nth = n %% v.many + 1
ORDER BY n RETURNING id
"""
FAILED = "SELECT count(*) AS n FROM outbox_failures"
LEFT = """
SELECT count(*) AS n FROM outbox_events e
WHERE e.id > %(after)s AND e.type = ANY(%(types)s) AND NOT EXISTS (
  SELECT FROM outbox_consumptions c WHERE c.event_id = e.id AND c.consumer = %(consumer)s)
"""
DEALT = "SELECT count(*) AS n FROM outbox_consumptions WHERE event_id > %(after)s"
WAITING = "SELECT count(*) AS n FROM outbox_events WHERE relayed_at IS NULL"


@dataclass(frozen=True)
class Run:
    """One measured drain."""

    events: int
    seconds: float
    relay_seconds: float

    def told(self) -> dict[str, Any]:
        """What a run says of itself."""
        return {
            "events": self.events,
            "seconds": round(self.seconds, 2),
            "relay_per_s": round(self.events / self.relay_seconds),
            "events_per_s": round(self.events / self.seconds),
        }


def measure(events: int) -> Run:
    """Fill the outbox of a fresh service, then start one relay and one worker and wait."""
    with ExitStack() as stack:
        site = stack.enter_context(running(DATA, simulated=False, durable=True, background=False))
        database = stack.enter_context(closing(Database(site.settings.database_url)))
        await_quiet(stack, site, database)
        after = count(database, "SELECT coalesce(max(id), 0) AS n FROM outbox_events")
        database.atomic(lambda session: fill(session, events))
        wanted = sum(count(database, LEFT, after=after, **of(one)) for one in CONSUMERS)
        began, relayed = time.perf_counter(), 0.0
        start(stack, site, "relay")
        while count(database, WAITING) == events:
            began = time.perf_counter()
            time.sleep(POLL_S)
        while count(database, DEALT, after=after) < wanted:
            if not relayed and not count(database, WAITING):
                relayed = time.perf_counter() - began
            assert time.perf_counter() - began < PATIENCE_S, "the worker does not come to an end"
            assert not count(database, FAILED), "a consumer cannot deal with what it was told"
            time.sleep(POLL_S)
        seconds = time.perf_counter() - began
    return Run(events, seconds, relayed or seconds)


def await_quiet(stack: ExitStack, site: Site, database: Database) -> None:
    """Let a relay and a worker deal with what loading has told, and stop the relay again."""
    start(stack, site, "relay")
    start(stack, site, "worker")
    while count(database, WAITING) or any(
        count(database, LEFT, after=0, **of(one)) for one in CONSUMERS
    ):
        time.sleep(POLL_S)
    site.parts["relay"].stop()


def of(consumer: Any) -> dict[str, Any]:
    """Name a consumer and what it wants."""
    return {"consumer": consumer.name, "types": list(consumer.types)}


def payloads(day: date) -> dict[str, dict[str, Any]]:
    """Return what events of these types say, as the catalogue wants it."""
    at = f"{day}T09:00:00+08:00"
    sale = {"redemption": 1, "shop": "S01", "key": "k", "good": "EGG", "qty": 1, "points": 20}
    sale |= {"value_fen": 400, "tail": "0001", "proxy": None, "flags": None, "offline": False}
    award = {"award": "A", "kind": "service", "rule": "FM-1", "minutes": 60, "points": 10}
    found: dict[str, dict[str, Any]] = {
        "CheckedIn": {"activity": "A1", "occurred_at": at, "way": "pass", "audience": False},
        "RedemptionCaptured": {**sale, "occurred_at": at},
        "AwardPosted": {**award, "service_day": str(day)},
    }
    for kind in ("CheckedIn", "RedemptionCaptured"):
        found[kind]["business_day"] = str(day)
    for kind, said in found.items():
        wrong = outbox.catalogue.faults(kind, {**said, "volunteer": "FM0001"})
        assert not wrong, wrong
    return found


def fill(session: Any, events: int) -> None:
    """Write the backlog in one statement."""
    from service.db import driver

    said = payloads(datetime.now(UTC).date())
    bodies = [json.dumps(body) for body in said.values()]
    with driver(session).cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(WRITE, {"events": events, "types": list(said), "payloads": bodies})


def count(database: Database, question: str, **given: Any) -> int:
    """Ask for a number."""
    row = database.call(question, given)
    return int(row["n"]) if row else 0


def main() -> None:
    """Measure and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=30_000)
    run = measure(parser.parse_args().events)
    print(json.dumps(run.told()))


if __name__ == "__main__":
    main()
