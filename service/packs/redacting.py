"""Taking names and numbers of persons out of what people wrote freely. Pure."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

BLACK = "■■"
HAN = re.compile("[㐀-鿿]{2,}")
NUMBERS = re.compile(rb"(?<![0-9A-Za-z.:-])(?:1[3-9]\d{9}|\d{17}[\dXx])(?![0-9A-Za-z])")
WORD = "[0-9A-Za-z]"
LONGEST, SHORTEST = 4, 2
OTHERS_MAX = 5000


class Blackout:
    """Blackens the names that it was given, telephone numbers and identity numbers.

    A Chinese text has no spaces: every run of characters is searched for names of two to four.
    """

    def __init__(self, names: Iterable[str]) -> None:
        known = {name.strip() for name in names}
        self.han = {name for name in known if HAN.fullmatch(name) and len(name) <= LONGEST}
        words = sorted((name for name in known - self.han if len(name) > SHORTEST), key=len)
        rest = "|".join(map(re.escape, islice(reversed(words), OTHERS_MAX)))
        self.others = re.compile(f"(?<!{WORD})(?:{rest})(?!{WORD})") if rest else None

    def line(self, line: bytes) -> bytes:
        """Return a line without them."""
        if not line.isascii() or self.others:
            said = HAN.sub(lambda run: "".join(self.run(run[0])), line.decode())
            line = (self.others.sub(BLACK, said) if self.others else said).encode()
        return NUMBERS.sub(BLACK.encode(), line)

    def run(self, text: str) -> Iterator[str]:
        """Return the parts of a run of Chinese, its names blackened; the longest name first."""
        at = 0
        while at < len(text):
            size = next(
                (n for n in range(LONGEST, SHORTEST - 1, -1) if text[at : at + n] in self.han), 0
            )
            yield BLACK if size else text[at]
            at += size or 1
