"""What is damaged or forged is refused by name, and never makes the reading itself fail."""

import io
import zipfile
from pathlib import Path

import pytest

from service.evidence.faults import Fault
from service.evidence.workbook import Workbook
from tests.evidence.conftest import CORPUS, read
from tests.evidence.test_files import sent
from tests.shops.market import Market

PLAIN = (CORPUS / "plain.xlsx").read_bytes()
SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"
LINKS = "xl/_rels/workbook.xml.rels"
FORGED = {
    "a row without a number": (SHEET, b'<row r="2"', b'<row r="x"'),
    "a row twice": (SHEET, b'<row r="3"', b'<row r="2"'),
    "a style without a number": (
        SHEET,
        b'<row r="2"',
        b'<row><c s="x"><v>1</v></c></row><row r="2"',
    ),
    "a format without a number": (STYLES, b'<xf numFmtId="0"', b'<xf numFmtId="x"'),
    "a link without a name": (LINKS, b"Id=", b"Ix="),
    "characters that nobody knows": (SHEET, b"UTF-8", b"UTF-0"),
    "characters of several bytes": (SHEET, b"UTF-8", b"GBK"),
}


def forged(part: str, old: bytes, new: bytes, *, folding: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a workbook in which a part says something else."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as source, zipfile.ZipFile(out, "w", folding) as made:
        for name in source.namelist():
            content = source.read(name)
            assert name != part or old in content
            made.writestr(name, content.replace(old, new) if name == part else content)
    return out.getvalue()


def broken() -> bytes:
    """Return a workbook with a byte of a folded part changed: no block of this kind exists."""
    with zipfile.ZipFile(io.BytesIO(PLAIN)) as source:
        part = source.getinfo(SHEET)
    start = part.header_offset + 30 + len(part.filename)
    return PLAIN[:start] + b"\xff" + PLAIN[start + 1 :]


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(Fault) as refused:
        read(path)
    return refused.value.slug


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_workbook_is_no_table(tmp_path: Path, what: str) -> None:
    assert refusal(tmp_path / "a.xlsx", forged(*FORGED[what])) == "not_a_table"


@pytest.mark.parametrize("folding", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_workbook_that_no_spreadsheet_folds_is_not_opened(tmp_path: Path, folding: int) -> None:
    content = forged(SHEET, b"<row", b"<row", folding=folding)
    assert refusal(tmp_path / "a.xlsx", content) == "not_a_table"


def test_a_folded_part_with_a_changed_byte_is_refused_where_it_is_sent(market: Market) -> None:
    file = sent(market, broken(), name="a.xlsx")
    assert (file["status"], file["fault"]["slug"]) == ("bad", "not_a_table")


@pytest.mark.parametrize("raw", ["NaN", "Infinity", "1E+9999999", "1E+999990", "soon"])
def test_a_date_that_is_none_stays_as_it_stands(raw: str) -> None:
    assert Workbook(CORPUS / "typed.xlsx").moment(raw) == raw


@pytest.mark.parametrize("cell", ["2025-10-18 09:30+08", "2025-W42-6T09:30:00"])
def test_a_moment_as_long_as_a_plain_one_is_not_taken_for_it(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"完成时间,兑换单号,积分\n{cell},A1,20\n", "utf-8")
    with pytest.raises(Fault) as refused:
        read(path)
    assert (refused.value.slug, refused.value.line) == ("time", 2)


def test_a_fault_of_what_no_database_keeps_is_kept(market: Market) -> None:
    content = "完成时间,兑换单号,积分\n2025-10-18 09:30:00,A1,2\x000 x\n".encode()
    file = sent(market, content)
    assert (file["status"], file["fault"]["value"]) == ("bad", "20 x")
