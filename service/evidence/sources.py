"""Opening a shop's file: as what it is, whatever its name says, and where its head line stands."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from service.evidence.archive import OLD
from service.evidence.columns import Head, Plan, distinct, find_head, propose, whole_length
from service.evidence.faults import Fault
from service.evidence.texts import open_text
from service.evidence.workbook import Workbook

FOLDED = b"PK\x03\x04"
TEXT_MAX = 256 * 1024 * 1024
AT_ONCE = {"text": 4 * 1024 * 1024, "xlsx": 512 * 1024}  # what is read while somebody waits
FOLDED_MAX = 64 * 1024 * 1024


class Source(Protocol):
    """A file that can be read line by line, more than once."""

    @property
    def layout(self) -> Mapping[str, str]:
        """Say how it is read."""

    def sample(self) -> list[tuple[int, list[str]]]:
        """Return the first lines."""

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """Yield every line with its number."""


def kind_of(path: Path) -> str:
    """Tell text from a workbook by its first bytes."""
    with path.open("rb") as stream:
        return "xlsx" if stream.read(8).startswith(FOLDED) else "text"


def open_source(path: Path) -> Source:
    """Open a file. Raises Fault."""
    with path.open("rb") as stream:
        first = stream.read(8)
    most = FOLDED_MAX if first.startswith(FOLDED) else TEXT_MAX
    if path.stat().st_size > most:
        raise Fault("too_large", value=str(most // 1024 // 1024))
    if first.startswith(OLD):
        raise Fault("old_excel")
    return Workbook(path) if first.startswith(FOLDED) else open_text(path)


def head_of(source: Source, pointed: int | None, known: frozenset[str] = frozenset()) -> Head:
    """Return the head line: where somebody pointed, else where names are. Raises Fault."""
    rows = source.sample()
    if not rows:
        raise Fault("empty")
    if pointed is None:
        found = find_head(rows, known)
    else:
        at = next((at for at, (line, _) in enumerate(rows) if line == pointed), None)
        found = None if at is None else pointed_at(rows[max(0, at - 1) : at + 1], pointed)
    if found is None:
        raise Fault("no_head")
    return found


def pointed_at(rows: list[tuple[int, list[str]]], line: int) -> Head:
    """Return the head in this line, with merged titles above it where that names more."""
    found = find_head(rows)
    return found if found and found.line == line else Head(line, distinct(rows[-1][1]))


def plan_for(source: Source, saved: Mapping[str, Plan] | None = None) -> tuple[Head, Plan]:
    """Return the head line, and the saved plan for it or the one that its names propose."""
    head = head_of(source, None, frozenset(saved or ()))
    return head, (saved or {}).get(head.key) or proposal(source, head)


def proposal(source: Source, head: Head) -> Plan:
    """Propose a plan by the names of the columns, and by how long the references are."""
    columns = propose(head)
    at = head.names.index(columns["reference"]) if "reference" in columns else None
    below = [row for line, row in source.sample() if line > head.line]
    found = [row[at].strip() for row in below if at is not None and at < len(row)]
    return Plan(columns, reference_length=whole_length([one for one in found if one]))
