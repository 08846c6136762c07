"""A statement's files: all blocks, masked, the same bytes for the same signatures."""

import csv
from decimal import Decimal
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from service.settlement import Press, Statement
from service.settlement.models import NoStatementFile
from service.settlement.press import file_of
from service.settlement.rules import Step
from tests.settlement.conftest import Month
from tests.settlement.test_statements import some_sales
from tests.shops.market import Market

BLOCKS = (
    "商户对账单", "认捐", "物品兑换", "折扣让利", "应付款", "撤销与冲正", "对账情况", "每日汇总",
    "签字", "明细",
)  # fmt: skip


@pytest.fixture
def made(market: Market, month: Month, press: Press) -> Statement:
    some_sales(market)
    month.make()
    assert press.work_off() == 1
    return month.present()


def rows_of(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode("utf-8-sig"))))


def test_csv_has_a_mark_every_block_and_long_numbers_as_texts(
    made: Statement, press: Press
) -> None:
    content = file_of(made, "csv", folder=press.folder).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in content
    rows = rows_of(content)
    titles = [row[0].strip("【】") for row in rows if row and row[0].startswith("【")]
    assert titles == list(BLOCKS)
    assert ["期末认捐余额", "1482.00"] in rows
    assert ["合计", "2", "2", "40", "8.00", "1"] in rows
    lines = [row for row in rows if len(row) == 12][1:]
    assert [row[2] for row in lines] == ["认捐"] * 1 + ["兑换", "兑换", "兑换", "冲正", "折扣"]
    assert lines[1][1].startswith("\t00000")
    assert {row[10] for row in lines[1:]} == {"\t001", "\t002"}


def test_the_workbook_keeps_figures_as_numbers_and_numbers_as_texts(
    made: Statement, press: Press
) -> None:
    content = file_of(made, "xlsx", folder=press.folder).read_bytes()
    book = openpyxl.load_workbook(BytesIO(content))
    assert book.sheetnames == ["汇总", "每日", "明细"]
    cells = {row[0].value: row[1].value for row in book["汇总"].iter_rows(max_col=2)}
    assert Decimal(str(cells["期末认捐余额"])) == Decimal(1482)
    sale = [cell.value for cell in list(book["明细"].iter_rows())[3]]
    assert sale[1] == "000001"
    assert sale[10] == "001"
    assert (sale[5], sale[6]) == (20, 4)


def test_the_pdf_says_it_all_and_names_nobody(made: Statement, press: Press) -> None:
    reader = PdfReader(file_of(made, "pdf", folder=press.folder))
    text = "".join(page.extract_text() for page in reader.pages)
    assert made.digest is not None
    for wanted in ("商户对账单", "A-2025-10-1", "1482.00", made.digest, "Soap", "尾号"):
        assert wanted in text
    assert "V0001" not in text
    assert "Name of" not in text


def test_files_say_their_sha_and_are_made_again_when_somebody_signs(
    made: Statement, month: Month, press: Press
) -> None:
    assert made.files is not None
    before = file_of(made, "pdf", folder=press.folder).read_bytes()
    assert sha256(before).hexdigest() == made.files["pdf"]
    assert press.work_off() == 0
    month.sign(made, Step.CONFIRMED, "staff:A-OWNER")
    assert press.work_off() == 1
    again = month.present()
    assert again.digest == made.digest
    after = file_of(again, "csv", folder=press.folder).read_text("utf-8-sig")
    assert "商户确认,A-OWNER,2025-11-01 09:00" in after
    assert (again.files or {})["pdf"] != made.files["pdf"]


def test_made_twice_it_is_the_same_file(
    market: Market, made: Statement, month: Month, press: Press
) -> None:
    market.one("UPDATE settlement_statements SET files_show = NULL RETURNING 1")
    assert press.work_off() == 1
    assert month.present().files == made.files


def test_a_file_that_is_not_made_yet_is_told_so(
    market: Market, month: Month, tmp_path: Path
) -> None:
    with pytest.raises(NoStatementFile):
        file_of(month.make(), "pdf", folder=tmp_path)
