"""Running batches: one set of statements in one transaction, for one shop's day or for thousands."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, text
from sqlmodel import Session, col, select

from service import programmes, reconciliation, shops
from service.batches import outcome, passes, reading
from service.batches.models import Batch
from service.batches.rules import params

PATIENCE = "SET LOCAL statement_timeout = '300s'"
ROOM = "SET LOCAL work_mem = '{mb}MB'"
ROOM_MB, MANY_MB, MANY = 16, 160, 50  # for a few batches, and for more than that many
TEMPORARY = [
    "run_batches",
    "run_late",
    "run_names",
    "run_refunds",
    "run_lines",
    "run_pinned",
    "run_pairs",
    "run_earlier",
    "run_ours",
    "run_theirs",
    "run_found",
]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run did: batches with new lines, and those in which nothing was new."""

    new: tuple[int, ...]
    same: tuple[int, ...]


class Running:
    """One run's statements and what they may name."""

    def __init__(self, session: Session, ids: Collection[int], now: datetime) -> None:
        self.session = session
        self.params: dict[str, Any] = {**params(now), "ids": sorted(ids)}

    def do(self, *statements: str) -> CursorResult[Any]:
        """Run statements in order; return what the last one answered."""
        for statement in statements:
            done = self.session.execute(text(statement), self.params)
        assert isinstance(done, CursorResult)
        return done

    def ids(self, statement: str) -> list[int]:
        """Return the numbers that a statement answers."""
        return [row[0] for row in self.do(statement)]


def unwatched(done: int, stages: int) -> None:
    """Tell nobody how far a run is."""


def run(
    session: Session,
    ids: Collection[int],
    *,
    now: datetime,
    progress: Callable[[int, int], None] = unwatched,
) -> Ran:
    """Compare batches with what there is now, and let the result take the place of the one before.

    The same lines change nothing. Killed anywhere, nothing has happened. Closed batches are left
    as they are. Days that follow within the reach of P4 are run along: lines may change places.
    """
    if not ids:
        return Ran((), ())
    running = Running(session, ids, now)
    running.do(PATIENCE, ROOM.format(mb=MANY_MB if len(ids) > MANY else ROOM_MB))
    running.do(*(f"DROP TABLE IF EXISTS pg_temp.{name}" for name in TEMPORARY))
    read(running)
    same = running.params["same"] = running.ids(reading.SAME)
    running.do(reading.FORGET, reading.LOOKED)
    new = running.ids("SELECT id FROM run_batches ORDER BY id")
    for done, stage in enumerate(STAGES if new else (), 1):
        progress(done, len(STAGES))
        stage(running)
    return Ran(tuple(new), tuple(sorted(same)))


def read(running: Running) -> None:
    """Lock the batches and read the lines of both sides, for good."""
    rates = rates_of(running.session, running.params["ids"])
    running.params |= {"programmes": list(rates), "rates": list(rates.values())}
    running.do(reading.LOCK)
    running.params["mark"] = running.do(reading.MARK).scalar_one()
    running.do(reading.SET, "ANALYZE run_batches", reading.SAID, reading.OVER)
    running.do(reading.LATE, reading.NAMES, reading.REFUNDS, "ANALYZE run_names, run_refunds")
    late = running.do("SELECT EXISTS (SELECT FROM run_late)").scalar_one()
    ours = reading.OURS + (reading.OURS_LATE if late else "")
    theirs = reading.THEIRS + (reading.THEIRS_LATE if late else "")
    running.do(reading.LINES.format(ours=ours, theirs=theirs), "ANALYZE run_lines")
    running.do(reading.DOUBLES, reading.INPUTS)


def rates_of(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Return how many points make a yuan in the programmes of these batches."""
    asked = select(Batch.programme_id, Batch.day).where(col(Batch.id).in_(ids))
    days: dict[int, date] = {}
    for programme_id, day in session.exec(asked.distinct()):
        days[programme_id] = max(day, days.get(programme_id, day))
    return {
        programme_id: programmes.rule_set(session, programme_id, day).points_per_yuan
        for programme_id, day in days.items()
    }


def free(running: Running) -> None:
    """Add both sides up, let the run before go, and set aside what people have decided."""
    running.do(outcome.SIDES, outcome.TOTALS_OF_LINES, outcome.AGREED, passes.PINNED)
    if running.do("SELECT EXISTS (SELECT FROM run_batches WHERE nth > 0)").scalar_one():
        running.do(*outcome.RELEASE, passes.UNPIN_THEIRS, passes.UNPIN_OURS, passes.UNPINNED)
    running.do(passes.ROUNDED)


def pair(running: Running) -> None:
    """Do the passes over what has no other half under its reference."""
    running.do(passes.PAIRS, passes.EARLIER, passes.OURS, passes.THEIRS)
    running.do("ANALYZE run_ours, run_theirs")
    for statement in passes.CHOSEN:
        running.do(statement, passes.TAKE_OURS, passes.TAKE_THEIRS)


def leave(running: Running) -> None:
    """Write where each line is, open what nobody knew, and close what is no longer found."""
    running.do(outcome.MATCHES, passes.SUMS, *outcome.TAKEN, outcome.POOL)
    running.do(outcome.FOUND, outcome.FRESH, "ANALYZE run_found", outcome.KNOWN, outcome.OPEN)
    running.params["gone"] = running.ids(outcome.GONE)
    running.do(outcome.TELL_OPENED, outcome.TELL_GONE)
    running.do(outcome.TOTALS, outcome.KEPT, outcome.TELL_RUN)


def settle(running: Running) -> None:
    """Post what a run found: the fen within the tolerance, and goods that left on a bad proof.

    What was posted is not repeated; an exception that has gone gives back what stood in suspense.
    """
    session, now = running.session, running.params["now"]
    numbers = running.ids(outcome.GONE_WITH_YUAN)
    for row in (session.get_one(reconciliation.Difference, number) for number in numbers):
        reconciliation.gone(session, row, now=now)
    for community_id, day in running.do(outcome.BAD).all():
        reconciliation.park_bad(session, community_id, day, now=now)
    for batch_id in running.ids("SELECT id FROM run_batches ORDER BY id"):
        batch = session.get_one(Batch, batch_id, populate_existing=True)
        off = batch.totals["rounding"]
        if batch.nth > 1 or any(off.values()):
            reconciliation.settle_rounding(
                session,
                shops.shop_by_id(session, batch.shop_id),
                batch.day,
                goods_fen=off["good"],
                discount_fen=off["discount"],
                now=now,
            )


STAGES = (free, pair, leave, settle)
