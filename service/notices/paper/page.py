"""A4 pages with our Chinese font: lines, tables with fitted cells, a foot on every page."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from fpdf import FPDF

from service.certificates import font_of

FONT = "Noto"
MARGIN_MM, FOOT_MM, WIDTH_MM = 20, 20, 170
TITLE_PT, NAME_PT, BODY_PT, TABLE_PT, SMALL_PT = 24, 13, 12, 11, 8.5
LEAST_PT = 7.0
ROW_MM, LINE_MM = 6.4, 7.6
RED = (122, 42, 18)
PARTS = re.compile(r"[0-9A-Za-z.:–-]+|\s|[^\s]")
CLOSING = "，。、；：）》”"
ALWAYS = "年月日时分小时人次至…—·第页共"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, its width, and whether it holds figures."""

    head: str
    width: float
    figures: bool = False


class Page(FPDF):
    """Pages of one paper; each names it at the foot."""

    def __init__(self, foot: str) -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.set_margins(MARGIN_MM, 18, MARGIN_MM)
        self.set_auto_page_break(True, FOOT_MM)
        self.set_lang("zh-CN")

    def footer(self) -> None:
        """Write what it is and the page; fpdf2 calls this at the end of each page."""
        self.set_y(-FOOT_MM + 8)
        self.size(SMALL_PT)
        self.cell(0, 5, f"{self.foot} · 第 {self.page_no()} 页", align="C")

    def size(self, points: float) -> None:
        """Write in this size from here on."""
        self.set_font(FONT, size=points)

    def heading(self, text: str, under: str) -> None:
        """Write the paper's title over a double rule."""
        self.set_text_color(*RED)
        self.size(TITLE_PT)
        self.cell(0, 13, text, align="C", new_x="LMARGIN", new_y="NEXT")
        self.set_text_color(0)
        self.size(NAME_PT)
        self.cell(0, 9, under, align="C", new_x="LMARGIN", new_y="NEXT")
        self.set_draw_color(*RED)
        for offset in (1.5, 2.6):
            top = self.get_y() + offset
            self.set_line_width(0.5)
            self.line(MARGIN_MM, top, MARGIN_MM + WIDTH_MM, top)
        self.set_line_width(0.2)
        self.ln(6)

    def words(self, text: str, *, points: float = BODY_PT) -> None:
        """Write a paragraph."""
        self.size(points)
        for line in self.lines(text):
            self.cell(0, LINE_MM, line, new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def lines(self, text: str) -> list[str]:
        """Break a paragraph: no number or word apart, no line that begins with a full stop."""
        found, room = [""], WIDTH_MM - 2 * self.c_margin
        for part in PARTS.findall(text):
            if part in CLOSING or self.get_string_width(found[-1] + part) <= room:
                found[-1] += part
            else:
                found.append(part.lstrip())
        return found

    def room(self) -> int:
        """Return how many rows this page has room for."""
        return int((self.h - FOOT_MM - self.get_y()) // ROW_MM)

    def row(
        self, cells: Sequence[str], columns: Sequence[Column], *, x: float = MARGIN_MM,
        bold: bool = False, height: float = ROW_MM,
    ) -> None:  # fmt: skip
        """Draw one row with a rule below it; a text that is too long ends in dots."""
        self.set_x(x)
        self.size(TABLE_PT)
        self.set_draw_color(0 if bold else 150)
        for text, column in zip(cells, columns, strict=True):
            align = "R" if column.figures else "L"
            shown = self.fitted(text, column.width)
            self.cell(column.width, height, shown, border="B", align=align)
            self.size(TABLE_PT)
        self.ln(height)

    def fitted(self, text: str, width: float) -> str:
        """Write a text smaller until its column holds it; cut what no size can hold."""
        room = width - 2 * self.c_margin
        points: float = TABLE_PT
        while self.get_string_width(text) > room and points > LEAST_PT:
            points -= 0.5
            self.size(points)
        if self.get_string_width(text) <= room:
            return text
        while text and self.get_string_width(text + "…") > room:
            text = text[:-1]
        return text + "…"

    def listing(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], *, height: float = ROW_MM
    ) -> None:
        """Draw a table over the page; its head stands again on every page."""
        heads = [column.head for column in columns]
        self.row(heads, columns, bold=True)
        for cells in rows:
            if self.will_page_break(height):
                self.add_page()
                self.row(heads, columns, bold=True)
            self.row(cells, columns, height=height)


def printed(page: Page, texts: Iterable[str], draw: Callable[[Page], None], at: datetime) -> bytes:
    """Draw a paper with a font of just its characters; the same paper is the same file."""
    with TemporaryDirectory() as folder:
        font = Path(folder) / "noto.ttf"
        font.write_bytes(font_of({ALWAYS, page.foot, *texts}))
        page.add_font(FONT, fname=font)
        page.add_page()
        draw(page)
        page.set_creation_date(at)
        return bytes(page.output())


def chinese(day: date | str) -> str:
    """Write a day as papers do: 2025 年 10 月 31 日."""
    year, month, number = str(day).split("-")
    return f"{year} 年 {int(month)} 月 {int(number)} 日"


def span(since: date | str, until: date | str) -> str:
    """Write some days: 2025 年 10 月 18 日, or from one to another."""
    first, last = chinese(since), chinese(until)
    if first == last:
        return first
    year, month = str(since)[:4], str(since)[:7]
    if month == str(until)[:7]:
        return f"{first}至 {last.split('月 ')[1]}"
    return f"{first}至 {last.split('年 ')[1]}" if year == str(until)[:4] else f"{first}至 {last}"


def hours(minutes: int) -> str:
    """Write minutes as hours with one place; the steps of a rule set are whole half hours."""
    return f"{minutes // 60}.{minutes % 60 * 10 // 60}"
