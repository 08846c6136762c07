"""Control totals: what a file says that its lines add up to, held against the lines. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.evidence import cells
from service.evidence.columns import squeeze
from service.evidence.faults import Fault

TOTAL = re.compile(r"合计|总计|共计|汇总|grandtotal|total|sum", re.IGNORECASE)
PART = re.compile(r"小计|subtotal", re.IGNORECASE)
NAMES_ONE = re.compile(f"{TOTAL.pattern}|{PART.pattern}", re.IGNORECASE)
BESIDE = re.compile(r"总(?:交易)?(?:单数|笔数|条数)|总.*金额|.*总金额|.*总额")
PIECES = re.compile(r"(\d+)\s*[笔条行单](?!号)|(\d+)\s*(?:rows|records|lines|sales)")
ANNOUNCED = re.compile(
    r"(?:共|总计|合计|total)\D{0,4}(\d+)\s*(?:[笔条行单](?!号)|sales|rows|lines)", re.IGNORECASE
)
COUNTED = "#"  # the column that stands for the lines themselves


@dataclass(slots=True)
class Tally:
    """What lines add up to, by column: all of them, and those of sales that stand."""

    gross: dict[str, int] = field(default_factory=dict)
    net: dict[str, int] = field(default_factory=dict)

    def foots(self, column: str, said: int) -> bool:
        """Tell whether one of the two ways to count agrees."""
        return said in {self.gross.get(column, 0), self.net.get(column, 0)}


class Footing:
    """Adds up while a file is read, and refuses the first total that does not agree."""

    def __init__(self, names: Sequence[str], summed: Sequence[int]) -> None:
        self.names = names
        self.summed = tuple(summed)
        self.whole = [[0] * len(self.summed), [0] * len(self.summed)]
        self.lines = [0, 0]
        self.before = self.snapshot()
        self.beside: list[str] | None = None
        self.checked = 0

    def add(self, amounts: Sequence[int], stands: bool, lines: int) -> None:
        """Count lines that say the same; `amounts` in the order of the columns added up."""
        gross, net = self.whole
        for at, amount in enumerate(amounts):
            gross[at] += amount * lines
            if stands:
                net[at] += amount * lines
        self.lines[0] += lines
        self.lines[1] += lines if stands else 0

    def snapshot(self) -> tuple[list[int], list[int], list[int]]:
        """Return the sums up to here."""
        return self.whole[0][:], self.whole[1][:], self.lines[:]

    def tally(self, *, since_last: bool) -> Tally:
        """Return the sums from the beginning, or from the last total."""
        names = [self.names[at] for at in self.summed]
        zero = ([0] * len(names), [0] * len(names), [0, 0])
        gross, net, lines = self.before if since_last else zero
        return Tally(
            {COUNTED: self.lines[0] - lines[0]}
            | {name: self.whole[0][at] - gross[at] for at, name in enumerate(names)},
            {COUNTED: self.lines[1] - lines[1]}
            | {name: self.whole[1][at] - net[at] for at, name in enumerate(names)},
        )

    def is_total(self, line: int, row: Sequence[str]) -> bool:
        """Take a line that is no sale but a total. Raises Fault where it does not foot."""
        if self.beside is not None:
            self.check(line, list(zip(self.beside, row, strict=False)), part=False)
            self.beside = None
            return True
        first = squeeze(next((cell for cell in row if NAMES_ONE.search(cell)), ""))
        if sum(1 for cell in row if BESIDE.fullmatch(squeeze(cell))) > 1:
            self.beside = [self.named(squeeze(cell)) for cell in row]
            return True
        part = PART.search(first) is not None
        if not part and not TOTAL.search(first):
            return False
        said = [(self.names[at], cell) for at, cell in enumerate(row[: len(self.names)])]
        self.check(line, said, part=part)
        self.count(line, " ".join(row), part=part)
        self.before = self.snapshot()
        return True

    def named(self, total: str) -> str:
        """Return which column a total of this name is of: 订单总金额 is of 订单金额."""
        if total.endswith(("单数", "笔数", "条数")):
            return COUNTED
        wanted = {
            total.replace("总", "", 1),
            total.replace("总金额", ""),
            total.replace("总额", ""),
        }
        return next((name for name in self.names if squeeze(name) in wanted), "")

    def check(self, line: int, said: Sequence[tuple[str, str]], *, part: bool) -> None:
        """Hold what is said of each column that is added up against the lines."""
        tallies = [self.tally(since_last=True)] if part else []
        tallies = tallies or [self.tally(since_last=False), self.tally(since_last=True)]
        for name, cell in said:
            figure = figure_of(cell, pieces=name == COUNTED)
            if figure is None or name not in tallies[0].gross:
                continue
            self.checked += 1
            if not any(each.foots(name, scaled(figure, name)) for each in tallies):
                found = tallies[0].gross[name]
                raise Fault("unfooted", line, name, cells.clean(cell), shown(found, name))

    def count(self, line: int, text: str, *, part: bool) -> None:
        """Hold a number of lines that stands beside a total against the lines."""
        found = PIECES.search(text)
        if found:
            self.check(line, [(COUNTED, found[1] or found[2])], part=part)

    def announced(self, line: int, text: str) -> None:
        """Hold a number of lines that was said above the head line against all of them."""
        found = ANNOUNCED.search(text)
        if found:
            self.check(line, [(COUNTED, found[1])], part=False)


def figure_of(cell: str, *, pieces: bool) -> int | None:
    """Read a total in hundredths; a cell that holds words holds none."""
    try:
        found = cells.whole(cell) if pieces else cells.fen(cells.COUNT_WORDS.sub("", cell))
    except cells.Unreadable:
        return None
    return found * 100 if pieces and found is not None else found


def scaled(figure: int, name: str) -> int:
    """Return a total in the unit in which a column is added up: lines, or hundredths."""
    return figure // 100 if name == COUNTED else figure


def shown(found: int, name: str) -> str:
    """Write what the lines add up to as a file would."""
    return str(found) if name == COUNTED else f"{found // 100}.{found % 100:02}".removesuffix(".00")
