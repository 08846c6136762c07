"""What is told of a file's rows: one sale, and what all of them add up to. Pure."""

from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

NOTHING = r"\N"  # as COPY reads it
TOLD = ("kind", "item", "qty", "amount", "bill", "points", "status")


@dataclass
class Words:
    """What a line says beside its moment and its numbers, as many lines of a file say it."""

    kind: str | None  # None: no sale of ours
    item: str | None = None
    qty: int = 1
    amount: int | None = None
    bill: int | None = None
    points: int | None = None
    status: str = "done"
    # Hundredths that it adds to the columns that the file adds up.
    sums: tuple[int, ...] = field(default=(), compare=False)
    lines: int = field(default=0, compare=False)  # that said so, and are not yet added up

    @property
    def stands(self) -> bool:
        """Whether the line counts where only what was not taken back is added up."""
        return self.kind is None or self.status == "done" or self.qty < 0

    @cached_property
    def content(self) -> int:
        """What tells these words from others: 64 bits, the same in this process alone."""
        return hash(tuple(self.told().values()))

    @cached_property
    def copied(self) -> str:
        """The columns as COPY reads them: tabs between."""
        return "\t".join(as_copied(each) for each in self.told().values())

    def told(self) -> dict[str, Any]:
        """Return what is told of the sale."""
        return {name: getattr(self, name) for name in TOLD}


class Row(NamedTuple):
    """One sale as a file tells it; the day and the clock are Shanghai's, amounts in fen."""

    line: int
    day: str
    clock: str | None
    reference: str | None
    short_code: str | None
    words: Words

    def told(self) -> dict[str, Any]:
        """Return all that is told of the sale."""
        return {**dict(zip(self._fields[:-1], self[:-1], strict=True)), **self.words.told()}


def as_copied(told: str | int | None) -> str:
    """Write what is told as COPY reads it.

    A text holds no tab and no line's end, for those are not printable.
    """
    if told is None:
        return NOTHING
    text = str(told)
    return text.replace("\\", "\\\\") if "\\" in text else text


@dataclass(slots=True)
class Totals:
    """What the rows of a file add up to, as its page shows it."""

    rows: int = 0
    goods: int = 0
    goods_points: int = 0
    goods_fen: int = 0
    discounts: int = 0
    discount_fen: int = 0
    bill_fen: int = 0
    reversed: int = 0
    aside: int = 0  # lines that are no sale of ours
    repeated: int = 0  # rows that another file of the shop has too
    checked: int = 0  # figures of the file's own that were held against its lines
    first_day: str = "9999-12-31"
    last_day: str = "0001-01-01"

    def reach(self, day: str) -> None:
        """Note that a day has a row."""
        self.first_day = min(self.first_day, day)
        self.last_day = max(self.last_day, day)

    def add(self, words: Words, lines: int) -> None:
        """Count lines that say the same."""
        if words.kind is None:
            self.aside += lines
            return
        self.rows += lines
        if words.status == "reversed":
            self.reversed += lines
        elif words.kind == "good":
            self.goods += lines
            self.goods_points += lines * (words.points or 0)
            self.goods_fen += lines * (words.amount or 0)
        else:
            self.discounts += lines
            self.discount_fen += lines * (words.amount or 0)
            self.bill_fen += lines * (words.bill or 0)

    def take_back(self, row: Row) -> None:
        """Count a row as one that another file has already."""
        self.repeated += 1
        self.add(row.words, -1)

    def kept(self) -> dict[str, int]:
        """Return the figures as JSON; the days have columns of their own."""
        return {name: each for name, each in asdict(self).items() if isinstance(each, int)}
