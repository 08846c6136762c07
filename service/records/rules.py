"""What records owe: when they are due, what may be shown of ratings. Pure: no session or clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from service.programmes import Due, WorkingDays

SOON = 3  # working days in which the red list warns before a record is due
SHOWN_FROM = 5  # ratings; fewer would tell who gave them
HOUR = 60  # minutes


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the record of a day's service is due, and what that means today."""

    due: Due
    state: str  # open | soon | late
    days: int  # working days left; below zero when it is late


def deadline(calendar: WorkingDays, day: date, *, within: int, today: date) -> Deadline:
    """Return the deadline of a day's service, which must be recorded within working days."""
    due = calendar.add(day, within)
    left = calendar.between(today, due.day)
    state = "late" if due.day < today else "soon" if left <= SOON else "open"
    return Deadline(due, state, left)


def urgent_until(calendar: WorkingDays, *, within: int, today: date) -> date:
    """Return the last day of service whose record is late, or due within the warning."""
    return calendar.started_by(calendar.add(today, SOON).day, within)


@dataclass(frozen=True, slots=True)
class Rated:
    """The ratings of an activity as they may be shown; without figures while they are few."""

    count: int | None
    average_tenths: int | None  # 43 is 4.3 of 5
    by_grade: Mapping[int, int] | None

    @property
    def shown(self) -> bool:
        """Whether there are enough to be shown."""
        return self.count is not None


def rated(counts: Mapping[int, int]) -> Rated:
    """Sum ratings up, rounded half up; fewer than five are not shown, not even how many."""
    count = sum(counts.values())
    if count < SHOWN_FROM:
        return Rated(None, None, None)
    total = sum(grade * times for grade, times in counts.items())
    whole = {grade: counts.get(grade, 0) for grade in range(5, 0, -1)}
    return Rated(count, (20 * total + count) // (2 * count), whole)
