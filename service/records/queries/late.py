"""The red list: service that is over and not recorded, and who must act."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service import programmes
from service.clock import business_day
from service.db import Database
from service.records.rules import Deadline, deadline, urgent_until

PAGE = 50
OPEN = """SELECT a.community_id, a.business_day AS day, 'activity' AS kind, a.id AS ref,
    a.code AS activity, a.title, count(*) AS people, l.code AS leader,
    CASE WHEN bool_and(n.volunteer_id = a.leader_id) THEN 'recorder' ELSE 'leader' END AS actor
  FROM activities a JOIN activities_attendances n ON n.activity_id = a.id
    JOIN people_holders l ON l.id = a.leader_id
  WHERE a.community_id = ANY (%(communities)s) AND a.business_day <= %(until)s
    AND a.ends_at <= %(now)s AND a.status NOT IN ('draft', 'cancelled', 'archived')
    AND n.kind = 'service' AND n.status IN ('in', 'out', 'undecided')
  GROUP BY a.id, l.code
UNION ALL
SELECT a.community_id, a.business_day, 'paper', p.id, a.code, a.title, 1, v.code, 'second'
  FROM activities_paper_lines p JOIN activities a ON a.id = p.activity_id
    JOIN people_holders v ON v.id = p.volunteer_id
  WHERE p.status = 'waiting' AND a.community_id = ANY (%(communities)s)
    AND a.business_day <= %(until)s
UNION ALL
SELECT v.community_id, w.service_day, 'award', w.id, NULL, '', 1, v.code, 'second'
  FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  WHERE w.status = 'waiting' AND v.community_id = ANY (%(communities)s)
    AND w.service_day <= %(until)s"""
PAGED = f"""SELECT day, kind, ref, activity, title, people, leader, actor FROM ({OPEN}) x
WHERE (day, kind, ref) > (%(day)s, %(kind)s, %(ref)s) ORDER BY day, kind, ref LIMIT %(limit)s"""
FIRST = {"day": date.min, "kind": "", "ref": 0}
LATE = f"""SELECT community_id, count(*) AS late FROM ({OPEN}) x
WHERE day <= %(overdue)s GROUP BY community_id"""
COUNTS = f"""SELECT count(*) FILTER (WHERE day <= %(overdue)s) AS late,
  count(*) FILTER (WHERE day > %(overdue)s) AS soon FROM ({OPEN}) x"""


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """Service without a record: what it is, who must act, and by when."""

    kind: str  # activity: stays to confirm | paper: a line | award: by hand, above the limit
    ref: int
    day: date
    activity: str | None
    title: str
    people: int
    person: str  # the leader's code, or whose line or award it is
    actor: str  # leader | recorder | second: another person than the one who typed it
    deadline: Deadline

    @property
    def tail(self) -> str:
        """What may be shown of the person's booklet number."""
        return self.person[-3:]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records are late, and how many will be soon."""

    late: int
    soon: int


@dataclass(frozen=True, slots=True)
class Clerk:
    """Whose red list is read, and when."""

    programme_id: int
    community_ids: Collection[int]
    now: datetime

    @property
    def today(self) -> date:
        """The day on which it is read."""
        return business_day(self.now)

    def allowed(self, database: Database) -> int:
        """Return within how many working days a record is made, by today's rules."""
        figures = programmes.rule_set(database, self.programme_id, self.today)
        return figures.record_deadline_working_days


def unrecorded(
    database: Database,
    clerk: Clerk,
    *,
    after: tuple[date, str, int] | None = None,
    limit: int = PAGE,
) -> list[Unrecorded]:
    """Return what is late or soon will be, the oldest service first."""
    calendar, within = programmes.working_days(database), clerk.allowed(database)
    until = urgent_until(calendar, within=within, today=clerk.today)
    seen = dict(zip(FIRST, after, strict=True)) if after else FIRST
    found = database.rows(PAGED, {**params(clerk, until), **seen, "limit": limit})
    return [
        Unrecorded(
            person=row.pop("leader"),
            deadline=deadline(calendar, row["day"], within=within, today=clerk.today),
            **row,
        )
        for row in found
    ]


def late_counts(database: Database, clerk: Clerk) -> Counts:
    """Count what is late and what soon will be."""
    if not clerk.community_ids:
        return Counts(0, 0)
    calendar, within = programmes.working_days(database), clerk.allowed(database)
    until = urgent_until(calendar, within=within, today=clerk.today)
    yesterday = calendar.started_by(date.fromordinal(clerk.today.toordinal() - 1), within)
    row = database.call(COUNTS, {**params(clerk, until), "overdue": yesterday})
    assert row is not None
    return Counts(**row)


def late_by_community(database: Database, clerk: Clerk) -> dict[int, int]:
    """Count what is late in each community; one without anything late is left out."""
    calendar, within = programmes.working_days(database), clerk.allowed(database)
    yesterday = calendar.started_by(date.fromordinal(clerk.today.toordinal() - 1), within)
    asked = {**params(clerk, yesterday), "overdue": yesterday}
    return {row["community_id"]: row["late"] for row in database.rows(LATE, asked)}


def params(clerk: Clerk, until: date) -> dict[str, Any]:
    """Return what the list's conditions refer to."""
    return {"communities": list(clerk.community_ids), "until": until, "now": clerk.now}
