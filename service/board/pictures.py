"""The board's charts: which figures, which words, and the finding that each one says."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from service.board import charts
from service.board.charts import Picture, Series
from service.board.words import LOOKS
from service.i18n import N_

Say = Callable[[str], str]
DAYS = N_("Last of {n} days: {sales} sales, {bills} discounts; most sales on a day: {most}")
AGEING = N_("{n} exceptions wait, {late} of them too long")
MATCHED = N_("{n} lines were matched")
BUSIEST = N_("Points redeemed at each shop; the most is {most}")


def two_weeks(rows: Sequence[dict[str, Any]], say: Say) -> Markup:
    """Draw sales and discounts by day; the last day and the busiest are written out."""
    sales = tuple(row["sales"] for row in rows)
    bills = tuple(row["bills"] for row in rows)
    last, most = len(rows) - 1, max(sales)
    finding = say(DAYS).format(sales=sales[-1], bills=bills[-1], n=len(rows), most=most)
    series = (
        Series("sales", "a", sales, (last, sales.index(most)) if most else ()),
        Series("bills", "b", bills, (last,) if bills[-1] else ()),
    )
    return charts.upright(Picture(finding, tuple(str(row["day"].day) for row in rows), series))


def ageing(counts: dict[str, int], words: dict[str, str], say: Say) -> Markup:
    """Draw how many exceptions wait by age: some are a warning, some are too many."""
    late = counts["late"] + counts["overdue"]
    finding = say(AGEING).format(n=sum(counts.values()), late=late)
    ages = tuple(counts)
    series = tuple(
        Series(age, LOOKS[age], tuple(counts[age] if one == age else 0 for one in ages), (at,))
        for at, age in enumerate(ages)
    )
    return charts.lying(Picture(finding, tuple(words[age] for age in ages), series))


def busiest(rows: Sequence[dict[str, Any]], say: Say) -> Markup:
    """Draw the points of the shops that gave most, in the order of their codes."""
    points = [row["points"] for row in rows]
    finding = say(BUSIEST).format(most=f"{max(points):,}")
    return one_row([row["name"].rsplit("·", maxsplit=1)[-1] for row in rows], points, finding)


def passes(counts: dict[str, int], words: dict[str, str], say: Say) -> Markup:
    """Draw how many lines each pass matched, in the order of the passes."""
    known = sorted(counts)
    finding = say(MATCHED).format(n=sum(counts.values()))
    return one_row([words[one] for one in known], [counts[one] for one in known], finding)


def one_row(labels: Sequence[str], values: Sequence[int], finding: str) -> Markup:
    """Draw one lying bar a label, each with its figure."""
    series = Series("all", "a", tuple(values), tuple(range(len(values))))
    return charts.lying(Picture(finding, tuple(labels), (series,)))
