"""The end of a community's month: locked when all is signed, reopened by two people with a reason.

A lock holds the digests of the month's statements, the seals of its closed days and its points; its
seal stands on that of the month that was locked before.

The books are the programme's: they close for a month when the last of its communities has locked
it, and for no month before the ones that are older. What comes later for one of its days is booked
on the first open day and keeps its own date. A sealed month of the books never opens again, because
its proof is in other people's hands: reopening makes a new version of the statement, and what is
put right stands in the open month.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from service import ledger, outbox, people, programmes, trail
from service.clock import business_day, month_end
from service.settlement import equation
from service.settlement.actions import dues, statements
from service.settlement.chain import MONTH_LINK, link, moment
from service.settlement.equation import Place, Span
from service.settlement.models import (
    DoesNotHold,
    Month,
    MonthNotOver,
    NotAllSigned,
    NoteMissing,
    NothingToLock,
    NotYourTurn,
    OwnReopening,
    Reopening,
    Statement,
    UnknownReopening,
)
from service.settlement.rules import Step

NAMED_MAX = 5
LOCK = text("SELECT pg_advisory_xact_lock(7329, CAST(:community AS integer))")
# Of two communities that lock last at the same time, the second sees the first.
LAST = text("SELECT pg_advisory_xact_lock(7331, :programme)")
LOCKED = text("SELECT month FROM settlement_locked_months(:programme) AS month")
# Shops with days and no statement, what is not signed yet, and what a lock holds of the days.
UNASKED = text(
    """SELECT s.code || ' ' || to_char(CAST(:first AS date), 'YYYY-MM') FROM shops s
WHERE s.community_id = :community
  AND EXISTS (SELECT FROM reconciliation_batches b
              WHERE b.shop_id = s.id AND b.day BETWEEN :first AND :last)
  AND NOT EXISTS (SELECT FROM settlement_statements t
                  WHERE t.shop_id = s.id AND t.month = :first AND t.status <> 'replaced')
ORDER BY s.code LIMIT :most"""
)
UNSIGNED_DAYS = text(
    """SELECT s.code || ' ' || b.day FROM reconciliation_batches b JOIN shops s ON s.id = b.shop_id
WHERE b.community_id = :community AND b.day BETWEEN :first AND :last AND b.status <> 'closed'
ORDER BY b.day, s.code LIMIT :most"""
)
SEALS = text(
    """SELECT s.code || ' ' || d.day AS day, d.seal FROM settlement_days d
  JOIN shops s ON s.id = d.shop_id
WHERE d.community_id = :community AND d.day BETWEEN :first AND :last ORDER BY d.day, s.code"""
)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to reopen a statement, and why."""

    by: str
    reason: str


def lock_month(
    session: Session, place: people.Unit, month: date, *, by: str, now: datetime
) -> Month:
    """Lock a community's month, and close the books behind the last community.

    Locking a locked one returns it as it is. Raises MonthNotOver, NothingToLock, NotAllSigned and
    DoesNotHold; then nothing has changed.
    """
    assert place.id is not None
    if business_day(now) <= month_end(month):
        raise MonthNotOver
    hold(session, place.id)
    row = locked_month(session, place.id, month)
    if row is None:
        row = set_lock(session, place, month, by=by, now=now)
    close_books(session, place, by=by, now=now)
    return row


def set_lock(session: Session, place: people.Unit, month: date, *, by: str, now: datetime) -> Month:
    """Write a lock over what is signed, and tell of it."""
    assert place.id is not None
    refuse_unsigned(session, place.id, month)
    asked = select(func.coalesce(func.max(Month.version), 0))
    asked = asked.where(Month.community_id == place.id, Month.month == month)
    last = latest(session, place.id)
    said: dict[str, Any] = {
        "month": f"{month:%Y-%m}",
        "version": 1 + session.exec(asked).one(),
        "content": contents(session, place, month),
        "previous": last.seal if last else "",
        "locked_by": by,
        "locked_at": moment(now),
    }
    seal = link({**said, "community": place.code}, MONTH_LINK)
    own = {"community_id": place.id, "programme_id": place.programme_id, "seal": seal}
    row = Month(**{**said, "month": month, "locked_at": now, **own})
    session.add(row)
    tell(session, row, place, by=by, now=now)
    return row


def close_books(session: Session, place: people.Unit, *, by: str, now: datetime) -> list[date]:
    """Close the months in the books that every community has locked; return which were."""
    programme = session.get_one(programmes.Programme, place.programme_id)
    of = {"programme": programme.id}
    session.flush()
    session.execute(LAST, of)
    months: list[date] = list(session.execute(LOCKED, of).scalars())
    for month in months:
        ledger.close_period(session, programme_id=programme.id or 0, month=month, actor=by, now=now)
        about = f"programme:{programme.code}"
        said = {"programme": programme.code, "month": f"{month:%Y-%m}", "community": place.code}
        outbox.publish(session, "PeriodClosed", about, said, now=now)
        trail.record(session, actor=by, action="books.closed", subject=about, detail=said, now=now)
    return months


def refuse_unsigned(session: Session, community_id: int, month: date) -> None:
    """Name what somebody must sign first. Raises NothingToLock and NotAllSigned."""
    rows = of_month(session, community_id, month)
    if not rows:
        raise NothingToLock
    missing = [row.number for row in rows if row.status != Step.CLOSED]
    asked = {"community": community_id, "first": month, "last": month_end(month)}
    for what in (UNASKED, UNSIGNED_DAYS):
        missing.extend(session.execute(what, {**asked, "most": NAMED_MAX + 1}).scalars())
    if missing:
        more = " …" if len(missing) > NAMED_MAX else ""
        raise NotAllSigned(what=", ".join(missing[:NAMED_MAX]) + more)


def contents(session: Session, place: people.Unit, month: date) -> dict[str, Any]:
    """Return what a lock holds. Raises DoesNotHold when the points do not add up."""
    assert place.id is not None
    span = Span.month(month)
    points = equation.total(session, Place(place.programme_id or 0, place.id), span)
    if not points.holds:
        raise DoesNotHold(where=", ".join(points.faults[:NAMED_MAX]))
    asked = {"community": place.id, "first": span.first, "last": span.last}
    return {
        "statements": {row.number: row.digest for row in of_month(session, place.id, month)},
        "days": {row.day: row.seal for row in session.execute(SEALS, asked)},
        "points": points.figures,
        "volunteers": points.volunteers,
    }


def tell(session: Session, row: Month, place: people.Unit, *, by: str, now: datetime) -> None:
    """Publish the lock and leave its trace."""
    about = f"month:{place.code}:{row.month:%Y-%m}"
    said = {"community": place.code, "month": f"{row.month:%Y-%m}", "version": row.version}
    said |= {"statements": len(row.content["statements"]), "seal": row.seal}
    outbox.publish(session, "PeriodClosed", about, said, now=now)
    trail.record(session, actor=by, action="month.locked", subject=about, detail=said, now=now)


def propose(session: Session, row: Statement, wish: Wish, *, now: datetime) -> Reopening:
    """Ask that a closed statement be made anew; one wish a statement at a time.

    Raises NoteMissing and NotYourTurn.
    """
    if not wish.reason.strip():
        raise NoteMissing
    row = statements.locked(session, row.id or 0)
    if row.status != Step.CLOSED:
        raise NotYourTurn(step=row.status)
    statements.followers(session, row.shop_id, row.month)
    known = open_wish(session, row)
    if known is not None:
        return known
    made = Reopening(
        statement_id=row.id or 0, reason=wish.reason, proposed_by=wish.by, proposed_at=now
    )
    session.add(made)
    session.flush()
    note(session, row, "statement.reopening", by=wish.by, why=wish.reason, now=now)
    return made


def approve(session: Session, reopening_id: int, *, by: str, now: datetime) -> Statement:
    """Reopen: the month's lock opens, the old statement stays, its next version is queued.

    Approving again changes nothing. Raises UnknownReopening, OwnReopening, LaterMonthSigned and
    PaymentsStand.
    """
    wish, row = asked_for(session, reopening_id, by=by)
    if wish.approved_by == by:
        return statements.present(session, row.shop_id, row.month) or row
    hold(session, row.community_id)
    wish.approved_by, wish.approved_at = by, now
    session.add(wish)
    lock = locked_month(session, row.community_id, row.month)
    if lock is not None:
        lock.reopened_at = now
        session.add(lock)
    dues.give_back(session, row, by=by, now=now)
    note(session, row, "statement.reopened", by=by, why=wish.reason, now=now)
    return statements.replace(session, row, by=by, now=now)


def decline(session: Session, reopening_id: int, *, by: str, now: datetime) -> Statement:
    """Leave the month locked. Raises UnknownReopening and OwnReopening."""
    wish, row = asked_for(session, reopening_id, by=by)
    if wish.approved_at is not None:
        raise UnknownReopening
    wish.declined_by, wish.declined_at = by, now
    session.add(wish)
    note(session, row, "statement.kept", by=by, why=wish.reason, now=now)
    return row


def asked_for(session: Session, reopening_id: int, *, by: str) -> tuple[Reopening, Statement]:
    """Return an open wish with its statement, for somebody who did not make it."""
    known = session.get(Reopening, reopening_id)
    if known is None:
        raise UnknownReopening
    row = statements.locked(session, known.statement_id)
    session.refresh(known)
    if known.declined_at is not None or known.approved_by not in {None, by}:
        raise UnknownReopening
    if known.proposed_by == by:
        raise OwnReopening
    return known, row


def note(
    session: Session, row: Statement, action: str, *, by: str, why: str, now: datetime
) -> None:
    """Leave a trace of who decided about a statement."""
    about = f"statement:{row.number}"
    trail.record(session, actor=by, action=action, subject=about, detail={"reason": why}, now=now)


def hold(session: Session, community_id: int) -> None:
    """Wait for whoever else locks or reopens this community's months."""
    session.flush()
    session.execute(LOCK, {"community": community_id})


def locked_month(session: Session, community_id: int, month: date) -> Month | None:
    """Return the lock that holds a month at present."""
    asked = select(Month).where(Month.community_id == community_id, Month.month == month)
    return session.exec(asked.where(col(Month.reopened_at).is_(None))).one_or_none()


def latest(session: Session, community_id: int) -> Month | None:
    """Return the lock that was set last, reopened or not."""
    asked = select(Month).where(Month.community_id == community_id)
    return session.exec(asked.order_by(col(Month.locked_at).desc()).limit(1)).first()


def of_month(session: Session, community_id: int, month: date) -> list[Statement]:
    """Return the statements of a community's month that count, by their numbers."""
    asked = select(Statement).where(
        Statement.community_id == community_id,
        Statement.month == month,
        Statement.status != statements.REPLACED,
    )
    return list(session.exec(asked.order_by(Statement.number)).all())


def open_wish(session: Session, row: Statement) -> Reopening | None:
    """Return the wish to reopen a statement that nobody has answered."""
    asked = select(Reopening).where(
        Reopening.statement_id == row.id,
        col(Reopening.approved_at).is_(None),
        col(Reopening.declined_at).is_(None),
    )
    return session.exec(asked).one_or_none()
