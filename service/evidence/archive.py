"""A workbook's outside: what is in the archive, judged by its index before anything is unfolded."""

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from service.evidence.faults import Fault

OLD = bytes.fromhex("d0cf11e0a1b11ae1")  # an old workbook, or a new one under a password
ENTRIES_MAX = 500
UNFOLDED_MAX = 400 * 1024 * 1024
STRINGS_MAX = 64 * 1024 * 1024
RATIO_MAX = 100
SMALL = 1024 * 1024  # a short part of equal bytes folds well and harms nobody
CHUNK = 1 << 16
TOKEN_MAX = 1024 * 1024  # of one tag: a parser holds it whole; a cell's text comes in pieces
FOLDINGS = (ZIP_STORED, ZIP_DEFLATED)  # the two that a workbook may have
# What a damaged one raises while it is read. A disk that fails is no fault of the shop's.
DAMAGED = (
    BadZipFile,  # zipfile: no index, or a part with another check sum
    EOFError,  # zipfile: a part that ends before it should
    RuntimeError,  # zipfile: a password; NotImplementedError: a version or a cipher of the future
    zlib.error,  # zlib: a folded part that cannot be unfolded
    ExpatError,  # expat: no XML
    ValueError,  # expat: characters of several bytes; zipfile: a name in no UTF-8; int: no number
    LookupError,  # expat: characters that nobody knows; zipfile: no such part; what hears: no name
)


class Archive:
    """An opened workbook; everything in it is read in pieces."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def check(self) -> None:
        """Refuse what is no workbook, or is one that nobody should open. Raises Fault."""
        try:
            with ZipFile(self.path) as opened:
                parts = opened.infolist()
        except DAMAGED:
            raise Fault("not_a_table") from None
        size = self.path.stat().st_size
        if not all(0 <= part.header_offset < size for part in parts):
            raise Fault("not_a_table")
        if any(part.compress_type not in FOLDINGS for part in parts):
            raise Fault("not_a_table")
        if len(parts) > ENTRIES_MAX or sum(part.file_size for part in parts) > UNFOLDED_MAX:
            raise Fault("bomb")
        if any(bursts(part) for part in parts):
            raise Fault("bomb")
        names = {part.filename.lower() for part in parts}
        if any(name.endswith(("vbaproject.bin", ".vbs", ".exe")) for name in names):
            raise Fault("macros")
        if "xl/workbook.xml" not in names:
            raise Fault("not_a_table")

    def has(self, part: str) -> bool:
        """Tell whether the workbook has this part."""
        with ZipFile(self.path) as opened:
            return part in opened.namelist()

    def feed(self, part: str, parser: XMLParserType) -> Iterator[None]:
        """Give a part to a parser piece by piece; what it hears is the caller's. Raises Fault."""
        try:
            with ZipFile(self.path) as opened, opened.open(part) as stream:
                while piece := stream.read(CHUNK):
                    parser.Parse(piece)
                    check_token(stream.tell() - parser.CurrentByteIndex)
                    yield
                parser.Parse(b"", True)
                yield
        except DAMAGED:
            raise Fault("not_a_table") from None

    def read(self, part: str, parser: XMLParserType) -> None:
        """Give a whole part to a parser."""
        for _ in self.feed(part, parser):
            pass


def check_token(waiting: int) -> None:
    """Refuse a tag that does not end: its parser would keep it whole. Raises Fault."""
    if waiting > TOKEN_MAX:
        raise Fault("bomb")


def bursts(part: ZipInfo) -> bool:
    """Tell whether a part would unfold to far more than a sheet of sales does."""
    if part.filename.lower() == "xl/sharedstrings.xml" and part.file_size > STRINGS_MAX:
        return True
    return part.file_size > SMALL and part.file_size > RATIO_MAX * max(1, part.compress_size)


def listener(started: Any = None, ended: Any = None, said: Any = None) -> XMLParserType:
    """Make a parser that refuses declarations: they are what bombs of text are made of."""
    parser = ParserCreate(namespace_separator=None)
    parser.buffer_text = True
    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.CharacterDataHandler = said
    parser.StartDoctypeDeclHandler = refuse
    return parser


def refuse(*_: Any) -> None:
    """Refuse a document type declaration."""
    raise Fault("entity")
