"""Some accounts' transfers of some days, each proven in its place, without anybody else's.

The log is cut at two ends: what lies before is said by the hashes of its complete subtrees, what
lies between and is not asked for by its own hash. A reader works out the root of a signed head
from them (service/proof/excerpt.py), and learns nothing of what was left out.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date

import psycopg
from psycopg import sql

from service.ledger.export import BY_KEY, CHUNK, WAITING, Chunk, Row, copied, rows_of
from service.ledger.proofs import LEVELS_PER_TILE
from service.proof import node_source

FORMAT = 1
# Where the days asked for begin in the log, and where the last transfer of any earlier day lies.
FIRST = """SELECT min(l.index), min(t.id) FROM ledger_transfers t
LEFT JOIN ledger_leaves l ON l.transfer_id = t.id
WHERE t.programme_id = %(programme)s AND t.business_day BETWEEN %(first)s AND %(last)s"""
LAST = """SELECT max(l.index) FROM ledger_transfers t JOIN ledger_leaves l ON l.transfer_id = t.id
WHERE t.programme_id = %(programme)s AND t.id >= %(since)s AND t.business_day <= %(last)s"""
HEAD = "SELECT size FROM ledger_heads WHERE size > %s ORDER BY size LIMIT 1"
ORIGIN = "SELECT split_part(note, E'\\n', 1) FROM ledger_heads WHERE size = %s"
KEYS = """SELECT vkey, since_size, ledger_instant(retired_at) FROM ledger_keys
ORDER BY since_size, added_at, vkey"""
# A key is believed when one that was believed before signed a head together with it.
HEADS = """SELECT size, encode(root, 'hex'), ledger_instant(sealed_at), note FROM ledger_heads
WHERE size = {size} OR size IN (SELECT (SELECT min(h.size) FROM ledger_heads h
  WHERE h.size >= k.since_size AND h.size <= {size}) FROM ledger_keys k) ORDER BY size"""
LEAVES = "SELECT hash FROM ledger_leaves WHERE index >= %s AND index < %s ORDER BY index"
NODES = """SELECT hash FROM ledger_nodes WHERE level = %s AND index >= %s AND index < %s
ORDER BY index"""
PART = """SELECT index AS place, transfer_id, hash FROM ledger_leaves
WHERE index >= {first} AND index < {last}"""
UNSEALED = """SELECT u.transfer_id FROM ledger_unsealed u JOIN ledger_transfers t
  ON t.id = u.transfer_id WHERE t.programme_id = %(programme)s AND t.business_day <= %(last)s
ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose transfers of which days: all that touch one of these addresses."""

    programme_id: int
    first: date
    last: date
    addresses: Collection[bytes]

    @property
    def params(self) -> dict[str, object]:
        """Return what the queries are asked with."""
        return {"programme": self.programme_id, "first": self.first, "last": self.last}


@dataclass(slots=True)
class Excerpt:
    """What was cut out of the log, and how far the writing of it is."""

    start: int
    size: int  # of the head that covers all of it; equal to the start where nothing is sealed
    count: Counter[str] = field(default_factory=Counter)

    @property
    def chunks(self) -> int:
        """How many steps the writing takes."""
        return -(-(self.size - self.start) // CHUNK)


def cut(connection: psycopg.Connection, wanted: Wanted) -> Excerpt:
    """Find where the days lie in the log: from their first leaf to the first head above all."""
    asked = wanted.params
    start, since = connection.execute(FIRST, asked).fetchone() or (None, None)
    if start is None:
        return Excerpt(0, 0)
    last = connection.execute(LAST, asked | {"since": since}).fetchone()
    head = connection.execute(HEAD, last).fetchone()
    return Excerpt(start, head[0]) if head else Excerpt(0, 0)


def excerpt_lines(
    connection: psycopg.Connection, wanted: Wanted, cut_out: Excerpt, told: Callable[[], None]
) -> Iterator[bytes]:
    """Write an excerpt within the connection's own transaction; `told` is called for each chunk."""
    start, size, count = cut_out.start, cut_out.size, cut_out.count
    origin = (connection.execute(ORIGIN, [size]).fetchone() or ("",))[0]
    head = [FORMAT, origin, wanted.first, wanted.last, start, size]
    yield b"\t".join([b"excerpt", *(str(each).encode() for each in head)]) + b"\n"
    sections = ((b"key", sql.SQL(KEYS).format()), (b"head", sql.SQL(HEADS).format(size=size)))
    for kind, query in sections:
        for line in copied(connection, query):
            yield b"%s\t%s" % (kind, line)
    for peak in peaks(connection, start):
        yield b"peak\t%s\n" % peak.hex().encode()
    with connection.transaction():
        connection.execute(BY_KEY)
        for first in range(start, size, CHUNK):
            part = sql.SQL(PART).format(first=first, last=min(first + CHUNK, size))
            yield from lines_of(connection, Chunk("leaf", part), wanted, count)
            told()
        yield from waiting(connection, wanted, count)
    yield b"end\t%d\t%d\t%d\t%d\n" % tuple(count[one] for one in ("leaf", "other", "open", "entry"))


def lines_of(
    connection: psycopg.Connection, chunk: Chunk, wanted: Wanted, count: Counter[str]
) -> Iterator[bytes]:
    """Write a chunk: what touches an address that is asked for whole, of the rest the hash."""
    for row in rows_of(connection, chunk):
        if touches(row, wanted):
            count[chunk.kind] += 1
            count["entry"] += len(row.lists[0])
            yield row.line(chunk.kind)
        elif chunk.kind == "leaf":
            count["other"] += 1
            yield b"other\t%s\t%s\n" % (row.place, row.fields.partition(b"\t")[0])


def touches(row: Row, wanted: Wanted) -> bool:
    """Tell whether a transfer moves or sets aside something of the addresses asked for."""
    _, _, programme, _ = row.fields.split(b"\t", 3)
    found = (each.partition(b"\t")[0] for rows in row.lists for each in rows)
    own = programme == b"%d" % wanted.programme_id
    return own and any(address in wanted.addresses for address in found)


def waiting(connection: psycopg.Connection, wanted: Wanted, count: Counter[str]) -> Iterator[bytes]:
    """Write what the log does not have yet."""
    ids = [row[0] for row in connection.execute(UNSEALED, wanted.params).fetchall()]
    for first in range(0, len(ids), CHUNK):
        part = sql.SQL(WAITING).format(ids=ids[first : first + CHUNK])
        yield from lines_of(connection, Chunk("open", part), wanted, count)


def peaks(connection: psycopg.Connection, size: int) -> list[bytes]:
    """Return the roots of the complete subtrees before this leaf, the small ones first."""

    def row(level: int, first: int, count: int) -> list[bytes]:
        if level == 0:
            found = connection.execute(LEAVES, [first, first + count])
        else:
            found = connection.execute(NODES, [level // LEVELS_PER_TILE, first, first + count])
        return [bytes(one[0]) for one in found.fetchall()]

    node = node_source(row)
    levels = [level for level in range(size.bit_length()) if size >> level & 1]
    return [node(level, (size >> level) - 1) for level in levels]
