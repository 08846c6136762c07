"""A statement for spreadsheets: CSV with a byte order mark, and a workbook.

Long numbers stay texts. A text that a spreadsheet would take for a formula is marked as a text:
names come from people.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO, StringIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from service import cells as safe
from service.settlement.paper.blocks import (
    COUNT,
    DAY,
    FIGURES,
    HOURS,
    LONG,
    MONTH,
    YUAN,
    Block,
    Cell,
    Source,
    blocks,
    shown,
)

BOM = "\ufeff"
SHEETS = {"days": "每日", "detail": "明细"}  # the others stand together on the first
SUMMARY = "汇总"
WIDTH = 16
PIECES = {COUNT: 1, YUAN: 100, HOURS: 60}  # of what is shown as one
FORMATS = {YUAN: "0.00", HOURS: "0.0#", DAY: "yyyy-mm-dd", MONTH: "yyyy-mm"}


def as_csv(source: Source) -> bytes:
    """Return a statement as CSV."""
    return csv_of(blocks(source))


def csv_of(found: Iterable[Block]) -> bytes:
    """Return blocks as CSV: each with its title, blank lines between them."""
    sink = StringIO(newline="")
    write = safe.Lines(sink).write
    for block in found:
        write([f"【{block.title}】"])
        write([text for text, _ in block.head])
        for row in block.rows:
            write(cells(block, row))
        write([])
    return (BOM + sink.getvalue()).encode()


def cells(block: Block, row: Iterable[Cell]) -> list[str]:
    """Write one row's cells."""
    return [plain(shown(cell, kind), kind) for cell, (_, kind) in zip(row, block.head, strict=True)]


def plain(text: str, kind: str) -> str:
    """Keep a long number's digits, and a text from being read as a formula."""
    if kind == LONG:
        return safe.long_number(text)
    return text if kind in FIGURES else safe.harmless(text)


def as_workbook(source: Source) -> bytes:
    """Return a statement as a workbook: a summary, the days, every line."""
    number = source.content["number"]
    return workbook_of(blocks(source), SHEETS, title=number, at=source.issued_at)


def workbook_of(
    found: Sequence[Block],
    sheets: Mapping[str, str],
    *,
    title: str,
    at: datetime,
    summary: str = SUMMARY,
) -> bytes:
    """Return blocks as a workbook; those that `sheets` does not name stand on the first."""
    sink = BytesIO()
    with safe.workbook(sink, in_memory=True) as book:
        book.set_properties({"title": title, "created": at.replace(tzinfo=None)})
        pen = Pen(book, sheets, summary)
        for block in found:
            pen.write(block)
    return sink.getvalue()


class Pen:
    """Writes blocks onto the sheets of a workbook."""

    def __init__(self, book: Workbook, names: Mapping[str, str], summary: str) -> None:
        self.book, self.names, self.summary = book, names, summary
        self.bold: Format = book.add_format({"bold": True})
        self.title: Format = book.add_format({"bold": True, "font_size": 14})
        self.text: Format = book.add_format({"num_format": "@"})
        self.formats: dict[str, Format] = {
            kind: book.add_format({"num_format": form}) for kind, form in FORMATS.items()
        }
        self.sheets: dict[str, Worksheet] = {}
        self.rows: dict[str, int] = {}

    def write(self, block: Block) -> None:
        """Write one block below those that stand on its sheet."""
        name = self.names.get(block.name, self.summary)
        sheet = self.sheet(name)
        top = self.rows[name]
        sheet.write_string(top, 0, block.title, self.title)
        for column, (text, _) in enumerate(block.head):
            sheet.write_string(top + 1, column, text, self.bold)
        for down, row in enumerate(block.rows, start=top + 2):
            for column, (cell, (_, kind)) in enumerate(zip(row, block.head, strict=True)):
                self.cell(sheet, (down, column), cell, kind)
        self.rows[name] = top + len(block.rows) + 3

    def sheet(self, name: str) -> Worksheet:
        """Return a sheet by its name, made when it is first asked for."""
        if name not in self.sheets:
            found = self.book.add_worksheet(name)
            found.set_column(0, 11, WIDTH)
            self.sheets[name], self.rows[name] = found, 0
        return self.sheets[name]

    def cell(self, sheet: Worksheet, at: tuple[int, int], cell: Cell, kind: str) -> None:
        """Write one cell: figures as numbers, days as days, everything else as a text."""
        if isinstance(cell, int) and kind in PIECES:
            sheet.write_number(*at, Decimal(cell) / PIECES[kind], self.formats.get(kind))
        elif isinstance(cell, date) and kind in FORMATS:
            sheet.write_datetime(*at, cell, self.formats[kind])
        elif cell is not None:
            sheet.write_string(*at, str(cell), self.text)
