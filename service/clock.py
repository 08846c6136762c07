"""The only place that reads the wall clock; everything else is given `now`."""

from calendar import monthrange
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = "Asia/Shanghai"


class Clock:
    """Tells the time: the machine's, or that of a simulated day, which is written in a file.

    All processes of one machine read the same file. A simulated clock that was set stands still
    there; one that was started goes on from there. Production settings refuse both.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file

    def now(self) -> datetime:
        """Return the present moment in UTC, timezone-aware."""
        if self.file is not None and self.file.exists():
            moment, *started = map(datetime.fromisoformat, self.file.read_text().split())
            return moment + (datetime.now(UTC) - started[0]) if started else moment
        return datetime.now(UTC)

    def set(self, moment: datetime) -> None:
        """Put the simulated clock on a moment, for all who read the same file; it stands there."""
        self._write(moment)

    def start(self, moment: datetime) -> None:
        """Let a simulated day begin at a moment and go on as time does."""
        self._write(moment, datetime.now(UTC))

    def _write(self, *moments: datetime) -> None:
        assert self.file is not None, "only a simulated clock can be set"
        assert all(moment.tzinfo is not None for moment in moments), moments
        part = self.file.with_suffix(".part")
        part.write_text(" ".join(moment.astimezone(UTC).isoformat() for moment in moments))
        part.replace(self.file)  # readers see the old moment or the new one, never half


def business_day(moment: datetime, zone: str = SHANGHAI) -> date:
    """Return the calendar day of a moment where the programme lives."""
    return moment.astimezone(ZoneInfo(zone)).date()


def month_end(day: date) -> date:
    """Return the last day of the month in which a day lies."""
    return day.replace(day=monthrange(day.year, day.month)[1])
