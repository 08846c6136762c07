"""What somebody should look at: exceptions by class and age, silent shops, pledges, licences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service import programmes, shops
from service.board.figures import CHART_DAYS, KEPT, LIST_MAX
from service.board.reach import Reach
from service.db import Database
from service.programmes import Answering

LICENCE_DAYS = 30
PERSONAL = ("MISSING_ATTENDANCE", "MANUAL_AWARD_WATCH")  # between a desk and its volunteers
AGES = ("today", "few", "late", "overdue")
WAITING = """SELECT kind, CASE WHEN aged_from > %(today)s::date - 1 THEN 'today'
    WHEN aged_from > %(today)s::date - %(yellow)s THEN 'few'
    WHEN aged_from > %(today)s::date - %(red)s THEN 'late' ELSE 'overdue' END AS age,
  count(*) AS n
FROM reconciliation_exceptions
WHERE status <> 'resolved' AND aged_from <= %(today)s AND (community_id = ANY (%(communities)s)
    OR shop_id = ANY (%(shops)s) AND NOT kind = ANY (%(personal)s))
GROUP BY 1, 2"""
SILENT = f"""WITH busy AS (
  SELECT shop_id, business_day, count(*) AS n FROM redemptions
  WHERE shop_id = ANY (%(shops)s) AND business_day BETWEEN %(first)s AND %(last)s AND {KEPT}
  GROUP BY 1, 2
  UNION ALL
  SELECT shop_id, business_day, count(*) FROM redemptions_discounts
  WHERE shop_id = ANY (%(shops)s) AND business_day BETWEEN %(first)s AND %(last)s GROUP BY 1, 2
) SELECT s.code, s.name, b.business_day AS day, sum(b.n)::bigint AS n, w.agrees, w.counted,
  d.step, count(*) OVER () AS of
FROM busy b JOIN shops s ON s.id = b.shop_id
  LEFT JOIN LATERAL (SELECT agrees, counted FROM redemptions_day_words w
    WHERE w.shop_id = b.shop_id AND w.business_day = b.business_day
    ORDER BY w.id DESC LIMIT 1) w ON true
  LEFT JOIN settlement_days d ON d.shop_id = b.shop_id AND d.day = b.business_day
WHERE d.step = 'disputed' OR w.agrees IS NOT TRUE
  AND coalesce(d.step, '') NOT IN ('confirmed', 'reviewed', 'closed')
GROUP BY s.code, s.name, b.business_day, w.agrees, w.counted, d.step
ORDER BY b.business_day, s.code LIMIT %(limit)s"""
LICENCES = """SELECT code, name, paper, until, count(*) OVER () AS of FROM (
  SELECT id, code, name, status, 'licence' AS paper, licence_until AS until FROM shops
  UNION ALL
  SELECT id, code, name, status, 'food', food_licence_until FROM shops WHERE food_licence_required
) p WHERE id = ANY (%(shops)s) AND status IN ('admitted', 'suspended') AND until <= %(soon)s
ORDER BY until, code, paper LIMIT %(limit)s"""
PLEDGES = """SELECT s.code, s.name, s.status, s.pledge_fen,
  coalesce(a.balance, 0)::bigint AS left_fen
FROM shops s LEFT JOIN ledger_balances a
  ON a.programme_id = s.programme_id AND a.unit = 'CNY' AND a.address = 'pledge:' || s.code
WHERE s.id = ANY (%(shops)s) ORDER BY s.code"""


@dataclass(frozen=True, slots=True)
class Class:
    """One class of exceptions: how many wait, by age."""

    kind: str
    by_age: dict[str, int]

    @property
    def count(self) -> int:
        """Return how many wait altogether."""
        return sum(self.by_age.values())


@dataclass(frozen=True, slots=True)
class Pledge:
    """A shop whose pledge is nearly given away, or more than that."""

    code: str
    name: str
    pledged_fen: int
    left_fen: int


def limits(database: Database, reach: Reach, today: date) -> Answering | None:
    """Return when an exception is late; None for who has no programme at all."""
    if reach.programme_id is None:
        return None
    return programmes.rule_set(database, reach.programme_id, today).answering


def exceptions(database: Database, reach: Reach, today: date) -> list[Class]:
    """Count what waits for an answer by class and age, in the order of the classes."""
    known = limits(database, reach, today)
    if known is None:
        return []
    params = {"today": today, "yellow": known.yellow_days, "red": known.red_days}
    found: dict[str, dict[str, int]] = {}
    for row in database.rows(WAITING, {**reach.params, **params, "personal": list(PERSONAL)}):
        found.setdefault(row["kind"], dict.fromkeys(AGES, 0))[row["age"]] = row["n"]
    return [Class(kind, found[kind]) for kind in sorted(found)]


def by_age(classes: Sequence[Class]) -> dict[str, int]:
    """Add the classes up."""
    return {age: sum(one.by_age[age] for one in classes) for age in AGES}


def silent(database: Database, reach: Reach, today: date) -> list[dict[str, Any]]:
    """Return the oldest shop-days of two weeks before today about which nobody said "agrees"."""
    first, last = today - timedelta(days=CHART_DAYS), today - timedelta(days=1)
    params = {**reach.params, "first": first, "last": last, "limit": LIST_MAX}
    return database.rows(SILENT, params)


def licences(database: Database, reach: Reach, today: date) -> list[dict[str, Any]]:
    """Return the licences that have run out or soon will, the first to end first."""
    soon = today + timedelta(days=LICENCE_DAYS)
    return database.rows(LICENCES, {**reach.params, "soon": soon, "limit": LIST_MAX})


def pledges(database: Database, reach: Reach) -> tuple[int, list[Pledge]]:
    """Return what is left of all pledges, and which of them run low, by the shops' codes."""
    rows = database.rows(PLEDGES, reach.params)
    low = [
        Pledge(row["code"], row["name"], row["pledge_fen"], row["left_fen"])
        for row in rows
        if row["status"] == shops.Status.ADMITTED
        and shops.runs_low(row["left_fen"], row["pledge_fen"])
    ]
    return sum(row["left_fen"] for row in rows), low
