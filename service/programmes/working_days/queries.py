"""Counting working days with the table that is loaded."""

from datetime import date

from sqlmodel import Session, col, select

from service.db import Database
from service.programmes.working_days.calendar import Due, WorkingDays
from service.programmes.working_days.models import WorkingDay

TABLE = "SELECT day, working FROM programmes_working_days"
SOURCES = """SELECT extract(year FROM day)::int AS year, min(source) AS source
FROM programmes_working_days GROUP BY 1 ORDER BY 1"""


def working_days(place: Session | Database) -> WorkingDays:
    """Read the whole table, some thirty-five days a year, to count with many times."""
    if isinstance(place, Database):
        named = {row["day"]: row["working"] for row in place.rows(TABLE)}
    else:
        named = dict(place.exec(select(col(WorkingDay.day), col(WorkingDay.working))).all())
    return WorkingDays(named, frozenset(day.year for day in named))


def add_working_days(place: Session | Database, day: date, count: int) -> Due:
    """Return the day so many working days after a day, which itself never counts."""
    return working_days(place).add(day, count)


def working_days_between(place: Session | Database, first: date, last: date) -> int:
    """Count the working days after the first day up to and with the last."""
    return working_days(place).between(first, last)


def working_day_sources(database: Database) -> dict[int, str]:
    """Return by whose notice the days of each year are counted; other years have none yet."""
    return {row["year"]: row["source"] for row in database.rows(SOURCES)}
