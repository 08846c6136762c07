"""What every form of a statement shows, block by block. Pure: content in, rows of cells out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from service.clock import SHANGHAI
from service.settlement.paper import words
from service.settlement.rules import named

Cell = str | int | date | None
TEXT, COUNT, YUAN, LONG = "text", "count", "yuan", "long"  # long: a number that stays a text
HOURS, DAY, MONTH = "hours", "day", "month"  # minutes, a day, the first day of a month
FIGURES = (COUNT, YUAN, HOURS)


@dataclass(frozen=True, slots=True)
class Block:
    """One table: its title, its columns with their kinds, its rows."""

    name: str
    title: str
    head: tuple[tuple[str, str], ...]
    rows: list[list[Cell]]
    total: bool = False  # the last row adds up those above
    shares: tuple[float, ...] = ()  # of a page's width, where columns want more or less


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature as a paper shows it; `who` is an office, never a name."""

    step: str
    who: str
    at: datetime
    by_default: bool
    hash: str


@dataclass(frozen=True, slots=True)
class Paid:
    """One payment under a statement as a paper shows it; offices, never names."""

    day: date
    fen: int
    reference: str
    entered: str
    confirmed: str
    taken_back: bool


@dataclass(frozen=True, slots=True)
class Source:
    """All that a statement's files are made of."""

    content: dict[str, Any]
    digest: str
    issued_at: datetime
    url: str
    signed: tuple[Signed, ...] = ()
    paid: tuple[Paid, ...] = ()


def blocks(source: Source) -> list[Block]:
    """Return a statement's blocks in their order; one without rows is left out."""
    said = source.content
    found = [
        facts(source),
        pledge(said),
        items(said),
        discounts(said),
        dues(said),
        moved(said),
        payments(source),
        reversals(said),
        adjustments(said),
        compared(said),
        exceptions(said),
        days(said),
        signatures(source),
        detail(said),
    ]
    return [block for block in found if block.rows]


def facts(source: Source) -> Block:
    """Say whose statement it is, of which days, and by what it is known."""
    said = source.content
    rows: list[list[Cell]] = [
        ["编号", said["number"]],
        ["商户", f"{said['shop']} {said['shop_name']}"],
        ["商会", said["association"]],
        ["社区", said["community"]],
        ["期间", f"{said['first']} 至 {said['last']}"],
        ["版本", f"第 {said['version']} 版"],
        ["规则", said["rules"] or "—"],
        ["承接", said["follows"]["number"] if said["follows"] else "首期"],
        ["内容摘要", source.digest],
        ["核对地址", source.url],
    ]
    return Block("facts", words.TITLE, (("项目", TEXT), ("内容", TEXT)), rows)


def pledge(said: dict[str, Any]) -> Block:
    """Say how the pledge went from its opening to its closing."""
    book = said["pledge"]
    rows: list[list[Cell]] = [
        ["期初认捐余额", book["opening"]],
        ["本期新增认捐", book["signed"]],
        ["本期退回认捐", book["ended"]],
        ["本期物品兑换", book["given"]],
        ["本期调整", book["adjusted"]],
        *([["转入应付", book["taken"]]] if book.get("taken") else []),
        ["期末认捐余额", book["closing"]],
    ]
    return Block("pledge", "认捐", (("项目", TEXT), ("金额（元）", YUAN)), rows, total=True)


GOODS_HEAD = (
    ("物品", TEXT), ("净兑笔数", COUNT), ("件数", COUNT), ("积分", COUNT), ("价值（元）", YUAN),
    ("撤销笔数", COUNT),
)  # fmt: skip
GOODS = ("count", "pieces", "points", "value_fen", "reversed")


def items(said: dict[str, Any]) -> Block:
    """Add the goods up by their names."""
    rows: list[list[Cell]] = [
        [one["item"] or "—", *(one[name] for name in GOODS)] for one in said["items"]
    ]
    rows.append(["合计", *(said["goods"][name] for name in GOODS)])
    return Block("goods", "物品兑换", GOODS_HEAD, rows, total=True)


def discounts(said: dict[str, Any]) -> Block:
    """Say what was given off bills."""
    given = said["discounts"]
    head = (("折扣笔数", COUNT), ("账单金额（元）", YUAN), ("让利（元）", YUAN))
    rows: list[list[Cell]] = [[given["count"], given["bills_fen"], given["given_fen"]]]
    return Block("discounts", "折扣让利", head, rows)


def dues(said: dict[str, Any]) -> Block:
    """Say what is payable, paid and left."""
    owed = said["dues"]
    rows: list[list[Cell]] = [
        *([["其中期初应付", owed["opening"]]] if owed.get("opening") else []),
        ["应付", owed["payable"]],
        ["已付", owed["paid"]],
        ["余额", owed["balance"]],
    ]
    return Block("dues", "应付款", (("项目", TEXT), ("金额（元）", YUAN)), rows, total=True)


def moved(said: dict[str, Any]) -> Block:
    """List what the books took over in the month, and what was paid in it."""
    head = (
        ("日期", TEXT), ("类别", TEXT), ("应付增加（元）", YUAN), ("付款（元）", YUAN),
        ("凭据", TEXT), ("凭证", LONG),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [one["day"], words.LINES[one["what"]],
         -one["payable_fen"] if one["what"] == "taken" else None,
         one["payable_fen"] if one["what"] == "paid" else None, one["note"], one["transfer"]]
        for one in said.get("payments", ())
    ]  # fmt: skip
    return Block("moved", "应付与付款", head, rows)


def payments(source: Source) -> Block:
    """List what was paid under the statement since it was closed, and what is left of it."""
    head = (
        ("付款日", TEXT), ("金额（元）", YUAN), ("凭据", TEXT), ("录入", TEXT), ("复核", TEXT),
        ("状态", TEXT),
    )  # fmt: skip
    rows: list[list[Cell]] = [
        [str(one.day), one.fen, one.reference, one.entered, one.confirmed,
         words.TAKEN_BACK if one.taken_back else words.STANDS]
        for one in source.paid
    ]  # fmt: skip
    if rows:
        paid = sum(one.fen for one in source.paid if not one.taken_back)
        left = max(0, source.content["dues"]["balance"] - paid)
        rows.append(["本单未付", left, "", "", "", ""])
    return Block("payments", "本单付款", head, rows, total=True)


LIST_HEAD = (
    ("日期", TEXT), ("凭证号", LONG), ("物品", TEXT), ("件数", COUNT), ("积分", COUNT),
    ("金额（元）", YUAN), ("手册尾号", LONG), ("原日期", TEXT),
)  # fmt: skip


def reversals(said: dict[str, Any]) -> Block:
    """List what was taken back."""
    names = ("day", "receipt", "item", "qty", "points", "goods_fen", "tail", "of_day")
    rows = [[one[name] for name in names] for one in said["reversals"]]
    return Block("reversals", "撤销与冲正", LIST_HEAD, rows)


def adjustments(said: dict[str, Any]) -> Block:
    """List what was adjusted."""
    head = (
        ("日期", TEXT), ("认捐（元）", YUAN), ("物品（元）", YUAN), ("折扣（元）", YUAN),
        ("挂账尾差", YUAN), ("说明", TEXT), ("凭证", LONG),
    )  # fmt: skip
    names = ("day", "pledge_fen", "goods_fen", "discount_fen", "other_fen", "note", "transfer")
    rows = [[one[name] for name in names] for one in said["adjustments"]]
    return Block("adjustments", "调整", head, rows)


def compared(said: dict[str, Any]) -> Block:
    """Say how the month was compared with what the shop said."""
    found = said["reconciliation"]
    agreed = list(found["words"].values())
    rows: list[list[Cell]] = [
        ["对账日数", str(found["days"]["days"])],
        ["已关账日数", str(found["days"]["closed"])],
        ["已匹配", str(found["matches"]["confirmed"])],
        ["建议匹配", str(found["matches"]["suggested"])],
        ["商户回报一致", str(agreed.count(True))],
        ["商户回报不一致", str(agreed.count(False))],
        *(["商户文件 SHA-256", sha] for sha in found["files"]),
    ]
    return Block("compared", "对账情况", (("项目", TEXT), ("内容", TEXT)), rows)


def exceptions(said: dict[str, Any]) -> Block:
    """Count the differences by their kinds and answers."""
    head = (
        ("差错", TEXT), ("笔数", COUNT), ("未处理", COUNT), ("挂账", COUNT), ("已处理", COUNT),
        ("金额差（元）", YUAN),
    )  # fmt: skip
    rows = [
        [words.KINDS.get(one["kind"], one["kind"]), one["count"], one["open"], one["carried"],
         one["resolved"], one["fen"]]
        for one in said["reconciliation"]["exceptions"]
    ]  # fmt: skip
    return Block("exceptions", "差错", head, rows)


def days(said: dict[str, Any]) -> Block:
    """Add each day up."""
    head = (
        ("日期", TEXT), ("净兑笔数", COUNT), ("积分", COUNT), ("价值（元）", YUAN),
        ("撤销", COUNT), ("折扣笔数", COUNT), ("让利（元）", YUAN), ("认捐变动（元）", YUAN),
        ("商户回报", TEXT),
    )  # fmt: skip
    names = ("count", "points", "value_fen", "reversed", "discounts", "discount_fen", "pledge_fen")
    told = said["reconciliation"]["words"]
    rows: list[list[Cell]] = [
        [one["day"], *(one[name] for name in names), words.AGREES[told.get(one["day"])]]
        for one in said["days"]
    ]
    if rows:
        sums = [sum(one[name] for one in said["days"]) for name in names]
        rows.append(["合计", *sums, ""])
    return Block("days", "每日汇总", head, rows, total=True)


def signatures(source: Source) -> Block:
    """List who signed, and when; a signature that is missing has room for ink."""
    head = (("步骤", TEXT), ("签字人", TEXT), ("时间", TEXT), ("签字摘要", TEXT))
    done = {one.step for one in source.signed}
    rows: list[list[Cell]] = [
        [words.STEPS[one.step], words.SILENT if one.by_default else one.who,
         one.at.astimezone(ZoneInfo(SHANGHAI)).strftime("%Y-%m-%d %H:%M"), one.hash[:16]]
        for one in source.signed
    ]  # fmt: skip
    missing = [step for step in ("confirmed", "reviewed", "closed") if step not in done]
    rows.extend([words.STEPS[step], "", "", ""] for step in missing)
    return Block("signatures", "签字", head, rows)


def detail(said: dict[str, Any]) -> Block:
    """List every line of the month; of members the tail of the booklet alone."""
    owing = bool(said.get("payments"))
    head = (
        ("时间", TEXT), ("凭证号", LONG), ("类别", TEXT), ("物品", TEXT), ("件数", COUNT),
        ("积分", COUNT), ("物品额", YUAN), ("账单额", YUAN), ("让利额", YUAN),
        ("认捐额", YUAN), *([("应付额", YUAN)] if owing else []), ("手册尾号", LONG),
        ("台账号", LONG),
    )  # fmt: skip
    names = ("at", "receipt", "what", "item", "qty", "points", "goods_fen", "bill_fen",
             "discount_fen", "pledge_fen", *(["payable_fen"] if owing else []), "tail",
             "transfer")  # fmt: skip
    rows = []
    for line in said["detail"]:
        one = named(line)
        one["what"], one["item"] = words.LINES[one["what"]], one["item"] or one["note"]
        one["payable_fen"] = -one["payable_fen"]
        rows.append([one[name] for name in names])
    shares = (2, 1, 0.8, 2.6, 0.7, 0.8, 1, 1, 0.9, 1.1, 1, 1, 0.9) if owing else ()
    return Block("detail", "明细", head, rows, shares=shares)


def yuan(fen: int) -> str:
    """Write fen as yuan: −1,234.50 with the sign that a spreadsheet reads."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def shown(cell: Cell, kind: str) -> str:
    """Write a cell as a text."""
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f"{cell:%Y-%m}" if kind == MONTH else f"{cell:%Y-%m-%d}"
    if isinstance(cell, int) and kind in {YUAN, HOURS}:
        return yuan(cell) if kind == YUAN else f"{cell / 60:.1f}"
    return str(cell)


def texts(found: Sequence[Block]) -> set[str]:
    """Return every text that will be drawn."""
    said = {text for block in found for text, _ in block.head} | {one.title for one in found}
    for block in found:
        said |= {str(cell) for row in block.rows for cell in row if cell is not None}
    return said
