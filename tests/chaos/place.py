"""A running service whose parts may be killed: what a supervisor does is done for them here.

Every part is started from the thread that makes the place: the kernel ends them with that thread.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from deploy import embedded
from deploy.process import session_members
from deploy.supervise import is_well
from deploy.watch import WINDOW_SECONDS, Program, Watched
from service.clock import business_day
from tests.bench import crowd
from tests.live import MODULES, Site, running

VOLUNTEERS = 80
LOOK_S = 0.05
WELL_S = 60.0
CRASH_LINES = 120  # one error may have led to the next
DISCOUNT = [{"tier": "T1", "name": "One", "min": 0, "discount_pct": 5}]


@dataclass
class Place:
    """A site under a supervisor of ours, which keeps count of what it had to start again."""

    site: Site
    data: Path
    said: list[str] = field(default_factory=list)
    kept: dict[str, Watched] = field(default_factory=dict)
    away: set[str] = field(default_factory=set)  # nobody starts these again yet
    began: float = field(default_factory=time.monotonic)
    away_s: tuple[float, float] = (3.0, 6.0)  # how long a server may be away

    def note(self, line: str) -> None:
        """Keep what happened, and when."""
        self.said.append(f"{time.monotonic() - self.began:6.1f} {line}")

    def watch(self, seconds: float) -> None:
        """Keep every part running for so long; raises Hopeless where one keeps ending."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.look()
            time.sleep(LOOK_S)

    def look(self) -> None:
        """Start again what has ended."""
        for name, watched in self.kept.items():
            if name not in self.away:
                watched.look()

    def until(self, holds: Callable[[], object], what: str, seconds: float = WELL_S) -> None:
        """Keep everything running until something is true, or fail with its name."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"waited in vain: {what}\n{self.last_words()}"
            self.watch(LOOK_S)

    def well(self) -> bool:
        """Tell whether every part runs and the web server finds its servers."""
        return all(one.part.running for one in self.kept.values()) and is_well(
            f"{self.site.url}/healthz"
        )

    def members(self, part: str) -> list[int]:
        """Return the processes of a part, its first one at the front."""
        process = self.kept[part].part.process
        assert process is not None
        return [process.pid, *(pid for pid in session_members(process.pid) if pid != process.pid)]

    def kill(self, pid: int, signal: int) -> None:
        """Send a signal to one of our own processes, which may be gone already."""
        try:
            os.kill(pid, signal)
        except ProcessLookupError:
            self.note(f"{pid} was gone")

    def connect(self) -> psycopg.Connection:
        """Open a superuser's connection to the database."""
        return self.site.postgres.connect(embedded.DATABASE)

    def ends(self) -> dict[str, int]:
        """Count how often each part had to be started again within the last minute."""
        since = time.monotonic() - WINDOW_SECONDS
        return {
            name: sum(moment > since for moment in watched.ends)
            for name, watched in self.kept.items()
        }

    def crashes(self) -> str:
        """Return what the web server wrote of its own faults, for whoever has to find them."""
        lines = (self.site.folder / "web.log").read_text("utf-8", "replace").splitlines()
        began = [at for at, line in enumerate(lines) if "Exception on" in line]
        return "\n".join(line for at in began for line in lines[at : at + CRASH_LINES])

    def last_words(self) -> str:
        """Return what the supervisor said and the end of every log."""
        logs = [f"== {name}\n{one.part.last_lines(12)}" for name, one in self.kept.items()]
        return "\n".join([*self.said[-20:], *logs])


@contextmanager
def furnished(folder: Path) -> Iterator[Place]:
    """Start a service of its own on the real clock, with people, shops and one long activity."""
    data = folder / "town.json"
    write_town(data)
    with running(data, simulated=False, durable=True) as site:
        place = Place(site, data)
        second = Program("relay 2", *relay(site), site.folder / "relay-2.log")
        parts = {"postgres": site.postgres, "redis": site.redis, **site.parts, "relay 2": second}
        place.kept = {name: Watched(part, place.note) for name, part in parts.items()}
        second.start()
        try:
            yield place
        finally:
            second.stop()


def relay(site: Site) -> tuple[list[str], Mapping[str, str]]:
    """Say how a relay is started: one more than there need be."""
    return [sys.executable, "-m", MODULES["relay"]], site.environment


def write_town(file: Path) -> None:
    """Write a bench's crowd, with a standing that earns a discount."""
    crowd.write(file, volunteers=VOLUNTEERS, day=business_day(datetime.now(UTC)))
    said = json.loads(file.read_text("utf-8"))
    said["rules"]["tiers_by_lifetime_points"] = DISCOUNT
    said["rules"]["caps"] = {"points_per_day": 10_000, "points_per_month": 100_000}
    for good in (good for shop in said["shops"] for good in shop["goods"]):
        good["daily_limit"] = crowd.PLENTY  # so that what is taken is counted by the day
    file.write_text(json.dumps(said), "utf-8")
