"""What a public notice says, and who stands in it. Pure: no session, no clock, no I/O."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from service.settlement import digest

FORMAT = "aixin-notice-1"
DAYS_MAX = 92
ADULT_YEARS = 18
TEAM_LEAST = 3  # a team's rest of fewer people would point at somebody
SUFFIX = re.compile(r"(?<=..)(社区|村)$")


@dataclass(frozen=True, slots=True)
class Sums:
    """How many people, minutes and points."""

    people: int = 0
    minutes: int = 0
    points: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.people + other.people, self.minutes + other.minutes, self.points + other.points
        )

    def __sub__(self, other: "Sums") -> "Sums":
        return Sums(
            self.people - other.people, self.minutes - other.minutes, self.points - other.points
        )


@dataclass(frozen=True, slots=True)
class Served:
    """What somebody earned by attendance on the days of a notice."""

    volunteer_id: int
    code: str
    age: int  # the lowest of the age band
    agreed: bool
    team: str
    what: tuple[str, ...]
    minutes: int
    points: int

    @property
    def named(self) -> bool:
        """Whether the person may stand in a row: agreed, and no minor."""
        return self.agreed and self.age >= ADULT_YEARS

    @property
    def sums(self) -> Sums:
        """The person in the totals."""
        return Sums(1, self.minutes, self.points)


@dataclass(frozen=True, slots=True)
class Row:
    """One person as everybody may see it; the salt keeps its hash from being guessed."""

    tail: str
    what: tuple[str, ...]
    minutes: int
    points: int
    salt: str

    @property
    def hash(self) -> str:
        """What stands for the row in the notice's content."""
        said = {"tail": self.tail, "what": list(self.what), "minutes": self.minutes}
        return digest({**said, "points": self.points, "salt": self.salt})


@dataclass(frozen=True, slots=True)
class Apart:
    """What is listed apart, without names."""

    people: int
    count: int
    points: int


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is known of some days of a community, before anything is said of it."""

    served: tuple[Served, ...]
    titles: tuple[str, ...]  # of the activities, in their order
    manual: Apart  # awarded by hand, those that were taken back later too
    reversed: Apart  # awards taken back on these days
    sales: Apart  # redemptions taken back on these days


@dataclass(frozen=True, slots=True)
class Frame:
    """Whose notice it is, of which days, shown when, and under which rules and ledger head."""

    community: str
    community_name: str
    unit: str
    since: date
    until: date
    starts_on: date
    ends_on: date
    working_days: int
    rules: str
    day_cap: int
    head: dict[str, Any] | None


def short(name: str) -> str:
    """Return what a notice calls a community: 富民 of 富民社区."""
    return SUFFIX.sub("", name)


def code_of(community: str, year: int, number: int) -> str:
    """Return a notice's number in its address: FM-2025-18."""
    return f"{community}-{year}-{number}"


def name_of(community_name: str, year: int, number: int) -> str:
    """Return a notice's number as it stands on paper: 富民志愿积分公示〔2025〕18号."""
    return f"{short(community_name)}志愿积分公示〔{year}〕{number}号"


def total(served: Iterable[Served]) -> Sums:
    """Add people up."""
    return sum((one.sums for one in served), Sums())


def rest_by_team(rest: Sequence[Served]) -> tuple[list[tuple[str, Sums]], Sums]:
    """Part those without a row into teams of enough people, and all others together.

    Others who are few would be told by what the teams leave over: the smallest teams join them.
    """
    teams: dict[str, Sums] = {}
    for one in rest:
        teams[one.team] = teams.get(one.team, Sums()) + one.sums
    others = teams.pop("", Sums())
    listed = sorted(teams.items(), key=lambda each: (-each[1].people, each[0]))
    while listed and (listed[-1][1].people < TEAM_LEAST or 0 < others.people < TEAM_LEAST):
        others += listed.pop()[1]
    return listed, others


def content(frame: Frame, figures: Figures, rows: Sequence[Row]) -> dict[str, Any]:
    """Write what a notice says; of its rows the hashes alone, so that one can be taken out."""
    named = [one for one in figures.served if one.named]
    rest = [one for one in figures.served if not one.named]
    teams, others = rest_by_team(rest)
    days = ("since", "until", "starts_on", "ends_on")
    plain = ("community", "community_name", "unit", "working_days", "rules", "day_cap", "head")
    return {
        "format": FORMAT,
        **{name: getattr(frame, name) for name in plain},
        **{name: getattr(frame, name).isoformat() for name in days},
        "activities": list(figures.titles),
        "total": sums(total(figures.served)),
        "named": sums(total(named)),
        "rest": sums(total(rest)),
        "teams": [{"team": team, **sums(found)} for team, found in teams],
        "others": sums(others),
        "manual": apart(figures.manual),
        "reversed": apart(figures.reversed),
        "sales": apart(figures.sales),
        "rows": [row.hash for row in rows],
    }


def sums(found: Sums) -> dict[str, int]:
    """Write sums as figures."""
    return {"people": found.people, "minutes": found.minutes, "points": found.points}


def apart(found: Apart) -> dict[str, int]:
    """Write what is listed apart as figures."""
    return {"people": found.people, "count": found.count, "points": found.points}


def numbered(said: dict[str, Any], *, code: str, name: str) -> dict[str, Any]:
    """Put a notice's number into its content."""
    return {**said, "code": code, "name": name}
