"""What the communities of a reader issued, did and left open: nine queries, however many."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service import records, reports, sampling
from service.db import Database
from service.reports import Scope

PLACES = """SELECT u.id, u.code, u.name, count(v.id) AS heads
FROM people_units u LEFT JOIN people_volunteers v ON v.community_id = u.id
WHERE u.id = ANY (%(communities)s) GROUP BY u.id ORDER BY u.code"""
SERVED = """SELECT v.community_id, sum(w.minutes)::bigint AS minutes,
  count(DISTINCT w.volunteer_id) AS active
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
WHERE w.programme_id = %(programme)s AND w.service_day BETWEEN %(first)s AND %(last)s
  AND w.status IN ('noticed', 'posted') AND v.community_id = ANY (%(communities)s)
GROUP BY v.community_id"""
OPEN = """SELECT u.id AS community_id,
  (SELECT count(*) FROM reconciliation_exceptions e
   WHERE e.community_id = u.id AND e.status <> 'resolved') AS exceptions,
  (SELECT count(*) FROM audit_findings f
   WHERE f.community_id = u.id AND f.status = 'open') AS findings,
  (SELECT count(*) FROM cases c
   WHERE c.community_id = u.id AND c.status <> 'answered') AS cases,
  (SELECT count(*) FROM cases_objections o
   WHERE o.community_id = u.id AND o.status = 'open') AS objections
FROM people_units u WHERE u.id = ANY (%(communities)s)"""
POINTS = ("issued", "redeemed", "expired", "outstanding")
OPENED = ("exceptions", "findings", "cases", "objections")


@dataclass(frozen=True, slots=True)
class Compared:
    """One community over a month, with what is open there now."""

    code: str
    name: str
    heads: int  # registered volunteers
    active: int  # who served in the month
    minutes: int
    points: Mapping[str, int]
    open: Mapping[str, int]
    late: int
    draw: sampling.Drawn | None  # the month's random audit

    def per_head(self, name: str) -> int | None:
        """Return a figure of points for each registered volunteer, in tenths; None without any."""
        return self.points[name] * 10 // self.heads if self.heads else None

    @property
    def minutes_per_head(self) -> int | None:
        """The minutes of service for each registered volunteer; None without any."""
        return self.minutes // self.heads if self.heads else None


def compare(
    database: Database, scope: Scope, first: date, last: date, *, now: datetime
) -> list[Compared]:
    """Return the communities of a scope in the order of their codes, never of their figures."""
    params = {**scope.params, "first": first, "last": last}
    places = database.rows(PLACES, params)
    points = reports.points_by_community(database, scope, first, last)
    served = by_place(database.rows(SERVED, params))
    waiting = by_place(database.rows(OPEN, params))
    clerk = records.Clerk(scope.programme_id, scope.community_ids, now)
    late = records.late_by_community(database, clerk)
    draws = sampling.draws_of_month(database, scope.community_ids, first)
    return [
        Compared(
            code=place["code"],
            name=place["name"],
            heads=place["heads"],
            active=served.get(place["id"], {}).get("active", 0),
            minutes=served.get(place["id"], {}).get("minutes", 0),
            points={name: points.get(place["id"], {}).get(name, 0) for name in POINTS},
            open={name: waiting[place["id"]][name] for name in OPENED},
            late=late.get(place["id"], 0),
            draw=draws.get(place["id"]),
        )
        for place in places
    ]


def by_place(rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Return rows by their community."""
    return {row["community_id"]: row for row in rows}
