"""Every file of the corpus is understood, or refused with its first bad line."""

from dataclasses import dataclass

import pytest

from service.evidence.columns import Plan
from service.evidence.faults import SENTENCES, Fault
from service.evidence.sources import open_source, plan_for
from tests.evidence.conftest import CORPUS, read

FOUR = (3, 135, 2700, 1, 640)  # goods, their points and fen; discounts and their fen


@dataclass(frozen=True)
class Told:
    """What a file of four sales adds up to, unless it says otherwise."""

    sums: tuple[int, int, int, int, int] = FOUR
    rows: int = 4
    reversed: int = 0
    aside: int = 0
    checked: int = 0


UNDERSTOOD = {
    "utf8.csv": Told(),
    "utf8_bom.csv": Told(),
    "gb18030.csv": Told(),
    "utf16_le.csv": Told(),
    "utf16_be.csv": Told(),
    "utf16_bare.csv": Told(),
    "semicolons.csv": Told(),
    "old_mac.csv": Told(),
    "back_ticks.csv": Told(),
    "tabs_behind.csv": Told(),
    "wrapped.csv": Told(),
    "full_width.csv": Told(),
    "yuan_signs.csv": Told(),
    "thousands.csv": Told((3, 135, 102_700, 1, 640)),
    "chinese_dates.csv": Told(),
    "slashed_dates.csv": Told(),
    "date_and_time.csv": Told(),
    "totals.csv": Told(checked=4),
    "totals.xlsx": Told(checked=3),
    "part_totals.csv": Told(checked=9),
    "remarks.csv": Told(),
    "payment_bill.csv": Told((0, 0, 0, 2, 1640), rows=2, aside=1, checked=7),
    "payment_list.csv": Told((0, 0, 0, 1, 640), rows=2, reversed=1, checked=1),
    "zeros_lost.csv": Told(),
    "cut_off.csv": Told(),
    "refunds.csv": Told((2, 60, 1200, 1, 640), rows=5, reversed=2),
    "twice.csv": Told((4, 210, 4200, 1, 640), rows=5),
    "other_sales.csv": Told(aside=2),
    "merged_head.csv": Told(),
    "merged_head.xlsx": Told(),
    "english.csv": Told(),
    "plain.xlsx": Told(),
    "typed.xlsx": Told(),
    "dates_1904.xlsx": Told(),
    "second_sheet.xlsx": Told(),
}
REFUSED = {
    "empty.csv": ("empty", None, None),
    "broken_bytes.csv": ("encoding", 6, None),
    "picture.csv": ("encoding", 4, None),
    "thousands_bare.csv": ("wide", 3, "J"),
    "totals_wrong.csv": ("unfooted", 6, "价值(元)"),
    "totals_wrong.xlsx": ("unfooted", 6, "价值(元)"),
    "part_totals_wrong.csv": ("unfooted", 4, "积分"),
    "count_wrong.csv": ("unfooted", 2, "#"),
    "payment_bill_wrong.csv": ("unfooted", 5, "#"),
    "shortened.csv": ("number_lost", 3, "兑换单号"),
    "shortened.xlsx": ("number_lost", 2, "兑换单号"),
    "zeros_ambiguous.csv": ("zeros_lost", 6, "兑换单号"),
    "fractions.csv": ("fractions", 4, "价值(元)"),
    "no_number.csv": ("whole", 5, "积分"),
    "unknown_status.csv": ("status", 3, "状态"),
    "no_moment.csv": ("time", 3, "完成时间"),
    "no_such_day.csv": ("time", 3, "完成时间"),
    "future.csv": ("future", 5, "完成时间"),
    "short_line.csv": ("short", 6, "积分"),
    "open_quote.csv": ("quotes", 2, None),
    "no_head.csv": ("no_head", None, None),
    "strange_names.csv": ("no_head", None, None),
    "head_only.csv": ("no_rows", 1, None),
    "formula.csv": ("formula", 3, "价值(元)"),
    "formula.xlsx": ("formula", 3, "G"),
    "bomb.xlsx": ("bomb", None, None),
    "macros.xlsx": ("macros", None, None),
    "entities.xlsx": ("entity", None, None),
    "cut_xml.xlsx": ("not_a_table", None, None),
    "cut_zip.xlsx": ("not_a_table", None, None),
    "old.xls": ("old_excel", None, None),
}


def test_every_file_of_the_corpus_is_expected_to_do_something() -> None:
    files = {path.name for path in CORPUS.iterdir()}
    assert files == UNDERSTOOD.keys() | REFUSED.keys()
    assert len(files) >= 25


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_a_file_is_understood(name: str) -> None:
    rows, totals = read(CORPUS / name)
    told = UNDERSTOOD[name]
    sums = (totals.goods, totals.goods_points, totals.goods_fen)
    assert (*sums, totals.discounts, totals.discount_fen) == told.sums
    assert (len(rows), totals.rows) == (told.rows, told.rows)
    assert (totals.reversed, totals.aside, totals.checked) == (
        told.reversed,
        told.aside,
        told.checked,
    )


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_is_refused_with_its_first_bad_line(name: str) -> None:
    with pytest.raises(Fault) as refused:
        read(CORPUS / name)
    fault = refused.value
    assert (fault.slug, fault.line, fault.column) == REFUSED[name]
    assert fault.slug in SENTENCES


def test_the_same_four_sales_read_the_same_in_every_writing() -> None:
    expected, _ = read(CORPUS / "utf8.csv")
    for name in ("utf16_bare.csv", "back_ticks.csv", "wrapped.csv", "full_width.csv", "plain.xlsx"):
        rows, _ = read(CORPUS / name)
        assert rows == expected, name
    assert expected[0][1:5] == ("2025-10-18", "09:01:05", "R20251018000001", "000101")
    assert read(CORPUS / "gb18030.csv")[0][1].words.item == "㐂字帽"  # beyond GBK


def test_numbers_of_a_spreadsheet_keep_their_dates_and_their_zeros() -> None:
    rows, _ = read(CORPUS / "typed.xlsx")
    assert [row.told() for row in rows] == [
        row.told() | {"item": "洗衣皂"} for row in read(CORPUS / "utf8.csv")[0]
    ]
    assert [row.clock for row in read(CORPUS / "dates_1904.xlsx")[0]] == [
        "09:01:05",
        "09:12:30",
        "10:40:00",
        "16:05:59",
    ]


def test_a_day_ends_at_midnight_in_shanghai_by_the_completion() -> None:
    rows, totals = read(CORPUS / "cut_off.csv")
    assert [row.day for row in rows] == ["2025-10-18", "2025-10-19", "2025-10-19", "2025-10-18"]
    assert [row.clock for row in rows] == ["23:59:59.999000", "00:00:00", "00:00:00", None]
    assert (totals.first_day, totals.last_day) == ("2025-10-18", "2025-10-19")


def test_lost_zeros_are_put_back_where_all_other_numbers_are_whole() -> None:
    rows, _ = read(CORPUS / "zeros_lost.csv")
    assert [row.reference for row in rows] == ["00000001", "00000002", "00000003", "00000004"]


def test_a_line_of_a_refund_takes_away_and_a_sale_called_reversed_does_not_count() -> None:
    rows, _ = read(CORPUS / "refunds.csv")
    refund, called = rows[4].words, rows[1].words
    assert (refund.qty, refund.amount, refund.points, refund.status) == (-2, -800, -40, "reversed")
    assert (called.qty, called.amount, called.points, called.status) == (1, 1500, 75, "reversed")


def test_names_that_we_do_not_know_are_read_where_somebody_points_at_them() -> None:
    columns = {"occurred_at": "甲", "reference": "乙", "points": "丙", "amount": "丁"}
    rows, totals = read(CORPUS / "strange_names.csv", Plan(columns, head_line=1))
    assert rows[0][1:5] == ("2025-10-18", "09:00:00", "X1", "X1")
    assert (totals.goods, totals.goods_points, totals.goods_fen) == (1, 40, 800)


def test_only_the_lines_with_a_word_are_taken_where_somebody_says_so() -> None:
    _, plan = plan_for(open_source(CORPUS / "utf8.csv"))
    only = Plan(plan.columns, only_column="物品", only_word="洗衣")
    rows, totals = read(CORPUS / "utf8.csv", only)
    assert [row.line for row in rows] == [2, 5]
    assert totals.aside == 2
