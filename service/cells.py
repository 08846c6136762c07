"""Cells of tables that leave the house: no text in them is ever taken for a formula.

Whoever opens a CSV or a workbook runs a programme that calculates, and what it calculates may have
been typed by a stranger as a name. So every writer writes through here: a text that begins as a
formula does gets a mark before it in CSV, and is a text by its type in a workbook. Numbers stay
numbers, a negative one too.
"""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any, Protocol

from xlsxwriter import Workbook

# The wide signs too: programmes in China read them as the narrow ones.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NUMBER = re.compile(r"-\d+(?:\.\d+)?")
LONG = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]*")
SUSPECT = re.compile(rb"(?:^|[,\"])(?:[=+@\t\r\n-]|\xef\xbc[\x8b\x8d\x9d\xa0])")
SAFE_WORKBOOK = {"strings_to_formulas": False, "strings_to_urls": False}


class Sink(Protocol):
    """Where text goes."""

    def write(self, text: str, /) -> object:
        """Take a piece of it."""


def harmless(text: str) -> str:
    """Return a text that no programme takes for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def mended(text: str) -> str:
    """Return the text of a cell, harmless; a negative number is none and stays one."""
    return text if NUMBER.fullmatch(text) else harmless(text)


def long_number(text: str) -> str:
    """Return digits that a spreadsheet shows as they are, instead of as a rounded number.

    What is no such number is only made harmless: behind a tab a formula would still be one.
    """
    return f"\t{text}" if LONG.fullmatch(text) else harmless(text)


class Lines:
    """Writes rows as CSV. A number is written as one, and everything else is made harmless."""

    def __init__(self, sink: Sink, *, end: str = "\r\n") -> None:
        self.writer = csv.writer(sink, lineterminator=end)

    def write(self, row: Iterable[Any]) -> None:
        """Write one row; a cell that a caller marked with `long_number` stays marked."""
        self.writer.writerow([self.cell(cell) for cell in row])

    @staticmethod
    def cell(cell: Any) -> Any:
        """Return a cell as it may be written."""
        if not isinstance(cell, str) or (cell[:1] == "\t" and long_number(cell[1:]) == cell):
            return cell
        return mended(cell)


def written_by_server(line: bytes) -> bytes:
    """Return a row that the database wrote as CSV, each cell harmless; most are left untouched."""
    if SUSPECT.search(line) is None:
        return line
    (row,) = csv.reader(io.StringIO(line.decode(), newline=""))
    if row == (clean := [mended(cell) for cell in row]):
        return line
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(clean)
    return text.getvalue().encode()


def workbook(sink: Any, **options: Any) -> Workbook:
    """Return a workbook in which a text is a text, whatever it begins with."""
    return Workbook(sink, {**options, **SAFE_WORKBOOK})
