"""Reads for calendars: a community's published activities, and a volunteer's own."""

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service.activities.calendar import Entry

ENTRIES_MAX = 1000
COLUMNS = """a.code, a.title, a.place, a.content, p.zone, a.starts_at, a.ends_at, a.revision,
  coalesce(a.changed_at, a.published_at, a.created_at) AS said_at, a.status"""
OF_COMMUNITY = text(
    f"""
SELECT {COLUMNS}, NULL AS mine FROM activities a JOIN programmes p ON p.id = a.programme_id
WHERE a.community_id = :community AND a.business_day >= :since AND a.status <> 'draft'
  AND (a.status <> 'cancelled' OR a.published_at IS NOT NULL)
ORDER BY a.business_day, a.id LIMIT :limit
"""
)
# A place that was lost because the activity was called off is said so; one given back is not said.
OWN = text(
    f"""
SELECT {COLUMNS}, s.status AS mine FROM activities a JOIN programmes p ON p.id = a.programme_id
  LEFT JOIN activities_signups s ON s.activity_id = a.id AND s.volunteer_id = :volunteer
WHERE a.business_day >= :since AND a.status <> 'draft' AND a.id IN (
    SELECT o.activity_id FROM activities_signups o WHERE o.volunteer_id = :volunteer
    UNION SELECT l.id FROM activities l WHERE l.leader_id = :volunteer)
  AND (a.leader_id = :volunteer OR s.status <> 'cancelled'
    OR (a.status = 'cancelled' AND s.cancelled_at = a.cancelled_at))
  AND (a.status <> 'cancelled' OR a.published_at IS NOT NULL)
ORDER BY a.business_day, a.id LIMIT :limit
"""
)


def entries_of_community(session: Session, community_id: int, *, since: date) -> list[Entry]:
    """Return what a community published from a day on; what was called off too."""
    params = {"community": community_id, "since": since, "limit": ENTRIES_MAX}
    return [entry(row) for row in session.execute(OF_COMMUNITY, params)]


def own_entries(session: Session, volunteer_id: int, *, since: date) -> list[Entry]:
    """Return what a volunteer leads or signed up for; a turn in the queue is tentative."""
    params = {"volunteer": volunteer_id, "since": since, "limit": ENTRIES_MAX}
    return [entry(row) for row in session.execute(OWN, params)]


def entry(row: Any) -> Entry:
    """Return a row as a calendar says it."""
    names = [name for name in Entry.__slots__ if name != "status"]
    said = "TENTATIVE" if row.mine == "waiting" else "CONFIRMED"
    return Entry(
        **{name: getattr(row, name) for name in names},
        status="CANCELLED" if row.status == "cancelled" else said,
    )
