"""What a certificate says and whether it still holds. Pure: no session, no clock, no I/O."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

HOUR = 60
STAR = "＊"


class State(StrEnum):
    """What a stranger who checks a certificate is told."""

    GENUINE = "genuine"
    CORRECTED = "corrected"  # the record under it changed, or a newer one took its place
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Totals:
    """Confirmed service up to a day, in minutes; how each minute was recorded stays apart."""

    scanned: int = 0
    typed: int = 0
    earlier: int = 0  # from before the books were opened
    occasions: int = 0

    @property
    def minutes(self) -> int:
        """All of them."""
        return self.scanned + self.typed + self.earlier


def serial(community: str, year: int, number: int) -> str:
    """Return a certificate's number: FM-2025-00012."""
    return f"{community}-{year}-{number:05d}"


def state(*, revoked: bool, superseded: bool, certified: Totals, standing: Totals) -> State:
    """Judge a certificate by what now stands of the service that was known when it was issued.

    Service recorded later makes it no less true; service that was taken back does.
    """
    if revoked:
        return State.REVOKED
    return State.CORRECTED if superseded or certified != standing else State.GENUINE


def hours(minutes: int) -> str:
    """Write minutes as hours, with two places where one does not say all: 42.5, 0.25."""
    whole, rest = divmod(minutes, HOUR)
    hundredths = round(rest * 100 / HOUR)
    return f"{whole}.{hundredths // 10}" if hundredths % 10 == 0 else f"{whole}.{hundredths:02d}"


def masked(name: str) -> str:
    """Return what a stranger may see of a name: its first character."""
    return name[:1] + STAR * max(1, len(name) - 1) if name else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One occasion of service on a certificate."""

    day: date
    what: str
    where: str
    minutes: int
    category: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that one certificate says on paper. There are no points on it."""

    serial: str
    holder: str
    booklet: str
    unit: str  # the record unit: the residents' committee, never a team
    upto: date
    issued_on: date
    totals: Totals
    lines: tuple[Line, ...]
    url: str  # of the page that confirms it

    @property
    def since(self) -> date | None:
        """The day of the first line."""
        return min((line.day for line in self.lines), default=None)

    def by_category(self) -> list[tuple[str, int, int]]:
        """Return (category, occasions, minutes), most minutes first."""
        found: dict[str, tuple[int, int]] = {}
        for line in self.lines:
            count, minutes = found.get(line.category, (0, 0))
            found[line.category] = (count + 1, minutes + line.minutes)
        rows = [(category, *counted) for category, counted in found.items()]
        return sorted(rows, key=lambda row: (-row[2], row[0]))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the page of a certificate tells anybody: masked, and no history."""

    serial: str
    state: State
    holder: str
    booklet_tail: str
    unit: str
    upto: date
    minutes: int
    occasions: int
    issued_at: datetime
    revoked_at: datetime | None
    newer: str | None  # the number that took its place
