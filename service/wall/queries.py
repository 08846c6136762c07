"""The figures of a wall, each with the number of people behind it. Read-only; seven queries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from service import notices, reports
from service.db import Database
from service.wall.rules import Folded, Group, fold

CHART_DAYS = 14
GOODS, ACTIVITIES = 7, 6
TERMS = ("earned", "manual", "reversed_awards", "redeemed", "expired", "adjusted")
# How many people moved points today, by the lines of the equation.
MOVERS = """SELECT CASE WHEN kind IN ('award', 'manual') AND back THEN 'reversed_awards'
    WHEN kind = 'award' THEN 'earned' WHEN kind = 'manual' THEN 'manual'
    WHEN kind = 'redeem' THEN 'redeemed' WHEN kind = 'expire' THEN 'expired'
    ELSE 'adjusted' END AS term, count(DISTINCT volunteer_id) AS people
FROM reports_moves WHERE programme_id = %(programme)s AND community_id = %(community)s
  AND day = %(today)s GROUP BY 1"""
SERVED = """w.programme_id = %(programme)s AND v.community_id = %(community)s
  AND w.service_day BETWEEN %(first)s AND %(today)s AND w.status IN ('posted', 'noticed')
  AND w.minutes > 0"""
TEAMS = f"""SELECT t.name, GROUPING(t.name) = 1 AS whole, count(DISTINCT v.id) AS people,
  sum(w.minutes)::bigint AS minutes
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
  LEFT JOIN people_teams t ON t.id = v.team_id
WHERE {SERVED} GROUP BY ROLLUP (t.name) ORDER BY minutes DESC"""
DAYS = f"""SELECT w.service_day AS day, count(DISTINCT v.id) AS people,
  sum(w.minutes)::bigint AS minutes
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
WHERE {SERVED} GROUP BY 1"""
TODAY = """SELECT a.title, a.place, a.starts_at, a.ends_at, a.status, t.name AS team,
  (SELECT count(DISTINCT n.volunteer_id) FROM activities_attendances n
   WHERE n.activity_id = a.id AND n.kind = 'service') AS came
FROM activities a LEFT JOIN people_teams t ON t.id = a.team_id
WHERE a.community_id = %(community)s AND a.business_day = %(today)s
  AND a.status NOT IN ('draft', 'cancelled')
ORDER BY a.ends_at < %(now)s, a.starts_at, a.code LIMIT %(limit)s"""
SHELF = """SELECT g.name, s.name AS shop, g.points, g.stock
FROM shops s JOIN shops_goods g ON g.shop_id = s.id
WHERE s.community_id = %(community)s AND s.status = 'admitted' AND g.active AND g.stock > 0
ORDER BY g.stock DESC, g.name LIMIT %(limit)s"""


@dataclass(frozen=True, slots=True)
class Place:
    """A community on one day."""

    programme_id: int
    community_id: int
    today: date

    @property
    def params(self) -> dict[str, Any]:
        """Return what the queries are asked with."""
        found = {"programme": self.programme_id, "community": self.community_id}
        return {**found, "today": self.today, "first": self.today.replace(day=1)}

    @property
    def scope(self) -> reports.Scope:
        """Return it as the reports know it."""
        return reports.Scope(self.programme_id, (self.community_id,))


@dataclass(frozen=True, slots=True)
class Equation:
    """Today's points: what it opened with, and what of it may be told."""

    opening: int
    terms: Folded
    closing: int


@dataclass(frozen=True, slots=True)
class Month:
    """This month's service: all of it, and by team."""

    people: int
    minutes: int
    teams: Folded


def equation(database: Database, place: Place) -> Equation:
    """Return today's equation; lines of few people are joined with another."""
    sums = reports.points_of(database, place.scope, place.today, place.today)
    people = {row["term"]: row["people"] for row in database.rows(MOVERS, place.params)}
    groups = [Group(term, people.get(term, 0), sums[term]) for term in TERMS]
    return Equation(sums["opening"], fold(groups), sums["closing"])


def month(database: Database, place: Place) -> Month:
    """Return the hours of this month; teams of few people stand in one sum."""
    rows = database.rows(TEAMS, place.params)
    whole = next((row for row in rows if row["whole"]), None) or {"people": 0, "minutes": 0}
    groups = [
        Group(row["name"] or "", row["people"], row["minutes"]) for row in rows if not row["whole"]
    ]
    return Month(whole["people"], whole["minutes"] or 0, fold(groups))


def days(database: Database, place: Place) -> list[tuple[date, int | None]]:
    """Return the minutes of two weeks by day; a day of few people says nothing."""
    first = place.today - timedelta(days=CHART_DAYS - 1)
    rows = database.rows(DAYS, {**place.params, "first": first})
    known = {row["day"]: row for row in rows}
    span = [first + timedelta(days=n) for n in range(CHART_DAYS)]
    nothing = {"people": 0, "minutes": 0}
    groups = [
        Group(str(day), row["people"], row["minutes"])
        for day in span
        for row in [known.get(day, nothing)]
    ]
    found = fold(groups)
    return [(day, found.figure(str(day))) for day in span]


def activities(database: Database, place: Place, now: datetime) -> list[dict[str, Any]]:
    """Return today's activities: those under way or to come first."""
    return database.rows(TODAY, {**place.params, "now": now, "limit": ACTIVITIES})


def shelf(database: Database, place: Place) -> list[dict[str, Any]]:
    """Return what the shops have most of."""
    return database.rows(SHELF, {**place.params, "limit": GOODS})


def running(database: Database, place: Place) -> list[dict[str, Any]]:
    """Return the public notices that run."""
    return notices.running(database, place.community_id, place.today)
