"""Reading an export: a plain or gzipped file, or standard input, line by line."""

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from io import BufferedReader, FileIO
from typing import cast

_GZIP = b"\x1f\x8b"
_BUFFER = 1 << 20
INPUT = "-"


class Unreadable(ValueError):
    """The data end or break within a line."""


def lines(path: str) -> Iterator[bytes]:
    """Yield the lines of a file, or of standard input for `-`; raises OSError, Unreadable."""
    with ExitStack() as stack:
        source = cast("BufferedReader", sys.stdin.buffer)
        if path != INPUT:
            source = stack.enter_context(BufferedReader(FileIO(path), _BUFFER))
        packed = source.peek(2)[:2] == _GZIP
        yield from _whole(stack.enter_context(gzip.open(source)) if packed else source)


def _whole(source: Iterable[bytes]) -> Iterator[bytes]:
    line = b"\n"
    try:
        for line in source:
            yield line
    except (EOFError, gzip.BadGzipFile, zlib.error) as broken:
        raise Unreadable(f"the compressed data are damaged: {broken}") from None
    if not line.endswith(b"\n"):
        raise Unreadable("the file ends within its last line")
