"""Files of record lines, written line by line in little memory: CSV, XLSX and JSON.

No cell can become a formula: `service.cells` sees to it.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import IO, Any, Protocol
from zoneinfo import ZoneInfo

from service import cells as safe
from service.activities import RecordLine
from service.clock import SHANGHAI
from service.records.queries.lines import Timely

COLUMNS = ("volunteer", "activity", "title", "day", "place", "content", "scanned", "typed",
           "hours", "unit", "leader", "recorded", "evaluation")  # fmt: skip
WIDTHS = (12, 16, 28, 12, 28, 32, 10, 10, 10, 28, 12, 18, 12)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a file in the reader's language."""

    headings: Mapping[str, str]  # of COLUMNS
    manual: str  # what a manual award is called, which has no activity
    totals: str  # the name of the sheet with the sums
    upto: str
    lines: str
    grades: Mapping[str, str] = field(default_factory=dict)  # what leaders may say

    def title(self, line: RecordLine) -> str:
        """Return the name of what was done."""
        return line.title or self.manual


@dataclass
class Sums:
    """What a file says in all; counted while it is written."""

    lines: int = 0
    scanned: int = 0
    typed: int = 0

    def add(self, line: RecordLine) -> None:
        """Count one line."""
        self.lines += 1
        self.scanned += line.scanned
        self.typed += line.typed


class Sheet(Protocol):
    """A file that grows by lines."""

    def add(self, found: Timely) -> None:
        """Write one line."""

    def close(self, sums: Sums, upto: date) -> None:
        """Write what stands at the end; the file itself stays open."""


def cells(found: Timely, words: Words) -> dict[str, Any]:
    """Return the cells of a line with their own types."""
    line = found.line
    return {
        "volunteer": line.volunteer,
        "activity": line.activity or "",
        "title": words.title(line),
        "day": line.day,
        "place": line.place,
        "content": found.content,
        "scanned": hours(line.scanned),
        "typed": hours(line.typed),
        "hours": hours(line.minutes),
        "unit": line.unit,
        "leader": line.leader,
        "recorded": line.recorded_at.astimezone(ZoneInfo(SHANGHAI)).replace(tzinfo=None),
        "evaluation": words.grades.get(found.grade or "", found.grade or ""),
    }


def hours(minutes: int) -> Any:
    """Return minutes as hours, to the hundredth."""
    return round(minutes / 60, 2)


class CsvSheet:
    """CSV as spreadsheets in China open it: UTF-8 with its mark, lines with CR and LF."""

    def __init__(self, file: IO[bytes], words: Words) -> None:
        self.words = words
        self.text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        self.lines = safe.Lines(self.text)
        self.lines.write([words.headings[name] for name in COLUMNS])

    def add(self, found: Timely) -> None:
        """Write one line."""
        self.lines.write([written(cell) for cell in cells(found, self.words).values()])

    def close(self, sums: Sums, upto: date) -> None:
        """Let go of the file; the sums would be a line that is none."""
        self.text.flush()
        self.text.detach()


def written(cell: Any) -> str:
    """Write a cell for CSV."""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return str(cell)


class XlsxSheet:
    """XLSX with real days and numbers; a second sheet has the sums."""

    def __init__(self, file: IO[bytes], words: Words, *, now: datetime) -> None:
        self.words = words
        self.book = safe.workbook(file, constant_memory=True)
        self.book.set_properties({"created": now.replace(tzinfo=None)})
        head = self.book.add_format({"bold": True, "bottom": 1})
        self.formats = {
            "day": self.book.add_format({"num_format": "yyyy-mm-dd"}),
            "recorded": self.book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        } | {name: self.book.add_format({"num_format": "0.0#"}) for name in HOURS}
        self.sheet = self.book.add_worksheet()
        self.sheet.freeze_panes(1, 0)
        for column, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
            self.sheet.set_column(column, column, width)
            self.sheet.write_string(0, column, words.headings[name], head)
        self.row = 0

    def add(self, found: Timely) -> None:
        """Write one line."""
        self.row += 1
        for column, (name, cell) in enumerate(cells(found, self.words).items()):
            if isinstance(cell, str):
                self.sheet.write_string(self.row, column, cell)
            elif isinstance(cell, date):
                self.sheet.write_datetime(self.row, column, cell, self.formats[name])
            else:
                self.sheet.write_number(self.row, column, cell, self.formats[name])

    def close(self, sums: Sums, upto: date) -> None:
        """Write the sums on a sheet of their own."""
        sheet, words = self.book.add_worksheet(self.words.totals), self.words
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 14)
        sheet.write_string(0, 0, words.upto)
        sheet.write_datetime(0, 1, upto, self.formats["day"])
        sheet.write_string(1, 0, words.lines)
        sheet.write_number(1, 1, sums.lines)
        figures = (sums.scanned, sums.typed, sums.scanned + sums.typed)
        for row, (name, minutes) in enumerate(zip(HOURS, figures, strict=True), start=2):
            sheet.write_string(row, 0, words.headings[name])
            sheet.write_number(row, 1, hours(minutes), self.formats[name])
        self.book.close()


HOURS = ("scanned", "typed", "hours")


class JsonSheet:
    """One JSON object: the lines, then their sums."""

    def __init__(self, file: IO[bytes], words: Words) -> None:
        self.file = file
        self.words = words
        self.between = b""
        file.write(b'{"items":[')

    def add(self, found: Timely) -> None:
        """Write one line."""
        said = cells(found, self.words) | {
            "day": found.line.day.isoformat(),
            "recorded": found.line.recorded_at.isoformat(),
            "due": found.due.day.isoformat(),
            "late": found.late,
            "kind": found.line.kind,
            "award": found.line.award,
            "evaluation": found.grade,
        }
        self.file.write(self.between + json.dumps(said, ensure_ascii=False).encode())
        self.between = b","

    def close(self, sums: Sums, upto: date) -> None:
        """Write the sums after the lines."""
        said = {
            "upto": upto.isoformat(),
            "count": sums.lines,
            "scanned_hours": hours(sums.scanned),
            "typed_hours": hours(sums.typed),
            "hours": hours(sums.scanned + sums.typed),
        }
        self.file.write(b"]," + json.dumps(said).encode()[1:])
