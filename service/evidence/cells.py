"""What a cell says: numbers, moments and words as tills and spreadsheets write them. Pure."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Context, Decimal
from typing import TypeVar

K = TypeVar("K")
T = TypeVar("T")

FEN_MAX = 10**13
LAST = 6  # characters of a number that a receipt shows
CODE_MAX = 200  # characters of a reference; an index holds it
MEMO_MAX = 200_000
EDGES = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b`'"  # what tills put around a number to keep it one
WRAPPED = re.compile(r'="([^"]*)"')
SHORTENED = re.compile(r"[+-]?\d(?:\.\d+)?E\+\d+|[+-]?\d\.\d+E\d+", re.IGNORECASE)
MONEY_WORDS = re.compile(r"[元圆¥￥$,\s]|RMB|CNY|人民币", re.IGNORECASE)
COUNT_WORDS = re.compile(r"[件个份次笔条行分,\s]|积分|pts|points", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
MOMENT = re.compile(
    r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?"
    r"(?:[T\s]*(?P<H>\d{1,2})[:时点](?P<M>\d{1,2})(?:[:分](?:(?P<S>\d{1,2})(?:\.(?P<f>\d{1,6}))?秒?)?)?)?"
    r"\s*(?P<z>Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?"
)
PACKED = re.compile(
    r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)[T\s]*(?:(?P<H>\d\d):?(?P<M>\d\d):?(?:(?P<S>\d\d))?)?"
)
SERIAL = re.compile(r"[2-6]\d{4}(?:\.\d+)?")  # days since 1900, as a spreadsheet keeps a date
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - a file's own clock names no zone
DAY_MS = 86_400_000
FIFTEEN = Context(prec=15)  # as many digits as a spreadsheet keeps
REVERSED = re.compile(
    r"冲正|退款|退货|撤销|作废|取消|已退|refund|revers|void|revoked", re.IGNORECASE
)
NEVER = re.compile(r"未|失败|待|关闭|挂单|fail|pending|closed|unpaid", re.IGNORECASE)
DONE = re.compile(
    r"成功|完成|正常|已支付|已收|已核销|核销|有效|success|done|paid|ok|captured|completed|normal|sale",
    re.IGNORECASE,
)
GOODS = re.compile(r"兑换|积分|礼品|物品|good|redemption|points", re.IGNORECASE)
DISCOUNTS = re.compile(r"折|优惠|满减|立减|代金券|discount|coupon", re.IGNORECASE)


class Memo(dict[K, T]):
    """Remembers what equal cells mean: a million lines have few different amounts."""

    def __init__(self, read: Callable[[K], T], most: int = MEMO_MAX) -> None:
        super().__init__()
        self.read, self.most = read, most

    def __missing__(self, cell: K) -> T:
        if len(self) >= self.most:
            self.clear()
        found = self[cell] = self.read(cell)
        return found


class Unreadable(ValueError):
    """The cell does not say what its column promises; the slug is a fault's."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


def clean(cell: str) -> str:
    """Take off what a till wrapped around a text; raises Unreadable for a formula."""
    text = cell.strip(EDGES)
    if text.startswith("="):
        wrapped = WRAPPED.fullmatch(text)
        if wrapped is None:
            raise Unreadable("formula")
        text = wrapped[1].strip(EDGES)
    if not text.isprintable():
        text = "".join(each for each in text if each.isprintable())
    return text


def plain(cell: str) -> str:
    """Clean a number or a code: full-width digits and signs become the plain ones."""
    text = clean(cell)
    return text if text.isascii() else unicodedata.normalize("NFKC", text).replace("−", "-")


def fen(cell: str) -> int | None:
    """Read an amount of yuan as fen; an empty cell or a dash is none."""
    text = MONEY_WORDS.sub("", plain(cell))
    if text in {"", "-", "--", "/"}:
        return None
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    hundredfold = decimal(text) * 100
    if hundredfold != hundredfold.to_integral_value():
        raise Unreadable("fractions")
    return bounded(int(hundredfold))


def whole(cell: str) -> int | None:
    """Read a number of pieces or points; an empty cell is none."""
    text = COUNT_WORDS.sub("", plain(cell))
    if text in {"", "-", "--", "/"}:
        return None
    number = decimal(text, slug="whole")
    if number != number.to_integral_value():
        raise Unreadable("whole")
    return bounded(int(number))


def decimal(text: str, slug: str = "number") -> Decimal:
    """Read a plain decimal number."""
    if not NUMBER.fullmatch(text):
        raise Unreadable("number_lost" if SHORTENED.fullmatch(text) else slug)
    return Decimal(text)


def bounded(number: int) -> int:
    """Return a number that sums of millions of it still can be kept of."""
    if abs(number) > FEN_MAX:
        raise Unreadable("beyond")
    return number


def code(cell: str) -> str | None:
    """Read a reference; a number that a spreadsheet shortened is refused, for it is lost."""
    if not cell:
        return None
    if cell.replace("-", "").isalnum() and cell.isascii() and len(cell) <= CODE_MAX:
        return cell
    text = plain(cell)
    if SHORTENED.fullmatch(text):
        raise Unreadable("number_lost")
    if len(text) > CODE_MAX:
        raise Unreadable("too_long")
    return text or None


def words(cell: str) -> str | None:
    """Read what people wrote, as they wrote it."""
    return clean(cell) or None


def last_six(text: str | None) -> str | None:
    """Return what a receipt shows of a number: its last six, without the gaps."""
    last = (text or "")[-LAST:]
    if len(last) == LAST and last.isalnum():
        return last
    return (text or "").replace(" ", "").replace("-", "")[-LAST:] or None


def moment(cell: str) -> tuple[str, str | None]:
    """Read the day, and the time of day in Shanghai where the cell has one."""
    text = plain(cell)
    found = MOMENT.fullmatch(text) or PACKED.fullmatch(text)
    if found:
        return from_parts(found.groupdict(), text)
    if SERIAL.fullmatch(text):
        return from_serial(text)
    raise Unreadable("number_lost" if SHORTENED.fullmatch(text) else "time")


def from_parts(parts: dict[str, str | None], text: str) -> tuple[str, str | None]:
    """Put a moment together that was written in parts."""
    try:
        day = date(int(parts["y"] or 0), int(parts["m"] or 0), int(parts["d"] or 0))
        if parts.get("H") is None:
            return day.isoformat(), None
        micro = int((parts.get("f") or "").ljust(6, "0"))
        clock = (int(parts["H"] or 0), int(parts["M"] or 0), int(parts.get("S") or 0), micro)
        said = datetime(day.year, day.month, day.day, *clock)  # noqa: DTZ001 - as above
        return split(in_shanghai(said, parts.get("z")))
    except (ValueError, OverflowError):  # of a year before the first, or beyond the last
        raise Unreadable("time") from None


def in_shanghai(said: datetime, zone: str | None) -> datetime:
    """Return the local time of a moment that names its own zone."""
    if zone is None:
        return said
    sign = -1 if zone.startswith("-") else 1
    digits = zone.lstrip("Z+-").replace(":", "") or "0000"
    offset = sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return said - offset + timedelta(hours=8)


def from_serial(text: str) -> tuple[str, str | None]:
    """Read a date as a spreadsheet counts it, to the thousandth of a second."""
    number = Decimal(text)
    days = int(number)
    rest = int(((number - days) * DAY_MS).to_integral_value())
    found = FIRST_DAY + timedelta(days=days, milliseconds=rest)
    return split(found) if rest else (found.date().isoformat(), None)


def split(found: datetime) -> tuple[str, str]:
    """Return a moment as its day and its time of day."""
    return found.date().isoformat(), found.time().isoformat()


def clock(cell: str) -> str:
    """Read a time of day that stands in a column of its own."""
    text = plain(cell)
    return moment(f"2000-01-01 {text}")[1] or "00:00:00"


def status(cell: str) -> str | None:
    """Read whether a sale stands; an empty cell says that it does. None: it never was one."""
    text = clean(cell).replace("未退款", "")
    if NEVER.search(text):
        return None
    if REVERSED.search(text):
        return "reversed"
    if not text or text in {"-", "/"} or DONE.search(text):
        return "done"
    raise Unreadable("status")


def kind(cell: str) -> str | None:
    """Read whether points bought goods or a bill was discounted; an empty cell does not say."""
    text = clean(cell)
    if not text:
        return None
    if DISCOUNTS.search(text):
        return "discount"
    if GOODS.search(text):
        return "good"
    raise Unreadable("kind")


def number_text(raw: str) -> str:
    """Write a spreadsheet's number as it was meant: fifteen digits, longer ones as shortened."""
    if raw.isdigit() and len(raw) <= FIFTEEN.prec:
        return raw
    try:
        number = FIFTEEN.create_decimal(raw).normalize()
    except ArithmeticError:
        return raw
    return f"{number:E}" if number.adjusted() >= FIFTEEN.prec else f"{number:f}"
