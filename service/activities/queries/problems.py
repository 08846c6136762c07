"""Lists of what did not fit at a gate, of what an audit should look at, and of refused scans."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import func, text
from sqlmodel import Session, col, select

from service.activities.models import Headcount, Problem, Reopening

PAGE = 30

PROBLEMS = """
SELECT p.id, p.kind, p.activity_id, a.code AS activity, a.title, a.business_day,
  v.code AS volunteer,
  right(v.code, 3) AS tail, p.volunteer_id, p.actor, p.device, p.detail, p.opened_at, p.resolved_at,
  p.resolved_by, p.resolution, p.note, s.action, s.reason, coalesce(s.moment, s.occurred_at) AS at,
  s.occurred_at, a.starts_at, a.ends_at, t.in_at, t.out_at, a.status AS activity_status
FROM activities_problems p JOIN activities a ON a.id = p.activity_id
  LEFT JOIN people_holders v ON v.id = p.volunteer_id
  LEFT JOIN activities_scans s ON s.id = p.scan_id
  LEFT JOIN activities_attendances t ON t.activity_id = p.activity_id
    AND t.volunteer_id = p.volunteer_id
WHERE {where} AND (CAST(:before AS bigint) IS NULL OR p.id < :before)
  AND (NOT :open OR p.resolved_at IS NULL)
ORDER BY p.id DESC LIMIT :limit
"""
OF_ACTIVITY = text(PROBLEMS.format(where="p.activity_id = :activity"))
OF_COMMUNITIES = text(PROBLEMS.format(where="a.community_id = ANY(:communities)"))
ONE = text(PROBLEMS.format(where="p.id = :id"))


def problems_of(
    session: Session, activity_id: int | None, *, open_only: bool = False, before: int | None = None
) -> list[Any]:
    """Return a page of an activity's list, newest first, and one row more if there is one."""
    params = {"activity": activity_id, "open": open_only, "before": before, "limit": PAGE + 1}
    return list(session.execute(OF_ACTIVITY, params))


def problems_in(
    session: Session,
    communities: Collection[int],
    *,
    open_only: bool = True,
    before: int | None = None,
) -> list[Any]:
    """Return a page of the list of some communities, newest first, and one row more."""
    params = {"communities": list(communities), "open": open_only, "before": before}
    return list(session.execute(OF_COMMUNITIES, params | {"limit": PAGE + 1}))


def listed(session: Session, number: int | None) -> Any:
    """Return one row as the lists show it."""
    params = {"id": number, "open": False, "before": None, "limit": 1}
    return session.execute(ONE, params).one()


def open_count(session: Session, activity_id: int | None) -> int:
    """Return how many rows of an activity wait for somebody."""
    asked = select(func.count()).where(
        Problem.activity_id == activity_id, col(Problem.resolved_at).is_(None)
    )
    return session.exec(asked).one()


REFUSED = text(
    """
SELECT s.action, s.reason, s.way, s.received_at, s.actor, right(v.code, 3) AS tail
FROM activities_scans s LEFT JOIN people_holders v ON v.id = s.volunteer_id
WHERE s.activity_id = :activity AND s.status = 'refused' ORDER BY s.id DESC LIMIT :limit
"""
)


def refused_scans(session: Session, activity_id: int | None) -> list[Any]:
    """Return the newest scans that a gate refused; the reason is what the screen said."""
    return list(session.execute(REFUSED, {"activity": activity_id, "limit": PAGE}))


WATCHES = text(
    """
SELECT w.id, w.kind, a.code AS activity, a.title, w.actor, w.device, w.detail, w.at
FROM activities_watches w JOIN activities a ON a.id = w.activity_id
WHERE a.community_id = ANY(:communities) ORDER BY w.id DESC LIMIT :limit
"""
)


def watches_in(session: Session, communities: Collection[int]) -> list[Any]:
    """Return the newest entries for the audit of some communities."""
    return list(session.execute(WATCHES, {"communities": list(communities), "limit": PAGE}))


def headcounts(session: Session, activity_id: int | None) -> list[Headcount]:
    """Return the newest headcounts of an activity."""
    asked = select(Headcount).where(Headcount.activity_id == activity_id)
    return list(session.exec(asked.order_by(col(Headcount.id).desc()).limit(PAGE)).all())


def reopenings(session: Session, activity_id: int | None) -> list[Reopening]:
    """Return when and why a gate was opened again, newest first."""
    asked = select(Reopening).where(Reopening.activity_id == activity_id)
    return list(session.exec(asked.order_by(col(Reopening.id).desc()).limit(PAGE)).all())
