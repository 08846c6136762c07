"""Charts: what is drawn, for whom, and what never comes with it."""

import re
from xml.etree import ElementTree

import pytest

from service.board.charts import Picture, Series, lying, ticks, upright

WEEK = Picture(
    "7 sales at most <today>",
    ("5", "6", "7"),
    (Series("sales", "a", (3, 0, 7), (2,)), Series("bills", "b", (1, 2, 0))),
)
AGES = Picture(
    "2 late", ("今天", "7 天以上"), (Series("n", "a", (4, 0)), Series("n", "bad", (0, 2)))
)


@pytest.mark.parametrize(
    ("largest", "steps"),
    [(0, [0, 1]), (1, [0, 1]), (3, [0, 1, 2, 3]), (4, [0, 2, 4]), (7, [0, 5, 10]),
     (100, [0, 50, 100]), (999, [0, 500, 1000]), (1234, [0, 500, 1000, 1500])],
)  # fmt: skip
def test_the_axis_begins_at_zero_and_has_three_lines_at_most(
    largest: int, steps: list[int]
) -> None:
    assert ticks(largest) == steps


@pytest.mark.parametrize("drawn", [upright(WEEK), lying(AGES)])
def test_nothing_is_drawn_that_a_strict_page_would_refuse(drawn: str) -> None:
    assert not re.search(r"<script|<style|style=|<a |href|onclick|<!--|<image", drawn)
    assert "http" not in drawn.replace("http://www.w3.org/2000/svg", "")


def test_a_chart_says_its_finding_and_comes_in_two_widths() -> None:
    roots = ElementTree.fromstring(f"<both>{upright(WEEK)}</both>")
    assert [root.get("class") for root in roots] == ["plot upright wide", "plot upright narrow"]
    for root in roots:
        assert root.get("role") == "img"
        assert root[0].text == "7 sales at most <today>"


def test_bars_are_as_long_as_their_figures_and_painted_by_their_meaning() -> None:
    wide = ElementTree.fromstring(f"<both>{lying(AGES)}</both>")[0]
    found = {}
    for series in wide.iter("{http://www.w3.org/2000/svg}g"):
        if series.get("class", "").startswith("series "):
            widths = [float(bar.get("width", 0)) for bar in series.iter() if bar.get("width")]
            if widths:
                found[series.get("class")] = max(widths)
    assert found["series a"] == pytest.approx(2 * found["series bad"])


def test_only_what_matters_is_written_beside_its_bar() -> None:
    wide = upright(WEEK).split("</svg>")[0]
    written = re.findall(r"<text[^>]*class=\"value\"[^>]*>([^<]*)<", wide)
    assert written == ["7"]
