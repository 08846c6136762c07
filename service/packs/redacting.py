"""Taking names and numbers of persons out of what people wrote freely. Pure.

A hundred thousand names are looked up in a set, never tried one after the other: a line costs what
the words in it cost.
"""

import re
from collections.abc import Iterable, Iterator

BLACK = "■■"
BLACK_BYTES = BLACK.encode()
HAN = re.compile("[㐀-鿿]+[0-9A-Za-z]*")  # a run has no spaces: names stand anywhere in it
LATIN = re.compile(r"[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
# The first digit stands before the look back: a plain beginning is found many times faster.
PHONE = re.compile(rb"1(?<![0-9A-Za-z.:-]1)[3-9]\d{9}(?![0-9A-Za-z])")
IDENTITY = re.compile(rb"[1-9]\d{16}[\dXx](?![0-9A-Za-z])")
LONGEST, SHORTEST = 4, 2


class Blackout:
    """Blackens the names that it was given, telephone numbers and identity numbers."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = {name.strip() for name in names if len(name.strip()) >= SHORTEST}
        self.latin = any(name.isascii() for name in self.names)

    def line(self, line: bytes) -> bytes:
        """Return a line without them."""
        if not line.isascii():
            line = HAN.sub(lambda run: "".join(self.han(run[0])), line.decode()).encode()
        if self.latin:
            line = LATIN.sub(lambda run: " ".join(self.words(run[0])), line.decode()).encode()
        return IDENTITY.sub(BLACK_BYTES, PHONE.sub(BLACK_BYTES, line))

    def han(self, text: str) -> Iterator[str]:
        """Return the parts of a run of Chinese, its names blackened; the longest name first."""
        at = 0
        while at < len(text):
            sizes = (len(text) - at, *range(LONGEST, SHORTEST - 1, -1))
            size = next((n for n in sizes if text[at : at + n] in self.names), 0)
            yield BLACK if size else text[at]
            at += size or 1

    def words(self, text: str) -> Iterator[str]:
        """Return the words of a run, its names blackened; the longest name first."""
        words = text.split(" ")
        while words:
            sizes = range(len(words), 0, -1)
            size = next((n for n in sizes if " ".join(words[:n]) in self.names), 0)
            yield BLACK if size else words[0]
            words = words[size or 1 :]
