"""Loading arrangements of working days: a year is replaced as a whole, or not at all."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate
from sqlalchemy import delete, extract
from sqlmodel import Session, col, select

from service import trail
from service.errors import Invalid
from service.i18n import N_
from service.programmes.working_days.models import WorkingDay

BUNDLED = Path(__file__).parent / "arrangements.json"
DAYS_OFF_MAX = 31
TEXT = validate.Length(min=1, max=300)


class ArrangementRefused(Invalid):
    """The file is not an arrangement of working days."""

    slug, title = "arrangement-refused", N_("This table of working days cannot be read")
    detail = N_("{place}: {why}")


class OffSchema(Schema):
    """Days off in a row, by the holiday's name."""

    name = fields.String(required=True, validate=TEXT)
    first = fields.Date(required=True)
    last = fields.Date(required=True)


class WorkSchema(Schema):
    """A weekend day that is worked in a holiday's stead."""

    name = fields.String(required=True, validate=TEXT)
    day = fields.Date(required=True)


class YearSchema(Schema):
    """One year as the State Council arranged it."""

    year = fields.Integer(required=True, strict=True, validate=validate.Range(2008, 2200))
    source = fields.String(required=True, validate=TEXT)
    off = fields.List(fields.Nested(OffSchema), required=True, validate=validate.Length(min=1))
    work = fields.List(fields.Nested(WorkSchema), required=True)


class FileSchema(Schema):
    """A file of arrangements."""

    years = fields.List(fields.Nested(YearSchema), required=True, validate=validate.Length(min=1))


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading did: how many days by year, and whether anything changed."""

    days: dict[int, int]
    changed: bool


def load_arrangements(session: Session, text: str, *, by: str, now: datetime) -> Loaded:
    """Load a file; a year that stands already as the file says stays. Raises ArrangementRefused."""
    rows = read(text)
    changed = [year for year, found in rows.items() if replace(session, year, found)]
    if changed:
        detail = {"sources": {year: rows[year][0].source for year in changed}}
        trail.record(
            session, actor=by, action="calendar.load", subject="calendar", detail=detail, now=now
        )
    return Loaded({year: len(found) for year, found in rows.items()}, bool(changed))


def load_missing_years(session: Session, *, by: str, now: datetime) -> Loaded:
    """Load the bundled years of which nothing stands; what an operator loaded is never touched."""
    text = BUNDLED.read_text("utf-8")
    known = {day.year for day in session.exec(select(col(WorkingDay.day)))}
    whole = json.loads(text)
    missing = [one for one in whole["years"] if one["year"] not in known]
    if not missing:
        return Loaded({}, changed=False)
    return load_arrangements(session, json.dumps({"years": missing}), by=by, now=now)


def read(text: str) -> dict[int, list[WorkingDay]]:
    """Read a file into rows by year; every fault names its place."""
    try:
        years = FileSchema().load(json.loads(text))["years"]
    except (ValueError, ValidationError) as error:
        fault = error.messages if isinstance(error, ValidationError) else error
        raise ArrangementRefused(place="/", why=str(fault)) from error
    found: dict[int, list[WorkingDay]] = {}
    for year in years:
        if year["year"] in found:
            raise ArrangementRefused(place=year["year"], why="twice in the file")
        found[year["year"]] = checked(year, list(days_of(year)))
    return found


def days_of(year: dict[str, Any]) -> Iterator[WorkingDay]:
    """Return the days that a year's arrangement names."""
    for off in year["off"]:
        for day in stretch(off["first"], off["last"]):
            yield WorkingDay(day=day, working=False, name=off["name"], source=year["source"])
    for work in year["work"]:
        yield WorkingDay(day=work["day"], working=True, name=work["name"], source=year["source"])


def stretch(first: date, last: date) -> list[date]:
    """Return the days of a holiday, both ends with it. Raises ArrangementRefused."""
    days = (last - first).days + 1
    if not 0 < days <= DAYS_OFF_MAX:
        raise ArrangementRefused(place=first, why=f"{days} days off in a row")
    return [first + timedelta(days=step) for step in range(days)]


def checked(year: dict[str, Any], rows: list[WorkingDay]) -> list[WorkingDay]:
    """Refuse days of another year, days named twice, and make-up days that are no weekend."""
    for row in rows:
        if row.day.year != year["year"]:
            raise ArrangementRefused(place=row.day, why=f"not a day of {year['year']}")
        if row.working and row.day.weekday() < 5:
            raise ArrangementRefused(place=row.day, why="worked anyway, it is no weekend")
    for day, times in Counter(row.day for row in rows).items():
        if times > 1:
            raise ArrangementRefused(place=day, why="named twice")
    return rows


def replace(session: Session, year: int, rows: list[WorkingDay]) -> bool:
    """Put a year's rows in place of the former; tell whether that changed anything."""
    standing = session.exec(
        select(WorkingDay).where(extract("year", col(WorkingDay.day)) == year)
    ).all()
    if {said(row) for row in standing} == {said(row) for row in rows}:
        return False
    for row in standing:
        session.expunge(row)  # its number is the day, which comes back with another row
    session.execute(delete(WorkingDay).where(extract("year", col(WorkingDay.day)) == year))
    session.add_all(rows)
    session.flush()
    return True


def said(row: WorkingDay) -> tuple[date, bool, str, str]:
    """Return all that a row says."""
    return row.day, row.working, row.name, row.source
