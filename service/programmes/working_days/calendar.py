"""Counting working days in a table that is at hand. Pure: no session, clock or I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

SATURDAY = 5
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Due:
    """A day found by counting; provisional if a year that was crossed has no arrangement yet."""

    day: date
    provisional: bool


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """What the arrangements say of single days, and which years they cover."""

    named: Mapping[date, bool]  # a holiday: False; a weekend day worked in its stead: True
    years: frozenset[int]

    def works(self, day: date) -> bool:
        """Tell whether a day is a working day; an unnamed one follows its weekday."""
        return self.named.get(day, day.weekday() < SATURDAY)

    def add(self, day: date, count: int) -> Due:
        """Return the day that is so many working days after a day, which itself never counts."""
        assert count >= 0, count
        after = (later for later in forward(day) if self.works(later))
        found = day
        for _ in range(count):
            found = next(after)
        return Due(found, self.provisional(day, found))

    def between(self, first: date, last: date) -> int:
        """Count the working days after the first day up to the last; below zero if it is past."""
        if last < first:
            return -self.between(last, first)
        return sum(self.works(first + DAY * step) for step in range(1, (last - first).days + 1))

    def started_by(self, due: date, count: int) -> date:
        """Return the last day of which the `count`-th working day is not after `due`."""
        assert count >= 0, count
        found = due
        while self.between(found, due) < count:
            found -= DAY
        return found

    def provisional(self, first: date, last: date) -> bool:
        """Tell whether a year between two days has no arrangement."""
        return not set(range(first.year, last.year + 1)) <= self.years


def forward(day: date) -> Iterator[date]:
    """Return the days after a day, without end."""
    while True:
        day += DAY
        yield day
