"""The end of a month: closing takes no more transfers for it; its seal is in `sealing`."""

from datetime import date, datetime

from sqlmodel import Session, col, select

from service.clock import business_day, month_end
from service.ledger.actions import call
from service.ledger.models import Books, Period, PeriodNotOver

CLOSE = "SELECT ledger_close_period(%(programme)s, %(month)s, %(actor)s, %(now)s)"


def close_period(
    session: Session, *, programme_id: int, month: date, actor: str, now: datetime
) -> Period:
    """Take no more transfers for a month, given by any of its days, nor for any day before its end.

    Waits for transfers that are on their way. Closing it again changes nothing. Raises
    PeriodNotOver before the month's end, PeriodClosed when a later month was closed first.
    """
    first = month.replace(day=1)
    if business_day(now) <= month_end(first):
        raise PeriodNotOver
    asked = {"programme": programme_id, "month": first, "actor": actor, "now": now}
    call(session, CLOSE, asked)
    return session.get_one(Period, (programme_id, first), populate_existing=True)


def closed_through(session: Session, *, programme_id: int) -> date | None:
    """Return the last day that takes no more transfers; None while every day is open."""
    return session.exec(
        select(col(Books.closed_through)).where(Books.programme_id == programme_id)
    ).first()


def periods(
    session: Session, *, programme_id: int, before: date | None = None, limit: int = 24
) -> list[Period]:
    """List a page of the months that take no more transfers, newest first, before `before`."""
    query = select(Period).where(Period.programme_id == programme_id)
    if before is not None:
        query = query.where(col(Period.month) < before)
    return list(session.exec(query.order_by(col(Period.month).desc()).limit(limit)))
