"""The secretary's first look: the oldest of what waits, and what differs."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service.db import Database
from service.reports import Scope

LIST_MAX = 5
# From the few stays that nobody has confirmed, not from all activities that ever were.
TO_CONFIRM = """SELECT t.code, t.title, t.starts_at, n.people
FROM (SELECT activity_id, count(*) AS people FROM activities_attendances
      WHERE status IN ('in', 'out', 'undecided') GROUP BY activity_id OFFSET 0) n
  CROSS JOIN LATERAL (SELECT * FROM activities a WHERE a.id = n.activity_id OFFSET 0) t
WHERE t.community_id = ANY (%(communities)s) AND t.ends_at <= %(now)s
ORDER BY t.ends_at LIMIT %(limit)s"""
WAITING_AWARDS = """SELECT w.key, w.points, w.claimed_from, w.maker, v.code AS volunteer
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
WHERE w.status = 'waiting' AND v.community_id = ANY (%(communities)s)
ORDER BY w.entered_at LIMIT %(limit)s"""
WAITING_REVERSALS = """SELECT w.key, w.points, v.code AS volunteer
FROM activities_award_reversals r JOIN activities_awards w ON w.id = r.award_id
  JOIN people_holders v ON v.id = w.volunteer_id
WHERE r.decision IS NULL AND v.community_id = ANY (%(communities)s)
ORDER BY r.id LIMIT %(limit)s"""
WAITING_SALES = """SELECT r.id, g.name AS good, v.qty, r.points / r.qty * v.qty AS points,
  s.name AS shop
FROM redemptions_reversals v JOIN redemptions r ON r.id = v.redemption_id
  JOIN shops s ON s.id = r.shop_id JOIN shops_goods g ON g.id = r.good_id
WHERE v.approved_at IS NULL AND v.declined_at IS NULL AND s.community_id = ANY (%(communities)s)
ORDER BY r.id LIMIT %(limit)s"""
WAITING_PAPER = """SELECT p.id, t.code, t.title, v.code AS volunteer, p.maker
FROM activities_paper_lines p JOIN activities t ON t.id = p.activity_id
  JOIN people_holders v ON v.id = p.volunteer_id
WHERE p.status = 'waiting' AND t.community_id = ANY (%(communities)s)
ORDER BY p.entered_at LIMIT %(limit)s"""
EXCEPTIONS = """SELECT kind, day, subject, reference, opened_at FROM reconciliation_exceptions
WHERE community_id = ANY (%(communities)s) AND status = 'open' ORDER BY day, id LIMIT 100"""
PLEDGES = """SELECT count(*) AS shops, coalesce(sum(s.pledge_fen), 0)::bigint AS pledged_fen
FROM shops s WHERE s.programme_id = %(programme)s AND s.status = 'admitted'"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What somebody has to decide: hours to confirm, awards, reversals and paper to approve."""

    activities: list[dict[str, Any]]
    awards: list[dict[str, Any]]
    reversals: list[dict[str, Any]]
    sales: list[dict[str, Any]]
    paper: list[dict[str, Any]]

    @property
    def count(self) -> int:
        """Return how many decisions are waiting, as far as they are listed."""
        parts = (self.activities, self.awards, self.reversals, self.sales, self.paper)
        return sum(len(part) for part in parts)


def waiting(database: Database, scope: Scope, now: datetime) -> Waiting:
    """Return the oldest of what waits for a decision in these communities."""
    params = {**scope.params, "now": now, "limit": LIST_MAX}
    return Waiting(
        activities=database.rows(TO_CONFIRM, params),
        awards=database.rows(WAITING_AWARDS, params),
        reversals=database.rows(WAITING_REVERSALS, params),
        sales=database.rows(WAITING_SALES, params),
        paper=database.rows(WAITING_PAPER, params),
    )


def exceptions(database: Database, scope: Scope) -> list[dict[str, Any]]:
    """Return the open differences of the programme, oldest day first."""
    return database.rows(EXCEPTIONS, scope.params)


def ages(found: list[dict[str, Any]], today: date) -> list[tuple[str, int]]:
    """Count differences by age: today, 1–2 days, 3–6 days (yellow), 7 and more (red)."""
    days = [(today - row["day"]).days for row in found]
    bounds = (("today", 0, 0), ("few", 1, 2), ("late", 3, 6), ("overdue", 7, 10**6))
    return [(name, sum(low <= day <= high for day in days)) for name, low, high in bounds]


def pledges(database: Database, scope: Scope) -> dict[str, Any]:
    """Return how many shops pledged how much when they were admitted."""
    row = database.call(PLEDGES, scope.params)
    assert row is not None
    return row
