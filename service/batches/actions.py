"""Running batches: one set of statements in one transaction, for a shop's day or for thousands.

A run reads the lines of both sides once and looks at nothing else: what happens meanwhile is the
next run's. What it does with them stands in sql/, statement by statement.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import CursorResult, TextClause, text
from sqlmodel import Session, col, select

from service import programmes, reconciliation, shops
from service.batches.models import Batch
from service.batches.rules import params
from service.batches.statements import numbered, statements

PATIENCE = "SET LOCAL statement_timeout = '300s'"
# All is looked up by key: while a table grows, its statistics are of when it was small. What such a
# plan is thought to cost would have every statement compiled. A run's own tables need few figures.
# Connections that are lent for a transaction say nothing of this: only those of the hot paths do.
PLANS = """SELECT set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
set_config('default_statistics_target', '10', true)"""
ROOM = "SET LOCAL work_mem = '{mb}MB'"
ROOM_MB, MANY_MB, MANY = 16, 160, 50  # for a few batches, and for more than that many
TEMPORARY = (
    "run_batches run_late run_names run_refunds run_lines run_pinned run_pairs run_earlier"
    " run_ours run_theirs run_taken run_found"
)
READING, PASSES, OUTCOME = (statements(name) for name in ("reading", "passes", "outcome"))


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run did: batches with new lines, and those in which nothing was new."""

    new: tuple[int, ...]
    same: tuple[int, ...]


@cache
def parsed(statement: str) -> TextClause:
    """Return a statement with the names that it asks for; read once by each process."""
    return text(statement)


class Running:
    """One run's statements and what they may name."""

    def __init__(self, session: Session, ids: Collection[int], now: datetime) -> None:
        self.session = session
        self.params: dict[str, Any] = {**params(now), "ids": sorted(ids)}
        self.again = False  # whether a run before left something

    def do(self, *each: str) -> CursorResult[Any]:
        """Run statements in order; return what the last one answered."""
        for statement in each:
            done = self.session.execute(parsed(statement), self.params)
        assert isinstance(done, CursorResult)
        return done

    def every(self, of: Mapping[str, str], names: str) -> None:
        """Run a file's statements by their names."""
        self.do(*(of[name] for name in names.split()))

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
    running.do(PATIENCE, PLANS, ROOM.format(mb=MANY_MB if len(ids) > MANY else ROOM_MB))
    running.do(f"DROP TABLE IF EXISTS {', '.join(TEMPORARY.split())}")
    read(running)
    same = running.params["same"] = running.ids(READING["SAME"])
    running.every(READING, "FORGET LOOKED")
    new = running.ids("SELECT id FROM run_batches ORDER BY id")
    for done, stage in enumerate(STAGES if new else (), 1):
        progress(done, len(STAGES))
        stage(running)
    return Ran(tuple(new), tuple(sorted(same)))


def read(running: Running) -> None:
    """Lock the batches and read the lines of both sides, for good."""
    rates = rules_of(running.session, running.params["ids"])
    running.params |= {"programmes": list(rates)}
    running.params["rates"] = [one.points_per_yuan for one in rates.values()]
    running.params["twice_minutes"] = [one.duplicate_minutes for one in rates.values()]
    running.do(READING["LOCK"], READING["ANSWERED"])
    running.params["mark"] = running.do(READING["MARK"]).scalar_one()
    running.do(READING["SET"], "ANALYZE run_batches")
    running.every(READING, "SAID OVER SHELF TWICE LATE NAMES REFUNDS")
    running.do("ANALYZE run_names, run_refunds", lines(running))
    running.do("ANALYZE run_lines (batch_id, ours_id, theirs_id, class)")
    running.every(READING, "DOUBLES INPUTS")


def lines(running: Running) -> str:
    """Return the statement that lays both sides beside each other; few days have late lines."""
    late = running.do("SELECT EXISTS (SELECT FROM run_late)").scalar_one()
    sides = {
        side.lower(): READING[side] + ("\nUNION ALL\n" + READING[f"{side}_LATE"] if late else "")
        for side in ("OURS", "THEIRS")
    }
    return READING["LINES"].format(**sides)


def rules_of(session: Session, ids: Collection[int]) -> dict[int, programmes.RuleSet]:
    """Return the rules of the programmes of these batches, those of their last day."""
    asked = select(col(Batch.programme_id), col(Batch.day)).where(col(Batch.id).in_(ids))
    days: dict[int, date] = {}
    for programme_id, day in session.exec(asked.distinct()):
        days[programme_id] = max(day, days.get(programme_id, day))
    return {
        programme_id: programmes.rule_set(session, programme_id, day)
        for programme_id, day in days.items()
    }


def free(running: Running) -> None:
    """Add both sides up, let the run before go, and set aside what people have decided."""
    running.every(OUTCOME, "TOTALS_OF_LINES AGREED")
    running.do(PASSES["PINNED"])
    running.again = running.do("SELECT max(nth) > 0 FROM run_batches").scalar_one()
    if running.again:
        running.do(*numbered("outcome", "RELEASE"))
        running.every(PASSES, "UNPIN_THEIRS UNPIN_OURS UNPINNED")
    running.do(PASSES["ROUNDED"])


def pair(running: Running) -> None:
    """Do the passes over what has no other half under its reference; each takes what it pairs."""
    running.every(PASSES, "PAIRS EARLIER OURS THEIRS")
    running.do("ANALYZE run_ours, run_theirs")
    for number, chosen in passes():
        statement = PASSES["PAIR"].format(number=number, chosen=chosen)
        running.do(statement, PASSES["TAKE_OURS"], PASSES["TAKE_THEIRS"])


def passes() -> Iterable[tuple[int, str]]:
    """Return the passes after the first: the full number across the cut is beyond doubt."""
    across = PASSES["CROSS"]
    yield 4, across.format(candidates=PASSES["CROSS_NUMBER"])
    yield 2, PASSES["SHORT"]
    yield 3, PASSES["NEAR"]
    yield 4, across.format(candidates=PASSES["CROSS_LIKE"])


def leave(running: Running) -> None:
    """Write where each line is, open what nobody knew, and close what is no longer found."""
    running.do(OUTCOME["MATCHES"], PASSES["SUMS"], OUTCOME["TAKEN"], *numbered("outcome", "TAKEN"))
    running.every(OUTCOME, "POOL FOUND")
    running.do("ANALYZE run_found")
    running.every(OUTCOME, "KNOWN OPEN")
    if running.again:
        running.params["gone"] = running.ids(OUTCOME["GONE"])
        running.do(OUTCOME["TELL_GONE"])
    running.every(OUTCOME, "TELL_OPENED TOTALS KEPT TELL_RUN")


def settle(running: Running) -> None:
    """Post what a run found: the fen within the tolerance, and goods that left on a bad proof.

    What was posted is not repeated; an exception that has gone gives back what stood in suspense.
    """
    session, now = running.session, running.params["now"]
    numbers = running.ids(OUTCOME["GONE_WITH_YUAN"])
    for row in (session.get_one(reconciliation.Difference, number) for number in numbers):
        reconciliation.gone(session, row, now=now)
    for place in running.do(OUTCOME["BAD"]).all():
        reconciliation.park_bad(session, place.community_id, place.day, now=now)
    for number in running.ids(OUTCOME["ROUNDED"]):
        batch = session.get_one(Batch, number, populate_existing=True)
        off = batch.totals["rounding"]
        reconciliation.settle_rounding(
            session,
            shops.shop_by_id(session, batch.shop_id),
            batch.day,
            goods_fen=off["good"],
            discount_fen=off["discount"],
            now=now,
        )


STAGES = (free, pair, leave, settle)
