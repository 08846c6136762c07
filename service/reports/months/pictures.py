"""The charts of a statement, each with the sentence that says what it shows."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from service.board import charts
from service.i18n import N_
from service.reports.months.books import Book

Say = Callable[[str], str]
BARS_MAX = 12
HOUR = 60
MOVED = N_(
    "Points by month; in the last one {issued} issued, {redeemed} redeemed, {expired} expired"
)
STANDING = N_("Points outstanding at the end of each month; in the last one {closing}")
PLEDGES = N_("Pledge left at the end of each month, yuan; in the last one {closing}")
HOURS = N_("Hours of service; {hours} in all")
TAKEN = N_("Points redeemed; the most is {most}")
OFF = N_("Discounts given, yuan; the most is {most}")


def moved(book: Book, say: Say) -> Markup:
    """Draw what was issued, redeemed and expired in each month; net, and nothing below zero."""
    issued = [sum(one.figure(name) for name in ("earned", "manual", "reversed_awards"))
              for one in book.months]  # fmt: skip
    redeemed = [-one.figure("redeemed") for one in book.months]
    expired = [-one.figure("expired") for one in book.months]
    said = {"issued": f"{issued[-1]:,}", "redeemed": f"{redeemed[-1]:,}"}
    finding = say(MOVED).format(**said, expired=f"{expired[-1]:,}")
    last = (len(issued) - 1,)
    series = (
        charts.Series("issued", "a", drawable(issued), last),
        charts.Series("redeemed", "b", drawable(redeemed), last),
        charts.Series("expired", "warn", drawable(expired)),
    )
    return charts.upright(charts.Picture(finding, labels(book), series))


def standing(book: Book, say: Say) -> Markup:
    """Draw what was outstanding at the end of each month."""
    closing = [one.closing for one in book.months]
    finding = say(STANDING).format(closing=f"{closing[-1]:,}")
    series = charts.Series("closing", "a", drawable(closing), (len(closing) - 1,))
    return charts.upright(charts.Picture(finding, labels(book), (series,)))


def pledges(book: Book, say: Say) -> Markup:
    """Draw what was left of a shop's pledge at the end of each month, in whole yuan."""
    closing = [one.closing // 100 for one in book.months]
    finding = say(PLEDGES).format(closing=f"{closing[-1]:,}")
    series = charts.Series("closing", "a", drawable(closing), (len(closing) - 1,))
    return charts.upright(charts.Picture(finding, labels(book), (series,)))


def hours(rows: Sequence[dict[str, Any]], say: Say) -> Markup:
    """Draw hours by what gave them; the halves stand in the table."""
    total = sum(row["minutes"] for row in rows)
    finding = say(HOURS).format(hours=f"{total / HOUR:,.1f}")
    return one_row([(row["name"] or "–", row["minutes"] // HOUR) for row in rows], finding)


def taken(rows: Sequence[dict[str, Any]], say: Say) -> Markup:
    """Draw the points that were redeemed, by shop or good."""
    most = max(row["points"] for row in rows)
    pairs = [(short(row["name"]), row["points"]) for row in rows]
    return one_row(pairs, say(TAKEN).format(most=f"{most:,}"), written=True)


def off(rows: Sequence[dict[str, Any]], say: Say) -> Markup:
    """Draw the discounts by shop, in whole yuan."""
    most = max(row["discount_fen"] for row in rows)
    pairs = [(short(row["name"]), row["discount_fen"] // 100) for row in rows]
    return one_row(pairs, say(OFF).format(most=f"{most / 100:,.2f}"))


def one_row(pairs: Sequence[tuple[str, int]], finding: str, *, written: bool = False) -> Markup:
    """Draw one lying bar a pair, those that are longest; with figures where they are whole."""
    longest = sorted(pairs, key=lambda pair: -pair[1])[:BARS_MAX]
    names, values = tuple(name for name, _ in longest), drawable([value for _, value in longest])
    beside = tuple(range(len(values))) if written else ()
    return charts.lying(
        charts.Picture(finding, names, (charts.Series("all", "a", values, beside),))
    )


def drawable(values: Sequence[int]) -> tuple[int, ...]:
    """Draw nothing below the axis: the table beside tells it."""
    return tuple(max(0, value) for value in values)


def labels(book: Book) -> tuple[str, ...]:
    """Name each month by its number."""
    return tuple(str(one.month.month) for one in book.months)


def short(name: str) -> str:
    """Leave out what stands before the dot in a shop's name."""
    return name.rsplit("·", maxsplit=1)[-1]
