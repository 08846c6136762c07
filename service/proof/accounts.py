"""An account as the verifier keeps it: what the entries give, beside what the export states."""

import secrets
from dataclasses import dataclass, field

from service.proof.canonical import DEBT_LOT
from service.proof.findings import Findings, shown

Moves = list[tuple[bytes, int]]  # (day of expiry, amount)
Step = tuple[int, int, Moves, int]  # amount, balance after it, lot moves, transfer


@dataclass(frozen=True, slots=True)
class Stated:
    """The account's row in the export."""

    posted: int
    held_out: int
    held_in: int
    debt: int
    entries: int
    closed: bool
    lots: dict[bytes, int] = field(default_factory=dict)


class Account:
    """The running state of one account."""

    __slots__ = (
        "balance", "by_lots", "entries", "floor", "held_in", "held_out", "lots", "lots_broken",
        "months", "name", "number", "seq", "stated", "tracked", "waiting",
    )  # fmt: skip

    def __init__(
        self, name: tuple[bytes, bytes, bytes], *, tracked: bool, by_lots: bool = False,
        floor: int | None = None, stated: Stated | None = None,
    ) -> None:  # fmt: skip
        self.name = name  # programme, address, unit
        self.tracked, self.by_lots, self.floor = tracked, by_lots, floor
        self.stated = stated  # None: the export does not list it
        # Random, so that nobody can make up a transfer whose sum over these is another's.
        self.number = secrets.randbits(32) | 1
        self.seq = self.balance = self.entries = self.held_out = self.held_in = 0
        self.lots: dict[bytes, int] = {}
        self.lots_broken = False
        self.waiting: dict[int, Step] = {}  # entries that came before their turn, by seq
        self.months: dict[bytes, int] = {}  # effective in each, for the trial balances

    @property
    def place(self) -> str:
        """How a finding names it."""
        programme, address, unit = map(shown, self.name)
        return f"account {address} {unit} (programme {programme})"

    def book(self, seq: int, step: Step, findings: Findings) -> None:
        """Add the entry whose turn it is."""
        amount, balance, _, number = step
        self.seq = seq
        self.entries += 1
        if self.balance + amount != balance:
            findings.add(
                "balance", self.place,
                f"entry {seq} (transfer {number}) says {balance} where the entries"
                f" give {self.balance + amount}",
            )  # fmt: skip
        self.balance = balance  # go on from what is said: one fault is told once
        if self.by_lots:
            self._move_lots(step, findings)
        elif self.floor is not None and amount < 0 and balance < self.floor:
            findings.add(
                "floor", self.place, f"transfer {number} left {balance}, below {self.floor}"
            )

    def _move_lots(self, step: Step, findings: Findings) -> None:
        amount, balance, moves, number = step
        lots, sound = self.lots, True
        for day, moved in moves:
            amount -= moved
            left = lots.get(day, 0) + moved
            if left:
                lots[day] = left
                sound = sound and (left > 0) is (day != DEBT_LOT)
            else:
                lots.pop(day, None)
        owed = lots.get(DEBT_LOT, 0)
        if amount or not sound or owed != (min(0, balance)):
            self.break_lots(f"do not add up after transfer {number}", findings)

    def break_lots(self, what: str, findings: Findings) -> None:
        """Say once what is wrong with the lots."""
        if not self.lots_broken:  # whatever comes after follows from it
            findings.add("lots", self.place, f"its lots {what}")
            self.lots_broken = True

    def close(self, findings: Findings) -> None:
        """Compare what the entries gave with what the export states."""
        stated, place = self.stated, self.place
        if stated is None:
            return
        if self.balance != stated.posted:
            findings.add(
                "balance", place, f"states {stated.posted}, its entries give {self.balance}"
            )
        if self.entries != stated.entries:
            findings.add("count", place, f"states {stated.entries} entries, has {self.entries}")
        if (self.held_out, self.held_in) != (stated.held_out, stated.held_in):
            findings.add(
                "holds", place,
                f"states {stated.held_out} held out and {stated.held_in} in,"
                f" its open holds give {self.held_out} and {self.held_in}",
            )  # fmt: skip
        if stated.closed and self.tracked and stated.posted:
            findings.add("balance", place, f"is closed with a balance of {stated.posted}")
        self._close_debt(stated, findings)
        if {day: left for day, left in self.lots.items() if day != DEBT_LOT} != stated.lots:
            self.break_lots("are not those that its moves give", findings)

    def _close_debt(self, stated: Stated, findings: Findings) -> None:
        below = 0
        if self.floor is not None:
            below = max(0, self.floor - (stated.posted - stated.held_out))
        if stated.debt != below or (below and not self.by_lots):
            findings.add(
                "floor",
                self.place,
                f"is {below} below its floor and states a debt of {stated.debt}",
            )
