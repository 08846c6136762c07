"""What else is on record for the same minutes of the same person: nobody serves twice at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

from service.activities.models import Activity, Attendance, Award

SHOWN = 10
SAME_TIME = text("""SELECT key, title, since, until FROM (
SELECT w.key, coalesce(a.title, '') AS title,
  coalesce(w.claimed_from, greatest(n.in_at, a.starts_at)) AS since,
  coalesce(w.claimed_to, least(n.out_at, a.ends_at)) AS until
FROM activities_awards w LEFT JOIN activities a ON a.id = w.activity_id
  LEFT JOIN activities_attendances n ON n.id = w.attendance_id
WHERE w.volunteer_id = :volunteer AND w.status IN ('waiting', 'posted', 'noticed')
  AND w.key <> :but AND w.present_minutes > 0
UNION ALL
SELECT NULL, a.title, greatest(n.in_at, a.starts_at), least(n.out_at, a.ends_at)
FROM activities_attendances n JOIN activities a ON a.id = n.activity_id
WHERE n.volunteer_id = :volunteer AND n.kind = 'service' AND n.status IN ('in', 'out')
) x WHERE since < :until AND until > :since ORDER BY since LIMIT :shown""")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Another record of the same time: an award, or a stay that nobody confirmed yet."""

    key: str | None  # of the award
    title: str  # of the activity; empty where the award was typed in
    since: datetime
    until: datetime


def same_time(
    session: Session, volunteer_id: int, *, since: datetime, until: datetime, but: str
) -> Sequence[Overlap]:
    """Return what else a volunteer has on record between two moments, without the award `but`."""
    asked = {"volunteer": volunteer_id, "since": since, "until": until, "but": but}
    rows = session.execute(SAME_TIME, {**asked, "shown": SHOWN})
    return [Overlap(*row) for row in rows]


def overlaps_of(session: Session, award: Award) -> Sequence[Overlap]:
    """Return what else its volunteer has on record for the time of an award."""
    since, until = award.claimed_from, award.claimed_to
    if award.attendance_id is not None:
        stay = session.get_one(Attendance, award.attendance_id)
        held = session.get_one(Activity, stay.activity_id)
        since = max(stay.in_at, held.starts_at)
        until = min(stay.out_at or held.ends_at, held.ends_at)
    if since is None or until is None:
        return []
    return same_time(session, award.volunteer_id, since=since, until=until, but=award.key)
