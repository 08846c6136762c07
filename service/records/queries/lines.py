"""A volunteer's record and its sums, and when each line was due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from service import activities, people, programmes
from service.activities import RecordLine, RecordTotals, Wanted
from service.clock import SHANGHAI, business_day
from service.db import Database
from service.programmes import Due

EARLIER = "SELECT opening_minutes AS minutes FROM people_volunteers WHERE id = %(id)s"


@dataclass(frozen=True, slots=True)
class Timely:
    """A line with the day it was due on; late when it was recorded after that."""

    line: RecordLine
    content: str  # a manual award says by which rate it counts
    due: Due
    late: bool


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

    def read(self, line: RecordLine) -> Timely:
        """Say when a line was due, whether it was late, and what was done."""
        rules = self.rules_of(line.programme_id, line.day)
        due = self.calendar.add(line.day, rules.record_deadline_working_days)
        rate = rules.rate(line.rule)
        content = line.content or (rate.name if rate else line.rule)
        return Timely(line, content, due, business_day(line.recorded_at, self.zone) > due.day)

    def rules_of(self, programme_id: int, day: date) -> programmes.RuleSet:
        """Return the rules of a day."""
        key = (programme_id, day)
        if key not in self.rules:
            self.rules[key] = programmes.rule_set(self.place, programme_id, day)
        return self.rules[key]


def timely(place: Session | Database, lines: Iterable[RecordLine]) -> list[Timely]:
    """Complete the lines of a page."""
    reader = Reader(place)
    return [reader.read(line) for line in lines]
