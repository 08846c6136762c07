"""What a verification found: each thing named, with its place and a sentence on it."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "bad_line",  # a line that cannot be read
    "altered",  # a row that is not what its leaf was made from
    "swapped",  # rows that have changed places in the log
    "missing",  # a gap in the log, or a transfer that another one rests on
    "renumbered",  # a row under another number than the signed head gives it
    "cut_tail",  # the log ends before something that was signed
    "root",  # leaves that do not give the signed root
    "signature",  # a head or a seal that was not signed as it stands
    "unknown_key",  # one signed by a key that nothing vouches for
    "seal",  # a period's seal that does not fit its log or the seal before
    "trial_balance",  # a sealed trial balance that the entries do not give
    "backdated",  # effective in a period that was sealed before
    "unbalanced",  # a transfer whose legs are not legs
    "sequence",  # an account's entries that are not 1, 2, 3 …
    "balance",  # a balance that the entries do not give
    "floor",  # a balance below its floor, or a debt that is not one
    "lots",  # lots that do not add up
    "holds",  # holds that do not add up, or resolved against their terms
    "count",  # a number of rows that is not the stated one
    "twice",  # a transfer, a reversal or a resolution that is there twice
]
LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong."""

    kind: Kind
    place: str
    detail: str


@dataclass
class Findings:
    """Findings as they come; above the limit they are only counted."""

    kept: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, kind: Kind, place: str, detail: str) -> None:
        """Note what is wrong at a place."""
        self.counts[kind] += 1
        if len(self.kept) < LIMIT:
            self.kept.append(Finding(kind, place, detail))

    @property
    def total(self) -> int:
        """How many there were, the ones above the limit too."""
        return self.counts.total()


@dataclass(frozen=True)
class Report:
    """The outcome: what was read, and everything that is wrong with it."""

    origin: str
    exported_at: str
    keys: tuple[str, ...]
    counts: dict[str, int]  # leaves, open, entries, accounts, heads, periods: what was checked
    findings: tuple[Finding, ...]
    found: int  # with those above the limit

    def joined(self, other: "Report") -> "Report":
        """Put the halves of one verification together; what both found is told once."""
        found = dict.fromkeys(self.findings)
        lines = {one.place for one in found if one.kind == "bad_line"}
        added = [
            one
            for one in other.findings
            if one not in found and not (one.kind == "bad_line" and one.place in lines)
        ]
        return Report(
            origin=self.origin,
            exported_at=self.exported_at,
            keys=self.keys,
            counts=other.counts | self.counts,
            findings=(*found, *added),
            found=self.found + other.found - (len(other.findings) - len(added)),
        )

    @property
    def fine(self) -> bool:
        """Whether nothing at all is wrong."""
        return not self.found


def shown(text: bytes) -> str:
    """Write bytes of the file into a sentence, whatever they are."""
    return text.decode(errors="replace")
