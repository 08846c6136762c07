"""Opening to closing: the equation of a month, the months before it, the month by its parts."""

from collections.abc import Mapping

from service.db import Database
from service.i18n import N_
from service.reports.months import pictures
from service.reports.months.books import Book, Month, shifted
from service.reports.months.lines import WORDS
from service.reports.months.sheet import Ask, Head, Part, Row, Term, line
from service.reports.months.subjects import Kind, Subject
from service.settlement import paper

PAGE = 50
FEN = ("pledged", "given", "pledge_adjusted", "discount")
OUT = ("reversed_awards", "redeemed", "expired", "given")  # an equation says them with a minus
SELDOM = ("adjusted", "pledge_adjusted")  # said where there is something to say
SIGNS = {"opening": "", "closing": "="}
NAMES = {
    Kind.COMMUNITY: "SELECT code, name FROM people_teams WHERE community_id = ANY (%(ids)s)",
    Kind.SUBDISTRICT: "SELECT code, name FROM people_units WHERE id = ANY (%(ids)s)",
}
PARTS = {
    Kind.TEAM: (Kind.VOLUNTEER, N_("By member")),
    Kind.ACTIVITY: (Kind.VOLUNTEER, N_("By volunteer")),
    Kind.COMMUNITY: (Kind.TEAM, N_("By team")),
    Kind.SUBDISTRICT: (Kind.COMMUNITY, N_("By community")),
}
NO_TEAM = N_("no team")


def equation(ask: Ask, book: Book) -> list[Term]:
    """Return the asked month from its opening to its closing."""
    row = book.months[-1]
    told = [name for name in book.moves if name not in SELDOM or row.figure(name)]
    return [term(ask, row, name) for name in ("opening", *told, "closing")]


def term(ask: Ask, row: Month, name: str) -> Term:
    """Return one figure of the equation."""
    value, out = row.figure(name), name in OUT
    sign = SIGNS.get(name, "−" if out else "+")
    return Term(sign, name, ask.say(WORDS[name]), -value if out else value, opened(ask, row, name))


def opened(ask: Ask, row: Month, name: str) -> str:
    """Return what a figure of a month opens: the month before, its entries, nothing for zero."""
    if name == "opening":
        return ask.places.month(shifted(row.month, -1))
    if name == "closing":
        return ask.places.figure(row.month, "all")
    return ask.places.figure(row.month, name) if row.figure(name) else ""


def kind_of(ask: Ask, name: str) -> str:
    """Return as what a column is written."""
    if name == "minutes":
        return paper.HOURS
    fen = name in FEN or (ask.subject.kind == Kind.SHOP and name in SIGNS)
    return paper.YUAN if fen else paper.COUNT


def figures_head(ask: Ask, book: Book) -> Head:
    """Return the columns of a month's figures."""
    return tuple((ask.say(WORDS[name]), kind_of(ask, name)) for name in book.columns)


def figures(book: Book, row: Month) -> list[int]:
    """Return a month's figures in the order of their columns."""
    return [row.figure(name) for name in book.columns]


def months(ask: Ask, book: Book) -> Part:
    """Return the months, the oldest first, and their charts."""
    shop = ask.subject.kind == Kind.SHOP
    drawn = (pictures.pledges,) if shop else (pictures.moved, pictures.standing)
    return Part(
        name="months",
        title=ask.say(N_("Month by month")),
        head=((ask.say(N_("Month")), paper.MONTH), *figures_head(ask, book)),
        rows=[month_row(ask, book, row) for row in book.months],
        charts=tuple(draw(book, ask.say) for draw in drawn),
    )


def month_row(ask: Ask, book: Book, row: Month) -> Row:
    """Return one month, each figure with what it opens."""
    told: Row = [(row.figure(name), opened(ask, row, name)) for name in book.columns]
    return [(row.month, ask.places.month(row.month)), *told]


def parted(database: Database, ask: Ask, book: Book) -> Part | None:
    """Return the asked month by teams, members or communities; on a single page, with the sum."""
    if ask.subject.kind not in PARTS or not book.parts:
        return None
    kind, title = PARTS[ask.subject.kind]
    page, following = paged(book.parts, ask.after)
    names = names_of(database, ask.subject)
    rows = [
        line([*called(ask, names, code), *figures(book, row)], own(ask, kind, code))
        for code, row in page.items()
    ]
    whole = len(page) == len(book.parts)
    words = [N_("Number"), N_("Called")][: 1 if names is None else 2]
    if whole:
        sums = [sum(each.figure(name) for each in page.values()) for name in book.columns]
        rows.append(line([ask.say(N_("Total")), *[""] * (len(words) - 1), *sums]))
    head: Head = tuple((ask.say(word), paper.TEXT) for word in words)
    return Part(
        name="parts",
        title=ask.say(title),
        head=(*head, *figures_head(ask, book)),
        rows=rows,
        total=whole,
        following=following,
    )


def own(ask: Ask, kind: Kind, code: str) -> str:
    """Return the statement of a part of the subject."""
    return ask.places.other(kind, code, ask.month, ask.subject.community) if code else ""


def called(ask: Ask, names: Mapping[str, str] | None, code: str) -> list[paper.Cell]:
    """Return what a part is called; whoever is in no team has no number."""
    if names is None:
        return [code]
    return [code or "–", names.get(code) or ask.say(NO_TEAM)]


def paged(parts: Mapping[str, Month], after: str | None) -> tuple[dict[str, Month], str]:
    """Return one page of parts by their codes, and after which code the next begins."""
    if after is None:
        return dict(parts), ""
    rest = [code for code in parts if not after or code > after]
    page = rest[:PAGE]
    return {code: parts[code] for code in page}, page[-1] if len(rest) > PAGE else ""


def names_of(database: Database, subject: Subject) -> dict[str, str] | None:
    """Return what the parts are called; None where their numbers are all."""
    if subject.kind not in NAMES:
        return None
    rows = database.rows(NAMES[subject.kind], {"ids": list(subject.ids)})
    return {row["code"]: row["name"] for row in rows}
