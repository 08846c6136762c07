"""What a replay knows while it runs: the service, the people, what was done under which name."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from tests.journeys.replay.actors import Actors
from tests.journeys.replay.client import Client
from tests.journeys.replay.difference import Difference
from tests.journeys.replay.scenario import Data, Op, Scenario
from tests.journeys.replay.times import Moment

T = TypeVar("T")
NONCE = re.compile(r"[A-Za-z0-9._:-]{1,80}")
PATIENCE_S = 120  # a wait ends when the thing is there; a busy machine is no difference
PASS_STEP = timedelta(seconds=30)
STEPS_EARLY = 1  # a pass is good one step before its time
POLL_S = 0.1
READERS = ("community_secretary", "volunteer_admin", "second_approver", "subdistrict_auditor")


@dataclass
class Sale:
    """A redemption or a discount as a till sent it, to be sent again, undone or looked up."""

    op: Op
    shop: str
    body: dict[str, Any]
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class QueuedScan:
    """A scan that lies in a phone without network."""

    phone: str  # whose
    activity: str
    volunteer: str
    body: dict[str, Any]


@dataclass
class Award:
    """An award that the service made for a name of the scenario."""

    key: str
    volunteer: str
    answer: dict[str, Any]


@dataclass
class Offline:
    """What phones and tills hold while they are cut off."""

    scans: list[QueuedScan] = field(default_factory=list)
    sent: list[QueuedScan] = field(default_factory=list)  # the last batch, for sending it again
    sales: dict[str, Sale] = field(default_factory=dict)  # by key

    def holds(self, activity: str, volunteer: str) -> QueuedScan | None:
        """Return the queued scan of somebody at an activity, if any."""
        return next(
            (
                scan
                for scan in self.scans
                if (scan.activity, scan.volunteer) == (activity, volunteer)
            ),
            None,
        )


class World:
    """One replay."""

    def __init__(self, client: Client, data: Data, scenario: Scenario, actors: Actors) -> None:
        self.client = client
        self.data = data
        self.scenario = scenario
        self.actors = actors
        self.offline = Offline()
        self.sales: dict[str, Sale] = {}
        self.awards: dict[str, Award] = {}
        self.cases: dict[str, int] = {}  # their numbers here, by what a scenario calls them
        self.discounts: dict[str, Sale] = {}
        self.papers: dict[tuple[str, str], Op] = {}  # lines signed, by activity and volunteer
        self.absent: set[tuple[str, str]] = set()  # no-shows that a line of paper may take back
        self.suspended: set[str] = set()  # whose right to award by hand was taken away
        self.expired: dict[str, int] = {}  # points, by booklet, of all runs so far
        self.moment: Moment | None = None
        self.spent: set[str] = set()  # codes of passes that were shown to pay
        self.nonces = 0

    def set_clock(self, moment: Moment) -> None:
        """Move the service's clock; in a simulation it may also go back."""
        if self.moment != moment:
            self.client.must("PUT", "/clock", {"now": moment.at.isoformat()})
            self.moment = moment

    def show_to_spend(self, volunteer: str, via: str | None) -> str:
        """Return a code that was never spent: who buys twice within a step waits for the next."""
        if self.actors.by_card(volunteer, via):
            return self.actors.card(volunteer)
        codes = self.actors.passes(volunteer)
        ahead = next(number for number, code in enumerate(codes) if code not in self.spent)
        self.spent.add(codes[ahead])
        if ahead > STEPS_EARLY and self.moment is not None:
            later = self.moment.at + PASS_STEP * (ahead - STEPS_EARLY)
            self.set_clock(Moment(self.moment.day, later))
        return codes[ahead]

    def nonce(self, op: Op) -> str:
        """Return what makes a scan one scan: its key in the scenario, or a number of ours."""
        self.nonces += 1
        key = str(op.get("key") or "")
        return key if NONCE.fullmatch(key) else f"scan-{self.nonces}"

    def figures(self, day: date | None = None) -> dict[str, dict[str, Any]]:
        """Return every cast member's row of the report, of all time or of one day, by booklet."""
        rows: dict[str, dict[str, Any]] = {}
        for community, codes in self.communities().items():
            reader = self.actors.officer(*READERS, community=community)
            period = self.period(codes, day)
            page = self.actors.must(reader, "GET", f"/reports/volunteers?{period}")
            rows |= {row["code"]: row for row in page["items"]}
        return rows

    def figures_of(self, volunteer: str) -> dict[str, Any]:
        """Return the row of somebody outside the cast."""
        reader = self.actors.officer(*READERS, community=self.data.community(volunteer))
        path = f"/reports/volunteers?{self.period([volunteer])}"
        rows: list[dict[str, Any]] = self.actors.must(reader, "GET", path)["items"]
        return rows[0]

    def totals(self) -> list[dict[str, Any]]:
        """Return the sums over the cast, one object a community."""
        return [
            self.actors.must(
                self.actors.officer(*READERS, community=community),
                "GET",
                f"/reports/totals?{self.period(codes)}",
            )
            for community, codes in self.communities().items()
        ]

    def communities(self) -> dict[str, list[str]]:
        """Return the cast by community."""
        found: dict[str, list[str]] = {}
        for code in self.scenario.cast:
            found.setdefault(self.data.community(code), []).append(code)
        return found

    def period(self, codes: list[str] | None = None, day: date | None = None) -> str:
        """Write the period of the scenario (or one day of it), and whom it is about, as a query."""
        first, last = day or self.scenario.date, day or self.scenario.last_day
        asked = {"from": first.isoformat(), "to": last.isoformat()}
        return urlencode(asked | ({"codes": ",".join(codes)} if codes else {}))


def wait_for(what: str, look: Callable[[], T | None], shown: Callable[[], Any]) -> T:
    """Look again and again until there is something: the workers' turn. Raises Difference."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise Difference(f"{what} within {PATIENCE_S} s", "that the worker does it", shown())
        time.sleep(POLL_S)
    return found
