"""Looks that somebody asked for: any days of one programme, all rules, done by a worker.

A long look is done piece by piece, each by the rules of its own days. Where it is, is kept: a
worker that is killed, or has other work, leaves what is left to the next.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import programmes, trail
from service.audit.book import RULES
from service.audit.looking import look_through
from service.audit.models import AuditRun, NothingToLookAt
from service.audit.period import DAY, Period, pieces
from service.clock import business_day
from service.db import Database

# One worker has it. A worker that died is taken for dead when it was quiet for as long as a job.
# What was begun waits for what is new: a day's look stands behind no look through ten years.
CLAIM = text(
    """
UPDATE audit_runs SET started_at = :now WHERE id = (
  SELECT id FROM audit_runs WHERE ended_at IS NULL
    AND (started_at IS NULL OR started_at < :now - interval '15 minutes')
  ORDER BY looked_until IS NOT NULL, id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
"""
)

LONGEST_PIECE = 31  # days


def ask_run(session: Session, period: Period, *, by: str, now: datetime) -> AuditRun:
    """Ask for a look through a period; while one is asked for or under way, that one is returned.

    Days before the programme's first rules, and days to come, are left out. Raises NothingToLookAt.
    """
    period = lived(session, period, today=business_day(now))
    if known := open_run(session, period):
        return known
    run = AuditRun(
        programme_id=period.programme_id,
        since=period.since,
        until=period.until,
        asked_by=by,
        asked_at=now,
    )
    session.add(run)
    session.flush()
    said = {"since": str(period.since), "until": str(period.until)}
    about = f"audit_run:{run.id}"
    trail.record(session, actor=by, action="ask", subject=about, detail=said, now=now)
    return run


def lived(session: Session, period: Period, *, today: date) -> Period:
    """Return the days of a period that the programme has lived. Raises NothingToLookAt."""
    first = next(iter(programmes.rule_changes(session, period.programme_id)), today)
    known = replace(period, since=max(period.since, first), until=min(period.until, today))
    if known.until < known.since:
        raise NothingToLookAt(first=first, today=today)
    return known


def open_run(session: Session, period: Period) -> AuditRun | None:
    """Return the look through a period that is asked for or under way."""
    asked = select(AuditRun).where(
        AuditRun.programme_id == period.programme_id,
        AuditRun.since == period.since,
        AuditRun.until == period.until,
        col(AuditRun.ended_at).is_(None),
    )
    return session.exec(asked).first()


def percent_done(run: AuditRun) -> int:
    """Return how far a look is: whole pieces by their days, of the month that follows its rules."""
    days = (run.until - run.since).days + 1
    behind = (run.looked_until - run.since).days + 1 if run.looked_until else 0
    ahead = min(days - behind, LONGEST_PIECE)
    return 100 * (behind * len(RULES) + ahead * run.done) // (days * len(RULES))


@dataclass(frozen=True, slots=True)
class Claimed:
    """A look that a worker has, and the piece that comes next; None where all is looked through."""

    run_id: int
    piece: Period | None


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who does the looks that were asked for, and whom he tells how far he is."""

    database: Database
    now: Callable[[], datetime]
    progress: Callable[[int, int], None]

    def work_off(self) -> Counter[str] | None:
        """Do a look's next piece; return how much each rule found, None if no look waits."""
        claimed = self.database.atomic(partial(claim, now=self.now()))
        if claimed is None:
            return None
        counts = None
        try:
            counts = self.look_through(claimed)
        finally:
            self.database.atomic(partial(leave, claimed=claimed, counts=counts, now=self.now()))
        return counts

    def look_through(self, claimed: Claimed) -> Counter[str]:
        """Let every rule look through a piece, and note how many have."""
        if claimed.piece is None:
            return Counter()

        def tell(done: int, total: int) -> None:
            self.database.atomic(partial(note, run_id=claimed.run_id, done=done))
            self.progress(done, total)

        return look_through(self.database, claimed.piece, now=self.now(), progress=tell)


def claim(session: Session, *, now: datetime) -> Claimed | None:
    """Take the look whose turn it is, and find its next piece."""
    found = session.execute(CLAIM, {"now": now}).scalar_one_or_none()
    if found is None:
        return None
    run = session.get_one(AuditRun, found)
    since = run.looked_until + DAY if run.looked_until else run.since
    left = pieces(session, Period(run.programme_id, since, run.until))
    return Claimed(found, next(left, None))


def note(session: Session, *, run_id: int, done: int) -> None:
    """Note how many rules have looked through the piece."""
    run = session.get_one(AuditRun, run_id)
    run.done = done
    session.add(run)


def leave(
    session: Session, *, claimed: Claimed, counts: Counter[str] | None, now: datetime
) -> None:
    """Leave a look to whoever comes next; a piece that failed (None) is looked through again.

    Counts are added up: what two pieces name, a sale's late void about midnight say, counts twice.
    """
    run = session.get_one(AuditRun, claimed.run_id)
    if counts is not None:
        known = Counter(run.counts)
        known.update(counts)
        run.counts = dict(known)
        run.looked_until = claimed.piece.until if claimed.piece else run.until
    if run.looked_until == run.until:
        run.ended_at = now
    else:
        run.started_at, run.done = None, 0
    session.add(run)
