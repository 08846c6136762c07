"""The mutants, as `mutants.patch` writes them down."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SQL = Path(__file__).parents[2] / "service" / "migrations" / "sql"
WRITTEN = Path(__file__).with_name("mutants.patch")


class Stale(Exception):
    """The text to be replaced is not there exactly once: the mutant has to be written anew."""


@dataclass
class Edit:
    """One replacement in one migration."""

    migration: str
    old: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)


@dataclass
class Mutant:
    """One way to break the ledger; `first` are words of the tests that are likely to notice."""

    name: str
    first: tuple[str, ...] = ()
    edits: list[Edit] = field(default_factory=list)

    def applied(self, migration: str, text: str) -> str:
        """Return a migration's text with this mutant's edits; raises Stale."""
        for edit in self.edits:
            old, new = "\n".join(edit.old), "\n".join(edit.new)
            if edit.migration == migration:
                if text.count(old) != 1 or old == new:
                    raise Stale(f"{self.name}: {text.count(old)} times in {migration}: {old!r}")
                text = text.replace(old, new)
        return text

    def check(self) -> None:
        """Apply the edits to the migrations as they are; raises Stale."""
        for migration in {edit.migration for edit in self.edits}:
            self.applied(migration, (SQL / f"{migration}.sql").read_text("utf-8"))


def read(lines: Iterator[str]) -> Iterator[Mutant]:
    """Read mutants; what stands before the first, and lines of another kind, are remarks."""
    mutant = None
    for line in lines:
        if line.startswith("=== "):
            if mutant:
                yield mutant
            name, _, first = line.removeprefix("=== ").partition(": ")
            mutant = Mutant(name, tuple(first.split()))
        elif line.startswith("@@ ") and mutant:
            mutant.edits.append(Edit(line.removeprefix("@@ ")))
        elif line[:1] in ("-", "+") and not line.startswith("----") and mutant:
            edit = mutant.edits[-1]
            (edit.old if line[0] == "-" else edit.new).append(line[1:])
    if mutant:
        yield mutant


MUTANTS = tuple(read(iter(WRITTEN.read_text("utf-8").splitlines())))
