"""What is told of a file's rows: one sale, and what all of them add up to. Pure."""

from dataclasses import asdict, dataclass
from typing import NamedTuple


class Row(NamedTuple):
    """One sale as a file tells it; the day and the clock are Shanghai's, amounts in fen."""

    line: int
    day: str
    clock: str | None
    reference: str | None
    short_code: str | None
    kind: str
    item: str | None
    qty: int
    amount: int | None
    bill: int | None
    points: int | None
    status: str


class Words(NamedTuple):
    """What a line says beside its moment and its numbers, as many lines of a file say it."""

    kind: str | None  # None: no sale of ours
    item: str | None = None
    qty: int = 1
    amount: int | None = None
    bill: int | None = None
    points: int | None = None
    status: str = "done"
    sums: tuple[int, ...] = ()  # hundredths that it adds to the columns that the file adds up

    @property
    def stands(self) -> bool:
        """Whether the line counts where only what was not taken back is added up."""
        return self.kind is None or self.status == "done" or self.qty < 0


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

    def add(self, row: Row) -> None:
        """Count a row."""
        self.rows += 1
        self.first_day = min(self.first_day, row.day)
        self.last_day = max(self.last_day, row.day)
        if row.status == "reversed":
            self.reversed += 1
        elif row.kind == "good":
            self.goods += 1
            self.goods_points += row.points or 0
            self.goods_fen += row.amount or 0
        else:
            self.discounts += 1
            self.discount_fen += row.amount or 0
            self.bill_fen += row.bill or 0

    def take_back(self, row: Row) -> None:
        """Count a row as one that another file has already."""
        self.repeated += 1
        self.rows -= 1
        if row.status == "reversed":
            self.reversed -= 1
        elif row.kind == "good":
            self.goods -= 1
            self.goods_points -= row.points or 0
            self.goods_fen -= row.amount or 0
        else:
            self.discounts -= 1
            self.discount_fen -= row.amount or 0
            self.bill_fen -= row.bill or 0

    def kept(self) -> dict[str, int]:
        """Return the figures as JSON; the days have columns of their own."""
        return {name: each for name, each in asdict(self).items() if isinstance(each, int)}
