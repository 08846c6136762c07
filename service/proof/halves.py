"""The two halves of a verification: what was signed, and what the books say.

They share nothing but the lines, so each may run in a process of its own.
"""

from collections.abc import Callable
from typing import Protocol

from service.proof.accounts import Account, Stated
from service.proof.books import Books
from service.proof.canonical import leaf_hash
from service.proof.findings import Findings, shown
from service.proof.log import Log
from service.proof.notes import VerifyKey
from service.proof.periods import Period, Seals, Trials
from service.proof.signatures import Heads, Keyring

TOLD_EVERY = 10_000  # leaves

Take = Callable[[list[bytes]], None]
Progress = Callable[[int], None]
_FLAGS = {b"t": True, b"f": False}


class Half(Protocol):
    """One half: what it does with a line of each section that concerns it."""

    takes: dict[bytes, Take]

    def close(self) -> None:
        """Judge the whole, after the last line."""

    def counts(self) -> dict[str, int]:
        """How much was checked."""


class Signed:
    """Keys, heads, seals, and the leaves under them."""

    def __init__(self, findings: Findings, checkpoint: str | None) -> None:
        self._findings, self._checkpoint = findings, checkpoint
        self.keyring = Keyring(findings)
        self._heads = Heads(findings, self.keyring)
        self._seals = Seals(findings, self.keyring)
        self._log: Log | None = None
        self.takes: dict[bytes, Take] = {
            b"export": self._export, b"key": self._key, b"head": self._head,
            b"period": self._period, b"leaf": self._leaf, b"open": self._open,
        }  # fmt: skip

    def close(self) -> None:
        """Judge what was signed and is not there."""
        log = self._log or self._begin()
        log.close()
        self._seals.compare(log.probed)

    def counts(self) -> dict[str, int]:
        """How many heads came out, and how many seals there were."""
        return {"heads": self._log.checked if self._log else 0, "periods": len(self._seals)}

    def _begin(self) -> Log:
        """All that was signed is known: wait for the leaves."""
        self._seals.check(self._heads.origin)
        if self._checkpoint is not None:
            self._heads.compare(self._checkpoint)
        self._log = Log(self._findings, self._heads.roots, self._seals.sizes)
        return self._log

    def _export(self, columns: list[bytes]) -> None:
        self._heads.origin = columns[2].decode()

    def _key(self, columns: list[bytes]) -> None:
        self.keyring.add(VerifyKey.parse(columns[1].decode()))

    def _head(self, columns: list[bytes]) -> None:
        self._heads.take(int(columns[1]), _hash(columns[2]), columns[4].decode())

    def _period(self, columns: list[bytes]) -> None:
        if period := Period.read(columns):
            self._seals.take(period)

    def _leaf(self, columns: list[bytes]) -> None:
        log, fields = self._log or self._begin(), columns[3:]
        log.take(int(columns[1]), columns[2], leaf_hash(fields), int(fields[0]))

    def _open(self, columns: list[bytes]) -> None:
        fields = columns[2:]
        if not columns[1]:
            self._findings.add(
                "missing", f"transfer {shown(fields[0])}", "has no leaf: the log will never take it"
            )
        elif _hash(columns[1]) != leaf_hash(fields):
            self._findings.add(
                "altered", f"transfer {shown(fields[0])}",
                "is not what its leaf was made from (it is not in the log yet)",
            )  # fmt: skip


class Entered:
    """Accounts and transfers, and the trial balances drawn from them."""

    def __init__(self, findings: Findings, progress: Progress | None) -> None:
        self._findings, self._progress = findings, progress
        self._books = Books(findings)
        self._trials = Trials(findings, self._books)
        self._leaves = self._open_ones = self._accounts = 0
        self.takes: dict[bytes, Take] = {
            b"period": self._period, b"account": self._account, b"lot": self._lot,
            b"hold": self._hold, b"leaf": self._leaf, b"open": self._open, b"end": self._end,
        }  # fmt: skip

    def close(self) -> None:
        """Compare what the entries give with what is stated."""
        self._trials.pass_to(self._leaves)
        self._books.close()

    def counts(self) -> dict[str, int]:
        """How many rows there were."""
        return {
            "leaves": self._leaves, "open": self._open_ones, "accounts": self._accounts,
            "entries": self._books.entries,
        }  # fmt: skip

    def _period(self, columns: list[bytes]) -> None:
        if period := Period.read(columns):
            self._trials.take(period)

    def _account(self, columns: list[bytes]) -> None:
        _, programme, address, unit, tracked, by_lots, floor, *figures, closed_at = columns
        posted, held_out, held_in, debt, entries = map(int, figures)
        stated = Stated(posted, held_out, held_in, debt, entries, bool(closed_at))
        _ = address.decode(), unit.decode()
        if not _FLAGS[tracked] and (_FLAGS[by_lots] or floor):
            raise ValueError("only a tracked account has lots or a floor")
        self._books.open_account(
            Account(
                (programme, address, unit), tracked=_FLAGS[tracked], by_lots=_FLAGS[by_lots],
                floor=int(floor) if floor else None, stated=stated,
            )
        )  # fmt: skip
        self._accounts += 1

    def _lot(self, columns: list[bytes]) -> None:
        _, programme, address, unit, day, amount = columns
        stated = self._books.stated(programme, address, unit)
        if stated is None:
            raise ValueError("no account has this lot")
        stated.lots[day] = int(amount)

    def _hold(self, columns: list[bytes]) -> None:
        self._books.holds.stated[int(columns[1])] = columns[2]

    def _leaf(self, columns: list[bytes]) -> None:
        fields = columns[3:]
        if self._leaves >= self._trials.next_size and int(columns[1]) >= self._trials.next_size:
            self._trials.pass_to(self._leaves)
        if self._trials.watching:
            self._trials.watch(fields)
        self._books.post(fields, int(fields[0]), sealed=True)
        self._leaves += 1
        if self._progress and self._leaves % TOLD_EVERY == 0:
            self._progress(self._leaves)

    def _open(self, columns: list[bytes]) -> None:
        fields = columns[2:]
        self._trials.pass_to(self._leaves)
        if self._trials.watching:
            self._trials.watch(fields)
        self._books.post(fields, int(fields[0]), sealed=False)
        self._open_ones += 1

    def _end(self, columns: list[bytes]) -> None:
        for (name, found), stated in zip(
            self.counts().items(), map(int, columns[1:5]), strict=True
        ):
            if found != stated:
                self._findings.add("count", "the file", f"states {stated} {name}, and has {found}")


def _hash(column: bytes) -> bytes:
    return bytes.fromhex(column.decode())
