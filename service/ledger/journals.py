"""The books for other people's tools: an export, record by record, as beancount or hledger text.

Each account is asserted at the end to hold what the ledger itself says it holds; so the other tool,
which adds up the entries alone, agrees to the unit or complains. Holds move nothing and are left
out. Yuan have two decimals; the ledger counts them in fen.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol
from unicodedata import category

from service.proof import unescape

ROOTS = {"t": "Assets", "f": "Equity"}  # a balance is kept for it; it is only summed
FIRST_DAY = date(1970, 1, 1)  # an account must be open before its first entry, whenever that was
HEADER_FIELDS, ENTRY_FIELDS = 15, 5
CONTROLS = str.maketrans({"\n": r"\n", "\r": r"\r", "\t": r"\t"})


def name_of(programme: str, address: str, tracked: str) -> str:
    """Return an account's name in both tools; `address_of` reads it back.

    `volunteer:FM0001` of programme 1 is `Assets:P1:Volunteer:FM0001`. The first word gets a
    capital; what cannot begin a name stands behind `X-`; a sign that no name has is `-x` and its
    two hex digits, byte by byte.
    """
    first, *rest = map(legal, address.split(":"))
    word = first[0].upper() + first[1:] if re.match("[a-wyz]", first) else f"X-{first}"
    parts = (part if re.match("[A-WYZ0-9]", part) else f"X-{part}" for part in rest)
    return ":".join([ROOTS[tracked], f"P{programme}", word, *parts])


def address_of(name: str) -> tuple[str, str, str]:
    """Return (programme, address, tracked) of an account's name."""
    root, programme, first, *rest = name.split(":")
    word = first[2:] if first.startswith("X-") else first[:1].lower() + first[1:]
    tracked = next(flag for flag, title in ROOTS.items() if title == root)
    parts = [word, *(part.removeprefix("X-") for part in rest)]
    return programme[1:], ":".join(map(meant, parts)), tracked


def legal(part: str) -> str:
    """Write a part of an address with letters, digits and hyphens."""
    return "".join(
        sign if is_legal(sign) and part[at : at + 2] != "-x" else hexes(sign)
        for at, sign in enumerate(part)
    )


def is_legal(sign: str) -> bool:
    """Tell whether a sign may stand in a name."""
    return sign == "-" or category(sign)[0] == "L" or category(sign) == "Nd"


def hexes(sign: str) -> str:
    """Write a sign by its bytes."""
    return "".join(f"-x{byte:02x}" for byte in sign.encode())


def meant(part: str) -> str:
    """Undo `legal`."""
    return re.sub(
        "(?:-x[0-9a-f]{2})+",
        lambda found: bytes.fromhex(found[0].replace("-x", "")).decode(),
        part,
    )


def amount(number: int, unit: str) -> str:
    """Write points as they are and fen as yuan."""
    if unit != "CNY":
        return f"{number} {unit}"
    return f"{'-' if number < 0 else ''}{abs(number) // 100}.{abs(number) % 100:02} CNY"


@dataclass(frozen=True, slots=True)
class Leg:
    """One entry: the account by its name, and what it adds there."""

    name: str
    number: int
    unit: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """What a journal says of a transfer."""

    id: str
    day: date
    kind: str
    told: dict[str, str]  # key, actor, source and the like, in the order to be printed
    legs: list[Leg]


class Dialect(Protocol):
    """How one tool wants it written; each piece is whole lines."""

    def preamble(self, origin: str, exported_at: str) -> str:
        """Say whose books these are, and what they count in."""

    def account(self, name: str, address: str) -> str:
        """Make an account known."""

    def transfer(self, transfer: Transfer) -> str:
        """Write a transfer with its reason."""

    def balances(self, held: Iterable[Leg], last: date) -> Iterator[str]:
        """Assert what each account holds after the last entry."""


class Beancount:
    """Text for bean-check. A balance there counts what stands below the account, too."""

    def preamble(self, origin: str, exported_at: str) -> str:
        """Say whose books these are, and what they count in."""
        return (
            f'option "title" {quoted(origin)}\n; exported {exported_at}\n'
            f"{FIRST_DAY} commodity PTS\n{FIRST_DAY} commodity CNY\n"
        )

    def account(self, name: str, address: str) -> str:
        """Open an account."""
        return f"{FIRST_DAY} open {name}\n  address: {quoted(address)}\n"

    def transfer(self, transfer: Transfer) -> str:
        """Write a transfer with its reason."""
        lines = [f"{transfer.day} * {quoted(transfer.kind)} {quoted(transfer.told['source'])}"]
        lines += [f"  transfer: {quoted(transfer.id)}"]
        lines += [f"  {title}: {quoted(text)}" for title, text in transfer.told.items()]
        lines += [f"  {leg.name}  {amount(leg.number, leg.unit)}" for leg in transfer.legs]
        return "\n".join([*lines, "", ""])

    def balances(self, held: Iterable[Leg], last: date) -> Iterator[str]:
        """Assert every account's balance on the morning after the last entry, exactly."""
        own = list(held)
        whole: Counter[tuple[str, str]] = Counter()
        for leg in own:
            parts = leg.name.split(":")
            for length in range(1, len(parts) + 1):
                whole[":".join(parts[:length]), leg.unit] += leg.number
        day = last + timedelta(days=1)
        for leg in own:
            number, unit = amount(whole[leg.name, leg.unit], leg.unit).split()
            yield f"{day} balance {leg.name}  {number} ~ 0 {unit}\n"


class Hledger:
    """Text for hledger. A tag's value there ends at its line, whatever is in it."""

    def preamble(self, origin: str, exported_at: str) -> str:
        """Say whose books these are, and how numbers are written."""
        return (
            f"; {plain(origin)}, exported {exported_at}\n"
            "decimal-mark .\ncommodity 1000. PTS\ncommodity 1000.00 CNY\n"
        )

    def account(self, name: str, address: str) -> str:
        """Declare an account."""
        return f"account {name}  ; address: {plain(address)}\n"

    def transfer(self, transfer: Transfer) -> str:
        """Write a transfer with its reason."""
        lines = [f"{transfer.day} ({transfer.id}) {transfer.kind}"]
        lines += [f"    ; {title}: {plain(text)}" for title, text in transfer.told.items()]
        lines += [f"    {leg.name}  {amount(leg.number, leg.unit)}" for leg in transfer.legs]
        return "\n".join([*lines, "", ""])

    def balances(self, held: Iterable[Leg], last: date) -> Iterator[str]:
        """Assert every account's balance in a transfer of nothing, after the last entry."""
        for leg in held:
            zero, own = amount(0, leg.unit), amount(leg.number, leg.unit)
            yield f"{last} balance\n    {leg.name}  {zero} = {own}\n"


DIALECTS: dict[str, Dialect] = {"beancount": Beancount(), "hledger": Hledger()}


def quoted(text: str) -> str:
    """Write a string as beancount reads it."""
    return '"' + plain(text.replace("\\", r"\\").replace('"', r"\"")) + '"'


def plain(text: str) -> str:
    """Keep a text on its line."""
    return text.translate(CONTROLS)


@dataclass(slots=True)
class Journal:
    """Turns the records of an export into one dialect's text, as they come."""

    dialect: Dialect
    # By programme, address and unit: the name; by name and unit: what the ledger says it holds.
    names: dict[tuple[str, str, str], str] = field(default_factory=dict)
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    last: date = FIRST_DAY

    def lines(self, export: Iterable[bytes]) -> Iterator[str]:
        """Return the text piece by piece."""
        for line in export:
            yield from self.record([unescape(part).decode() for part in line[:-1].split(b"\t")])
        held = (Leg(name, number, unit) for (name, unit), number in sorted(self.held.items()))
        yield from self.dialect.balances(held, self.last)

    def record(self, columns: list[str]) -> Iterator[str]:
        """Take one record; those that a journal does not have say nothing."""
        match columns:
            case ["export", _, origin, exported_at]:
                yield self.dialect.preamble(origin, exported_at)
            case ["account", *fields]:
                yield from self.open(fields)
            case ["leaf", _, _, *fields]:
                yield from self.post(fields, queued=False)
            case ["open", leaf, *fields]:
                yield from self.post(fields, queued=bool(leaf))

    def open(self, fields: list[str]) -> Iterator[str]:
        """Take an account; one address in two units is one account of the other tool."""
        programme, address, unit, tracked, _by_lots, _floor, posted = fields[:7]
        name = name_of(programme, address, tracked)
        if not any((name, other) in self.held for other in ("PTS", "CNY")):
            yield self.dialect.account(name, address)
        self.names[programme, address, unit] = name
        self.held[name, unit] = int(posted)

    def post(self, fields: list[str], *, queued: bool) -> Iterator[str]:
        """Take a transfer. What the sealer has in its queue is not yet in the sums it keeps."""
        legs = list(self.legs(fields))
        if not legs:
            return
        for leg in legs:
            if queued and leg.name.startswith(f"{ROOTS['f']}:"):
                self.held[leg.name, leg.unit] += leg.number
        transfer = self.told(fields, legs)
        self.last = max(self.last, transfer.day)
        yield self.dialect.transfer(transfer)

    def legs(self, fields: list[str]) -> Iterator[Leg]:
        """Return a transfer's entries."""
        start = HEADER_FIELDS + 1
        for at in range(start, start + ENTRY_FIELDS * int(fields[HEADER_FIELDS]), ENTRY_FIELDS):
            address, unit, _seq, number, _balance = fields[at : at + ENTRY_FIELDS]
            yield Leg(self.names[fields[1], address, unit], int(number), unit)

    @staticmethod
    def told(fields: list[str], legs: list[Leg]) -> Transfer:
        """Say a transfer's reason; what is empty is not said."""
        number, _programme, key, _hash, kind, actor, source, occurred, recorded = fields[:9]
        business, effective, reverses, pending, _expires, memo = fields[9:HEADER_FIELDS]
        told = {"key": key, "source": source, "actor": actor, "occurred": occurred}
        told |= {"recorded": recorded, "business-day": business, "reverses": reverses}
        told |= {"resolves": pending, "memo": "" if memo == "{}" else memo}
        said = {title: text for title, text in told.items() if text}
        return Transfer(number, date.fromisoformat(effective), kind, {"source": "", **said}, legs)


def journal_lines(export: Iterable[bytes], dialect: str) -> Iterator[str]:
    """Return an export's text for `beancount` or `hledger`, in pieces of whole lines."""
    return Journal(DIALECTS[dialect]).lines(export)
