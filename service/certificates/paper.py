"""A certificate on A4: title, sentence, table of content, list of occasions, code and unit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from fpdf import FPDF, FontFace
from fpdf.enums import TableBordersLayout, WrapMode

from service import passes
from service.certificates.font import font_of
from service.certificates.rules import Sheet, hours

FONT = "Noto"
MARGIN_MM, FOOT_MM, ROW_MM = 20, 24, 7.5
CODE_MM, QUIET_MM = 46, 4  # with its quiet zone, so that the code itself has 36 mm or more
TITLE_PT, BODY_PT, SMALL_PT = 24, 13, 10.5
TITLE, UNIT = "志愿服务记录证明", "记录单位"
PAGE_WORDS = "第页共"
PLAIN = FontFace(emphasis="")
SHORTEST_FOOT_MM = 66  # code, unit and seal stay together

WORDS = {
    "number": "编号：{serial}",
    "sentence": "兹证明 {holder}（手册编号 {booklet}）截至 {upto}，由本单位记录的志愿服务时长"
    "共计 {hours} 小时，参加志愿服务 {occasions} 次。",
    "parts": "其中：扫码记录 {scanned} 小时，补录 {typed} 小时，启用前登记 {earlier} 小时。",
    "content": "服务内容",
    "list": "服务明细",
    "check": "扫码核验真伪",
    "free": "本证明免费开具，以核验页面为准。",
    "seal": "（盖章）",
    "issued": "开具日期：{day}",
}
CONTENT_HEAD = ("类别", "次数", "时长（小时）")
LIST_HEAD = ("日期", "服务内容", "地点", "时长（小时）")

Progress = Callable[[int], None]


def draw(sheets: Sequence[Sheet], *, progress: Progress | None = None) -> bytes:
    """Return one PDF with every sheet on pages of its own; `progress` hears of each sheet done."""
    with TemporaryDirectory() as folder:
        font = Path(folder) / "noto.ttf"
        font.write_bytes(font_of(texts(sheets)))
        paper = Paper()
        paper.add_font(FONT, fname=font)
        for done, sheet in enumerate(sheets, start=1):
            paper.add_sheet(sheet)
            if progress:
                progress(done)
        paper.set_title(TITLE)
        return bytes(paper.output())


def texts(sheets: Sequence[Sheet]) -> set[str]:
    """Return every text that will be drawn, or whose characters will be."""
    said = {TITLE, UNIT, PAGE_WORDS, "年月日", *WORDS.values(), *CONTENT_HEAD, *LIST_HEAD}
    for sheet in sheets:
        said |= {sheet.serial, sheet.holder, sheet.booklet, sheet.unit, sheet.url}
        said |= {part for line in sheet.lines for part in (line.what, line.where, line.category)}
    return said


@dataclass(slots=True)
class Numbering:
    """The sheet being drawn and its first page: each certificate counts its own pages."""

    serial: str = ""
    first: int = 1


class Paper(FPDF):
    """Pages of certificates; the foot of each page names the certificate that it belongs to."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.numbering = Numbering()
        self.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, FOOT_MM)
        self.set_lang("zh-CN")

    def footer(self) -> None:
        """Write number and page; fpdf2 calls this at the end of each page."""
        self.set_y(-FOOT_MM + 8)
        self.set_font(FONT, size=SMALL_PT)
        page = self.page_no() - self.numbering.first + 1
        self.cell(0, 6, f"{self.numbering.serial}  ·  第 {page} 页", align="C")

    def add_sheet(self, sheet: Sheet) -> None:
        """Draw one certificate from a new page on."""
        self.add_page()  # ends the page before, whose foot still names its own certificate
        self.numbering = Numbering(sheet.serial, self.page_no())
        self.set_font(FONT, size=SMALL_PT)
        self.line_of(said("number", serial=sheet.serial), align="R")
        self.ln(8)
        self.set_font(FONT, size=TITLE_PT)
        self.line_of(TITLE, height=14, align="C")
        self.ln(8)
        self.set_font(FONT, size=BODY_PT)
        self.sentences(sheet)
        self.content(sheet)
        self.occasions(sheet)
        self.signature(sheet)

    def line_of(self, text: str, *, height: float = ROW_MM, align: str = "L") -> None:
        """Write one line over the whole width."""
        self.cell(0, height, text, align=align, new_x="LMARGIN", new_y="NEXT")

    def sentences(self, sheet: Sheet) -> None:
        """Say how many hours, and how they were recorded."""
        figures = sheet.totals
        facts = {"holder": sheet.holder, "booklet": sheet.booklet, "upto": chinese(sheet.upto)}
        facts |= {"hours": hours(figures.minutes), "occasions": str(figures.occasions)}
        parts = {"scanned": hours(figures.scanned), "typed": hours(figures.typed)}
        for text in (
            said("sentence", **facts),
            said("parts", **parts, earlier=hours(figures.earlier)),
        ):
            self.multi_cell(
                0, 8.5, text, align="L", new_x="LMARGIN", new_y="NEXT", wrapmode=WrapMode.CHAR
            )
        self.ln(3)

    def content(self, sheet: Sheet) -> None:
        """Draw what kinds of service they were."""
        rows = [
            (category, str(count), hours(minutes))
            for category, count, minutes in sheet.by_category()
        ]
        if rows:
            self.line_of(WORDS["content"])
            self.rows(CONTENT_HEAD, rows, widths=(98, 30, 42))

    def occasions(self, sheet: Sheet) -> None:
        """List every occasion; a long list goes on over the next pages with its head again."""
        rows = [
            (line.day.isoformat(), line.what, line.where, hours(line.minutes))
            for line in sheet.lines
        ]
        if rows:
            self.ln(3)
            self.line_of(WORDS["list"])
            self.rows(LIST_HEAD, rows, widths=(30, 60, 48, 32))

    def rows(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], *, widths: tuple[int, ...]
    ) -> None:
        """Draw a table whose last column is a number."""
        self.set_font(FONT, size=SMALL_PT)
        align = (*("LEFT" for _ in widths[1:]), "RIGHT")
        with self.table(
            [head, *rows], col_widths=widths, text_align=align, headings_style=PLAIN,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES, line_height=6, padding=(0.6, 1.5),
            wrapmode=WrapMode.CHAR,
        ):  # fmt: skip
            pass
        self.set_font(FONT, size=BODY_PT)

    def signature(self, sheet: Sheet) -> None:
        """Draw the code at the left, and the unit with room for its seal at the right."""
        if self.will_page_break(SHORTEST_FOOT_MM):
            self.add_page()
        self.ln(8)
        top = self.get_y()
        self.image(
            BytesIO(passes.png(sheet.url)), x=MARGIN_MM - QUIET_MM, y=top, w=CODE_MM, h=CODE_MM,
            alt_text=WORDS["check"],
        )  # fmt: skip
        self.set_xy(MARGIN_MM + CODE_MM, top + 8)
        for text in (f"{UNIT}：{sheet.unit}", WORDS["seal"],
                     said("issued", day=chinese(sheet.issued_on))):  # fmt: skip
            self.set_x(MARGIN_MM + CODE_MM)
            self.line_of(text, height=9, align="R")
        self.set_y(top + CODE_MM + 1)
        self.set_font(FONT, size=SMALL_PT)
        self.line_of(f"{WORDS['check']}  {sheet.url}", height=5)
        self.line_of(WORDS["free"], height=5)


def said(name: str, **facts: str) -> str:
    """Return one of the paper's sentences with its facts."""
    return WORDS[name].format(**facts)


def chinese(day: object) -> str:
    """Write a day as papers do: 2025 年 10 月 31 日."""
    year, month, number = str(day).split("-")
    return f"{year} 年 {int(month)} 月 {int(number)} 日"
