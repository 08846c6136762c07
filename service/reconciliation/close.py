"""Closing a day: the equation holds, every exception is answered or carried, somebody signs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from service import outbox, trail
from service.reconciliation.actions import open_day
from service.reconciliation.books import Equation, Signed, equation
from service.reconciliation.facts import CommunityDay
from service.reconciliation.models import (
    NOT_BLOCKING,
    UNANSWERED,
    Day,
    Difference,
    DoesNotBalance,
    FutureDay,
    LaterDayClosed,
    NotReconciled,
    Run,
    Standing,
    StillOpen,
    StillWriting,
)
from service.reconciliation.postings import Deed, park
from service.reconciliation.rules import digest_of

NAMED_MAX = 5


@dataclass(frozen=True, slots=True)
class Signature:
    """Who closes, what they say to it, and when."""

    by: str
    note: str
    at: datetime


def close_day(session: Session, of: CommunityDay, *, signature: Signature, today: date) -> Day:
    """Sign a day's figures, for ever. Closing a closed day returns it as it was signed.

    Open exceptions are carried over when there is a note. Raises FutureDay, NotReconciled,
    LaterDayClosed, StillOpen, StillWriting and DoesNotBalance; then nothing has changed.
    """
    if of.day > today:
        raise FutureDay
    day = open_day(session, of)
    if day.status == "closed":
        return day
    refuse_disorder(session, day)
    carried = unanswered(session, of)
    if carried and not signature.note:
        raise StillOpen(count=len(carried))
    signed = last_signed(session, of)
    figures = balanced(session, of, signed)
    for row in carried:
        carry_over(session, row, signature=signature, today=today)
    return sign(session, day, figures, previous=signed, signature=signature)


def carry_over(session: Session, row: Difference, *, signature: Signature, today: date) -> None:
    """Carry an exception to the day of the signature, unless somebody has just answered it."""
    session.refresh(row, with_for_update=True)
    if row.status in UNANSWERED:
        park(session, row, deed=Deed(signature.by, Standing.CARRIED, signature.at))
        row.status, row.note = Standing.CARRIED, signature.note
        row.aged_from = max(row.aged_from or row.day, today)
        row.resolved_by, row.resolved_at = signature.by, signature.at


def refuse_disorder(session: Session, day: Day) -> None:
    """Refuse a day that nobody compared, and one that lies before a signed day."""
    if day.status != "reconciled":
        raise NotReconciled
    later = select(Day.status).where(
        Day.community_id == day.community_id, Day.day > day.day, Day.status == "closed"
    )
    if session.exec(later.limit(1)).first() is not None:
        raise LaterDayClosed


def unanswered(session: Session, of: CommunityDay) -> list[Difference]:
    """Return the day's exceptions that must be answered before it is closed."""
    query = select(Difference).where(
        Difference.community_id == of.community_id,
        Difference.day == of.day,
        Difference.origin == "community",  # those of a shop's batch belong to its own close
        col(Difference.status).in_(UNANSWERED),
        col(Difference.kind).not_in(NOT_BLOCKING),
    )
    return list(session.exec(query.order_by(col(Difference.id))).all())


def last_signed(session: Session, of: CommunityDay) -> Signed:
    """Return the newest closed day before this one."""
    query = select(Day).where(
        Day.community_id == of.community_id, Day.day < of.day, Day.status == "closed"
    )
    row = session.exec(query.order_by(col(Day.day).desc()).limit(1)).first()
    return Signed(row.day, row.watermark, row.seal or "", row.closed_at) if row else Signed()


def balanced(session: Session, of: CommunityDay, signed: Signed) -> Equation:
    """Return the day's equation. Raises StillWriting and DoesNotBalance."""
    found = equation(session, of, signed=signed)
    if found.faults:
        raise DoesNotBalance(where=", ".join(found.faults[:NAMED_MAX]))
    if found.unsettled:
        raise StillWriting
    return found


def sign(
    session: Session, day: Day, found: Equation, *, previous: Signed, signature: Signature
) -> Day:
    """Write the figures with a seal over them, the answers, and the seal of the day before."""
    session.flush()
    said = {**contents(session, day, found), "previous": previous.seal}
    said["signed"] = [signature.by, signature.at.isoformat(), signature.note]
    day.status, day.equation, day.watermark = "closed", found.figures, found.watermark
    day.note, day.closed_by, day.closed_at = signature.note or None, signature.by, signature.at
    day.seal = digest_of(said)
    where, now = f"reconciliation:{day.community_id}", signature.at
    outbox.publish(session, "PeriodClosed", where, {**said, "seal": day.seal}, now=now)
    subject = f"day:{day.community_id}:{day.day}"
    trail.record(session, actor=signature.by, action="close", subject=subject, detail=said, now=now)
    return day


def contents(session: Session, day: Day, found: Equation) -> dict[str, Any]:
    """Return what a signature stands under: the figures, the run, and every answer."""
    run = session.get(Run, day.run_id)
    rows = session.exec(
        select(Difference)
        .where(Difference.community_id == day.community_id, Difference.day == day.day)
        .order_by(col(Difference.id))
    ).all()
    return {
        "day": str(day.day),
        "community": day.community_id,
        "equation": found.figures,
        "watermark": found.watermark,
        "run": run.digest if run else None,
        "exceptions": [[row.id, row.kind, row.status, row.resolution] for row in rows],
    }
