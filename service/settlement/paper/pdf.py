"""A statement on A4: the blocks one below the other, signatures with room for ink, code, lines."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from fpdf import FPDF

from service import passes
from service.certificates import font_of
from service.settlement.paper import words
from service.settlement.paper.blocks import (
    FIGURES,
    LONG,
    Block,
    Source,
    blocks,
    shown,
    texts,
)

FONT = "Noto"
MARGIN_MM, FOOT_MM, WIDTH_MM = 16, 18, 178
ROW_MM, PEN_ROW_MM, CODE_MM = 5.6, 12, 34
TITLE_PT, HEAD_PT, BODY_PT, SMALL_PT = 20, 12, 9.5, 7.5
# Columns that want more or less than their share of the width.
SHARES = {
    "facts": (1, 5), "compared": (1, 3), "signatures": (1.2, 4, 1.8, 2),
    "goods": (3, 1, 1, 1, 1.3, 1), "reversals": (1.4, 1, 2.6, 0.8, 0.9, 1.2, 1, 1.4),
    "adjustments": (1.3, 1.2, 1.2, 1.2, 1.5, 2.4, 1),
    "payments": (1.2, 1.1, 2.4, 1.6, 1.6, 0.9), "moved": (1.2, 0.9, 1.3, 1.1, 3, 1),
    "days": (1.5, 1.1, 1, 1.3, 0.8, 1.1, 1.2, 1.6, 1.1),
    "detail": (2, 1, 0.7, 3, 0.7, 0.8, 1, 1, 0.9, 1.1, 1.1, 0.9),
}  # fmt: skip
NARROW = ("pledge", "dues", "discounts")
SMALL = ("detail", "days")


def draw(source: Source) -> bytes:
    """Return the PDF; the same statement with the same signatures is the same file."""
    found = blocks(source)
    said = texts(found) | {words.TITLE, words.CHECK, words.KEPT, words.GIFT, source.url, "第页…"}
    paper = Paper(source)
    with lettered(paper, said):
        paper.add_page()
        paper.head()
        for block in found[1:]:
            paper.block(block)
            if block.name == "signatures":
                paper.code()
        paper.set_title(f"{words.TITLE} {source.content['number']}")
        paper.set_creation_date(source.issued_at)
        return bytes(paper.output())


@contextmanager
def lettered(paper: FPDF, said: set[str]) -> Iterator[None]:
    """Give a paper the letters of what it will say."""
    with TemporaryDirectory() as folder:
        font = Path(folder) / "noto.ttf"
        font.write_bytes(font_of(said))
        paper.add_font(FONT, fname=font)
        yield


class Tables(FPDF):
    """A4 pages of blocks one below the other, with one line at the foot of each."""

    def __init__(self, foot: str, *, language: str = "zh-CN") -> None:
        super().__init__(format="A4")
        self.foot = foot
        self.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, FOOT_MM)
        self.set_lang(language)

    def footer(self) -> None:
        """Write the foot; fpdf2 calls this at the end of each page."""
        self.set_y(-FOOT_MM + 6)
        self.set_font(FONT, size=SMALL_PT)
        self.cell(0, 5, self.foot.format(page=self.page_no()), align="C")

    def titled(self, title: str) -> None:
        """Write what the paper is."""
        self.set_font(FONT, size=TITLE_PT)
        self.cell(0, 12, title, align="C", new_x="LMARGIN", new_y="NEXT")
        self.ln(3)

    def block(self, block: Block) -> None:
        """Write one block under its title, on the page on which its first rows stand too."""
        self.ln(3)
        if self.will_page_break(ROW_MM * min(6, len(block.rows) + 3)):
            self.add_page()
        self.set_font(FONT, size=HEAD_PT)
        self.cell(0, 8, block.title, new_x="LMARGIN", new_y="NEXT")
        self.table_of(block)

    def table_of(self, block: Block, *, headed: bool = True) -> None:
        """Draw a table; its head stands again on every page."""
        widths = widths_of(block)
        self.set_font(FONT, size=SMALL_PT if block.name in SMALL else BODY_PT)
        titles = [text for text, _ in block.head]
        if headed:
            self.row_of(block, titles, widths, rule="B")
        for nth, row in enumerate(block.rows, start=1):
            height = PEN_ROW_MM if block.name == "signatures" else ROW_MM
            if self.will_page_break(height):
                self.add_page()
                self.set_font(FONT, size=SMALL_PT if block.name in SMALL else BODY_PT)
                if headed:
                    self.row_of(block, titles, widths, rule="B")
            drawn = [shown(cell, kind) for cell, (_, kind) in zip(row, block.head, strict=True)]
            last = block.total and nth == len(block.rows)
            self.row_of(block, drawn, widths, rule="TB" if last else "B", height=height)

    def row_of(
        self,
        block: Block,
        said: Sequence[str],
        widths: Sequence[float],
        *,
        rule: str,
        height: float = ROW_MM,
    ) -> None:
        """Draw one row; a text that is too long for its column ends in dots."""
        self.set_draw_color(150 if rule == "B" else 0)
        for text, width, (_, kind) in zip(said, widths, block.head, strict=True):
            align = "R" if kind in FIGURES else "C" if kind == LONG else "L"
            self.cell(width, height, self.fitted(text, width), border=rule, align=align)
        self.ln(height)

    def fitted(self, text: str, width: float) -> str:
        """Cut a text to its column."""
        room = width - 2 * self.c_margin
        if self.get_string_width(text) <= room:
            return text
        while text and self.get_string_width(text + "…") > room:
            text = text[:-1]
        return text + "…"


class Paper(Tables):
    """The pages of one statement; each names the statement and its digest at the foot."""

    def __init__(self, source: Source) -> None:
        number = source.content["number"]
        super().__init__(f"{number} · {source.digest[:32]} · 第 {{page}} 页")
        self.source = source

    def head(self) -> None:
        """Write the title and whose statement it is."""
        self.titled(words.TITLE)
        self.table_of(blocks(self.source)[0], headed=False)
        self.set_font(FONT, size=SMALL_PT)
        self.cell(0, 5, words.KEPT, new_x="LMARGIN", new_y="NEXT")

    def block(self, block: Block) -> None:
        """Write one block; below what is payable, that goods are a gift."""
        super().block(block)
        if block.name == "dues":
            self.set_font(FONT, size=SMALL_PT)
            self.cell(0, 5, words.GIFT, new_x="LMARGIN", new_y="NEXT")

    def code(self) -> None:
        """Draw the code of the page on which anybody compares the digest."""
        if self.will_page_break(CODE_MM + 8):
            self.add_page()
        self.ln(3)
        top = self.get_y()
        picture = BytesIO(passes.png(self.source.url))
        self.image(picture, x=MARGIN_MM, y=top, w=CODE_MM, h=CODE_MM, alt_text=words.CHECK)
        self.set_xy(MARGIN_MM + CODE_MM + 4, top + 8)
        self.set_font(FONT, size=BODY_PT)
        self.cell(0, 6, words.CHECK, new_x="LEFT", new_y="NEXT")
        self.set_font(FONT, size=SMALL_PT)
        for text in (self.source.url, self.source.digest):
            self.cell(0, 5, text, new_x="LEFT", new_y="NEXT")
        self.set_xy(MARGIN_MM, top + CODE_MM + 2)


def widths_of(block: Block) -> list[float]:
    """Share the page's width out among the columns."""
    shares = block.shares or SHARES.get(block.name, (1,) * len(block.head))
    whole = WIDTH_MM * (0.6 if block.name in NARROW else 1)
    return [whole * share / sum(shares) for share in shares]
