"""The books: every transfer entered anew, every account's figures gained from its entries."""

from collections.abc import Iterable

from service.proof.accounts import Account, Moves, Stated, Step
from service.proof.canonical import HEADER
from service.proof.findings import Findings, shown
from service.proof.holds import Holds, Legs
from service.proof.transfers import Transfers

Leg = tuple[Account, bytes, int, bytes]  # account, seq, amount, balance
Places = dict[tuple[bytes, bytes], Account]  # by address and unit

_COUNTED = len(HEADER)  # where the number of entries stands
_FIRST = _COUNTED + 1
_PAIR = _FIRST + 10  # where two entries end
# Entries of one account come nearly in their order; this many may wait for an earlier one.
WAITING_MAX = 1000
_STILL = {b"hold", b"release"}  # kinds that move nothing


class Books:
    """All accounts of all programmes."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._programmes: dict[bytes, Places] = {}
        self._transfers = Transfers(findings)
        self.holds = Holds(findings, self._transfers)
        self.entries = 0
        # Programmes whose monthly sums a seal still to come will ask for.
        self.sealing: set[bytes] = set()
        self._months: dict[bytes, bytes] = {}

    @property
    def accounts(self) -> Iterable[Account]:
        """Every account of the export, and those that only transfers name."""
        return (account for places in self._programmes.values() for account in places.values())

    def of_programme(self, programme: bytes) -> Iterable[Account]:
        """The accounts of one programme."""
        return self._programmes.get(programme, {}).values()

    def open_account(self, account: Account) -> None:
        """Enter an account's row."""
        programme, *key = account.name
        places = self._programmes.setdefault(programme, {})
        if (key[0], key[1]) in places:
            self._findings.add("twice", account.place, "is listed twice")
        places[key[0], key[1]] = account

    def stated(self, programme: bytes, address: bytes, unit: bytes) -> Stated | None:
        """Return what the export states of an account."""
        account = self._programmes.get(programme, {}).get((address, unit))
        return account.stated if account else None

    def post(self, fields: list[bytes], number: int, *, sealed: bool) -> None:
        """Enter a transfer; raises ValueError or IndexError when it is not the fields of one."""
        moves_at = _FIRST + 5 * int(fields[_COUNTED])
        holds_at = moves_at + 1 + 4 * int(fields[moves_at])
        if len(fields) != holds_at + 1 + 3 * int(fields[holds_at]):
            raise ValueError("a transfer has too many or too few fields")
        places = self._programmes.get(fields[1])
        if places is None:
            places = self._programmes.setdefault(fields[1], {})
        legs, mirror = self._legs(fields, moves_at, places)
        moves = self._moves(fields, moves_at, holds_at) if holds_at > moves_at + 1 else {}
        self._transfers.take(fields, number, mirror)
        for account, seq, amount, balance in legs:
            if not account.tracked:
                self._add(account, seq, amount, fields[0], sealed=sealed)
                continue
            step = amount, int(balance), moves.pop(account, []), number
            at = int(seq)
            if at == account.seq + 1 and not account.waiting:
                account.book(at, step, self._findings)
            else:
                self._out_of_turn(account, at, step)
        self.entries += len(legs)
        if fields[1] in self.sealing:
            self._effective(legs, fields[10])
        if fields[4] in _STILL or fields[12] or moves or len(fields) > holds_at + 1:
            self._unusual(fields, number, holds_at, (legs, moves))

    def close(self) -> None:
        """Compare every account with its row, once all transfers are in."""
        for account in self.accounts:
            self._drain(account, give_up=True)
            account.close(self._findings)
        self.holds.close()

    def _legs(self, fields: list[bytes], upto: int, places: Places) -> tuple[list[Leg], int]:
        """Read the entries and see that they are legs; also return the transfer's fingerprint."""
        if upto == _PAIR:  # so nearly all are, and this takes half the time
            address, unit, seq, text, balance, to, same, at, other, after = fields[_FIRST:upto]
            one, two = places.get((address, unit)), places.get((to, same))
            amount, more = int(text), int(other)
            if one and two and one is not two and unit == same and amount and not amount + more:
                mirror = one.number * amount + two.number * more
                return [(one, seq, amount, balance), (two, at, more, after)], mirror
        legs: list[Leg] = []
        sums: dict[bytes, int] = {}
        mirror, last, distinct = 0, None, True
        entry = iter(fields[_FIRST:upto])
        for address, unit, seq, text, balance in zip(*[entry] * 5, strict=False):
            account = places.get((address, unit))
            if account is None:
                account = self._stranger((fields[1], address, unit), balance, places)
            amount = int(text)
            sums[unit] = sums.get(unit, 0) + amount
            mirror += account.number * amount
            distinct = distinct and account is not last and amount != 0
            last = account
            legs.append((account, seq, amount, balance))
        if any(sums.values()) or not distinct or len(legs) < 2:
            self._unbalanced(fields, legs, sums, distinct=distinct)
        return legs, mirror

    def _unbalanced(
        self, fields: list[bytes], legs: list[Leg], sums: dict[bytes, int], *, distinct: bool
    ) -> None:
        place = f"transfer {shown(fields[0])}"
        if fields[4] in _STILL:
            if legs:
                self._findings.add("holds", place, f"is a {shown(fields[4])} and moves something")
        elif any(sums.values()):
            off = ", ".join(f"{total} {shown(unit)}" for unit, total in sums.items() if total)
            self._findings.add("unbalanced", place, f"its legs sum to {off} instead of nothing")
        elif not distinct:
            self._findings.add("unbalanced", place, "an account stands on two legs, or one is zero")
        else:
            self._findings.add("unbalanced", place, "has fewer than two legs")

    def _stranger(
        self, name: tuple[bytes, bytes, bytes], balance: bytes, places: Places
    ) -> Account:
        """Go on with an account that the export does not list, and say so once."""
        account = places[name[1], name[2]] = Account(name, tracked=bool(balance))
        account.lots_broken = True
        self._findings.add("balance", account.place, "has entries, but is not listed")
        return account

    def _moves(self, fields: list[bytes], moves_at: int, upto: int) -> dict[Account, Moves]:
        places = self._programmes[fields[1]]
        found: dict[Account, Moves] = {}
        for at in range(moves_at + 1, upto, 4):
            account = places.get((fields[at], fields[at + 1]))
            if account is None:
                place = f"transfer {shown(fields[0])}"
                self._findings.add("lots", place, f"moves lots of {shown(fields[at])}")
                continue
            if not account.by_lots:
                account.break_lots("are moved, and it is not kept by lots", self._findings)
            found.setdefault(account, []).append((fields[at + 2], int(fields[at + 3])))
        return found

    def _add(
        self, account: Account, seq: bytes, amount: int, number: bytes, *, sealed: bool
    ) -> None:
        """Add to an account that is not tracked: its row counts what is in the log."""
        account.seq += seq != number
        if seq != number and account.seq == 1:  # the others are told by the first
            self._findings.add(
                "sequence", account.place, f"entry {shown(seq)} belongs to transfer {shown(number)}"
            )
        if sealed:
            account.balance += amount
            account.entries += 1

    def _out_of_turn(self, account: Account, seq: int, step: Step) -> None:
        if seq <= account.seq or seq in account.waiting:
            self._findings.add(
                "sequence", account.place, f"entry {seq} is there again (transfer {step[3]})"
            )
            return
        account.waiting[seq] = step
        self._drain(account, give_up=len(account.waiting) > WAITING_MAX)

    def _drain(self, account: Account, *, give_up: bool) -> None:
        """Book the entries whose turn has come; `give_up` on those that never will."""
        waiting = account.waiting
        while waiting:
            seq = account.seq + 1
            if seq not in waiting:
                if not give_up:
                    return
                seq, before = min(waiting), seq
                gap = f"entry {before}" if seq == before + 1 else f"entries {before} to {seq - 1}"
                self._findings.add("sequence", account.place, f"{gap} missing")
                account.balance = waiting[seq][1] - waiting[seq][0]
                account.entries += seq - before
                account.lots_broken = True
            account.book(seq, waiting.pop(seq), self._findings)

    def _effective(self, legs: list[Leg], day: bytes) -> None:
        month = self._months.setdefault(day[:7], day[:7])
        for account, _, amount, _ in legs:
            account.months[month] = account.months.get(month, 0) + amount

    def _unusual(
        self, fields: list[bytes], number: int, holds_at: int,
        moved: tuple[list[Leg], dict[Account, Moves]],
    ) -> None:  # fmt: skip
        """Enter what few transfers have: holds, their ends, lot moves without an entry."""
        legs, moves = moved
        for account in moves:
            self._findings.add("lots", account.place, f"transfer {number} moves only its lots")
        held = self._held(fields, holds_at)
        if fields[4] == b"hold":
            self.holds.take(fields, number, held)
        elif held:
            self._findings.add("holds", f"transfer {number}", "holds something and is no hold")
        if fields[12]:
            self.holds.resolve(
                fields, number, [(account, amount) for account, _, amount, _ in legs]
            )
        elif fields[4] == b"release":
            self._findings.add("holds", f"transfer {number}", "releases no hold")

    def _held(self, fields: list[bytes], holds_at: int) -> Legs:
        places, held = self._programmes[fields[1]], []
        sums: dict[bytes, int] = {}
        for at in range(holds_at + 1, len(fields), 3):
            address, unit, text = fields[at : at + 3]
            account = places.get((address, unit))
            if account is None:
                raise ValueError("a hold names an account that is not listed")
            held.append((account, int(text)))
            sums[unit] = sums.get(unit, 0) + int(text)
        legs = len({account for account, _ in held})
        if fields[4] == b"hold" and (any(sums.values()) or legs < max(2, len(held))):
            self._findings.add("unbalanced", f"transfer {shown(fields[0])}", "holds no legs")
        return held
