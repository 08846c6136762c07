"""The draw itself: a seed that nobody knew before, and an order that anybody can make again. Pure.

The list of a month is every attendance that was confirmed in it, whatever day was served: so each
belongs to one month, and the list is complete before its seed exists. The seed is made of the first
head of the ledger that was sealed after the month's end. Who confirms hours cannot know it; whoever
holds the key of the log and posts to it in the same minute could try several, as with every head.
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

SETTLED = timedelta(minutes=10)  # what began before midnight has ended by then
LIST_KEPT = timedelta(days=31)  # whoever could tell a leader whom we call must not yet read it


@dataclass(frozen=True, slots=True)
class Bounds:
    """The first moment of a month and the first that is no longer in it."""

    start: datetime
    end: datetime


def bounds(month: date, zone: str) -> Bounds:
    """Return the moments between which a month lies where a programme lives."""
    first, following = month.replace(day=1), month_after(month)
    return Bounds(midnight(first, zone), midnight(following, zone))


def midnight(day: date, zone: str) -> datetime:
    """Return the first moment of a day."""
    return datetime.combine(day, time.min, ZoneInfo(zone))


def month_after(month: date) -> date:
    """Return the first day of the month that follows."""
    return month.replace(day=1) + timedelta(days=monthrange(month.year, month.month)[1])


def month_before(day: date) -> date:
    """Return the first day of the month before a day's own."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def seed_of(month: date, root: bytes) -> str:
    """Return the seed of a month: SHA-256 of "2025-10 " and the head's root in hexadecimal."""
    return sha256(f"{month:%Y-%m} {root.hex()}".encode()).hexdigest()


def listing(numbers: Iterable[int]) -> str:
    """Write the list as it is published: a number a line, ascending."""
    return "".join(f"{number}\n" for number in sorted(numbers))


def digest_of(text: str) -> str:
    """Return the SHA-256 by which a list is known before it is shown."""
    return sha256(text.encode()).hexdigest()


def share(listed: int, percent: int) -> int:
    """Return how many are drawn: a part is rounded up, so that at least one is."""
    return -(-listed * percent // 100)


def draw(seed: str, numbers: Iterable[int], percent: int) -> list[int]:
    """Return who is drawn, in the order of the draw: the smallest hashes with the seed first."""
    ordered = sorted(numbers, key=lambda number: sha256(f"{seed} {number}".encode()).digest())
    return ordered[: share(len(ordered), percent)]


def months_due(last: date | None, today: date) -> list[date]:
    """Return the months to draw, the oldest first: those since the last one that are over."""
    newest = month_before(today)
    found = [newest] if last is None else []
    while last is not None and (last := month_after(last)) <= newest:
        found.append(last)
    return found


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the calls of a draw have come."""

    drawn: int
    confirmed: int
    differs: int
    not_reached: int

    @property
    def open(self) -> int:
        """How many still wait for an answer."""
        return self.drawn - self.confirmed - self.differs - self.not_reached

    @property
    def over(self) -> bool:
        """Tell whether every call has come to a result."""
        return self.open == 0


def list_is_public(progress: Progress, drawn_at: datetime, now: datetime) -> bool:
    """Tell whether everybody may read the list: when the calls are over, or after a month."""
    return progress.over or now >= drawn_at + LIST_KEPT


def own(by: Sequence[str], hands: Iterable[str | None]) -> bool:
    """Tell whether somebody, by whatever name, had a hand in what is to be audited."""
    return not set(by).isdisjoint(hand for hand in hands if hand)
