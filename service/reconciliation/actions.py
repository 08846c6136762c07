"""The verbs of reconciliation: ask for a run, run it, look again, open and close exceptions."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, select

from service import outbox, programmes, trail
from service.reconciliation.answer_models import Answer, State
from service.reconciliation.facts import CommunityDay, gather
from service.reconciliation.models import (
    OF_PERSONS,
    UNANSWERED,
    Count,
    Day,
    DayClosed,
    Difference,
    FutureDay,
    Resolution,
    Run,
    Standing,
    UnknownRun,
)
from service.reconciliation.postings import Deed, park_bad, settle
from service.reconciliation.rules import Facts, Finding, findings

SYSTEM, OWN = "system", "community"  # what a shop's batch finds is the batch's to close
NAME_SHOPS = text(
    """UPDATE reconciliation_exceptions e SET shop_id = s.id FROM shops s
WHERE e.community_id = :community AND e.day = :day AND e.shop_id IS NULL
  AND e.kind <> ALL (:of_persons) AND s.code = e.subject"""
)
LOOK_BACK_DAYS = 62


@dataclass(frozen=True, slots=True)
class Counts:
    """What people counted: lines of paper by activity, pieces on the shelf by good."""

    paper: Mapping[str, int] = field(default_factory=dict)
    stock: Mapping[str, int] = field(default_factory=dict)


def ask(
    session: Session, of: CommunityDay, *, counts: Counts, actor: str, today: date, now: datetime
) -> Run:
    """Keep the counts and queue a run; the event carries it to a worker, whatever dies meanwhile.

    Raises DayClosed, FutureDay and NoRuleSet.
    """
    if of.day > today:
        raise FutureDay
    programmes.rule_set(session, of.programme_id, of.day)
    if open_day(session, of).status == "closed":
        raise DayClosed
    for kind, counted in (("paper", counts.paper), ("stock", counts.stock)):
        for subject, count in counted.items():
            row = Count(kind=kind, subject=subject, count=count, actor=actor, at=now, **asdict(of))
            session.add(row)
    run = Run(status="queued", asked_by=actor, asked_at=now, **asdict(of))
    session.add(run)
    session.flush()
    said: dict[str, Any] = {"run": run.id, "day": str(of.day), "community": of.community_id}
    said |= {"paper": dict(counts.paper), "stock": dict(counts.stock)}
    outbox.publish(session, "StockCounted", f"reconciliation:{of.community_id}", said, now=now)
    subject = f"day:{of.community_id}:{of.day}"
    trail.record(session, actor=actor, action="reconcile", subject=subject, detail=said, now=now)
    return run


def open_day(session: Session, of: CommunityDay) -> Day:
    """Find or make the day's row and lock it: runs and the close of a day stand in one queue."""
    session.execute(
        text(
            "INSERT INTO reconciliation_days (community_id, day, programme_id, status)"
            " VALUES (:community_id, :day, :programme_id, 'open') ON CONFLICT DO NOTHING"
        ),
        asdict(of),
    )
    query = select(Day).where(Day.community_id == of.community_id, Day.day == of.day)
    return session.exec(query.with_for_update().execution_options(populate_existing=True)).one()


def reconcile(session: Session, run_id: int, *, now: datetime) -> Run:
    """Do a queued run. Doing it twice, or after the day was closed, changes nothing.

    The same facts as the day's present run have the same digest, and the old result stays.
    Other facts give a new run that takes its place in this transaction.
    """
    known = session.get(Run, run_id)
    if known is None:
        raise UnknownRun
    day = open_day(session, CommunityDay(known.programme_id, known.community_id, known.day))
    run = session.exec(
        select(Run).where(Run.id == run_id).execution_options(populate_existing=True)
    ).one()
    return run if run.status == "done" else finish(session, run, day, now)


def finish(session: Session, run: Run, day: Day, now: datetime) -> Run:
    """Compare, keep the result, and let it take the place of the one before."""
    of = CommunityDay(run.programme_id, run.community_id, run.day)
    facts = gather(session, of)
    before = session.get(Run, day.run_id) if day.run_id else None
    run.status, run.digest, run.finished_at = "done", facts.digest, now
    if day.status == "closed" or (before is not None and before.digest == facts.digest):
        assert before is not None
        run.same_as, run.exception_ids = before.same_as or before.id, list(before.exception_ids)
        return run
    run.exception_ids = take_over(session, of, facts, now)
    day.status, day.run_id = "reconciled", run.id
    said = {"run": run.id, "day": str(run.day), "exceptions": len(run.exception_ids)}
    outbox.publish(session, "DayReconciled", f"reconciliation:{run.community_id}", said, now=now)
    return run


def take_over(session: Session, of: CommunityDay, facts: Facts, now: datetime) -> list[int]:
    """Bring the day's exceptions to what was found; what people answered stays answered."""
    rows = session.exec(
        select(Difference)
        .where(Difference.community_id == of.community_id, Difference.day == of.day)
        .order_by(col(Difference.id))
        .with_for_update()  # somebody may be answering one of them
        .execution_options(populate_existing=True)
    ).all()
    known = {(row.kind, row.subject, row.reference): row for row in rows}
    found = {(one.kind, one.subject, one.reference): one for one in findings(facts)}
    for key, row in known.items():
        if key not in found and row.status in UNANSWERED and row.origin == OWN:
            gone(session, row, now=now)
    kept = [keep(session, of, one, known.get(key), now=now) for key, one in found.items()]
    session.flush()
    asked = {"community": of.community_id, "day": of.day, "of_persons": list(OF_PERSONS)}
    session.execute(NAME_SHOPS, asked)
    park_bad(session, of.community_id, of.day, now=now)
    return [row.id for row in kept if row.id is not None]


def keep(
    session: Session, of: CommunityDay, found: Finding, row: Difference | None, *, now: datetime
) -> Difference:
    """Open an exception, or refresh the one that is known; one that had gone comes back."""
    if row is None:
        row = Difference(opened_at=now, aged_from=of.day, **asdict(of), **asdict(found))
        session.add(row)
        tell(session, row, "ExceptionOpened", now)
        return row
    if row.resolution == Resolution.GONE:
        row.status, row.resolution, row.note = Standing.OPEN, None, None
        row.resolved_by, row.resolved_at = None, None
        tell(session, row, "ExceptionOpened", now)
    if row.origin == OWN:
        row.detail = found.detail
    return row


def gone(session: Session, row: Difference, *, now: datetime) -> None:
    """Close an exception whose cause is gone; its yuan leave the suspense as they came."""
    settle(session, row, taken=0, deed=Deed(SYSTEM, Resolution.GONE, now))
    waits = select(Answer).where(Answer.exception_id == row.id, Answer.status == State.WAITING)
    for one in session.exec(waits).all():
        one.status, one.decided_by, one.decided_at = State.DECLINED, SYSTEM, now
    answer(session, row, resolution=Resolution.GONE, by=SYSTEM, note=None, now=now)


def answer(
    session: Session,
    row: Difference,
    *,
    resolution: Resolution,
    by: str,
    note: str | None,
    now: datetime,
) -> None:
    """Write the answer into an exception and tell of it."""
    row.status, row.resolution, row.note = Standing.RESOLVED, resolution, note
    row.resolved_by, row.resolved_at = by, now
    tell(session, row, "ExceptionResolved", now)


def tell(session: Session, row: Difference, event: str, now: datetime) -> None:
    """Publish what became of an exception."""
    said = {"day": str(row.day), "kind": row.kind, "subject": row.subject}
    said |= {"reference": row.reference, "resolution": row.resolution or ""}
    outbox.publish(session, event, f"reconciliation:{row.community_id}", said, now=now)


def look_again(session: Session, *, now: datetime, days: Sequence[date] | None = None) -> int:
    """Run every reconciled day again that is not closed; return how many had new facts.

    Called when something happened to what was compared: the cause of an exception may be gone.
    """
    query = (
        select(Day).where(Day.status == "reconciled").order_by(col(Day.day), col(Day.community_id))
    )
    rows = session.exec(query.where(col(Day.day).in_(days)) if days else query).all()
    return sum(run_again(session, row, now) for row in rows)


def run_again(session: Session, row: Day, now: datetime) -> bool:
    """Compare a day once more on the system's own account, if its facts are new."""
    of = CommunityDay(row.programme_id, row.community_id, row.day)
    day = open_day(session, of)
    before = session.get(Run, day.run_id) if day.run_id else None
    if before is None or day.status != "reconciled" or before.digest == gather(session, of).digest:
        return False
    run = Run(status="queued", asked_by=SYSTEM, asked_at=now, **asdict(of))
    session.add(run)
    session.flush()
    finish(session, run, day, now)
    return True


def reconcile_ended(
    session: Session, of: CommunityDay, *, ended_at: datetime, now: datetime
) -> bool:
    """Run a day that is over, once after its end; return whether that was still to be done."""
    try:
        programmes.rule_set(session, of.programme_id, of.day)
    except programmes.NoRuleSet:
        return False  # before the programme began
    day = open_day(session, of)
    since = select(Run.id).where(
        Run.community_id == of.community_id, Run.day == of.day, Run.asked_at >= ended_at
    )
    if day.status == "closed" or session.exec(since.limit(1)).first() is not None:
        return False
    run = Run(status="queued", asked_by=SYSTEM, asked_at=now, **asdict(of))
    session.add(run)
    session.flush()
    finish(session, run, day, now)
    return True
