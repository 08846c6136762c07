"""The only place that reads the wall clock; everything else is given `now`."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

SHANGHAI = "Asia/Shanghai"


class Clock:
    """Tells the time: the machine's, or the moment written in a file (a simulated day).

    The simulated clock stands still until somebody sets it, and all processes of one machine
    read the same file; production settings refuse it.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = file

    def now(self) -> datetime:
        """Return the present moment in UTC, timezone-aware."""
        if self.file is not None and self.file.exists():
            return datetime.fromisoformat(self.file.read_text().strip())
        return datetime.now(UTC)

    def set(self, moment: datetime) -> None:
        """Move the simulated clock, for every process that reads the same file."""
        assert self.file is not None, "only a simulated clock can be set"
        assert moment.tzinfo is not None, moment
        part = self.file.with_suffix(".part")
        part.write_text(moment.astimezone(UTC).isoformat())
        part.replace(self.file)  # readers see the old moment or the new one, never half


def business_day(moment: datetime, zone: str = SHANGHAI) -> date:
    """Return the calendar day of a moment where the programme lives."""
    return moment.astimezone(ZoneInfo(zone)).date()
