"""How a matter moves, who may move it, and how teams are compared. Pure: no session, no clock.

    arrow      from       to         who
    raise      -          found      a volunteer on a visit or for himself; secretary, recorder
    note       any        as it was  whoever raised it; secretary, recorder; the assignee
    assign     found      assigned   secretary, recorder: to a grid worker or to a team
    reassign   assigned   assigned   secretary, recorder: to another one
    return     assigned   found      the assignee, with a reason
    solve      assigned   solved     the assignee, saying what was done
    send_back  solved     assigned   secretary, recorder, with a reason
    answer     solved     answered   secretary, recorder, in words for the resident
    rate       any        as it was  the resident, for an answer; changeable for 7 days
    reopen     answered   found      the resident by the lowest rating; secretary, recorder
    settle     found      answered   the resident who takes the lowest rating back in time

The assignee is the grid worker, or the leader of the team. Whatever is not here does not exist.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo

RATING_WORST = 1
RATING_BEST = 3
RATING_CHANGES = timedelta(days=7)
SAME_CALL = timedelta(minutes=10)  # a second tap within this time is the same call for help
HOUSEHOLDS = "户数?$|household"  # the end of 入户户数 and 走访户, not 入户人次
RANKED_FROM = 3  # matters on hand; nobody is ranked on 1 of 1
TEAM_FROM = 2  # members; a team of one is a person, and people are never ranked
SHOWN_FROM = 3  # outside the office a smaller number is not told


WEEK = re.compile(r"(20[0-9]{2})-W([0-9]{2})")


class Kind(StrEnum):
    """Something that was found, or a call for help."""

    MATTER = "matter"
    HELP = "help"


class State(StrEnum):
    """Where a matter stands."""

    FOUND = "found"
    ASSIGNED = "assigned"
    SOLVED = "solved"
    ANSWERED = "answered"


class Arrow(StrEnum):
    """A step of a matter."""

    RAISE = "raise"
    NOTE = "note"
    ASSIGN = "assign"
    REASSIGN = "reassign"
    RETURN = "return"
    SOLVE = "solve"
    SEND_BACK = "send_back"
    ANSWER = "answer"
    RATE = "rate"
    REOPEN = "reopen"
    SETTLE = "settle"


class Part(StrEnum):
    """What somebody is to one matter."""

    KEEPER = "keeper"  # secretary or recorder of its community
    ASSIGNEE = "assignee"
    RAISER = "raiser"
    RESIDENT = "resident"  # whoever has the link


@dataclass(frozen=True, slots=True)
class Way:
    """From where an arrow leads, to where (None: nowhere else), and for whom."""

    sources: frozenset[State]
    target: State | None
    who: frozenset[Part]
    wordless: bool = False  # may be taken without a word


EVERYWHERE = frozenset(State)
KEEPERS = frozenset({Part.KEEPER})
ASSIGNEES = frozenset({Part.ASSIGNEE})
RESIDENTS = frozenset({Part.RESIDENT})
WAYS = {
    Arrow.NOTE: Way(EVERYWHERE, None, frozenset({Part.RAISER, Part.KEEPER, Part.ASSIGNEE})),
    Arrow.ASSIGN: Way(frozenset({State.FOUND}), State.ASSIGNED, KEEPERS, wordless=True),
    Arrow.REASSIGN: Way(frozenset({State.ASSIGNED}), State.ASSIGNED, KEEPERS, wordless=True),
    Arrow.RETURN: Way(frozenset({State.ASSIGNED}), State.FOUND, ASSIGNEES),
    Arrow.SOLVE: Way(frozenset({State.ASSIGNED}), State.SOLVED, ASSIGNEES),
    Arrow.SEND_BACK: Way(frozenset({State.SOLVED}), State.ASSIGNED, KEEPERS),
    Arrow.ANSWER: Way(frozenset({State.SOLVED}), State.ANSWERED, KEEPERS),
    Arrow.RATE: Way(EVERYWHERE, None, RESIDENTS, wordless=True),
    Arrow.REOPEN: Way(frozenset({State.ANSWERED}), State.FOUND, KEEPERS | RESIDENTS),
    Arrow.SETTLE: Way(frozenset({State.FOUND}), State.ANSWERED, RESIDENTS, wordless=True),
}


def leads(arrow: Arrow, state: State) -> bool:
    """Tell whether an arrow begins at a state."""
    return state in WAYS[arrow].sources


def may(arrow: Arrow, parts: Collection[Part]) -> bool:
    """Tell whether one of these parts may take an arrow."""
    return not WAYS[arrow].who.isdisjoint(parts)


def offered(state: State, parts: Collection[Part]) -> frozenset[Arrow]:
    """Return the arrows that somebody may take from a state."""
    return frozenset(arrow for arrow in WAYS if leads(arrow, state) and may(arrow, parts))


def numbered(community: str, day: date, count: int) -> str:
    """Return a matter's public number: FM-251018-003."""
    return f"{community.upper()}-{day:%y%m%d}-{count:03d}"


@dataclass(frozen=True, slots=True)
class Week:
    """A calendar week, Monday to Sunday, where the programme lives."""

    monday: date
    zone: str

    @property
    def sunday(self) -> date:
        """Its last day."""
        return self.monday + timedelta(days=6)

    @property
    def starts_at(self) -> datetime:
        """Its first moment."""
        return self._midnight(self.monday)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return self._midnight(self.monday + timedelta(days=7))

    @property
    def code(self) -> str:
        """Its name in an address: 2025-W42."""
        return f"{self.monday:%G}-W{self.monday:%V}"

    def shifted(self, weeks: int) -> "Week":
        """Return the week so many weeks later."""
        return Week(self.monday + timedelta(weeks=weeks), self.zone)

    def _midnight(self, day: date) -> datetime:
        local = datetime.combine(day, clock_time(), ZoneInfo(self.zone))
        return local.astimezone(UTC)


def week_of(day: date, zone: str) -> Week:
    """Return the week in which a day lies."""
    return Week(day - timedelta(days=day.weekday()), zone)


def read_week(word: str, zone: str) -> Week | None:
    """Read 2025-W42; None for anything else."""
    found = WEEK.fullmatch(word)
    if found is None:
        return None
    try:
        return Week(date.fromisocalendar(int(found[1]), int(found[2]), 1), zone)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Hand:
    """What a team had on hand in a week: solved for good, and still open at its end."""

    solved: int
    open: int
    members: int = field(default=TEAM_FROM, compare=False)

    @property
    def count(self) -> int:
        """How many matters that is."""
        return self.solved + self.open

    @property
    def share(self) -> Fraction:
        """The solved part of it, exactly."""
        return Fraction(self.solved, self.count) if self.count else Fraction(0)

    @property
    def ranked(self) -> bool:
        """Whether it is enough, and the team more than a person."""
        return self.count >= RANKED_FROM and self.members >= TEAM_FROM

    def share_told(self, *, inside: bool) -> bool:
        """Tell whether the share may be told: outside the office it would tell its two parts."""
        parts = (self.solved, self.open)
        return self.count > 0 and all(told(part, inside=inside) is not None for part in parts)


def ranks(hands: Sequence[Hand]) -> list[int | None]:
    """Rank teams by what they solved of what they had; equals share a rank, few have none."""
    shares = sorted((hand.share for hand in hands if hand.ranked), reverse=True)
    return [shares.index(hand.share) + 1 if hand.ranked else None for hand in hands]


def told(count: int, *, inside: bool) -> int | None:
    """Return a count as it may be told; None for a small one outside the office."""
    return count if inside or count == 0 or count >= SHOWN_FROM else None
