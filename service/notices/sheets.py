"""What a team did: an activity's awards to be signed for, and the week of all teams."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.db import Database
from service.notices.rules import TEAM_LEAST

PAGE = 30
# What was confirmed at activities of the reader's communities, the newest first: a page of each
# community's by its index, the newest of those, and only what they gave is added up.
CONFIRMED = """WITH newest AS (
  SELECT a.* FROM unnest(%(communities)s::bigint[]) c (id) CROSS JOIN LATERAL (
    SELECT x.id, x.code, x.title, x.business_day, x.place FROM activities x
    WHERE x.community_id = c.id AND x.business_day <= %(day)s
      AND (x.business_day, x.id) < (%(day)s, %(id)s)
      AND (SELECT true FROM activities_awards w WHERE w.activity_id = x.id
           AND w.kind = 'attendance' AND w.status IN ('posted', 'noticed') LIMIT 1)
    ORDER BY x.business_day DESC, x.id DESC LIMIT %(limit)s) a
  ORDER BY a.business_day DESC, a.id DESC LIMIT %(limit)s)
SELECT a.id, a.code, a.title, a.business_day AS day, a.place, w.people, w.minutes, w.points
FROM newest a CROSS JOIN LATERAL (
  SELECT count(*) AS people, sum(w.minutes)::int AS minutes, sum(w.points)::int AS points
  FROM activities_awards w WHERE w.activity_id = a.id AND w.kind = 'attendance'
    AND w.status IN ('posted', 'noticed')) w
ORDER BY a.business_day DESC, a.id DESC"""
ACTIVITY = """SELECT a.id, a.code, a.title, a.place, a.business_day AS day, a.starts_at, a.ends_at,
  u.name AS community, coalesce(u.record_unit, u.name) AS unit, coalesce(t.name, '') AS team
FROM activities a JOIN people_units u ON u.id = a.community_id
  LEFT JOIN people_teams t ON t.id = a.team_id
WHERE a.id = (SELECT c.id FROM activities_codes c WHERE c.code = lower(%(code)s))
  AND a.community_id = ANY (%(communities)s)"""
AWARDED = """SELECT right(v.code, 3) AS tail, n.in_at, n.out_at, w.minutes, w.points, w.cut,
  w.rule
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  LEFT JOIN activities_attendances n ON n.id = w.attendance_id
WHERE w.activity_id = %(activity)s AND w.kind = 'attendance' AND w.status IN ('posted', 'noticed')
ORDER BY v.code"""
WEEK = """SELECT coalesce(t.name, '') AS team, a.code, a.title, a.place, a.business_day AS day,
  array_agg(w.volunteer_id) FILTER (WHERE w.minutes > 0) AS served,
  coalesce(sum(w.minutes), 0)::int AS minutes, coalesce(sum(w.points), 0)::int AS points
FROM activities a LEFT JOIN people_teams t ON t.id = a.team_id
  LEFT JOIN activities_awards w ON w.activity_id = a.id AND w.kind = 'attendance'
    AND w.status IN ('posted', 'noticed')
WHERE a.community_id = %(community)s AND a.business_day BETWEEN %(monday)s AND %(sunday)s
  AND a.status NOT IN ('draft', 'cancelled') AND a.starts_at <= %(now)s
GROUP BY a.id, t.name ORDER BY t.name NULLS LAST, a.starts_at, a.id"""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One activity's awards, each with room for a signature. No names: the booklet's tail."""

    activity: dict[str, Any]
    rows: list[dict[str, Any]]

    @property
    def minutes(self) -> int:
        """All of them."""
        return sum(int(row["minutes"]) for row in self.rows)

    @property
    def points(self) -> int:
        """All of them."""
        return sum(int(row["points"]) for row in self.rows)


@dataclass(frozen=True, slots=True)
class TeamWeek:
    """A team's week; hours and points of so few that they would be one person's are not told."""

    team: str
    activities: list[dict[str, Any]]
    people: int
    minutes: int
    points: int

    @property
    def told(self) -> bool:
        """Whether hours and points may be read."""
        return self.people >= TEAM_LEAST


def confirmed(
    database: Database, community_ids: list[int], *, before: tuple[date, int], limit: int = PAGE
) -> list[dict[str, Any]]:
    """Return a page of activities with awards, the newest first."""
    asked = {"communities": community_ids, "day": before[0], "id": before[1], "limit": limit}
    return [dict(row) for row in database.rows(CONFIRMED, asked)]


def sheet(database: Database, code: str, community_ids: list[int]) -> Sheet | None:
    """Return an activity's award sheet; None for an activity of another community."""
    found = database.call(ACTIVITY, {"code": code, "communities": community_ids})
    if found is None:
        return None
    rows = database.rows(AWARDED, {"activity": found["id"]})
    return Sheet(dict(found), [dict(row) for row in rows])


def week(
    database: Database, community_id: int, *, monday: date, sunday: date, now: datetime
) -> list[TeamWeek]:
    """Return what every team did in a week; what no team planned stands last."""
    asked = {"community": community_id, "monday": monday, "sunday": sunday, "now": now}
    teams: dict[str, list[dict[str, Any]]] = {}
    for row in database.rows(WEEK, asked):
        teams.setdefault(row["team"], []).append(dict(row))
    return [team_week(name, rows) for name, rows in teams.items()]


def team_week(name: str, rows: list[dict[str, Any]]) -> TeamWeek:
    """Add a team's activities up; who came twice is one person."""
    served = {person for row in rows for person in row["served"] or ()}
    return TeamWeek(
        team=name,
        activities=[{**row, "people": len(row["served"] or ())} for row in rows],
        people=len(served),
        minutes=sum(int(row["minutes"]) for row in rows),
        points=sum(int(row["points"]) for row in rows),
    )


def few(people: int) -> bool:
    """Tell whether so many people are better not counted out: somebody, but fewer than three."""
    return 0 < people < TEAM_LEAST
