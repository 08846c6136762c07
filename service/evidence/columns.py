"""Which column says what: the head line is found by names, in words that tills use. Pure."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from service.evidence.cells import EDGES

SEARCHED = 30  # lines in which a head line may stand
ENOUGH = 2  # names that make a line a head line
WIDTH_MAX = 200
NAME_MAX = 200
BRACKETS = re.compile(r"[(（\[【].*?[)）\]】]")
NOISE = re.compile(r"[\s`*:：_\-\"'=]+")

# By field, the best name first; written as `squeeze` leaves them.
NAMES: dict[str, tuple[str, ...]] = {
    "occurred_at": (
        "完成时间", "交易完成时间", "核销时间", "兑换时间", "交易时间", "支付时间", "销售时间",
        "消费时间", "日期时间", "开单时间", "创建时间", "occurredat", "completedat", "datetime",
        "timestamp", "交易日期", "日期", "date", "时间", "time",
    ),
    "clock": ("时间", "时刻", "交易时刻", "time", "clock"),
    "reference": (
        "兑换单号", "核销单号", "流水号", "交易流水号", "单号", "订单号", "商户订单号", "商户单号",
        "小票号", "交易单号", "编号", "凭证号", "微信订单号", "reference", "ref", "orderno",
        "orderid", "receiptno", "key", "id",
    ),
    "short_code": (
        "短码", "后六位", "小票后六位", "凭条号", "兑换码", "shortcode", "short", "receipt",
    ),
    "kind": ("类型", "类别", "兑换类型", "业务类型", "优惠类型", "kind", "type"),
    "item": (
        "物品", "兑换物品", "商品", "商品名称", "品名", "物品名称", "货品", "名称", "item", "good",
        "goods", "product",
    ),
    "qty": ("数量", "件数", "个数", "qty", "quantity", "count"),
    "amount": (
        "优惠金额", "折扣金额", "让利金额", "减免金额", "代金券金额", "兑换金额", "价值", "金额",
        "amount", "discount", "value",
    ),
    "bill": (
        "账单金额", "消费金额", "订单金额", "应收金额", "原价", "总金额", "合计金额", "bill",
        "total", "gross",
    ),
    "points": ("积分", "兑换积分", "扣除积分", "使用积分", "消耗积分", "分数", "points", "pts"),
    "status": ("状态", "交易状态", "当前状态", "订单状态", "status", "state"),
}  # fmt: skip
FIELDS = tuple(NAMES)
KNOWN = frozenset(name for names in NAMES.values() for name in names)
NEEDED = "occurred_at"
MONEY = re.compile(r"金额|费|元|价|积分|数量|points|amount|total|qty", re.IGNORECASE)


def squeeze(name: str) -> str:
    """Bring a column's name to the form in which names are compared: 金额 (元) becomes 金额.

    Of what is longer than any name only the beginning counts.
    """
    return squeezed(name[:NAME_MAX])


@lru_cache(maxsize=4096)
def squeezed(name: str) -> str:
    """Squeeze a name; the first lines of a file are tried several times over."""
    wide = unicodedata.normalize("NFKC", name.strip(EDGES))
    return NOISE.sub("", BRACKETS.sub("", wide)).lower()


@dataclass(frozen=True, slots=True)
class Head:
    """The line with the names of the columns; `upper` is the row of merged titles above it."""

    line: int
    names: tuple[str, ...]
    upper: bool = False

    @property
    def key(self) -> str:
        """Name this form of head line: files of one till have the same."""
        return sha256("\x1f".join(map(squeeze, self.names)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Plan:
    """How the lines of a file are understood: what somebody looked at and accepted."""

    columns: Mapping[str, str] = field(default_factory=dict)  # field -> name of the column
    kind: str = "auto"  # what a line is where no column says so: auto | good | discount
    reference_length: int | None = None  # digits of a whole reference; zeros are put back
    only_column: str | None = None  # lines without the word there are not ours
    only_word: str | None = None
    head_line: int | None = None  # where somebody pointed at it

    def kept(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "columns": dict(self.columns)}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Plan":
        """Read it back from JSON."""
        return cls(**kept)


def distinct(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the columns' names as people see them; the second of two equal ones says so."""
    names: list[str] = []
    for at, cell in enumerate(cells):
        seen = "".join(filter(str.isprintable, NOISE.sub(" ", cell.strip(EDGES))))
        name = seen.strip() or letter(at)
        times = sum(1 for other in names if other.split(" #")[0] == name)
        names.append(f"{name} #{times + 1}" if times else name)
    return tuple(names)


def letter(at: int) -> str:
    """Name a column as a spreadsheet does: 0 is A, 26 is AA."""
    return (letter(at // 26 - 1) if at >= 26 else "") + chr(65 + at % 26)


def score(cells: Sequence[str]) -> int:
    """Count how many of these cells are names that we know; a line without a time is none."""
    squeezed = {squeeze(cell) for cell in cells} & KNOWN
    return len(squeezed) if squeezed & set(NAMES[NEEDED]) else 0


def find_head(
    rows: Sequence[tuple[int, Sequence[str]]], known: frozenset[str] = frozenset()
) -> Head | None:
    """Find the head line among the first lines, alone or under a row of merged titles."""
    best: tuple[int, Head] | None = None
    for at, (line, cells) in enumerate(rows[:SEARCHED]):
        if known and (head := Head(line, distinct(cells))).key in known:
            return head
        above = rows[at - 1][1] if at else ()
        for names, upper in ((cells, False), (joined(above, cells), True)):
            points = score(names)
            if points >= ENOUGH and (best is None or points > best[0]):
                best = points, Head(line, distinct(names), upper)
    return best[1] if best else None


def joined(above: Sequence[str], cells: Sequence[str]) -> list[str]:
    """Read two rows as one head: names that were merged over both stand in the upper one."""
    if len(above) < 2 or not any(squeeze(cell) in KNOWN for cell in cells):
        return []
    width = max(len(above), len(cells))
    padded = [[*row, *[""] * (width - len(row))] for row in (above, cells)]
    return [low if low.strip(EDGES) else high for high, low in zip(*padded, strict=True)]


def propose(head: Head) -> dict[str, str]:
    """Propose which column says what: each column once, the best name of each field first."""
    free = {squeeze(name): name for name in reversed(head.names)}
    chosen: dict[str, str] = {}
    for wanted in FIELDS:
        name = next((free.pop(one) for one in NAMES[wanted] if one in free), None)
        if name is not None:
            chosen[wanted] = name
    return chosen


def fits(plan: Plan, head: Head) -> bool:
    """Tell whether all columns that a mapping names are in a file."""
    named = {*plan.columns.values(), *filter(None, [plan.only_column])}
    return named <= set(head.names)


def whole_length(references: Sequence[str]) -> int | None:
    """Return how many digits references have, where some that begin with zero were shortened."""
    if not references or not all(one.isdigit() for one in references):
        return None
    length = max(map(len, references))
    full = [one for one in references if len(one) == length]
    cut = len(references) - len(full)
    led = any(one.startswith("0") for one in full)
    return length if cut and length >= 6 and (led or cut * 3 < len(full)) else None
