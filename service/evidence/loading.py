"""Writing rows by COPY, in pieces that end before any statement's patience does."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain, islice

from psycopg import Copy
from sqlmodel import Session

from service.db import driver
from service.evidence.models import LINE_BITS, EvidenceFile
from service.evidence.rows import NOTHING, Row, as_copied

ROWS_A_COPY = 20_000
ROWS_A_WRITE = 500
FETCHED = 5_000
LOCK = 0x61786576  # any number would do; it is ours alone ("axev" as four bytes)
COPY = """COPY evidence_rows (id, file_id, shop_id, line, business_day, occurred_at, reference,
short_code, kind, item, qty, amount_fen, bill_fen, points, status, occurrence) FROM STDIN"""
# Every column of `Row` but the line, as the reader writes them.
KNOWN = """
SELECT business_day::text, replace(to_char(occurred_at AT TIME ZONE 'Asia/Shanghai',
       'HH24:MI:SS.US'), '.000000', ''), reference, short_code, kind, item, qty, amount_fen,
       bill_fen, points, status
FROM evidence_live_rows
WHERE shop_id = %(shop)s AND business_day BETWEEN %(first)s AND %(last)s AND file_id <> %(file)s
"""
Progress = Callable[[int], None]


class Occurrences:
    """Numbers rows with the very same content; 64 bits of each row tell them apart."""

    def __init__(self, known: Counter[int], *, leave_out: bool) -> None:
        self.known = known
        self.leave_out = leave_out
        self.seen: set[int] = set()
        self.again: Counter[int] = Counter()

    def of(self, row: Row) -> tuple[int, bool]:
        """Return the number of this occurrence, and whether another file has it too."""
        content, nth = content_of(row), 1
        if content not in self.seen:
            self.seen.add(content)
            if not self.known:
                return 1, False
        else:
            self.again[content] += 1
            nth += self.again[content]
        known = self.known[content] if self.known else 0
        if nth <= known and self.leave_out:
            return nth, True
        return (nth if self.leave_out else nth + known), nth <= known


def content_of(row: Row) -> int:
    """Return 64 bits of what a row says, wherever it stands."""
    _, day, clock, reference, short, words = row
    return hash((day, clock, reference, short, words.content))


def known_rows(session: Session, file: EvidenceFile, first: date, last: date) -> Counter[int]:
    """Count the rows that the shop's other files have of these days, by content."""
    found: Counter[int] = Counter()
    asked = {"shop": file.shop_id, "first": first, "last": last, "file": file.id or 0}
    with driver(session).cursor(name="known_rows") as cursor:
        cursor.itersize = FETCHED
        cursor.execute(KNOWN, asked)
        for row in cursor:
            found[hash((*row[:4], hash(row[4:])))] += 1
    return found


def hold_shop(session: Session, shop_id: int) -> None:
    """Let one file of a shop be read at a time: occurrences are counted over all of them."""
    driver(session).execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, shop_id % 2**31])


def copy_rows(
    session: Session,
    file: EvidenceFile,
    rows: Iterator[tuple[Row, int]],
    progress: Progress | None = None,
) -> int:
    """Write the rows of a file; return how many there were."""
    prefix, shop = (file.id or 0) << LINE_BITS, f"{file.id}\t{file.shop_id}"
    lines = (written(row, occurrence, prefix, shop) for row, occurrence in rows)
    done = 0
    for first in lines:
        with driver(session).cursor().copy(COPY) as copy:
            done += send(copy, chain((first,), islice(lines, ROWS_A_COPY - 1)))
        if progress:
            progress(done)
    return done


def send(copy: Copy, lines: Iterator[str]) -> int:
    """Write a piece bit by bit: the server keeps rows while the next ones are read."""
    count = 0
    while some := list(islice(lines, ROWS_A_WRITE)):
        copy.write("".join(some))
        count += len(some)
    return count


def written(row: Row, occurrence: int, prefix: int, shop: str) -> str:
    """Write a row as COPY reads it."""
    line, day, clock, reference, short, words = row
    moment = f"{day} {clock}+08" if clock else NOTHING
    numbers = f"{as_copied(reference)}\t{as_copied(short)}"
    return (
        f"{prefix + line}\t{shop}\t{line}\t{day}\t{moment}\t{numbers}\t{words.copied}\t"
        f"{occurrence}\n"
    )
