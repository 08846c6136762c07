"""Looking bit by bit: the days to which something came since the audit looked last."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import text
from sqlmodel import Session, select

from service.audit.looking import PATIENCE, look
from service.audit.models import AuditLook
from service.audit.period import Period
from service.clock import business_day
from service.db import Database

NEWEST = text(
    "SELECT (SELECT coalesce(max(id), 0) FROM activities_awards) AS awards,"
    " (SELECT coalesce(max(id), 0) FROM activities_scans) AS scans,"
    " (SELECT coalesce(max(id), 0) FROM redemptions) AS redemptions,"
    " (SELECT coalesce(max(id), 0) FROM redemptions_discounts) AS discounts,"
    " (SELECT coalesce(max(id), 0) FROM ledger_transfers) AS transfers"
)
TOUCHED = text(
    """
SELECT service_day FROM activities_awards WHERE id > :awards AND programme_id = :programme
UNION SELECT a.business_day FROM activities_scans s JOIN activities a ON a.id = s.activity_id
  WHERE s.id > :scans AND a.programme_id = :programme
UNION SELECT r.business_day FROM redemptions r JOIN shops s ON s.id = r.shop_id
  WHERE r.id > :redemptions AND s.programme_id = :programme
UNION SELECT d.business_day FROM redemptions_discounts d JOIN shops s ON s.id = d.shop_id
  WHERE d.id > :discounts AND s.programme_id = :programme
UNION SELECT business_day FROM ledger_transfers
  WHERE id > :transfers AND programme_id = :programme
"""
)


# Of the first two looks; what is older is looked at when somebody asks.
FIRST_DAYS = 31


def look_at_news(database: Database, programme_id: int, *, now: datetime) -> list[date]:
    """Look at the days to which something came since the last look but one; return them.

    Not since the last: whoever was writing while it looked, had his number already and could not
    be seen. By the next look he has long ended.
    """
    asked = partial(news, programme_id=programme_id, today=business_day(now))
    newest, days = database.atomic(asked)
    for period in periods(programme_id, days):
        look(database, period, now=now)
    database.atomic(partial(note_look, programme_id=programme_id, seen=newest, now=now))
    return days


def periods(programme_id: int, days: Iterable[date]) -> Iterator[Period]:
    """Join days that follow each other: one look through a week costs less than seven."""
    together: list[date] = []
    for day in sorted(days):
        if together and day != together[-1] + timedelta(days=1):
            yield Period(programme_id, together[0], together[-1])
            together = []
        together.append(day)
    if together:
        yield Period(programme_id, together[0], together[-1])


def news(session: Session, *, programme_id: int, today: date) -> tuple[dict[str, int], list[date]]:
    """Return the newest numbers, and the days touched by those that no look can have seen."""
    session.execute(PATIENCE)
    newest = dict(session.execute(NEWEST).mappings().one())
    last = session.get(AuditLook, programme_id)
    if last is None or not last.seen_before:
        return newest, [today - timedelta(days=ago) for ago in range(FIRST_DAYS)]
    asked = last.seen_before | {"programme": programme_id}
    return newest, sorted(day for (day,) in session.execute(TOUCHED, asked))


def note_look(session: Session, *, programme_id: int, seen: dict[str, int], now: datetime) -> None:
    """Note how far a look has come; before the second one, nothing is known to have been seen."""
    asked = select(AuditLook).where(AuditLook.programme_id == programme_id).with_for_update()
    known = session.exec(asked).first()
    row = known or AuditLook(programme_id=programme_id, seen={}, seen_before={}, at=now)
    row.seen, row.seen_before, row.at = seen, row.seen, now
    session.add(row)
