"""Looks that somebody asked for: a period of one programme, all rules, done by a worker."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import trail
from service.audit.looking import Period, look
from service.audit.models import AuditRun, PeriodTooLong
from service.db import Database

LONGEST = timedelta(days=92)

# One worker has it. A worker that died is taken for dead when it was quiet for as long as a job.
CLAIM = text(
    """
UPDATE audit_runs SET started_at = :now WHERE id = (
  SELECT id FROM audit_runs WHERE ended_at IS NULL
    AND (started_at IS NULL OR started_at < :now - interval '15 minutes')
  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id
"""
)


def ask_run(session: Session, period: Period, *, by: str, now: datetime) -> AuditRun:
    """Ask for a look through a period; while one is asked for or under way, that one is returned.

    Raises PeriodTooLong.
    """
    if not timedelta() <= period.until - period.since <= LONGEST:
        raise PeriodTooLong
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


def open_run(session: Session, period: Period) -> AuditRun | None:
    """Return the look through a period that is asked for or under way."""
    asked = select(AuditRun).where(
        AuditRun.programme_id == period.programme_id,
        AuditRun.since == period.since,
        AuditRun.until == period.until,
        col(AuditRun.ended_at).is_(None),
    )
    return session.exec(asked).first()


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who does the looks that were asked for, and whom he tells how far he is."""

    database: Database
    now: Callable[[], datetime]
    progress: Callable[[int, int], None]

    def work_off(self) -> dict[str, int] | None:
        """Do the oldest look that waits; return how much each rule found, None if none waits."""
        run = self.database.atomic(partial(claim, now=self.now()))
        if run is None:
            return None
        period = Period(run.programme_id, run.since, run.until)

        def tell(done: int, total: int) -> None:
            self.database.atomic(partial(note, run_id=run.id or 0, done=done))
            self.progress(done, total)

        counts = None
        try:
            counts = look(self.database, period, now=self.now(), progress=tell)
        finally:
            self.database.atomic(partial(end, run_id=run.id or 0, counts=counts, now=self.now()))
        return counts


def claim(session: Session, *, now: datetime) -> AuditRun | None:
    """Take the oldest look that waits for a worker."""
    found = session.execute(CLAIM, {"now": now}).scalar_one_or_none()
    return session.get_one(AuditRun, found) if found is not None else None


def note(session: Session, *, run_id: int, done: int) -> None:
    """Note how many rules have looked."""
    run = session.get_one(AuditRun, run_id)
    run.done = done
    session.add(run)


def end(session: Session, *, run_id: int, counts: dict[str, int] | None, now: datetime) -> None:
    """Note that a look came to its end; one that failed waits again, and the next try is free."""
    run = session.get_one(AuditRun, run_id)
    if counts is None:
        run.started_at = None
    else:
        run.counts, run.ended_at = counts, now
    session.add(run)
