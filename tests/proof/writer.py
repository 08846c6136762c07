"""A small ledger on paper: it posts, seals and writes an export, as plainly as can be."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.proof import (
    DEBT_LOT,
    Checkpoint,
    Frontier,
    PeriodSeal,
    SigningKey,
    escape,
    leaf_hash,
    sign_note,
    trial_root,
)

ORIGIN = "aixin.example/ledger"
KEY = SigningKey(ORIGIN, b"1" * 32)
NEW_KEY = SigningKey(ORIGIN, b"2" * 32)
DEBT = DEBT_LOT.decode()
LOT = "2026-12-31"
Place = tuple[str, str]
Legs = Mapping[Place, int]


@dataclass
class Account:
    """The row of an account, and what its entries by month are."""

    tracked: bool = True
    by_lots: bool = False
    floor: int | None = None
    posted: int = 0
    held_out: int = 0
    held_in: int = 0
    entries: int = 0
    closed_at: str = ""
    lots: dict[str, int] = field(default_factory=dict)
    months: dict[str, int] = field(default_factory=lambda: defaultdict(int))


@dataclass
class Writer:
    """One programme's ledger."""

    programme: int = 1
    signers: list[SigningKey] = field(default_factory=lambda: [KEY])
    keys: list[SigningKey] = field(default_factory=lambda: [KEY])
    accounts: dict[Place, Account] = field(default_factory=dict)
    holds: dict[int, tuple[str, Legs]] = field(default_factory=dict)
    transfers: list[list[str]] = field(default_factory=list)
    sealed: int = 0
    heads: list[tuple[int, bytes, str]] = field(default_factory=list)
    periods: list[tuple[PeriodSeal, str]] = field(default_factory=list)
    tree: Frontier = field(default_factory=Frontier)

    def open(self, address: str, unit: str = "PTS", **how: object) -> Place:
        """Open an account."""
        self.accounts[address, unit] = Account(**how)  # type: ignore[arg-type]
        return address, unit

    def post(
        self, kind: str, legs: Legs, *, lots: Mapping[Place, Mapping[str, int]] | None = None,
        held: Legs | None = None, day: str = "2025-10-18", **other: str,
    ) -> int:  # fmt: skip
        """Post a transfer and return its number."""
        number = len(self.transfers) + 1
        moves = {place: {LOT: amount} for place, amount in legs.items() if self.by_lots(place)}
        moves |= dict(lots or {})
        fields = [
            str(number), str(self.programme), other.get("key", f"key:{number}"), f"{number:064x}",
            kind, "staff:U-ADM", f"attendance:{number}", f"{day}T04:00:00.000000Z",
            f"{day}T04:00:0{number % 10}.000000Z", day, other.get("effective", day),
            other.get("reverses", ""), other.get("pending", ""), other.get("expires", ""),
            other.get("memo", "{}"),
        ]  # fmt: skip
        fields.append(str(len(legs)))
        for place, amount in in_order(legs):
            fields += [*place, *self.entry(place, amount, number), ""][:5]
            self.accounts[place].months[fields[10][:7]] += amount
        fields.append(str(sum(map(len, moves.values()))))
        for place, parts in in_order(moves):
            for expires, amount in sorted(parts.items()):
                fields += [*place, expires, str(amount)]
                lot = self.accounts[place].lots
                lot[expires] = lot.get(expires, 0) + amount
        fields.append(str(len(held or {})))
        for place, amount in in_order(held or {}):
            fields += [*place, str(amount)]
        self.transfers.append(fields)
        return number

    def by_lots(self, place: Place) -> bool:
        """Whether the account is a wallet."""
        return self.accounts[place].by_lots

    def entry(self, place: Place, amount: int, number: int) -> list[str]:
        """Add to an account; return seq, amount and, if it is tracked, the balance."""
        account = self.accounts[place]
        account.posted += amount
        account.entries += 1
        seq, after = (account.entries, account.posted) if account.tracked else (number, "")
        return [str(seq), str(amount), str(after)]

    def hold(self, legs: Legs, expires: str = "2025-12-01T00:00:00.000000Z") -> int:
        """Set amounts aside."""
        number = self.post("hold", {}, held=legs, expires=expires)
        self.holds[number] = (expires, legs)
        self._set_aside(legs, 1)
        return number

    def resolve(self, number: int, kind: str = "release", legs: Legs | None = None) -> int:
        """End a hold by a release, or by a capture of these legs."""
        self._set_aside(self.holds.pop(number)[1], -1)
        return self.post(kind, legs or {}, pending=str(number))

    def seal(self) -> None:
        """Take what is new into the log and sign its head."""
        self.tree.extend(map(leaf, self.transfers[self.sealed :]))
        self.sealed = len(self.transfers)
        checkpoint = Checkpoint(ORIGIN, self.tree.size, self.tree.root())
        note = sign_note(checkpoint.text, self.signers)
        self.heads.append((checkpoint.size, checkpoint.root, note))

    def seal_period(self, month: str) -> None:
        """Seal a month, the log first."""
        self.seal()
        trial = [
            (*place, sum(amount for at, amount in account.months.items() if at <= month))
            for place, account in self.accounts.items()
            if any(at <= month for at in account.months)
        ]
        previous = self.periods[-1][0].digest if self.periods else b""
        head, root = self.tree.head(), trial_root(self.programme, trial)
        seal = PeriodSeal(ORIGIN, self.programme, month, head, root, previous)
        self.periods.append((seal, sign_note(seal.text, self.signers)))

    def lines(self) -> list[bytes]:
        """Write the export."""
        rows = [["export", "1", ORIGIN, "2025-11-01T00:00:00.000000Z"]]
        rows += [["key", str(key.verify_key), "0", ""] for key in self.keys]
        rows += [
            ["head", str(size), root.hex(), "2025-10-18T05:00:00.000000Z", note]
            for size, root, note in self.heads
        ]
        rows += [
            ["period", str(self.programme), f"{seal.month}-01", "sealed", str(seal.head.size),
             seal.head.root.hex(), seal.trial_root.hex(), seal.previous.hex(), seal.digest.hex(),
             note]
            for seal, note in self.periods
        ]  # fmt: skip
        for place, account in self.accounts.items():
            rows.append(self._account(place, account))
        for place, account in self.accounts.items():
            rows += [
                ["lot", str(self.programme), *place, expires, str(amount)]
                for expires, amount in account.lots.items()
                if expires != DEBT and amount
            ]
        rows += [["hold", str(number), ends] for number, (ends, _) in self.holds.items()]
        for index, fields in enumerate(self.transfers):
            start = ["leaf", str(index)] if index < self.sealed else ["open"]
            rows.append([*start, leaf(fields).hex(), *fields])
        entries = sum(int(fields[15]) for fields in self.transfers)
        counts = self.sealed, len(self.transfers) - self.sealed, len(self.accounts), entries
        rows.append(["end", *map(str, counts)])
        return [line(row) for row in rows]

    def _account(self, place: Place, account: Account) -> list[str]:
        available = account.posted - account.held_out
        debt = 0 if account.floor is None else max(0, account.floor - available)
        posted, entries = account.posted, account.entries
        if not account.tracked:  # its row counts what is in the log
            fresh = [
                int(fields[at + 3])
                for fields in self.transfers[self.sealed :]
                for at in range(16, 16 + 5 * int(fields[15]), 5)
                if (fields[at], fields[at + 1]) == place
            ]
            posted, entries = posted - sum(fresh), entries - len(fresh)
        return [
            "account", str(self.programme), *place, "ft"[account.tracked], "ft"[account.by_lots],
            "" if account.floor is None else str(account.floor), str(posted), str(account.held_out),
            str(account.held_in), str(debt), str(entries), account.closed_at,
        ]  # fmt: skip

    def _set_aside(self, legs: Legs, sign: int) -> None:
        for place, amount in legs.items():
            if self.accounts[place].tracked:
                self.accounts[place].held_out += sign * max(0, -amount)
                self.accounts[place].held_in += sign * max(0, amount)


def in_order(legs: Mapping[Place, object]) -> list:
    """Sort by unit and address, as bytes."""
    return sorted(legs.items(), key=lambda leg: (leg[0][1].encode(), leg[0][0].encode()))


def leaf(fields: list[str]) -> bytes:
    """Hash a transfer."""
    return leaf_hash([text.encode() for text in fields])


def line(row: list[str]) -> bytes:
    """Write one line."""
    return b"\t".join(escape(text.encode()) for text in row) + b"\n"


ISSUED, SINK = ("issued", "PTS"), ("redeemed:S01", "PTS")
ANNA, BO = ("volunteer:1", "PTS"), ("volunteer:2", "PTS")
PLEDGE = ("pledge:7", "PTS")


def story() -> Writer:
    """A ledger in which everything happens once: 15 transfers, three heads, one sealed month."""
    books = Writer()
    books.open(*ISSUED, tracked=False)
    books.open(*SINK, tracked=False)
    books.open(*ANNA, by_lots=True, floor=0)
    books.open(*BO, by_lots=True, floor=0)
    books.open(*PLEDGE, floor=0)
    books.open("fund:1", "CNY")
    books.open("payable:S01", "CNY")
    september = {"day": "2025-09-20"}
    books.post("award", {ISSUED: -20, ANNA: 20}, memo='{"note": "扫\\t街\\n\\\\"}', **september)
    books.post("award", {ISSUED: -30, BO: 30}, **september)
    books.post("award", {ISSUED: -7, ANNA: 7}, lots={ANNA: {"2027-01-31": 7}}, **september)
    books.seal_period("2025-09")
    books.post("redeem", {ANNA: -22, SINK: 22}, lots={ANNA: {LOT: -20, "2027-01-31": -2}})
    hold = books.hold({BO: -10, SINK: 10})
    books.post(
        "reverse", {ISSUED: 20, ANNA: -20}, reverses="1",
        lots={ANNA: {"2027-01-31": -5, DEBT: -15}},
    )  # fmt: skip
    books.resolve(hold, "redeem", {BO: -8, SINK: 8})
    released = books.hold({BO: -1, SINK: 1})
    books.seal()
    books.resolve(released)
    books.post("award", {ISSUED: -16, ANNA: 16}, lots={ANNA: {DEBT: 15, LOT: 1}})
    books.post("pledge", {ISSUED: -50, PLEDGE: 50})
    books.post("adjust", {("fund:1", "CNY"): -900, ("payable:S01", "CNY"): 900})
    books.seal()
    books.hold({BO: -3, SINK: 3})
    books.post("redeem", {BO: -2, SINK: 2})
    books.post("award", {PLEDGE: -5, BO: 5})
    return books
