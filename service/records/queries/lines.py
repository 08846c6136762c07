"""A volunteer's record and its sums, when each line was due, and how it was evaluated."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from sqlalchemy import text
from sqlmodel import Session

from service import activities, people, programmes
from service.activities import RecordLine, RecordTotals, Wanted
from service.clock import SHANGHAI, business_day
from service.db import Database
from service.programmes import Due

EARLIER = "SELECT opening_minutes AS minutes FROM people_volunteers WHERE id = %(id)s"
BATCH = 500
GRADES = """SELECT w.id, e.grade FROM activities_awards w JOIN records_evaluations e
  ON e.activity_id = w.activity_id AND e.volunteer_id = w.volunteer_id WHERE w.id = ANY ({ids})"""


@dataclass(frozen=True, slots=True)
class Timely:
    """A line with the day it was due on, late when recorded after that, and the leader's word."""

    line: RecordLine
    content: str  # a manual award says by which rate it counts
    due: Due
    late: bool
    grade: str | None = None  # what the leader said of this service, if anything


def lines_of(
    place: Session | Database, volunteer_id: int, *, upto: date | None = None
) -> list[RecordLine]:
    """Return all lines of a volunteer's record, the newest service first."""
    wanted = Wanted(volunteer_id=volunteer_id, upto=upto)
    found: list[RecordLine] = []
    while page := activities.record_page(place, wanted, before=mark(found)):
        found += page
    return found


def mark(lines: list[RecordLine]) -> tuple[date, int] | None:
    """Return where the next page begins."""
    return (lines[-1].day, lines[-1].id) if lines else None


def totals_of(
    place: Session | Database, volunteer_id: int, *, upto: date | None = None
) -> RecordTotals:
    """Return the sums of a volunteer's record, with the hours from before the books."""
    found = activities.record_totals(place, Wanted(volunteer_id=volunteer_id, upto=upto))
    return RecordTotals(
        found.lines, found.scanned, found.typed, earlier_minutes(place, volunteer_id)
    )


def earlier_minutes(place: Session | Database, volunteer_id: int) -> int:
    """Return the minutes that a volunteer had served before the books were opened."""
    if isinstance(place, Database):
        row = place.call(EARLIER, {"id": volunteer_id})
        assert row is not None, volunteer_id
        return int(row["minutes"])
    return people.volunteer_by_id(place, volunteer_id).opening_minutes


class Reader:
    """Completes lines by the rules of their days, each looked up once."""

    def __init__(self, place: Session | Database, zone: str = SHANGHAI) -> None:
        self.place = place
        self.zone = zone
        self.calendar = programmes.working_days(place)
        self.rules: dict[tuple[int, date], programmes.RuleSet] = {}

    def read_all(self, lines: Iterable[RecordLine]) -> Iterator[Timely]:
        """Complete lines one after the other; their evaluations are looked up by the hundred."""
        left = iter(lines)
        while batch := list(islice(left, BATCH)):
            grades = grades_of(self.place, batch)
            yield from (self.read(line, grades.get(line.id)) for line in batch)

    def read(self, line: RecordLine, grade: str | None) -> Timely:
        """Say when a line was due, whether it was late, and what was done."""
        rules = self.rules_of(line.programme_id, line.day)
        due = self.calendar.add(line.day, rules.record_deadline_working_days)
        rate = rules.rate(line.rule)
        content = line.content or (rate.name if rate else line.rule)
        late = business_day(line.recorded_at, self.zone) > due.day
        return Timely(line, content, due, late, grade)

    def rules_of(self, programme_id: int, day: date) -> programmes.RuleSet:
        """Return the rules of a day."""
        key = (programme_id, day)
        if key not in self.rules:
            self.rules[key] = programmes.rule_set(self.place, programme_id, day)
        return self.rules[key]


def grades_of(place: Session | Database, lines: Sequence[RecordLine]) -> dict[int, str]:
    """Return what leaders said of the service of some lines, by line."""
    ids = [line.id for line in lines]
    if isinstance(place, Database):
        rows = place.rows(GRADES.format(ids="%(ids)s"), {"ids": ids})
        return {row["id"]: row["grade"] for row in rows}
    found = place.execute(text(GRADES.format(ids=":ids")), {"ids": ids})
    return {row.id: row.grade for row in found}


def timely(place: Session | Database, lines: Iterable[RecordLine]) -> list[Timely]:
    """Complete the lines of a page."""
    return list(Reader(place).read_all(lines))
