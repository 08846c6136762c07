"""The books as a text that needs no database: what a stranger verifies (`aixin ledger export`).

One record a line, columns apart by tabs, escaped as PostgreSQL's COPY does. COPY writes nearly all
of it itself: that is many times quicker than rows in Python.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter
from typing import LiteralString

import psycopg
from psycopg import sql

CHUNK = 5_000  # transfers that are in memory together

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
# The look-ups in a chunk are by key. A plan that joins whole tables would do so for each chunk.
BY_KEY = (
    "SELECT set_config(name, 'off', true)"
    " FROM unnest(ARRAY['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan']) AS name"
)
SECTIONS: dict[str, LiteralString] = {
    "export": """SELECT 1, coalesce(
  (SELECT split_part(note, E'\\n', 1) FROM ledger_heads ORDER BY size DESC LIMIT 1),
  (SELECT split_part(note, '/periods/', 1) FROM ledger_periods WHERE note IS NOT NULL LIMIT 1)),
ledger_instant(transaction_timestamp())""",
    "key": """SELECT vkey, since_size, ledger_instant(retired_at) FROM ledger_keys
ORDER BY since_size, added_at, vkey""",
    "head": """SELECT size, encode(root, 'hex'), ledger_instant(sealed_at), note
FROM ledger_heads ORDER BY size""",
    "period": """SELECT programme_id, to_char(month, 'YYYY-MM'), state, size, encode(root, 'hex'),
encode(trial_root, 'hex'), encode(previous, 'hex'), encode(seal, 'hex'), note
FROM ledger_periods ORDER BY programme_id, month""",
    "account": """SELECT programme_id, address, unit, tracked, by_lots, floor, posted, held_out,
held_in, debt, entries, ledger_instant(closed_at)
FROM ledger_accounts ORDER BY programme_id, unit COLLATE "C", address COLLATE "C" """,
    "lot": """SELECT a.programme_id, a.address, a.unit, to_char(l.expires_on, 'YYYY-MM-DD'),
l.amount FROM ledger_lots l JOIN ledger_accounts a ON a.id = l.account_id WHERE l.amount > 0
ORDER BY a.programme_id, a.unit COLLATE "C", a.address COLLATE "C", l.expires_on""",
    "hold": "SELECT transfer_id, ledger_instant(expires_at) FROM ledger_holds ORDER BY 1",
}

# What follows says the same as ledger_fields, for many transfers at once. An entry that counts for
# another day than its transfer is none of it: the leaf then differs, and verification says so.
TRANSFERS: LiteralString = """SELECT s.place, encode(s.hash, 'hex'), t.id, t.programme_id, t.key,
 encode(t.request_hash, 'hex'), t.kind, t.actor, t.source, ledger_instant(t.occurred_at),
ledger_instant(t.recorded_at), to_char(t.business_day, 'YYYY-MM-DD'),
to_char(t.effective_on, 'YYYY-MM-DD'), t.reverses_id, t.pending_id, ledger_instant(t.expires_at),
t.memo FROM ({source}) s LEFT JOIN ledger_transfers t ON t.id = s.transfer_id ORDER BY s.place"""
LISTS: tuple[LiteralString, ...] = (
    """SELECT s.place, a.address, a.unit, x.seq, x.amount, x.balance
FROM ({source}) s JOIN ledger_entries x ON x.transfer_id = s.transfer_id
JOIN ledger_transfers t ON t.id = x.transfer_id AND t.effective_on = x.effective_on
JOIN ledger_accounts a ON a.id = x.account_id
ORDER BY s.place, a.unit COLLATE "C", a.address COLLATE "C" """,
    """SELECT s.place, a.address, a.unit, to_char(x.expires_on, 'YYYY-MM-DD'), x.amount
FROM ({source}) s JOIN ledger_lot_moves x ON x.transfer_id = s.transfer_id
JOIN ledger_accounts a ON a.id = x.account_id
ORDER BY s.place, a.unit COLLATE "C", a.address COLLATE "C", x.expires_on""",
    """SELECT s.place, a.address, a.unit, x.amount
FROM ({source}) s JOIN ledger_hold_legs x ON x.transfer_id = s.transfer_id
JOIN ledger_accounts a ON a.id = x.account_id
ORDER BY s.place, a.unit COLLATE "C", a.address COLLATE "C" """,
)
LAST_LEAF = """SELECT max(index) FROM
(SELECT index FROM ledger_leaves WHERE index > %s ORDER BY index LIMIT %s) l"""
LEAVES: LiteralString = """SELECT index AS place, transfer_id, hash FROM ledger_leaves
WHERE index > {after} AND index <= {last}"""
# Not what the queue says alone: a transfer that is neither there nor in the log shall be seen too.
UNSEALED = """SELECT id FROM ledger_transfers t
WHERE NOT EXISTS (SELECT FROM ledger_leaves l WHERE l.transfer_id = t.id)
UNION SELECT transfer_id FROM ledger_unsealed ORDER BY 1"""
WAITING: LiteralString = """SELECT id AS place, id AS transfer_id,
(SELECT leaf FROM ledger_unsealed u WHERE u.transfer_id = id) AS hash
FROM unnest({ids}::bigint[]) AS id"""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some transfers of the log, or some that it does not have yet; queries name them `source`."""

    kind: str
    source: sql.Composed


@dataclass(frozen=True, slots=True)
class Row:
    """A transfer as COPY wrote it: its place, its hash and header, then its three lists."""

    place: bytes
    fields: bytes
    lists: list[list[bytes]]

    def line(self, kind: str) -> bytes:
        """Return its line in a file, as a leaf of the log or as one that it does not have yet."""
        cells = [b"leaf", self.place, self.fields] if kind == "leaf" else [b"open", self.fields]
        for rows in self.lists:
            cells += [b"%d" % len(rows), *rows]
        return b"\t".join(cells) + b"\n"


def export_lines(connection: psycopg.Connection) -> Iterator[bytes]:
    """Write all books as they are at one moment, a line at a time, in little memory.

    It begins a transaction of its own, so the connection must not be in one.
    """
    count: Counter[str] = Counter()
    with connection.transaction():
        connection.execute(SNAPSHOT)
        for kind, query in SECTIONS.items():
            for line in copied(connection, sql.SQL(query)):
                count[kind] += 1
                yield b"%s\t%s" % (kind.encode(), line)
        for chunk in chunks(connection):
            for line in transfers(connection, chunk, count):
                count[chunk.kind] += 1
                yield line
    yield b"end\t%d\t%d\t%d\t%d\n" % itemgetter("leaf", "open", "account", "entry")(count)


def chunks(connection: psycopg.Connection) -> Iterator[Chunk]:
    """Part all transfers into chunks: the log by index, then what it does not have, by id."""
    with connection.cursor(name="unsealed") as unsealed:
        unsealed.execute(UNSEALED)
        connection.execute(BY_KEY)
        after = -1
        while (last := last_leaf(connection, after)) is not None:
            yield Chunk("leaf", sql.SQL(LEAVES).format(after=after, last=last))
            after = last
        while ids := [row[0] for row in unsealed.fetchmany(CHUNK)]:
            yield Chunk("open", sql.SQL(WAITING).format(ids=ids))


def last_leaf(connection: psycopg.Connection, after: int) -> int | None:
    """Return the last index of the next chunk; None at the end of the log."""
    row = connection.execute(LAST_LEAF, [after, CHUNK]).fetchone()
    return row[0] if row else None


def transfers(connection: psycopg.Connection, chunk: Chunk, count: Counter[str]) -> Iterator[bytes]:
    """Write the transfers of a chunk, each with its entries, lot moves and hold legs."""
    for row in rows_of(connection, chunk):
        count["entry"] += len(row.lists[0])
        yield row.line(chunk.kind)


def rows_of(connection: psycopg.Connection, chunk: Chunk) -> Iterator["Row"]:
    """Read the transfers of a chunk, in the order of their places."""
    lists = [by_place(connection, chunk, query) for query in LISTS]
    for line in copied(connection, sql.SQL(TRANSFERS).format(source=chunk.source)):
        place, _, fields = line.rstrip(b"\n").partition(b"\t")
        yield Row(place, fields, [rows.get(place, []) for rows in lists])


def by_place(
    connection: psycopg.Connection, chunk: Chunk, query: LiteralString
) -> dict[bytes, list[bytes]]:
    """Read one of the lists of all transfers in a chunk."""
    found = defaultdict(list)
    for line in copied(connection, sql.SQL(query).format(source=chunk.source)):
        place, _, row = line.rstrip(b"\n").partition(b"\t")
        found[place].append(row)
    return found


def copied(connection: psycopg.Connection, query: sql.SQL | sql.Composed) -> Iterator[bytes]:
    """Let the server write a query's rows; it sends a message for each."""
    with connection.cursor().copy(sql.SQL("COPY ({}) TO STDOUT (NULL '')").format(query)) as rows:
        for row in rows:
            yield bytes(row)
