"""The table of periods: what is kept for how many days, and on which legal ground. Data."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("periods.json")


@dataclass(frozen=True, slots=True)
class Said:
    """A line of the table in one language."""

    what: str
    ground: str
    source: str  # which of the product's rules the days come from, or that they are our reading


@dataclass(frozen=True, slots=True)
class Period:
    """How long something is kept; without days it stays, and the ground says why."""

    name: str
    days: int | None
    zh: Said
    en: Said

    def said(self, locale: str) -> Said:
        """Return the line in a reader's language."""
        return self.en if locale == "en" else self.zh

    def before(self, now: datetime) -> datetime:
        """Return the moment before which it is over."""
        assert self.days is not None, self.name
        return now - timedelta(days=self.days)


@cache
def periods() -> tuple[Period, ...]:
    """Return the table in its order, read once a process."""
    rows = json.loads(FILE.read_text("utf-8"))
    return tuple(
        Period(row["name"], row["days"], Said(**row["zh"]), Said(**row["en"])) for row in rows
    )
