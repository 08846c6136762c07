"""CSV files: in which characters they are written, and their lines one after the other."""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TextIO

from service.evidence.columns import SEARCHED, WIDTH_MAX, find_head, score
from service.evidence.faults import Fault

CHUNK = 1 << 20
LINE_MAX = 1 << 16
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DELIMITERS = (",", "\t", ";")
Line = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class TextFile:
    """A CSV file whose characters and delimiter are known."""

    path: Path
    encoding: str
    delimiter: str

    @property
    def layout(self) -> dict[str, str]:
        """Say how it is read."""
        return {"encoding": self.encoding.upper().removesuffix("-SIG"), "delimiter": self.delimiter}

    def sample(self) -> list[Line]:
        """Return the first lines; a fault further down is for the reading to name."""
        found: list[Line] = []
        try:
            found.extend(islice(self.lines(), SEARCHED))
        except Fault:
            if not found:
                raise
        return found

    def lines(self) -> Iterator[Line]:
        """Yield every line with its number. Raises Fault for what no table has."""
        with self.path.open(encoding=self.encoding, newline="") as stream:
            reader = csv.reader(bounded(stream), delimiter=self.delimiter, strict=True)
            line = 1
            try:
                for cells in reader:
                    yield line, cells
                    line = reader.line_num + 1
            except csv.Error:
                raise Fault("quotes", line) from None


def bounded(stream: TextIO) -> Iterator[str]:
    """Yield the lines of a text; one of a million cells would fill the memory. Raises Fault."""
    for line, text in enumerate(iter(partial(stream.readline, LINE_MAX + 1), ""), 1):
        if len(text) > LINE_MAX:
            raise Fault("wide", line, value=text[:20])
        yield text


def open_text(path: Path) -> TextFile:
    """Find out how a text is written. Raises Fault."""
    encoding = encoding_of(path)
    best = max(DELIMITERS, key=lambda each: promise(TextFile(path, encoding, each)))
    return TextFile(path, encoding, best)


def promise(text: TextFile) -> tuple[int, int]:
    """Judge a delimiter by the head line that it shows, else by the cells that it makes."""
    try:
        rows = text.sample()
    except Fault:
        return 0, 0
    head = find_head(rows)
    widest = max((len(cells) for _, cells in rows), default=0)
    return score(head.names) if head else 0, min(widest, WIDTH_MAX)


def encoding_of(path: Path) -> str:
    """Return the encoding: by its mark, then strict UTF-8, then GB18030. Raises Fault."""
    with path.open("rb") as stream:
        first = stream.read(4096)
    if not first:
        raise Fault("empty")
    marked = next((name for mark, name in MARKS if first.startswith(mark)), None) or unmarked(first)
    furthest = 1  # the encoding that fails last is the one that was meant
    for encoding in [marked] if marked else ["utf-8", "gb18030"]:
        wrong = first_wrong_line(path, encoding)
        if wrong is None:
            return encoding
        furthest = max(furthest, wrong)
    raise Fault("encoding", furthest)


def unmarked(first: bytes) -> str | None:
    """Recognise UTF-16 without a mark: every other byte of its digits and commas is zero."""
    even, odd = first[::2].count(0), first[1::2].count(0)
    if max(even, odd) * 8 < len(first):
        return None
    return "utf-16-be" if even > odd else "utf-16-le"


def first_wrong_line(path: Path, encoding: str) -> int | None:
    """Return the line in which these cannot be the characters, or None when they can be."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(CHUNK):
                line += decoder.decode(chunk).count("\n")
            decoder.decode(b"", final=True)
        except UnicodeError as error:
            seen = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
            return line + seen.count(b"\n")
    return None
