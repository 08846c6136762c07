"""Looking at a file before it is accepted: what we would understand, and what is wrong. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from pathlib import Path

from service.evidence.columns import Head, Plan, fits
from service.evidence.faults import Fault
from service.evidence.reading import Reader
from service.evidence.rows import Row, Totals
from service.evidence.sources import AT_ONCE, Source, head_of, open_source, proposal

SHOWN = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would become. `totals` is None where only its beginning was looked at."""

    layout: Mapping[str, str] = field(default_factory=dict)
    head: Head | None = None
    plan: Plan = field(default_factory=Plan)
    remembered: bool = False
    raw: tuple[tuple[int, tuple[str, ...]], ...] = ()  # the first lines as they stand in the file
    rows: tuple[Row, ...] = ()
    totals: Totals | None = None
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at: the bytes, how this shop's files were understood before, the day."""

    path: Path
    kind: str
    saved: Mapping[str, Plan]
    today: date


def look(at: Look, plan: Plan | None = None) -> Preview:
    """Understand the beginning of a file, or all of it where it is short; never raises a fault."""
    try:
        source = open_source(at.path)
        raw = tuple((line, tuple(cells)) for line, cells in source.sample()[:8])
    except Fault as fault:
        return Preview(fault=fault)
    try:
        head = head_of(source, plan.head_line if plan else None, frozenset(at.saved))
    except Fault as fault:
        return Preview(source.layout, plan=plan or Plan(), raw=raw, fault=fault)
    kept = at.saved.get(head.key)
    pointed = plan.head_line if plan else None
    chosen = fitting(plan or kept, head) or replace(proposal(source, head), head_line=pointed)
    rows, totals, wrong = understood(source, head, chosen, at)
    remembered = plan is None and kept is not None
    return Preview(source.layout, head, chosen, remembered, raw, rows, totals, wrong)


def fitting(plan: Plan | None, head: Head) -> Plan | None:
    """Return a plan if it names columns, and columns that the file has."""
    return plan if plan and plan.columns and fits(plan, head) else None


def understood(
    source: Source, head: Head, plan: Plan, at: Look
) -> tuple[tuple[Row, ...], Totals | None, Fault | None]:
    """Read the rows that are shown, and the rest where that is quick."""
    first: list[Row] = []
    totals = None
    try:
        reader = Reader(source, head, plan, today=at.today)
        rows = reader.rows()
        first.extend(islice(rows, SHOWN))
        if at.path.stat().st_size <= AT_ONCE[at.kind]:
            for _ in rows:
                pass
            totals = reader.totals
    except Fault as fault:
        return tuple(first), None, fault
    return tuple(first), totals, None
