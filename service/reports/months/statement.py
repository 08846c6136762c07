"""A statement of one month: read, put into words, and of one person with every entry."""

from collections.abc import Mapping
from typing import Any

from service.db import Database
from service.i18n import N_
from service.reports.months import books, lines, parts, sums
from service.reports.months.sheet import Ask, Part, Row, Say, Statement, line
from service.reports.months.subjects import Kind
from service.reports.words import KINDS
from service.settlement import paper

ENTRIES_MAX = 200
BACK = N_("{kind}, taken back")
UNITS = {
    "PTS": (N_("Points"), paper.COUNT),
    "CNY": (N_("Yuan"), paper.YUAN),
    "MIN": (N_("Hours"), paper.HOURS),
}


def statement(database: Database, ask: Ask) -> Statement:
    """Read the months, the parts, hours, goods and, of one person, the entries."""
    book = books.read(database, ask.subject, ask.month)
    shares = sums.read(database, ask.subject, ask.month)
    found = (
        parts.months(ask, book),
        parts.parted(database, ask, book),
        parts.kinds(ask, shares.kinds),
        parts.teams(ask, shares.teams),
        parts.shops(ask, shares.shops),
        parts.goods(ask, shares.goods),
        parts.bills(ask, shares.bills),
        entries(database, ask),
    )
    kept = [part for part in found if part is not None and part.rows]
    return Statement(ask.subject, ask.month, book, parts.equation(ask, book), kept)


def entries(database: Database, ask: Ask) -> Part | None:
    """Return the entries of one person's month, newest first; of others they are opened."""
    if ask.subject.kind != Kind.VOLUNTEER:
        return None
    found = lines.read(database, ask.subject, lines.Asked(ask.month, limit=ENTRIES_MAX))
    return listed(ask, found.rows, "PTS")


def listed(ask: Ask, rows: list[dict[str, Any]], unit: str) -> Part:
    """Return lines as a table; whose they are is said where they are of several."""
    whose = ask.subject.kind not in {Kind.VOLUNTEER, Kind.SHOP}
    head = [
        (N_("Day"), paper.DAY),
        (N_("Booklet"), paper.LONG),
        (N_("Kind"), paper.TEXT),
        (N_("What"), paper.TEXT),
        UNITS[unit],
        (N_("Entry"), paper.LONG),
    ]
    said = tuple((ask.say(word), kind) for word, kind in head)
    return Part(
        name="entries",
        title=ask.say(N_("Entries of the month")),
        head=said if whose else (said[0], *said[2:]),
        rows=[entry_row(ask, row, whose) for row in rows],
    )


def entry_row(ask: Ask, row: Mapping[str, Any], whose: bool) -> Row:
    """Return one line, which opens its entry."""
    number = row["transfer"]
    told: list[paper.Cell] = [row["volunteer"]] if whose else []
    cells = [row["day"], *told, said_kind(ask.say, row), row["what"], row["amount"]]
    return line([*cells, f"{number or '–'}"], ask.places.entry(number) if number else "")


def said_kind(say: Say, row: Mapping[str, Any]) -> str:
    """Say of what kind an entry is, and whether it takes something back."""
    kind = say(KINDS[row["kind"]])
    return say(BACK).format(kind=kind) if row["back"] else kind
