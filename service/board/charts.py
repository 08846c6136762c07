"""Charts as SVG: drawn on the server by pygal, coloured by the page's own style sheet.

What comes out is bars, lines and words with classes: no script, no style, no address. Each chart
is drawn in two widths, so that its words keep their size on a phone; the style sheet shows one.
"""

import sys
from dataclasses import dataclass
from functools import lru_cache
from xml.etree.ElementTree import Element, tostring

import pygal
from markupsafe import Markup
from pygal.style import Style

# pygal leaves a finder of the old kind behind, for map plug-ins; every later failed import of
# anything would ask it, and Python warns each time.
sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)]

WIDTHS = {  # as broad as the columns in which they stand
    "upright": {"wide": 520, "narrow": 300},
    "lying": {"wide": 360, "narrow": 300},
}
TYPE = 14  # units of the drawing, which is shown at about its own size
EDGE = 4
ROW = 34
AXIS = 40  # what the line of figures under lying bars takes, and the air above them
HIGH = 210
CHINESE = "\u2e80"  # from here on a sign is as wide as it is high
NARROW_SIGN = 0.6  # what pygal takes any sign to be wide
DRAWN = {"g", "rect", "path", "text"}
LAYERS = {"titles", "plot overlay", "plot tooltip-overlay", "background"}
GRID_STEPS = 3
KEPT = 100  # drawings: a board that is asked for again has mostly the same ones
KINDS = {"upright": pygal.Bar, "lying": pygal.HorizontalStackedBar}
PLAIN = Style(label_font_size=TYPE, major_label_font_size=TYPE, value_font_size=TYPE)


@dataclass(frozen=True, slots=True)
class Series:
    """One row of figures; the figure of a place in `written` stands beside its bar.

    `look` is what the style sheet paints it as: `a` filled, `b` outlined, ok, warn, bad.
    """

    name: str
    look: str
    values: tuple[int, ...]
    written: tuple[int, ...] = ()

    def turned(self) -> "Series":
        """Return it from its end: pygal builds lying bars from the ground up."""
        last = len(self.values) - 1
        written = tuple(last - place for place in self.written)
        return Series(self.name, self.look, self.values[::-1], written)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, and the one sentence that says what it shows."""

    finding: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]

    def turned(self) -> "Picture":
        """Return it from its end."""
        return Picture(self.finding, self.labels[::-1], tuple(one.turned() for one in self.series))


def ticks(largest: int) -> list[int]:
    """Return at most four even steps from zero that reach the largest figure: 0 20 40 60."""
    step = 1
    while step * GRID_STEPS < largest:
        step = step * 5 // 2 if str(step).startswith("2") else step * 2
    return [step * n for n in range(GRID_STEPS + 1) if step * (n - 1) < max(largest, 1)]


@lru_cache(KEPT)
def upright(picture: Picture) -> Markup:
    """Draw standing bars, one group a label: days."""
    tops = [value for one in picture.series for value in one.values]
    options = {"height": HIGH, "print_values_position": "top", "spacing": TYPE}
    return both("upright", picture, ticks(max(tops, default=0)), options)


@lru_cache(KEPT)
def lying(picture: Picture) -> Markup:
    """Draw lying bars, one row a label, the first on top; several series follow each other."""
    columns = zip(*(one.values for one in picture.series), strict=True)
    steps = ticks(max((sum(column) for column in columns), default=0))
    wide = max((sum(sign >= CHINESE for sign in label) for label in picture.labels), default=0)
    options = {
        "height": ROW * len(picture.labels) + AXIS,
        "margin_left": EDGE + round(wide * TYPE * (1 - NARROW_SIGN)),
        "margin_right": len(said(steps[-1])) * TYPE,
        "print_values_position": "top",
        "spacing": TYPE,
    }
    return both("lying", picture.turned(), steps, options)


def both(kind: str, picture: Picture, steps: list[int], options: dict[str, object]) -> Markup:
    """Draw a picture for a desk and for a phone."""
    drawn = Markup()
    for name, width in WIDTHS[kind].items():
        plain = {"style": PLAIN, "margin": EDGE, "margin_top": TYPE, "show_legend": False, "js": []}
        more = {"width": width, "print_values": True, "truncate_label": 99}
        chart = KINDS[kind](**{**plain, **more, **options})
        chart.x_labels = list(picture.labels)
        chart.y_labels = steps if kind == "upright" or name == "wide" else [0, steps[-1]]
        chart.range, chart.value_formatter = (0, steps[-1]), said
        for one in picture.series:
            chart.add(one.name, [figure(one, place) for place in range(len(one.values))])
        drawn += tidy(chart.render_tree(), picture, f"plot {kind} {name}")
    return drawn


def said(value: int) -> str:
    """Write a figure of the axis."""
    return f"{value:,}"


def unsaid(value: int) -> str:
    """Leave a figure to the table beside the chart."""
    return ""


def figure(one: Series, place: int) -> dict[str, object]:
    """Return a figure as pygal takes it."""
    return {"value": one.values[place], "formatter": said if place in one.written else unsaid}


def tidy(root: Element, picture: Picture, classes: str) -> Markup:
    """Keep what is drawn, paint each series by its look, and name what the picture shows."""
    looks = {f"color-{n}": one.look for n, one in enumerate(picture.series)}
    keep(root, looks)
    kept = {"viewBox": root.attrib["viewBox"], "xmlns": root.attrib["xmlns"]}
    root.attrib.clear()
    root.attrib.update(kept, role="img")
    root.set("class", classes)
    name = Element("title")
    name.text = picture.finding
    root.insert(0, name)
    return Markup(tostring(root, encoding="unicode"))


def keep(node: Element, looks: dict[str, str]) -> None:
    """Keep bars, lines and words; no script, style, comment, tool tip or ground stays."""
    for child in list(node):
        classes = child.get("class", "")
        empty = child.tag == "text" and not child.text
        if child.tag not in DRAWN or classes in LAYERS or empty:
            node.remove(child)
            continue
        if classes.startswith("series"):
            child.set("class", f"series {looks[classes.rpartition(' ')[2]]}")
        child.attrib.pop("style", None)
        keep(child, looks)
