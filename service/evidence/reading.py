"""Reading a file: its lines become rows in our own terms, or the first bad line is named. Pure.

Lines stream: nothing of a file is kept but sums, what equal cells mean, and, where zeros are put
back, the references.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from operator import itemgetter
from typing import Any

from service.evidence import cells
from service.evidence.cells import EDGES, Memo, Unreadable
from service.evidence.columns import MONEY, Head, Plan, letter, squeeze
from service.evidence.faults import Fault
from service.evidence.footing import PART, TOTAL, Footing
from service.evidence.rows import Row, Totals, Words
from service.evidence.sources import Source

LINES_MAX = (1 << 24) - 1
QTY_MAX = 2**31 - 1
ALIKE_MAX = 20_000  # of what lines say in the same words, and of their days: so many are remembered
ISO = 19  # characters of 2025-10-18 09:30:00
WORDED = ("status", "points", "amount", "bill", "qty", "kind", "item")
REMARKS = ("#", "-", "=", "*", "注", "说明", "导出", "备注", "打印", "制表")
READ: dict[str, Callable[[str], Any]] = {
    "reference": cells.code,
    "short_code": cells.code,
    "kind": cells.kind,
    "item": cells.words,
    "qty": cells.whole,
    "amount": cells.fen,
    "bill": cells.fen,
    "points": cells.whole,
    "status": cells.status,
}


class Reader:
    """Understands one file by one plan; `totals` are told when all rows were read."""

    def __init__(self, source: Source, head: Head, plan: Plan, *, today: date) -> None:
        self.source, self.head, self.plan = source, head, plan
        self.latest = today.isoformat()
        self.width = len(head.names)
        self.at = {name: self.place(column) for name, column in plan.columns.items()}
        if "occurred_at" not in self.at:
            raise Fault("no_moments", head.line)
        self.moment_at = self.at["occurred_at"]
        self.reference_at, self.short_at = self.at.get("reference"), self.at.get("short_code")
        self.only = self.place(plan.only_column) if plan.only_column else None
        # A spreadsheet leaves empty cells out; a CSV line without them was cut off.
        figures = [self.at[name] for name in ("points", "amount") if name in self.at]
        self.needed = max(figures, default=-1) + 1 if "delimiter" in source.layout else 0
        self.memo: dict[str, Any] = {name: Memo(read) for name, read in READ.items()}
        self.summed = self.columns_to_sum()
        self.sums = Memo(hundredths)
        self.worded = self.columns_with_words()
        self.cells_of = cells_at(self.worded)
        self.understood = Memo(self.words, ALIKE_MAX)
        self.days: set[str] = set()  # that there were, and are not to come
        self.clocks: set[str] = set()
        self.footing = Footing(head.names, self.summed)
        self.totals = Totals()
        self.uncounted: list[Words] = []
        self.day = ""  # of the last row
        self.whole: dict[str, bool] = {}  # references; were zeros put back?
        self.reference = cells.code if plan.reference_length is None else self.padded

    def place(self, column: str) -> int:
        """Return where a column stands. Raises Fault."""
        if column not in self.head.names:
            raise Fault("no_column", self.head.line, value=column)
        return self.head.names.index(column)

    def columns_to_sum(self) -> list[int]:
        """Return the columns that the file itself may add up: figures, by plan or by name."""
        mapped = {name: at for name, at in self.at.items() if name in READ}
        figures = {mapped[name] for name in ("qty", "amount", "bill", "points") if name in mapped}
        words = set(self.at.values()) - figures
        named = {at for at, name in enumerate(self.head.names) if MONEY.search(squeeze(name))}
        return sorted(figures | (named - words))

    def columns_with_words(self) -> list[int]:
        """Return the columns that many lines fill alike: all but the moment and the numbers."""
        own = {self.at[name] for name in WORDED if name in self.at}
        return sorted(own | {*self.summed} | ({self.only} if self.only is not None else set()))

    def rows(self) -> Iterator[Row]:
        """Yield every sale. Raises Fault for the first line that is none and says not why."""
        preamble = []
        for line, row in self.source.lines():
            if line <= self.head.line:
                preamble.append((line, row))
                continue
            if line > LINES_MAX:
                raise Fault("too_many_rows", value=str(LINES_MAX))
            found = self.sale(line, row)
            if found is not None:
                yield found
        self.count()
        for line, row in preamble[:-1]:
            self.footing.announced(line, " ".join(row))
        if not self.footing.lines[0]:
            raise Fault("no_rows", self.head.line)
        self.totals.checked = self.footing.checked

    def sale(self, line: int, row: list[str]) -> Row | None:
        """Read one line; None where it is a total, a remark, or no sale of ours."""
        if self.footing.beside is not None and self.is_total(line, row):
            return None
        cut_off = len(row) < self.needed
        row = self.tidied(line, row)
        try:
            day, clock = self.when(row)
            words = self.understood[self.cells_of(row)]
            reference, short = (None, None) if words.kind is None else self.numbers(row)
        except Unreadable as wrong:
            if self.beside_sales(line, row):
                return None
            raise self.blame(line, row, wrong) from None
        if cut_off:
            raise Fault("short", line, self.name(self.needed - 1))
        if words.kind is not None and clock is None and self.totals_a_day(line, row):
            return None
        self.note(day, words)
        return Row(line, day, clock, reference, short, words) if words.kind else None

    def note(self, day: str, words: Words) -> None:
        """Note that a line was read; what it says is added up later."""
        if not words.lines:
            self.uncounted.append(words)
        words.lines += 1
        if day != self.day and words.kind:
            self.day = day
            self.totals.reach(day)

    def count(self) -> None:
        """Add up the lines that were noted: those that say the same at once."""
        for words in self.uncounted:
            self.footing.add(words.sums, words.stands, words.lines)
            self.totals.add(words, words.lines)
            words.lines = 0
        self.uncounted.clear()

    def is_total(self, line: int, row: list[str]) -> bool:
        """Take a line that is no sale but a total of those before it. Raises Fault."""
        self.count()
        return self.footing.is_total(line, row)

    def tidied(self, line: int, row: list[str]) -> list[str]:
        """Return a line as wide as the head, without wrappings that look like formulas."""
        if len(row) != self.width:
            row = self.evened(line, row)
        return self.unwrapped(line, row) if "=" in "".join(row) else row

    def words(self, cells: tuple[str, ...]) -> Words:
        """Bring into our terms what a line says in these columns. Raises Unreadable."""
        if len(self.uncounted) >= ALIKE_MAX:
            self.count()
        row = dict(zip(self.worded, cells, strict=True))
        sums = tuple(self.sums[row[at]] for at in self.summed)
        if self.only is not None and (self.plan.only_word or "") not in row[self.only]:
            return Words(None, sums=sums)
        said: dict[str, Any] = {
            name: self.memo[name][row[self.at[name]]] for name in WORDED if name in self.at
        }
        points, amount, qty = said.get("points"), said.get("amount"), said.get("qty")
        kind, status = self.kind_of(said.get("kind"), points, amount), said.get("status", "done")
        if kind is None or status is None:
            return Words(None, sums=sums)
        if points is None and amount is None:
            raise Unreadable("number")
        if (points or 0) < 0 or (amount or 0) < 0 or (qty or 0) < 0:
            status = "reversed"
            qty = -abs(qty or 1)
        count = 1 if qty is None else bounded(qty)
        bill, item = said.get("bill"), said.get("item")
        return Words(kind, item, count, amount, bill, points, status, sums)

    def numbers(self, row: list[str]) -> tuple[str | None, str | None]:
        """Read the number of a sale, and its last six. Raises Unreadable."""
        reference = short = None
        if self.reference_at is not None:
            reference = self.reference(row[self.reference_at])
        if self.short_at is not None:
            short = cells.code(row[self.short_at])
        return reference, cells.last_six(short or reference)

    def when(self, row: list[str]) -> tuple[str, str | None]:
        """Read the moment of a sale; most files write it as ISO does. Raises Unreadable."""
        text = row[self.moment_at]
        day: str = text[:10]
        clock: str | None = text[11:]
        if day not in self.days or clock not in self.clocks:
            day, clock = self.moment(text)
        if "clock" in self.at:
            clock = cells.clock(row[self.at["clock"]])
        if day > self.latest:
            raise Unreadable("future")
        return day, clock

    def moment(self, text: str) -> tuple[str, str | None]:
        """Read a day and a time of day; those of ISO are remembered. Raises Unreadable."""
        if len(text) != ISO or text[4:8:3] != "--" or text[13:17:3] != "::" or not real(text):
            return cells.moment(text)
        day, clock = text[:10], text[11:]
        if day <= self.latest and len(self.days) < ALIKE_MAX:
            self.days.add(day)
            self.clocks.add(clock)
        return day, clock

    def kind_of(self, said: str | None, points: int | None, amount: int | None) -> str | None:
        """Tell goods from discounts: by their column, by the plan, else by what was taken."""
        if said:
            return said
        if self.plan.kind != "auto":
            return self.plan.kind
        return "good" if points else "discount" if amount else None

    def padded(self, cell: str) -> str | None:
        """Read a reference, and put its zeros back where it can only be one number."""
        text = cells.code(cell)
        if text is None or not text.isdigit():
            return text
        length = self.plan.reference_length or 0
        if len(text) > length:
            raise Unreadable("too_long")
        whole, cut = text.zfill(length), len(text) < length
        if self.whole.setdefault(whole, cut) != cut:
            raise Unreadable("zeros_lost")
        return whole

    def evened(self, line: int, row: list[str]) -> list[str]:
        """Return a line as wide as the head. Raises Fault where something stands beyond it.

        An amount with thousands marks and without quotation marks would shift all that follows.
        """
        beyond = [cell for cell in row[self.width :] if cell.strip(EDGES)]
        if beyond:
            raise Fault("wide", line, letter(self.width), beyond[0].strip())
        return [*row[: self.width], *[""] * (self.width - len(row))]

    def unwrapped(self, line: int, row: list[str]) -> list[str]:
        """Return a line whose texts were wrapped as formulas. Raises Fault for real ones."""
        found = []
        for at, cell in enumerate(row):
            try:
                found.append(cells.clean(cell) if cell.strip(EDGES).startswith("=") else cell)
            except Unreadable as wrong:
                raise Fault(wrong.slug, line, self.name(at), cell.strip()) from None
        return found

    def beside_sales(self, line: int, row: list[str]) -> bool:
        """Tell whether a line without a moment is a total, a remark, empty or the head again."""
        try:
            self.when(row)
        except Unreadable as wrong:
            if wrong.slug != "time":
                return False
        else:
            return False
        told = [cell.strip(EDGES) for cell in row if cell.strip(EDGES)]
        if not told or [*map(squeeze, row)][: self.width] == [*map(squeeze, self.head.names)]:
            return True
        return self.is_total(line, row) or (len(told) == 1 and told[0].startswith(REMARKS))

    def totals_a_day(self, line: int, row: list[str]) -> bool:
        """Take a line with a day and without a time of day that is the total of that day."""
        named = any(PART.search(cell) or TOTAL.search(cell) for cell in row)
        return named and self.is_total(line, row)

    def blame(self, line: int, row: list[str], wrong: Unreadable) -> Fault:
        """Return the fault with the column in which it stands: the first that cannot be read."""
        first = self.at["occurred_at"]
        if not row[first].strip(EDGES):
            return Fault("short", line, self.name(first))
        for name, at in self.at.items():
            try:
                self.again(name, row)
            except Unreadable as found:
                return Fault(found.slug, line, self.name(at), row[at].strip(EDGES))
        at = self.at.get("amount", self.at.get("points", first))
        return Fault(wrong.slug, line, self.name(at), row[at].strip(EDGES))

    def again(self, name: str, row: list[str]) -> None:
        """Read one cell of a line anew. Raises Unreadable."""
        if name == "occurred_at":
            self.when(row)
        elif name == "clock":
            cells.clock(row[self.at[name]])
        elif name == "reference":
            self.reference(row[self.at[name]])
        else:
            READ[name](row[self.at[name]])

    def name(self, at: int) -> str:
        """Name a column as people find it: by its head, and by its letter."""
        return self.head.names[at] if at < self.width else letter(at)


def cells_at(columns: list[int]) -> Callable[[list[str]], tuple[str, ...]]:
    """Return what takes these cells out of a line; an itemgetter makes no tuple of a single one."""
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda row: tuple(row[at] for at in columns)


def real(text: str) -> bool:
    """Tell whether an ISO text is a moment that there was."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def bounded(qty: int) -> int:
    """Return a number of pieces. Raises Unreadable for more than a column holds."""
    if abs(qty) > QTY_MAX:
        raise Unreadable("beyond")
    return qty


def hundredths(cell: str) -> int:
    """Read what a cell adds to its column's sum, in hundredths; words add nothing."""
    try:
        return cells.fen(cells.COUNT_WORDS.sub("", cells.clean(cell))) or 0
    except Unreadable:
        return 0
