"""A statement as a file: CSV, a workbook with real numbers and days, and a paper to print."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from service.i18n import N_
from service.reports.months.sheet import Part, Say, Statement
from service.reports.months.subjects import KINDS
from service.settlement import paper

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
}
TITLE = N_("Statement of points")
FOOT = N_("{title} · {name} · {month} · page {page}")
WIDE = 2.2  # times the width of a column of figures


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the files of one statement in its reader's words."""

    said: Statement
    say: Say
    language: str
    now: datetime

    @property
    def name(self) -> str:
        """Return of whom the statement is."""
        subject = self.said.subject
        return " ".join(filter(None, (subject.code, subject.name)))

    @property
    def title(self) -> str:
        """Return what the file is called inside."""
        return f"{self.say(TITLE)} {self.name} {self.said.month:%Y-%m}"

    def made(self, form: str) -> bytes:
        """Return the file in one of the three forms."""
        found = [self.facts(), self.equation(), *(block_of(part) for part in self.said.parts)]
        if form == "csv":
            return paper.csv_of(found)
        if form == "xlsx":
            titles = {part.name: sheet_name(part.title) for part in self.said.parts}
            summary = self.say(N_("Summary"))
            return paper.workbook_of(found, titles, title=self.title, at=self.now, summary=summary)
        return self.drawn(found)

    def facts(self) -> paper.Block:
        """Say whose statement it is, of which month, and when it was made."""
        subject = self.said.subject
        rows: list[list[paper.Cell]] = [
            [self.say(KINDS[subject.kind]), self.name],
            [self.say(N_("Community")), subject.place],
            [self.say(N_("Month")), f"{self.said.month:%Y-%m}"],
            [self.say(N_("Made on")), f"{self.now:%Y-%m-%d}"],
        ]
        head = ((self.say(N_("Item")), paper.TEXT), (self.say(N_("Content")), paper.TEXT))
        return paper.Block("facts", self.say(TITLE), head, rows)

    def equation(self) -> paper.Block:
        """Write the month from its opening to its closing."""
        kind = paper.YUAN if self.said.unit == "CNY" else paper.COUNT
        unit = N_("Yuan") if self.said.unit == "CNY" else N_("Points")
        rows: list[list[paper.Cell]] = [
            [f"{term.word}（{term.sign}）" if term.sign in {"−", "+"} else term.word, term.value]
            for term in self.said.terms
        ]
        head = ((self.say(N_("Item")), paper.TEXT), (self.say(unit), kind))
        title = self.say(N_("From opening to closing"))
        return paper.Block("equation", title, head, rows, total=True, shares=(2, 1))

    def drawn(self, found: Sequence[paper.Block]) -> bytes:
        """Draw the blocks on A4."""
        title, month = self.say(TITLE), f"{self.said.month:%Y-%m}"
        foot = self.say(FOOT).replace("{page}", "{{page}}")
        foot = foot.format(title=title, name=self.name.replace("{", ""), month=month)
        sheets = paper.Tables(foot, language=self.language)
        with paper.lettered(sheets, paper.texts(found) | {foot, "…"}):
            sheets.add_page()
            sheets.titled(title)
            sheets.table_of(found[0], headed=False)
            for block in found[1:]:
                sheets.block(block)
            sheets.set_title(self.title)
            sheets.set_creation_date(self.now)
            return bytes(sheets.output())


def block_of(part: Part) -> paper.Block:
    """Return a table as a block: what it opens stays on the page."""
    texts = {paper.TEXT, paper.LONG}
    shares = tuple(
        WIDE if kind in texts and nth else 1.0 for nth, (_, kind) in enumerate(part.head)
    )
    rows = [[cell for cell, _ in row] for row in part.rows]
    return paper.Block(part.name, part.title, part.head, rows, part.total, shares)


def sheet_name(title: str) -> str:
    """Return a title as a workbook takes it for a sheet: short, and without its brackets."""
    return "".join(sign for sign in title if sign not in "[]:*?/\\")[:31]
