"""What a page and a file show of a statement: tables, charts, and what each figure opens."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from markupsafe import Markup

from service.reports.months.books import Book
from service.reports.months.subjects import Kind, Subject, address
from service.settlement import paper

Say = Callable[[str], str]
Row = list[tuple[paper.Cell, str]]  # each cell with the address that it opens, if any
Head = tuple[tuple[str, str], ...]  # each column's word, and as what it is written


class Places(Protocol):
    """Where the figures of a statement are opened; an empty address opens nothing."""

    def figure(self, month: date, line: str, by: str = "") -> str:
        """Return what a figure is made of."""

    def month(self, month: date) -> str:
        """Return the same statement of another month."""

    def other(self, kind: Kind, code: str, month: date, community: str = "") -> str:
        """Return somebody else's statement."""

    def entry(self, transfer_id: int) -> str:
        """Return one entry."""


@dataclass(frozen=True, slots=True)
class Part:
    """One table with its charts."""

    name: str
    title: str
    head: Head
    rows: list[Row]
    charts: tuple[Markup, ...] = ()
    total: bool = False  # the last row adds up those above
    following: str = ""  # after which row the next page begins


@dataclass(frozen=True, slots=True)
class Term:
    """One figure of the equation: its sign, its word, and what it opens."""

    sign: str
    name: str
    word: str
    value: int
    opens: str


@dataclass(frozen=True, slots=True)
class Statement:
    """All that is said of a subject's month."""

    subject: Subject
    month: date
    book: Book
    terms: list[Term] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)

    @property
    def unit(self) -> str:
        """Return in what the equation is written."""
        return "CNY" if self.subject.kind == Kind.SHOP else "PTS"


@dataclass(frozen=True, slots=True)
class Ask:
    """Of whom a statement is asked, of which month, in whose words."""

    subject: Subject
    month: date
    say: Say
    places: Places
    after: str | None = ""  # where the page of parts begins; None: all of them


def line(cells: Iterable[paper.Cell], opens: str = "") -> Row:
    """Return a row of which every cell opens the same, or nothing."""
    return [(cell, opens) for cell in cells]


@dataclass(frozen=True, slots=True)
class DeskPlaces:
    """Where the desk opens the figures of a subject."""

    subject: Subject

    def figure(self, month: date, line: str, by: str = "") -> str:
        """Return the page of what a figure is made of."""
        return self.subject.address("/lines", month=f"{month:%Y-%m}", line=line, by=by)

    def month(self, month: date) -> str:
        """Return the same statement of another month."""
        return self.subject.address(month=f"{month:%Y-%m}")

    def other(self, kind: Kind, code: str, month: date, community: str = "") -> str:
        """Return somebody else's statement."""
        place = community if kind == Kind.TEAM else ""
        return address(kind, code, community=place, month=f"{month:%Y-%m}")

    def entry(self, transfer_id: int) -> str:
        """Return an entry with its whole story."""
        return f"/ledger/transfers/{transfer_id}"


@dataclass(frozen=True, slots=True)
class OwnPlaces:
    """Where a volunteer opens the figures of the own statement: the own entries and receipts."""

    receipt: Callable[[int], str]

    def figure(self, month: date, line: str, by: str = "") -> str:
        """Return the same page with the entries of one figure; hours stand in the record."""
        if line in {"minutes", "sales", "bills"}:
            return "/me/records" if line == "minutes" else ""
        return f"/me/statement?month={month:%Y-%m}&line={line}#entries"

    def month(self, month: date) -> str:
        """Return the same statement of another month."""
        return f"/me/statement?month={month:%Y-%m}"

    def other(self, kind: Kind, code: str, month: date, community: str = "") -> str:
        """Open nobody else's statement."""
        return ""

    def entry(self, transfer_id: int) -> str:
        """Return the receipt of an entry."""
        return f"/t/{self.receipt(transfer_id)}"
