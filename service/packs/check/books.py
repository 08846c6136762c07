"""The wallets and the awards of a pack, held against the transfers that the log proves."""

import csv
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from service.packs.check.parts import Place, lines
from service.proof import Excerpt, Move, Transfer

WALLETS, AWARDS, EXCERPT = "ledger/wallets.csv", "records/awards.csv", "ledger/excerpt.tsv"
MOVED = ("earned", "manual", "reversed_awards", "redeemed", "expired", "adjusted")
POINTS = "PTS"
_STEP = 3  # seq, amount, balance


@dataclass(slots=True)
class Wallet:
    """What the transfers say of one wallet, in the order in which they stand in the log."""

    steps: "array[int]" = field(default_factory=lambda: array("q"))
    before: int = 0  # what counts for days before the first: late, or an opening balance
    within: int = 0
    later: int = 0

    def take(self, move: Move, day: str, of: Excerpt, *, opening: bool) -> None:
        """Add an entry."""
        if day < of.first or opening:
            self.before += move.amount
        elif day <= of.last:
            self.within += move.amount
        else:
            self.later += move.amount
        if move.seq is not None and move.balance is not None:
            self.steps.extend((move.seq, move.amount, move.balance))

    def chain(self) -> tuple[int | None, str]:
        """Return the balance before the first entry, and what is wrong with their order."""
        rows = sorted(zip(*(self.steps[at::_STEP] for at in range(_STEP)), strict=True))
        if not rows:
            return None, ""
        start = balance = rows[0][2] - rows[0][1]
        for expected, (seq, amount, after) in enumerate(rows, rows[0][0]):
            if seq != expected:
                return start, f"entry {expected} is missing"
            if balance + amount != after:
                return start, f"entry {seq} says {after} where the entries give {balance + amount}"
            balance = after
        return start, ""


@dataclass(slots=True)
class Books:
    """One reading of a pack's ledger."""

    place: Place
    kept: str | None = None
    faults: list[str] = field(default_factory=list)
    wallets: dict[str, Wallet] = field(default_factory=dict)
    due: dict[int, tuple[str, int]] = field(default_factory=dict)  # awards not yet found
    awards: int = 0
    waiting: int = 0  # transfers that no head covers yet
    first: str = ""  # the days, as the excerpt's first line says them
    last: str = ""

    def check(self) -> Excerpt:
        """Read the awards, then every transfer once, then the wallets."""
        head = next(lines(self.place, EXCERPT), b"").decode().split("\t")
        self.first, self.last = head[3:5]
        for row in table(self.place, AWARDS):
            self.expect(row)
        excerpt = Excerpt(lambda found: self.see(found, excerpt), self.kept)
        excerpt.read(lines(self.place, EXCERPT))
        self.faults += [f"{one.place}: {one.detail}" for one in excerpt.findings.kept]
        for number in sorted(self.due):
            self.faults.append(f"transfer {number} of an award is not in the excerpt")
        for row in table(self.place, WALLETS):
            self.faults += [f"wallet {row['volunteer']}: {what}" for what in self.wrong(row)]
        return excerpt

    def expect(self, row: dict[str, str]) -> None:
        """Remember which transfer an award names, and what it must say."""
        if row["transfer"] and self.first <= row["posted_on"] <= self.last:
            self.awards += 1
            self.due[int(row["transfer"])] = (row["volunteer"], int(row["points"]))

    def see(self, found: Transfer, of: Excerpt) -> None:
        """Take a transfer into the wallets, and cross off the award that names it."""
        self.waiting += not found.sealed
        for move in found.moves:
            if move.unit == POINTS and move.address.startswith("volunteer:"):
                wallet = self.wallets.setdefault(move.address, Wallet())
                wallet.take(move, found.day, of, opening=found.kind == "open")
        if due := self.due.pop(found.id, None):
            code, points = due
            if not any(
                (move.address, move.unit, move.amount) == (f"volunteer:{code}", POINTS, points)
                for move in found.moves
            ):
                told = f"does not give {points} points to {code}, as its award says"
                self.faults.append(f"transfer {found.id} {told}")

    def wrong(self, row: dict[str, str]) -> Iterator[str]:
        """Name what does not hold in a wallet's line."""
        opening, closing = int(row["opening"]), int(row["closing"])
        wallet = self.wallets.get(f"volunteer:{row['volunteer']}", Wallet())
        start, broken = wallet.chain()
        moved = sum(int(row[name]) for name in MOVED)
        if opening + moved != closing:
            yield "opening and what moved do not give the closing"
        if moved != wallet.within:
            yield f"says that {moved} moved, its transfers say {wallet.within}"
        if broken:
            yield broken
        elif start is not None and start + wallet.before != opening:
            yield f"opens with {opening}, its transfers say {start + wallet.before}"


def table(place: Place, name: str) -> Iterator[dict[str, Any]]:
    """Read a CSV file."""
    yield from csv.DictReader(line.decode("utf-8-sig") for line in lines(place, name))
