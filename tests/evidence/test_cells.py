"""Cells mean what people meant, and what cannot be meant is refused by name."""

# ruff: noqa: E501, DTZ001 - rows of tables; a file's own clock names no zone

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evidence import cells
from service.evidence.cells import Unreadable
from service.evidence.columns import distinct, find_head, letter, propose, whole_length
from service.evidence.faults import SENTENCES
from service.evidence.workbook import index_of, shown_as

AMOUNTS = {
    "12.50": 1250, "1,234.5": 123_450, "￥ 8": 800, "¥15.00元": 1500, "１２．５０": 1250, "`0.01": 1,
    "-3.20": -320, "(3.20)": -320, "−3.20": -320, ".5": 50, "7.": 700, "": None, "-": None,
    '="8.00"': 800, "RMB 9": 900, "12.5000": 1250,
}  # fmt: skip
MOMENTS = {
    "2025-10-18 09:01:05": ("2025-10-18", "09:01:05"),
    "2025/10/8 9:1": ("2025-10-08", "09:01:00"),
    "2025.10.18 09:01:05.5": ("2025-10-18", "09:01:05.500000"),
    "20251018090105": ("2025-10-18", "09:01:05"),
    "20251018": ("2025-10-18", None),
    "2025年10月18日 9时01分": ("2025-10-18", "09:01:00"),
    "2025-10-18T16:00:00Z": ("2025-10-19", "00:00:00"),
    "2025-10-18T23:59:59+08:00": ("2025-10-18", "23:59:59"),
    "2025-10-18T10:00:00-0530": ("2025-10-18", "23:30:00"),
    "45948.5": ("2025-10-18", "12:00:00"),
    "45948": ("2025-10-18", None),
    "２０２５－１０－１８　０９：０１": ("2025-10-18", "09:01:00"),
}


@pytest.mark.parametrize("cell", AMOUNTS)
def test_an_amount_is_read_as_fen(cell: str) -> None:
    assert cells.fen(cell) == AMOUNTS[cell]


@pytest.mark.parametrize(
    ("cell", "slug"),
    [
        ("1.234", "fractions"), ("12x", "number"), ("1.2E+5", "number_lost"), ("=A1", "formula"),
        ("9" * 20, "beyond"), ("1.2.3", "number"), ("十二", "number"),
    ],
)  # fmt: skip
def test_what_is_no_amount_is_refused_by_name(cell: str, slug: str) -> None:
    with pytest.raises(Unreadable) as refused:
        cells.fen(cell)
    assert refused.value.slug == slug


@pytest.mark.parametrize("cell", MOMENTS)
def test_a_moment_is_read_as_the_day_and_the_time_in_shanghai(cell: str) -> None:
    assert cells.moment(cell) == MOMENTS[cell]


@pytest.mark.parametrize(
    "cell",
    [
        "18/10/2025", "2025-13-01", "2025-10-18 25:00", "", "soon", "2025-10-18 09:30:00+99:99",
        "0001-01-01 00:00:00+09:00", "9999-12-31 23:00:00Z",
    ],
)  # fmt: skip
def test_what_is_no_moment_is_refused(cell: str) -> None:
    with pytest.raises(Unreadable, match="time"):
        cells.moment(cell)


@pytest.mark.parametrize("cell", ["1.23E+18", "4.2E+27", "5E+17", "4.20000123E18"])
def test_a_shortened_reference_is_lost(cell: str) -> None:
    with pytest.raises(Unreadable, match="number_lost"):
        cells.code(cell)


def test_a_reference_is_no_longer_than_an_index_holds() -> None:
    assert cells.code("7" * 200) == "7" * 200
    for cell in ("7" * 201, "订单" * 101):
        with pytest.raises(Unreadable, match="too_long"):
            cells.code(cell)


@pytest.mark.parametrize("cell", ["5E12", "12E34AB", "0001", "D-2025-1", "E18"])
def test_a_reference_that_only_looks_so_is_kept(cell: str) -> None:
    assert cells.code(cell) == cell


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("成功", "done"), ("已支付", "done"), ("", "done"), ("SUCCESS", "done"), ("已退款", "reversed"),
        ("冲正", "reversed"), ("REVOKED", "reversed"), ("未支付", None), ("交易失败", None),
        ("未完成", None), ("已完成/未退款", "done"), ("已关闭", None),
    ],
)  # fmt: skip
def test_a_status_says_whether_a_sale_stands(cell: str, meant: str | None) -> None:
    assert cells.status(cell) == meant


@given(st.integers(-(10**12), 10**12))
def test_every_amount_comes_back(fen: int) -> None:
    sign, whole = ("-" if fen < 0 else ""), abs(fen)
    said = f"{sign}{whole // 100:,}.{whole % 100:02}"
    assert cells.fen(said) == fen
    assert cells.fen(f"`¥{said}元") == fen


@given(st.datetimes(datetime(1995, 1, 1), datetime(2060, 1, 1)))
def test_a_serial_of_a_spreadsheet_is_the_moment_to_the_second(moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    days = (moment - cells.FIRST_DAY) / timedelta(days=1)
    day, clock = cells.moment(f"{days:.10f}")
    assert f"{day} {clock or '00:00:00'}" == moment.isoformat(" ")


@given(st.text(max_size=30))
def test_no_cell_makes_a_reader_fail_in_a_way_that_nobody_expects(cell: str) -> None:
    readers = (cells.fen, cells.whole, cells.code, cells.moment, cells.status, cells.kind)
    for each in (*readers, cells.clock, cells.words):
        assert slug_of(each, cell) in {"", *SENTENCES}


def slug_of(read: Callable[[str], object], cell: str) -> str:
    try:
        read(cell)
    except Unreadable as refused:
        return refused.slug
    return ""


@given(st.integers(0, 199))
def test_columns_are_named_as_spreadsheets_name_them(at: int) -> None:
    assert index_of(letter(at)) == at


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("45", "45"), ("0.1", "0.1"), ("12.300000000000001", "12.3"), ("1E-3", "0.001"),
        ("1.23E5", "123000"), ("4200001234567890123", "4.20000123456789E+18"), ("-7.50", "-7.5"),
        ("1E+9999999", "1E+9999999"), ("x", "x"),
    ],
)  # fmt: skip
def test_a_number_of_a_spreadsheet_has_fifteen_digits(raw: str, text: str) -> None:
    assert cells.number_text(raw) == text


def test_formats_tell_dates_and_zeros_from_amounts() -> None:
    own = {
        164: "000000",
        165: 'yyyy"年"m"月"',
        166: '#,##0.00"元"',
        167: "[Red]0.00",
        168: "General",
    }
    assert [shown_as(each, own) for each in (14, 22, 164, 165, 166, 167, 168, 0)] == [
        "date", "date", 6, "date", None, None, None, None,
    ]  # fmt: skip


def test_the_best_line_of_names_is_the_head() -> None:
    rows = [(1, ["时间", "地点"]), (3, ["完成时间", "单号", "积分"]), (4, ["2025-10-18", "1", "5"])]
    head = find_head(rows)
    assert head is not None
    assert (head.line, head.upper) == (3, False)
    assert propose(head) == {"occurred_at": "完成时间", "reference": "单号", "points": "积分"}


def test_two_columns_of_one_name_are_told_apart() -> None:
    assert distinct(["金额", "", "金额"]) == ("金额", "B", "金额 #2")
    assert distinct(["金\x00额", "\x00"]) == ("金额", "B")  # no database keeps a NUL


@pytest.mark.parametrize(
    ("references", "length"),
    [
        (["00012345", "00012346", "12347"], 8), (["12345678"] * 9 + ["2345678"], 8),
        (["00012345", "00012346"], None), (["A1", "22"], None), ([], None), (["1", "22"], None),
        (["12345678", "1234"], None),
    ],
)  # fmt: skip
def test_a_whole_number_is_proposed_where_some_were_cut(
    references: list[str], length: int | None
) -> None:
    assert whole_length(references) == length
