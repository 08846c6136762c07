"""Moments as a scenario writes them, in the local time of the programme."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
ISO = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?")
STATED = re.compile(r"(?:(\d\d)-(\d\d)\s+)?(\d\d):(\d\d)(?::(\d\d))?")


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, and the day that was meant by it: 24:00 belongs to the day that it ends."""

    day: date
    at: datetime


def read(text: str, day: date) -> Moment:
    """Read HH:MM on `day`, MM-DD HH:MM, a full date, or a range, whose last moment counts.

    A range's end before its beginning is on the next day. Raises ValueError.
    """
    if found := ISO.fullmatch(text.strip()):
        stated = date.fromisoformat(found[1])
        return Moment(stated, local(stated, found[2] or "00:00"))
    moments: list[Moment] = []
    for month, day_of_month, *clock in STATED.findall(text):
        if month:
            day = nearest(day, int(month), int(day_of_month))
        at = local(day, ":".join(part for part in clock if part))
        if moments and at < moments[-1].at:
            day, at = day + ONE_DAY, at + ONE_DAY
        moments.append(Moment(day, at))
    if not moments:
        raise ValueError(f"not a time: {text!r}")
    return moments[-1]


def local(day: date, clock: str) -> datetime:
    """Return a clock time of a local day; 24:00 is the first moment of the next."""
    hours, minutes, seconds = (int(part) for part in f"{clock}:00".split(":")[:3])
    start = datetime.combine(day + ONE_DAY * (hours // 24), time(hours % 24, minutes, seconds))
    return start.replace(tzinfo=ZONE)


def nearest(day: date, month: int, day_of_month: int) -> date:
    """Return the month and day in the year that brings it nearest to `day`."""
    years = [
        year for year in range(day.year - 1, day.year + 2) if exists(year, month, day_of_month)
    ]
    return min((date(year, month, day_of_month) for year in years), key=lambda it: abs(it - day))


def exists(year: int, month: int, day_of_month: int) -> bool:
    """Tell whether the calendar has that day (29 February does not come every year)."""
    try:
        date(year, month, day_of_month)
    except ValueError:
        return False
    return True
