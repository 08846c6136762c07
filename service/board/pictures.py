"""The board's charts: which figures, which words, and the finding that each one says."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from service.board import charts
from service.board.charts import Picture, Series
from service.board.words import AGE_LOOKS, AGES
from service.i18n import N_

Say = Callable[[str], str]
DAYS = N_("Last of {n} days: {sales} sales, {bills} discounts; most sales on a day: {most}")
AGEING = N_("{n} exceptions wait, {late} of them for 3 days or more")
BUSIEST = N_("Points redeemed at each shop; the most is {most}")


def two_weeks(rows: Sequence[dict[str, Any]], say: Say) -> Markup:
    """Draw sales and discounts by day; the last day and the busiest are written out."""
    sales, bills = [row["sales"] for row in rows], [row["bills"] for row in rows]
    last, most = len(rows) - 1, max(sales)
    finding = say(DAYS).format(sales=sales[-1], bills=bills[-1], n=len(rows), most=most)
    series = [
        Series("sales", "a", sales, frozenset({last, sales.index(most)} if most else ())),
        Series("bills", "b", bills, frozenset({last} if bills[-1] else ())),
    ]
    return charts.upright(Picture(finding, [str(row["day"].day) for row in rows], series))


def ageing(ages: dict[str, int], say: Say) -> Markup:
    """Draw how many exceptions wait by age: 3 days are a warning, 7 are too many."""
    late = ages["late"] + ages["overdue"]
    finding = say(AGEING).format(n=sum(ages.values()), late=late)
    series = [
        Series(
            age,
            AGE_LOOKS[age],
            [n if row == place else 0 for row in range(len(ages))],
            frozenset({place}),
        )
        for place, (age, n) in enumerate(ages.items())
    ]
    return charts.lying(Picture(finding, [say(AGES[age]) for age in ages], series))


def busiest(rows: Sequence[dict[str, Any]], say: Say) -> Markup:
    """Draw the points of the shops that gave most, in the order of their codes."""
    points = [row["points"] for row in rows]
    finding = say(BUSIEST).format(most=f"{max(points):,}")
    names = [row["name"].rsplit("·", maxsplit=1)[-1] for row in rows]
    series = [Series("points", "a", points, frozenset(range(len(rows))))]
    return charts.lying(Picture(finding, names, series))
