"""The secretary's first look: the day's equation, what waits, what is late, two weeks of points."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from service.db import Database
from service.reports.figures import totals
from service.reports.scope import Period, Scope

CHART_DAYS = 14
LIST_MAX = 5
CHART = """SELECT d.day::date AS day,
  coalesce(sum(e.amount) FILTER (WHERE coalesce(o.kind, t.kind) IN ('award', 'manual')), 0)::bigint
    AS issued,
  -coalesce(sum(e.amount) FILTER (WHERE coalesce(o.kind, t.kind) = 'redeem'), 0)::bigint AS redeemed
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d (day)
  LEFT JOIN ledger_transfers t ON t.programme_id = %(programme)s AND t.business_day = d.day::date
  LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
  LEFT JOIN (SELECT e.transfer_id, e.amount FROM ledger_entries e
    JOIN ledger_accounts a ON a.id = e.account_id AND a.by_lots
    JOIN people_volunteers v
      ON v.programme_id = a.programme_id AND a.address = 'volunteer:' || v.code
    WHERE v.community_id = ANY (%(communities)s)) e ON e.transfer_id = t.id
GROUP BY 1 ORDER BY 1"""
TO_CONFIRM = """SELECT t.code, t.title, t.starts_at, count(n.id) AS people
FROM activities t JOIN activities_attendances n ON n.activity_id = t.id
WHERE t.community_id = ANY (%(communities)s) AND t.ends_at <= %(now)s
  AND n.status IN ('in', 'out', 'undecided')
GROUP BY t.id ORDER BY t.ends_at LIMIT %(limit)s"""
WAITING_AWARDS = """SELECT w.key, w.points, w.claimed_from, w.maker, v.code AS volunteer
FROM activities_awards w JOIN people_volunteers v ON v.id = w.volunteer_id
WHERE w.status = 'waiting' AND v.community_id = ANY (%(communities)s)
ORDER BY w.entered_at LIMIT %(limit)s"""
WAITING_REVERSALS = """SELECT w.key, w.points, v.code AS volunteer
FROM activities_award_reversals r JOIN activities_awards w ON w.id = r.award_id
  JOIN people_volunteers v ON v.id = w.volunteer_id
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
  JOIN people_volunteers v ON v.id = p.volunteer_id
WHERE p.status = 'waiting' AND t.community_id = ANY (%(communities)s)
ORDER BY p.entered_at LIMIT %(limit)s"""
EXCEPTIONS = """SELECT kind, day, subject, reference, opened_at FROM reconciliation_exceptions
WHERE community_id = ANY (%(communities)s) AND status = 'open' ORDER BY day, id LIMIT 100"""
PLEDGES = """SELECT count(*) AS shops, coalesce(sum(s.pledge_fen), 0)::bigint AS pledged_fen
FROM shops s WHERE s.programme_id = %(programme)s AND s.status = 'admitted'"""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart; heights are thousandths of the largest figure shown."""

    day: date
    issued: int
    redeemed: int
    issued_height: int
    redeemed_height: int


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


def equation(database: Database, scope: Scope, day: date) -> dict[str, Any]:
    """Return the day's sums, and whether opening and what happened make up the closing."""
    found = totals(database, scope, Period.day(day))
    moved = ("earned", "manual", "reversed_awards", "redeemed", "expired", "adjusted")
    balanced = found["opening"] + sum(found[name] for name in moved) == found["closing"]
    across = found["closing"] + sum(found["ledger"].values()) == 0
    return {**found, "balanced": balanced and across}


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


def chart(database: Database, scope: Scope, last: date) -> list[Bar]:
    """Return two weeks of points issued and redeemed, net of what was reversed."""
    params = {**scope.params, "first": last - timedelta(days=CHART_DAYS - 1), "last": last}
    rows = database.rows(CHART, params)
    top = max((max(row["issued"], row["redeemed"]) for row in rows), default=0) or 1
    return [
        Bar(
            **row,
            issued_height=height(row["issued"], top),
            redeemed_height=height(row["redeemed"], top),
        )
        for row in rows
    ]


def height(value: int, top: int) -> int:
    """Return a bar's height in thousandths of the top; what is below zero has none."""
    return max(0, value) * 1000 // top


def pledges(database: Database, scope: Scope) -> dict[str, Any]:
    """Return how many shops pledged how much when they were admitted."""
    row = database.call(PLEDGES, scope.params)
    assert row is not None
    return row
