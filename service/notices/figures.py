"""What happened on the days of a notice, read in a fixed number of statements."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlmodel import Session

from service import ledger, people, programmes
from service.notices.models import Notice
from service.notices.rules import Apart, Figures, Frame, Served

OF_DAYS = """w.programme_id = :programme AND w.service_day BETWEEN :since AND :until
  AND v.community_id = :community"""
# Awards that wait for the end of their notice days are service, too. Who came from elsewhere
# stands in the notice of the own community, where the hours are recorded.
SERVED = text(
    f"""SELECT v.id, v.code, v.age_band, v.consent_notice, coalesce(t.name, '') AS team,
  array_agg(a.title ORDER BY a.starts_at, a.id) AS what,
  sum(w.minutes)::int AS minutes, sum(w.points)::int AS points
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  JOIN activities a ON a.id = w.activity_id LEFT JOIN people_teams t ON t.id = v.team_id
WHERE {OF_DAYS} AND w.kind = 'attendance' AND w.status IN ('posted', 'noticed') AND w.minutes > 0
GROUP BY v.id, v.code, v.age_band, v.consent_notice, t.name ORDER BY v.code"""
)
TITLES = text(
    f"""SELECT a.title FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  JOIN activities a ON a.id = w.activity_id
WHERE {OF_DAYS} AND w.kind = 'attendance' AND w.status IN ('posted', 'noticed') AND w.minutes > 0
GROUP BY a.id ORDER BY a.starts_at, a.id"""
)
MANUAL = text(
    f"""SELECT count(DISTINCT w.volunteer_id) AS people, count(*) AS count,
  coalesce(sum(w.points), 0)::int AS points
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
WHERE {OF_DAYS} AND w.kind = 'manual' AND w.status IN ('posted', 'noticed', 'reversed')"""
)
REVERSED = text(
    """SELECT count(DISTINCT w.volunteer_id) AS people, count(*) AS count,
  coalesce(sum(w.points), 0)::int AS points
FROM activities_award_reversals r JOIN activities_awards w ON w.id = r.award_id
  JOIN people_holders v ON v.id = w.volunteer_id
WHERE r.decision = 'approved' AND r.decided_at >= :first AND r.decided_at < :after
  AND v.community_id = :community"""
)
SALES = text(
    """SELECT count(DISTINCT r.volunteer_id) AS people, count(*) AS count,
  coalesce(sum(r.points * b.qty / r.qty), 0)::int AS points
FROM redemptions_reversals b JOIN redemptions r ON r.id = b.redemption_id
  JOIN people_holders v ON v.id = r.volunteer_id
WHERE b.approved_at >= :first AND b.approved_at < :after AND v.community_id = :community"""
)


@dataclass(frozen=True, slots=True)
class Days:
    """Some days of service of one community."""

    programme_id: int
    community_id: int
    since: date
    until: date


def figures(session: Session, days: Days) -> Figures:
    """Read all that a notice of some days can speak of."""
    zone = programmes.programme_by_id(session, days.programme_id).zone
    asked = {
        "programme": days.programme_id,
        "community": days.community_id,
        "since": days.since,
        "until": days.until,
        "first": midnight(days.since, zone),
        "after": midnight(days.until + timedelta(days=1), zone),
    }
    served = session.execute(SERVED, asked).mappings()
    return Figures(
        served=tuple(served_by(dict(row)) for row in served),
        titles=tuple(session.scalars(TITLES, asked)),
        manual=apart(session, MANUAL, asked),
        reversed=apart(session, REVERSED, asked),
        sales=apart(session, SALES, asked),
    )


def served_by(row: dict[str, Any]) -> Served:
    """Read one person's service."""
    return Served(
        volunteer_id=row["id"],
        code=row["code"],
        age=people.age_floor(row["age_band"]),
        agreed=row["consent_notice"],
        team=row["team"],
        what=tuple(dict.fromkeys(row["what"])),
        minutes=row["minutes"],
        points=row["points"],
    )


def apart(session: Session, sql: Any, asked: dict[str, Any]) -> Apart:
    """Read what is listed apart."""
    row = session.execute(sql, asked).one()
    return Apart(**row._mapping)


def midnight(day: date, zone: str) -> datetime:
    """Return the first moment of a day where the programme lives."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def frame(session: Session, row: Notice) -> Frame:
    """Read what stands around the figures: the place, the rules of the last day, the ledger."""
    place = people.unit_by_id(session, row.community_id)
    rules = programmes.rule_set(session, row.programme_id, row.until)
    head = ledger.latest_head(session)
    return Frame(
        community=place.code,
        community_name=place.name,
        unit=place.record_unit or place.name,
        since=row.since,
        until=row.until,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        working_days=rules.public_notice_working_days,
        rules=rules.code,
        day_cap=rules.day_cap if rules.day_cap < programmes.NO_CAP else 0,
        head={"size": head.size, "root": head.root.hex()} if head else None,
    )
