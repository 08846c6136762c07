"""Reads of public notices: lists by community, what anybody may see, what waits."""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from service.db import Database
from service.notices.models import PUBLIC, Counter, Notice, State
from service.notices.refusals import UnknownNotice

PAGE = 20
# Whoever withdrew the consent is out of sight at once, in every notice.
OPEN_ROWS = text(
    """SELECT r.nth, r.tail, r.what, r.minutes, r.points, r.salt
FROM notices_rows r JOIN people_holders v ON v.id = r.volunteer_id
WHERE r.notice_id = :notice AND v.consent_notice ORDER BY r.nth"""
)
RUNNING = """SELECT code, name, starts_on, ends_on FROM notices
WHERE status = 'published' AND community_id = %(community)s AND ends_on >= %(today)s
ORDER BY ends_on, id LIMIT 5"""


def by_id(session: Session, notice_id: int, *, lock: bool = False) -> Notice:
    """Return a notice by its row. Raises UnknownNotice."""
    asked = select(Notice).where(Notice.id == notice_id)
    found = session.exec(asked.with_for_update() if lock else asked).one_or_none()
    if found is None:
        raise UnknownNotice
    return found


def by_code(session: Session, code: str) -> Notice:
    """Return a published notice by its number in the address. Raises UnknownNotice."""
    found = session.exec(select(Notice).where(Notice.code == code.upper())).one_or_none()
    if found is None:
        raise UnknownNotice
    return found


def of_desk(
    session: Session, community_ids: Collection[int], *, before: int | None, limit: int = PAGE
) -> list[Notice]:
    """Return a page of communities' notices of every state, the newest first."""
    asked = select(Notice).where(col(Notice.community_id).in_(community_ids))
    if before is not None:
        asked = asked.where(col(Notice.id) < before)
    return list(session.exec(asked.order_by(col(Notice.id).desc()).limit(limit)).all())


def of_everybody(
    session: Session, *, community_id: int | None, before: int | None, limit: int = PAGE
) -> list[Notice]:
    """Return a page of published notices, the newest first; perhaps of one community alone."""
    asked = select(Notice).where(col(Notice.published_at).is_not(None))
    if community_id is not None:
        asked = asked.where(Notice.community_id == community_id)
    if before is not None:
        asked = asked.where(col(Notice.id) < before)
    return list(session.exec(asked.order_by(col(Notice.id).desc()).limit(limit)).all())


def open_rows(session: Session, notice_id: int) -> list[dict[str, Any]]:
    """Return the rows of those who still agree to stand in a notice."""
    return [dict(row) for row in session.execute(OPEN_ROWS, {"notice": notice_id}).mappings()]


def waiting(session: Session, community_ids: Collection[int]) -> int:
    """Return how many drafts wait to be published."""
    asked = select(func.count()).where(
        Notice.status == State.DRAFT, col(Notice.community_id).in_(community_ids)
    )
    return session.exec(asked).one()


def running(database: Database, community_id: int, today: date) -> list[dict[str, Any]]:
    """Return the published notices whose days are not over, the soonest to end first."""
    return [
        dict(row) for row in database.rows(RUNNING, {"community": community_id, "today": today})
    ]


def published(session: Session, community_id: int, since: date, until: date) -> list[Notice]:
    """Return the notices that speak of some days of a community, in their order."""
    asked = select(Notice).where(
        Notice.community_id == community_id,
        col(Notice.status).in_(PUBLIC),
        col(Notice.since) <= until,
        col(Notice.until) >= since,
    )
    return list(session.exec(asked.order_by(col(Notice.id))).all())


def numbered_last(session: Session, community_id: int, year: int) -> int | None:
    """Return the last number that was given here in a year; None before the first."""
    asked = select(func.max(Notice.number)).where(
        Notice.community_id == community_id, Notice.year == year
    )
    return session.exec(asked).one()


def last_on_paper(session: Session, community_id: int, year: int) -> int:
    """Return after which number the first one here follows."""
    found = session.get(Counter, (community_id, year))
    return found.last if found else 0
