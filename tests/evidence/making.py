"""Makes the corpus: `python -m tests.evidence.making`. All of it is invented here."""

# ruff: noqa: E501, DTZ001 - rows of tables; a file's own clock names no zone

import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

CORPUS = Path(__file__).parent / "corpus"
HEAD = "完成时间,兑换单号,小票后六位,类型,物品,数量,价值(元),积分,状态"
NAMES = HEAD.split(",")
SALES = (
    (
        "2025-10-18 09:01:05",
        "R20251018000001",
        "000101",
        "兑换",
        "洗衣皂",
        "2",
        "8.00",
        "40",
        "成功",
    ),
    (
        "2025-10-18 09:12:30",
        "R20251018000002",
        "000102",
        "兑换",
        "遮阳帽",
        "1",
        "15.00",
        "75",
        "成功",
    ),
    ("2025-10-18 10:40:00", "R20251018000003", "000103", "折扣", "", "1", "6.40", "0", "成功"),
    (
        "2025-10-18 16:05:59",
        "R20251018000004",
        "000104",
        "兑换",
        "洗衣皂",
        "1",
        "4.00",
        "20",
        "成功",
    ),
)
BODY = "".join(f"{','.join(row)}\r\n" for row in SALES)
TEXT = f"{HEAD}\r\n{BODY}"


def text(name: str, content: str, encoding: str = "utf-8") -> None:
    (CORPUS / name).write_bytes(content.encode(encoding))


def changed(line: int, column: int, value: str) -> str:
    """The four sales with one cell changed; line 2 is the first sale."""
    rows = [list(row) for row in SALES]
    rows[line - 2][column] = value
    return HEAD + "\r\n" + "".join(f"{','.join(row)}\r\n" for row in rows)


def book(name: str, write: Callable[[Any, Any], None], **options: Any) -> None:
    workbook = xlsxwriter.Workbook(CORPUS / name, options)
    workbook.set_properties({"created": datetime(2025, 10, 19)})
    write(workbook, workbook.add_worksheet("销售"))
    workbook.close()


def put(sheet: Any, rows: Iterable[Iterable[Any]], first: int = 0) -> None:
    for at, row in enumerate(rows, first):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(at, column, value)
            else:
                sheet.write(at, column, value)


def encodings() -> None:
    text("utf8.csv", TEXT)
    text("utf8_bom.csv", TEXT, "utf-8-sig")
    text("gb18030.csv", TEXT.replace("遮阳帽", "㐂字帽"), "gb18030")
    text("utf16_le.csv", "\ufeff" + TEXT.replace(",", "\t"), "utf-16-le")
    text("utf16_be.csv", "\ufeff" + TEXT, "utf-16-be")
    text("utf16_bare.csv", TEXT, "utf-16-le")
    text("semicolons.csv", TEXT.replace(",", ";"))
    (CORPUS / "broken_bytes.csv").write_bytes(
        TEXT.encode() + b"2025-10-18 17:00:00,\xff\xff\xff\r\n"
    )
    (CORPUS / "old_mac.csv").write_bytes(TEXT.replace("\r\n", "\r").encode())


def wrappings() -> None:
    ticked = "".join(",".join(f"`{cell}" for cell in row) + "\r\n" for row in SALES)
    text("back_ticks.csv", f"{HEAD}\r\n{ticked}")
    tabs = "".join(",".join(f'"{cell}\t"' for cell in row) + "\r\n" for row in SALES)
    text("tabs_behind.csv", f"{HEAD}\r\n{tabs}")
    kept = "".join(",".join(f'="{cell}"' for cell in row) + "\r\n" for row in SALES)
    text("wrapped.csv", f"{HEAD}\r\n{kept}")
    wide = str.maketrans("0123456789.:-", "０１２３４５６７８９．：－")
    rows = "".join(",".join(cell.translate(wide) for cell in row) + "\r\n" for row in SALES)
    text("full_width.csv", f"{HEAD}\r\n{rows}")
    text("yuan_signs.csv", TEXT.replace(",8.00,", ",￥8.00元,").replace(",15.00,", ",¥15.00,"))
    text("thousands.csv", TEXT.replace(",15.00,", ',"1,015.00",'))
    text("thousands_bare.csv", TEXT.replace(",15.00,", ",1,015.00,"))
    text("chinese_dates.csv", TEXT.replace("2025-10-18 09:01:05", "2025年10月18日 9时01分05秒"))
    text("slashed_dates.csv", TEXT.replace("2025-10-18 09:01:05", "2025/10/18 9:01"))
    apart = [row[0].replace(" ", ",") + "," + ",".join(row[1:]) for row in SALES]
    text("date_and_time.csv", "日期,时间," + HEAD.split(",", 1)[1] + "\n" + "\n".join(apart))


def totals() -> None:
    text("totals.csv", TEXT + "合计,共4笔,,,,5,33.40元,135,\r\n")
    text("totals_wrong.csv", TEXT + "合计,共4笔,,,,5,33.50,135,\r\n")
    text("count_wrong.csv", "销售明细\r\n共5笔记录\r\n" + TEXT)
    head, first, second, *rest = TEXT.splitlines()
    part, other = "小计,,,,,3,23.00,115,", "小计,,,,,2,10.40,20,"
    whole = "总计,,,,,5,33.40,135,"
    parts = [head, first, second, part, *rest, other, whole, "制表：收银台 1"]
    text("part_totals.csv", "\r\n".join(parts))
    parts[3] = "小计,,,,,3,23.00,116,"
    text("part_totals_wrong.csv", "\r\n".join(parts))
    noted = ["富民商会 · 店铺流水", "", *parts[:3], "", head, *rest, "# 以上为全部明细"]
    text("remarks.csv", "\r\n".join(noted))


def bills() -> None:
    head = (
        "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,"
        "交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,"
        "充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,"
        "费率备注"
    )

    def row(at: str, number: int, status: str, bill: str, off: str) -> str:
        due = f"{(int(bill.replace('.', '')) - int(off.replace('.', ''))) / 100:.2f}"
        cells = [
            at, "wx0000", "1900", "0", "", f"42000{number:023d}", f"D2025{number:07d}", "o-none",
            "NATIVE", status, "OTHERS", "CNY", due, off, "0", "0", "0.00", "0.00", "", "", "杂货",
            "", "0.01000", "1.00%", bill, "0.00", "",
        ]  # fmt: skip
        return ",".join(f"`{cell}" for cell in cells)

    lines = [
        row("2025-10-18 11:00:00", 1, "SUCCESS", "64.00", "6.40"),
        row("2025-10-18 12:00:00", 2, "SUCCESS", "20.00", "0.00"),
        row("2025-10-19 00:00:00", 3, "SUCCESS", "100.00", "10.00"),
    ]
    names = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
    said = "`3,`167.60,`0.00,`0.00,`0.03000,`184.00,`0.00"
    text("payment_bill.csv", "\r\n".join([head, *lines, names, said]) + "\r\n", "utf-8-sig")
    text(
        "payment_bill_wrong.csv",
        "\r\n".join([head, *lines[:2], names, said]) + "\r\n",
        "utf-8-sig",
    )
    plain = [
        "微信支付账单明细,,,,,,,,,,", "微信昵称：[店主],,,,,,,,,,",
        "起始时间：[2025-10-18 00:00:00] 终止时间：[2025-10-18 23:59:59],,,,,,,,,,",
        "导出类型：[全部],,,,,,,,,,", "导出时间：[2025-10-19 08:00:00],,,,,,,,,,", ",,,,,,,,,,",
        "共2笔记录,,,,,,,,,,", "收入：2笔 57.60元,,,,,,,,,,", "支出：0笔 0.00元,,,,,,,,,,",
        ",,,,,,,,,,", "----------------------微信支付账单明细列表--------------------,,,,,,,,,,",
        "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注",
        '2025-10-18 11:00:00,商户消费,张*,"杂货",收入,¥6.40,零钱,已支付,"4200001\t","D20250000001\t","/"',
        '2025-10-18 12:30:00,商户消费,李*,"杂货",收入,¥51.20,零钱,已全额退款,"4200002\t","D20250000002\t","/"',
    ]  # fmt: skip
    text("payment_list.csv", "\r\n".join(plain), "utf-8-sig")


def numbers() -> None:
    text("shortened.csv", changed(3, 1, "1.23E+18"))
    digits = [(*row[:1], f"{at:08d}", *row[2:]) for at, row in enumerate(SALES, 1)]
    digits = [digits[0], (*digits[1][:1], "2", *digits[1][2:]), *digits[2:]]
    text("zeros_lost.csv", HEAD + "\n" + "\n".join(map(",".join, digits)))
    twice = [*digits, (*digits[3][:1], "00000002", *digits[3][2:])]
    text("zeros_ambiguous.csv", HEAD + "\n" + "\n".join(map(",".join, twice)))
    text("fractions.csv", changed(4, 6, "6.405"))
    text("no_number.csv", changed(5, 7, "二十"))
    text("unknown_status.csv", changed(3, 8, "转人工"))
    text("no_moment.csv", changed(3, 0, "18/10/25 9:12"))
    text("no_such_day.csv", changed(3, 0, "2025-02-30 09:12:00"))
    text("future.csv", changed(5, 0, "2035-10-18 09:12:00"))
    text("formula.csv", changed(3, 6, "=SUM(A1:A9)"))
    text("short_line.csv", TEXT + "2025-10-18 17:00:00,R20251018000005\r\n")
    text("open_quote.csv", TEXT.replace("洗衣皂", '"洗衣皂', 1))


def days() -> None:
    moments = ("2025-10-18 23:59:59.999", "2025-10-19 00:00:00.000", "2025-10-18T16:00:00Z")
    rows = [(at, *row[1:]) for at, row in zip((*moments, "2025-10-18"), SALES, strict=True)]
    text("cut_off.csv", HEAD + "\n" + "\n".join(map(",".join, rows)))
    back = (
        "2025-10-18 17:00:00",
        "R20251018000001",
        "000101",
        "兑换",
        "洗衣皂",
        "-2",
        "-8.00",
        "-40",
        "退货",
    )
    text("refunds.csv", changed(3, 8, "已冲正") + ",".join(back) + "\r\n")
    text("twice.csv", TEXT + BODY.splitlines()[1] + "\r\n")
    cash = (
        "2025-10-18 17:30:00,C1,,,酱油,1,,,成功\r\n2025-10-18 17:31:00,C2,,,醋,1,5.00,,未支付\r\n"
    )
    text("other_sales.csv", TEXT + cash)


def heads() -> None:
    titles = "交易信息,,,兑换信息,,,,,状态"
    low = "完成时间,兑换单号,小票后六位,类型,物品,数量,价值(元),积分,"
    text("merged_head.csv", f"门店销售\r\n{titles}\r\n{low}\r\n{BODY}")
    text("english.csv", "Completed at,Order no,Receipt,Kind,Item,Qty,Value,Points,Status\n" + BODY)
    text("no_head.csv", BODY)
    text("head_only.csv", HEAD + "\r\n")
    text("strange_names.csv", "甲,乙,丙,丁\r\n2025-10-18 09:00:00,X1,40,8.00\r\n")
    (CORPUS / "empty.csv").write_bytes(b"")
    (CORPUS / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4)


def books() -> None:
    book("plain.xlsx", lambda _, sheet: put(sheet, [NAMES, *SALES]))
    book("typed.xlsx", typed)
    book("dates_1904.xlsx", dated, date_1904=True)
    book("merged_head.xlsx", merged)
    book("second_sheet.xlsx", second)
    book("formula.xlsx", formula)
    book("shortened.xlsx", lambda _, sheet: put(sheet, [NAMES, *shortened()]))
    book("totals.xlsx", lambda _, sheet: put(sheet, [NAMES, *SALES, total("33.40")]))
    book("totals_wrong.xlsx", lambda _, sheet: put(sheet, [NAMES, *SALES, total("33.41")]))


def total(fen: str) -> tuple[str, ...]:
    return ("合计", "", "", "", "", "5", fen, "135", "")


def shortened() -> list[tuple[Any, ...]]:
    return [(*SALES[0][:1], 4200001234567890123, *SALES[0][2:])]


def typed(workbook: Any, sheet: Any) -> None:
    """Dates, amounts and receipts as numbers, a receipt's zeros kept by its format."""
    when = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    zeros = workbook.add_format({"num_format": "000000"})
    put(sheet, [NAMES])
    for at, row in enumerate(SALES, 1):
        put(sheet, [row], at)
        sheet.write_datetime(at, 0, datetime.fromisoformat(row[0]), when)
        sheet.write_number(at, 2, int(row[2]), zeros)
        for column in (5, 6, 7):
            sheet.write_number(at, column, float(row[column]))
        sheet.write_rich_string(at, 4, workbook.add_format({"bold": True}), "洗", "衣皂")


def dated(workbook: Any, sheet: Any) -> None:
    """A day and a time of day in two columns, counted from 1904."""
    day = workbook.add_format({"num_format": "yyyy/m/d"})
    clock = workbook.add_format({"num_format": "h:mm:ss"})
    put(sheet, [["日期", "时间", *NAMES[1:]]])
    for at, row in enumerate(SALES, 1):
        moment = datetime.fromisoformat(row[0])
        put(sheet, [["", "", *row[1:]]], at)
        sheet.write_datetime(at, 0, datetime.combine(date(2025, 10, 18), datetime.min.time()), day)
        sheet.write_datetime(at, 1, moment.time(), clock)


def merged(_: Any, sheet: Any) -> None:
    put(sheet, [["门店销售"], [], NAMES, *SALES], 0)
    sheet.merge_range(0, 0, 0, 8, "门店销售")
    for column, name in enumerate(NAMES):
        if column in {0, 8}:
            sheet.merge_range(1, column, 2, column, name)
        else:
            sheet.write_string(1, column, "兑换信息" if column == 1 else "")


def second(workbook: Any, sheet: Any) -> None:
    put(sheet, [["说明"], ["第二页才是明细"]])
    put(workbook.add_worksheet("明细"), [NAMES, *SALES])


def formula(_: Any, sheet: Any) -> None:
    put(sheet, [NAMES, *SALES])
    sheet.write_formula(2, 6, "=7+8", None, 15)


def hostile() -> None:
    plain = (CORPUS / "plain.xlsx").read_bytes()
    again(plain, "bomb.xlsx", {"xl/worksheets/sheet1.xml": b"<row/>" * 2_000_000})
    again(plain, "macros.xlsx", {"xl/vbaProject.bin": b"\xd0\xcf"})
    laughs = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><sst>&b;</sst>'
    )
    again(plain, "entities.xlsx", {"xl/sharedStrings.xml": laughs})
    again(plain, "cut_xml.xlsx", {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row r="})
    (CORPUS / "cut_zip.xlsx").write_bytes(plain[: len(plain) // 2])
    (CORPUS / "old.xls").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512))


def again(plain: bytes, name: str, parts: dict[str, bytes]) -> None:
    """Write a workbook anew with some of its parts replaced or added."""
    with zipfile.ZipFile(io.BytesIO(plain)) as old:
        kept = {one: old.read(one) for one in old.namelist()} | parts
    with zipfile.ZipFile(CORPUS / name, "w", zipfile.ZIP_DEFLATED) as new:
        for part, content in kept.items():
            new.writestr(
                zipfile.ZipInfo(part, (2025, 10, 19, 0, 0, 0)), content, zipfile.ZIP_DEFLATED
            )


def main() -> None:
    """Write every file anew."""
    CORPUS.mkdir(exist_ok=True)
    for part in (encodings, wrappings, totals, bills, numbers, days, heads, books, hostile):
        part()


if __name__ == "__main__":
    main()
