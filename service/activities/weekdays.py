"""Dates and moments of what comes again every week. Pure: no session, clock or I/O."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def dates(weekdays: Collection[int], first: date, last: date) -> Iterator[date]:
    """Yield the days from the first to the last that fall on these weekdays; 1 is Monday."""
    day = first
    while day <= last:
        if day.isoweekday() in weekdays:
            yield day
        day += DAY


def moments(day: date, starts: time, ends: time, zone: str) -> tuple[datetime, datetime]:
    """Return start and end by the wall clock of a zone; an end not after the start is next day.

    Nine o'clock stays nine o'clock when the clocks change. An hour that a change leaves out begins
    as much later; one that comes twice is meant the first time.
    """
    place = ZoneInfo(zone)
    last = day if ends > starts else day + DAY
    begin, end = (datetime.combine(*one, place) for one in ((day, starts), (last, ends)))
    return begin.astimezone(UTC), end.astimezone(UTC)
