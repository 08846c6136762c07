"""Which batches there must be, and which have something new to look at."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

from service import reconciliation
from service.batches.rules import FIGURES, looked_at
from service.batches.statements import statements

OPEN, DUE, LATE, TURNS = (text(each) for each in statements("due").values())


def open_batches(session: Session, *, since: date, until: date) -> int:
    """Make the batches that are missing between two days; return how many were."""
    made = session.execute(OPEN, {"since": since, "until": until})
    return int(made.rowcount)  # type: ignore[attr-defined]


def due(session: Session, *, now: datetime) -> Sequence[int]:
    """Open what is missing and return the batches with something to look at, oldest first.

    Only days that are over: until then lines still come.
    """
    span = {"since": looked_at(now), "until": reconciliation.last_ended_day(now)}
    open_batches(session, since=span["since"], until=span["until"])
    found = list(session.execute(DUE, span).scalars())
    late = session.execute(LATE, {**span, "late_days": FIGURES.late_days}).scalars()
    return [*found, *(batch for batch in late if batch not in set(found))]


def turns(session: Session, *, ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return these batches in their order, each with a name of the state that it is in now."""
    found = session.execute(TURNS, {"ids": list(ids)})
    known = {row.id: f"{row.nth}-{row.checked or 0}-{row.asks}" for row in found}
    return [(number, known[number]) for number in ids]
