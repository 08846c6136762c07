"""XLSX files, row by row: every cell as the text that stands in the sheet.

We listen to the sheet's XML ourselves. Of 300,000 rows openpyxl needs half a minute, and calamine
250 MB; both turn references into numbers of fifteen digits, which is what we must notice.
"""

import re
from collections import deque
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from service.evidence import cells
from service.evidence.archive import Archive, listener
from service.evidence.columns import SEARCHED, WIDTH_MAX, find_head, letter
from service.evidence.faults import Fault

DATE_FORMATS = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
DRESSING = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')  # of a number format: words and colours
DATE_LETTERS = re.compile(r"[ymdhs年月日时]", re.IGNORECASE)
ZEROS = re.compile(r"0{2,}")
CONTENT = frozenset({"v", "t"})  # elements whose text is a cell's
DAYS_MAX = 3_000_000  # beyond the year 9999
FROM_1904 = 1462  # days between the two beginnings of time that spreadsheets know
Line = tuple[int, list[str]]


class Workbook:
    """A checked workbook: its sheets, its strings and the formats that change what a number is."""

    def __init__(self, path: Path) -> None:
        self.archive = Archive(path)
        self.archive.check()
        self.sheets: dict[str, str] = {}
        self.days_off = 0
        self.strings: list[str] = []
        self.formats: list[str | int | None] = []  # by style: "date", a number of digits, or none
        self.read_sheets()
        self.unread = self.read_strings()
        self.read_styles()
        self.sheet = self.chosen()

    @property
    def layout(self) -> dict[str, str]:
        """Say how it is read."""
        return {"sheet": self.sheet}

    def sample(self) -> list[Line]:
        """Return the first rows of the sheet."""
        return list(islice(self.lines(), SEARCHED))

    def lines(self) -> Iterator[Line]:
        """Yield every row that is not empty, with its number. Raises Fault."""
        yield from Sheet(self, self.sheets[self.sheet]).lines()

    def chosen(self) -> str:
        """Return the first sheet that has a head line, else the first. Raises Fault."""
        if not self.sheets:
            raise Fault("not_a_table")
        for name, part in self.sheets.items():
            if find_head(list(islice(Sheet(self, part).lines(), SEARCHED))):
                return name
        return next(iter(self.sheets))

    def read_sheets(self) -> None:
        """Read which sheets there are and where they lie."""
        named: dict[str, str] = {}
        places: dict[str, str] = {}

        def started(tag: str, given: dict[str, str]) -> None:
            if tag.endswith("sheet") and "name" in given:
                named[given["name"]] = given.get("r:id", "")
            elif tag.endswith("workbookPr") and given.get("date1904") in {"1", "true"}:
                self.days_off = FROM_1904
            elif tag.endswith("Relationship"):
                places[given["Id"]] = given["Target"].removeprefix("/xl/")

        self.archive.read("xl/workbook.xml", listener(started))
        if self.archive.has("xl/_rels/workbook.xml.rels"):
            self.archive.read("xl/_rels/workbook.xml.rels", listener(started))
        found = {name: f"xl/{places.get(at, '')}" for name, at in named.items()}
        self.sheets = {name: part for name, part in found.items() if "worksheets/" in part}

    def string(self, at: int) -> str:
        """Return a text that cells share. They are read as far as they are needed.

        Spreadsheets write them in the order of the cells, so a look at the first rows is quick.
        """
        while len(self.strings) <= at:
            try:
                next(self.unread)
            except StopIteration:
                raise Fault("not_a_table") from None
        return self.strings[at]

    def read_strings(self) -> Iterator[None]:
        """Read the shared texts piece by piece, without the readings above Chinese characters."""
        parts: list[str] = []
        inside = [False, False]  # in a <t>; in an <rPh>

        def started(tag: str, _: Any) -> None:
            inside[:] = [tag == "t" and not inside[1], tag == "rPh" or inside[1]]

        def ended(tag: str) -> None:
            inside[:] = [False, inside[1] and tag != "rPh"]
            if tag == "si":
                self.strings.append("".join(parts))
                parts.clear()

        def said(text: str) -> None:
            if inside[0]:
                parts.append(text)

        return self.archive.feed("xl/sharedStrings.xml", listener(started, ended, said))

    def read_styles(self) -> None:
        """Read which styles show a number as a date, or with leading zeros."""
        if not self.archive.has("xl/styles.xml"):
            return
        own: dict[int, str] = {}
        inside = [False]

        def started(tag: str, given: dict[str, str]) -> None:
            if tag == "numFmt":
                own[int(given["numFmtId"])] = given["formatCode"]
            elif tag == "cellXfs":
                inside[0] = True
            elif tag == "xf" and inside[0]:
                self.formats.append(shown_as(int(given.get("numFmtId", 0)), own))

        def ended(tag: str) -> None:
            inside[0] = inside[0] and tag != "cellXfs"

        self.archive.read("xl/styles.xml", listener(started, ended))

    def number(self, raw: str, style: str | None) -> str:
        """Write a number as the sheet shows it, where that matters: dates and leading zeros."""
        at = int(style or 0)
        shown = self.formats[at] if at < len(self.formats) else None
        if shown == "date":
            return self.moment(raw)
        text = cells.number_text(raw)
        return text.zfill(shown) if isinstance(shown, int) and text.isdigit() else text

    def moment(self, raw: str) -> str:
        """Write a date or a time of day that is kept as a number of days."""
        try:
            days = Decimal(raw)
            if abs(days) > DAYS_MAX:
                return raw
            whole_ms = int((days * cells.DAY_MS).to_integral_value())
            found = cells.FIRST_DAY + timedelta(days=self.days_off, milliseconds=whole_ms)
        except ArithmeticError:
            return raw
        if days < 1:
            return found.time().isoformat()
        return found.isoformat(" ") if whole_ms % cells.DAY_MS else found.date().isoformat()


def shown_as(number: int, own: dict[int, str]) -> str | int | None:
    """Return what a format makes of a number: a date, so many digits, or nothing else."""
    if number in DATE_FORMATS:
        return "date"
    form = DRESSING.sub("", own.get(number, "")).split(";")[0]
    if form.lower() != "general" and DATE_LETTERS.search(form):
        return "date"
    return len(form) if ZEROS.fullmatch(form) else None


class Sheet:
    """Listens to one sheet and keeps the rows that are complete."""

    def __init__(self, book: Workbook, part: str) -> None:
        self.book = book
        self.part = part
        self.ready: deque[Line] = deque()
        self.row = 0
        self.cells: list[str] = []
        self.column = -1
        self.type: str | None = None
        self.style: str | None = None
        self.text: list[str] = []
        self.columns = cells.Memo(index_of)

    def lines(self) -> Iterator[Line]:
        """Yield the rows as they become complete."""
        parser = listener(self.started, self.ended, None)
        self.parser = parser
        for _ in self.book.archive.feed(self.part, parser):
            while self.ready:
                yield self.ready.popleft()

    def started(self, tag: str, given: dict[str, str]) -> None:
        """Hear the beginning of a row, a cell or its content."""
        if tag == "c":
            self.cell(given)
        elif tag in CONTENT:
            self.text.clear()
            self.parser.CharacterDataHandler = self.text.append
        elif tag == "row":
            self.row = self.below(int(given.get("r") or self.row + 1))
            self.column = -1
        if tag == "f":
            place = letter(max(0, self.column))
            raise Fault("formula", self.row, column=place, value=f"{place}{self.row}")

    def below(self, row: int) -> int:
        """Return a row's number. Raises Fault where it does not follow the one before."""
        if row <= self.row:
            raise Fault("not_a_table", self.row)
        return row

    def cell(self, given: dict[str, str]) -> None:
        """Note in which column a cell stands, and what kind of content it will have."""
        place = given.get("r")
        column = self.columns[place.rstrip("0123456789")] if place else self.column + 1
        if not 0 <= column < WIDTH_MAX:
            raise Fault("wide", self.row, value=place or "")
        self.column = column
        self.type, self.style = given.get("t"), given.get("s")

    def ended(self, tag: str) -> None:
        """Hear the end of a row or of a content."""
        if tag in CONTENT:
            self.parser.CharacterDataHandler = None
            self.put("".join(self.text))
        elif tag == "row" and self.cells:
            self.ready.append((self.row, self.cells))
            self.cells = []

    def put(self, raw: str) -> None:
        """Write a cell's content in its place; a text of several runs is put together."""
        if len(self.cells) <= self.column:
            self.cells.extend([""] * (self.column + 1 - len(self.cells)))
        self.cells[self.column] += self.content(raw)

    def content(self, raw: str) -> str:
        """Return the text of a cell by its type."""
        if self.type is None or self.type == "n":
            return self.book.number(raw, self.style)
        if self.type == "s":
            if not raw.isdecimal():
                raise Fault("not_a_table", self.row)
            at = int(raw)
            return self.book.strings[at] if at < len(self.book.strings) else self.book.string(at)
        return raw


def index_of(letters: str) -> int:
    """Return the place of a column that a spreadsheet names by letters."""
    found = 0
    for each in letters[:4].upper():
        found = found * 26 + ord(each) - 64
    return found - 1
