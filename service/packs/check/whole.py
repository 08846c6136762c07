"""Everything that can be checked of a pack, one after the other."""

from dataclasses import dataclass, field
from functools import partial

from service.packs.check import parts, signed
from service.packs.check.books import Books

UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError)


@dataclass(slots=True)
class Outcome:
    """What a check has found, and how much it looked at."""

    faults: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    log: str = ""
    keys: tuple[str, ...] = ()
    head: int = 0
    first: str = ""
    last: str = ""


def check(name: str, *, kept: str | None = None) -> Outcome:
    """Check a pack: its files, its ledger, what was signed. Raises OSError, ValueError.

    `kept` is a signed head from another day: if it lies within the pack, it must be the same.
    """
    place, found = parts.opened(name), Outcome()
    found.faults += parts.sum_faults(place)
    for work in (partial(books, kept=kept), signatures):
        try:
            work(place, found)
        except UNREADABLE as wrong:
            found.faults.append(f"cannot be read: {type(wrong).__name__} {wrong}")
    return found


def books(place: parts.Place, found: Outcome, *, kept: str | None) -> None:
    """Check the ledger's part."""
    reading = Books(place, kept)
    excerpt = reading.check()
    found.faults += reading.faults
    found.log, found.head = excerpt.origin, excerpt.size
    found.first, found.last = excerpt.first, excerpt.last
    found.keys = tuple(str(key) for key in excerpt.keyring.keys)
    found.counts |= {
        "transfers": excerpt.counts["leaf"] + excerpt.counts["open"],
        "waiting": excerpt.counts["open"],
        "others": excerpt.counts["other"],
        "entries": excerpt.counts["entry"],
        "wallets": len(reading.wallets),
        "awards": reading.awards,
    }


def signatures(place: parts.Place, found: Outcome) -> None:
    """Check what people signed."""
    verdict = signed.chain(place)
    found.faults += [*signed.close_faults(place), *signed.notice_faults(place), *verdict.faults]
    found.counts |= {
        "days closed": sum(1 for _ in signed.records(place, signed.CLOSES)),
        "notices": sum(1 for _ in signed.records(place, signed.NOTICES)),
        "signatures": verdict.signatures,
    }
