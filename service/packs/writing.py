"""Writing a pack: every part streamed from one moment of the database into one zip file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from string import Template
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from service import cells, ledger, people, settlement
from service.db import Database
from service.packs import verifier
from service.packs.bundle import Bundle
from service.packs.contents import ADDRESSES, NAMES, SIGNED, TABLES
from service.packs.redacting import Blackout

SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
COVER = Path(__file__).with_name("cover.md")
EXCERPT = "ledger/excerpt.tsv"
CHAIN = "settlement/chain.jsonl"
WORDS = {
    EXCERPT: ("逐笔账目，含签名的账本头、公钥与证明", "all transfers, signed heads, keys, proofs"),
    CHAIN: ("商户每日与每月的签字链", "the shops' days and months with their signatures"),
    "reconciliation/closes.jsonl": ("每日关账与封印", "closed days and their seals"),
    "notices/notices.jsonl": ("公示", "public notices"),
    "settlement/statements/": ("商户月结单", "the shops' statements as they were printed"),
    "verifier/": ("核对程序", "the program that checks all this"),
}  # fmt: skip
OWN_STEPS = 3  # the chain, the statements, the verifier with the cover

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Subject:
    """Of whom and of which days a pack is, and as of which moment."""

    programme_id: int
    community_id: int
    code: str
    name: str
    zone: str
    first: date
    last: date
    at: datetime

    @property
    def params(self) -> dict[str, sql.Literal]:
        """Return what the tables' queries are filled with."""
        asked = {
            "programme": self.programme_id,
            "community": self.community_id,
            "zone": self.zone,
            "first": self.first,
            "last": self.last,
        }
        return {name: sql.Literal(value) for name, value in asked.items()}


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: how many transfers stand in it whole, under a head of which size."""

    transfers: int
    log_size: int


@dataclass(slots=True)
class Writer:
    """One pack on its way into a file."""

    database: Database
    connection: psycopg.Connection
    folder: Path
    subject: Subject
    told: Told
    done: int = 0
    total: int = 0

    def write(self, path: Path) -> Written:
        """Write the whole pack; the file is there only when it is complete."""
        with self.connection.transaction(), Bundle(path, self.subject.at) as bundle:
            self.connection.execute(SNAPSHOT)
            self.connection.execute("SET LOCAL timezone = 'UTC'")
            wanted = self.wanted()
            part = ledger.cut(self.connection, wanted)
            self.total = len(TABLES) + len(SIGNED) + part.chunks + OWN_STEPS
            self.tables(bundle)
            self.settlements(bundle)
            # The last to be read: its plans by key stay in force for the transaction.
            lines = ledger.excerpt_lines(self.connection, wanted, part, self.step)
            bundle.write(EXCERPT, lines)
            for name, content in verifier.files():
                bundle.write(name, [content])
            bundle.write("README.md", [self.cover(bundle).encode()])
            self.step()
        return Written(part.count["leaf"] + part.count["open"], part.size)

    def step(self) -> None:
        """Tell that a part is done."""
        self.done += 1
        self.told(min(self.done, self.total), self.total)

    def wanted(self) -> ledger.WantedExcerpt:
        """Return whose transfers are asked for: the community's volunteers and shops."""
        found = self.connection.execute(self.filled(ADDRESSES)).fetchall()
        addresses = frozenset(row[0].encode() for row in found)
        one = self.subject
        return ledger.WantedExcerpt(one.programme_id, one.first, one.last, addresses)

    def filled(self, query: LiteralString) -> sql.Composed:
        """Fill in whose days are meant."""
        return sql.SQL(query).format(**self.subject.params)

    def tables(self, bundle: Bundle) -> None:
        """Write the tables, without names, and what was signed or published, as it was signed."""
        known = self.connection.execute(self.filled(NAMES)).fetchall()
        blackout = Blackout(people.open_names(self.database.sealer, known))
        for table in TABLES:
            lines = self.csv(table.query)
            bundle.write(table.name, map(blackout.line, lines) if table.written else lines)
            self.step()
        for name, query in SIGNED.items():
            bundle.write(name, self.json(query))
            self.step()

    def csv(self, query: LiteralString) -> Iterator[bytes]:
        """Let the server write a table."""
        form = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(self.filled(query))
        with self.connection.cursor().copy(form) as rows:
            yield from (cells.written_by_server(bytes(row)) for row in rows)

    def json(self, query: LiteralString) -> Iterator[bytes]:
        """Read records, one a line."""
        said = sql.SQL("SELECT r::text FROM ({}) q (r)").format(self.filled(query))
        for (record,) in self.connection.execute(said):
            yield record.encode() + b"\n"

    def settlements(self, bundle: Bundle) -> None:
        """Write the shops' chains, and the statements of the months as they were printed."""
        one = self.subject
        lines = partial(settlement.export_lines, community_id=one.community_id)
        bundle.write(CHAIN, [self.database.atomic(lambda session: b"".join(lines(session)))])
        self.step()
        months = (one.first.replace(day=1), one.last)
        asked: Any = {"community_id": one.community_id, "months": months, "folder": self.folder}
        for name, path in self.database.atomic(partial(settlement.files_of_months, **asked)):
            bundle.write(f"settlement/statements/{name}", [path.read_bytes()])
        self.step()

    def cover(self, bundle: Bundle) -> str:
        """Return the README."""
        one = self.subject
        said = {table.name: (table.zh, table.en) for table in TABLES} | WORDS
        files = "\n".join(
            f"- `{name}` {zh} · {en}"
            for name, (zh, en) in sorted(said.items())
            if any(each.startswith(name) for each in bundle.sums)
        )
        return Template(COVER.read_text("utf-8")).substitute(
            community=one.name, code=one.code, first=one.first, last=one.last,
            at=f"{one.at:%Y-%m-%d %H:%M} UTC", files=files, origin="Aixin 爱心积分",
        )  # fmt: skip
