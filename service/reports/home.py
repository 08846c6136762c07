"""What a volunteer sees first: points, hours, the next activity, what the points buy."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from service import programmes
from service.db import Database
from service.programmes import Tier
from service.reports.scope import REDEMPTION

PURSE = """SELECT v.code, v.programme_id, u.name AS community, c.channel,
  coalesce(a.posted, 0) AS balance, coalesce(a.held_out, 0) AS held,
  v.opening_lifetime + coalesce(w.points, 0) AS lifetime,
  v.opening_minutes + coalesce(w.minutes, 0) AS minutes,
  coalesce(w.noticed, 0) AS noticed, w.noticed_from,
  (SELECT min(expires_on) FROM ledger_lots l WHERE l.account_id = a.id AND l.amount > 0)
    AS expires_on,
  (SELECT l.amount FROM ledger_lots l WHERE l.account_id = a.id AND l.amount > 0
   ORDER BY expires_on LIMIT 1) AS expires_points
FROM people_volunteers v JOIN people_units u ON u.id = v.community_id
  CROSS JOIN LATERAL (SELECT v.channel) c
  LEFT JOIN LATERAL (SELECT x.* FROM ledger_places q JOIN ledger_accounts x ON x.id = q.id
    WHERE q.programme_id = v.programme_id AND q.address = 'volunteer:' || v.code
      AND q.unit = 'PTS' OFFSET 0) a ON true
  LEFT JOIN (SELECT volunteer_id, sum(minutes)::bigint AS minutes,
               (sum(points) FILTER (WHERE status = 'posted'))::bigint AS points,
               (sum(points) FILTER (WHERE status = 'noticed'))::bigint AS noticed,
               min(spendable_on) FILTER (WHERE status = 'noticed') AS noticed_from
             FROM activities_awards
             WHERE status IN ('noticed', 'posted') AND volunteer_id = %(volunteer)s
             GROUP BY volunteer_id) w ON w.volunteer_id = v.id
WHERE v.id = %(volunteer)s"""
NEXT = """SELECT t.code, t.title, t.place, t.starts_at, t.ends_at, t.business_day, s.status,
  (t.leader_id = %(volunteer)s) AS leads
FROM activities t LEFT JOIN activities_signups s
  ON s.activity_id = t.id AND s.volunteer_id = %(volunteer)s
WHERE t.closes_at > %(now)s AND t.status NOT IN ('draft', 'cancelled')
  AND (t.leader_id = %(volunteer)s OR s.status IN ('confirmed', 'waiting', 'came'))
ORDER BY t.starts_at, t.id LIMIT 1"""
GOODS = """SELECT g.name, g.points, g.code, s.code AS shop_code, g.picture,
  regexp_replace(s.name, '^.*·', '') AS shop,
  g.daily_limit - coalesce(d.taken, 0) AS left_today
FROM shops_goods g JOIN shops s ON s.id = g.shop_id
  LEFT JOIN shops_good_days d ON d.good_id = g.id AND d.day = %(day)s
WHERE s.programme_id = %(programme)s AND s.status = 'admitted' AND g.active AND g.stock > 0
  AND (g.daily_limit IS NULL OR coalesce(d.taken, 0) < g.daily_limit)
ORDER BY (g.points <= %(balance)s) DESC, abs(g.points - %(balance)s), g.points DESC, g.code
LIMIT %(limit)s"""
SHOPS = "SELECT count(*) AS n FROM shops WHERE programme_id = %(programme)s AND status = 'admitted'"
HISTORY = f"""SELECT e.seq, e.transfer_id, e.amount, e.balance, t.kind, t.business_day,
  t.occurred_at, coalesce(o.kind, t.kind) AS of_kind, o.id IS NOT NULL AS back,
  coalesce(c.title, s.name || ' · ' || g.name) AS what, coalesce(o.memo, t.memo) ->> 'by' AS by
FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
  JOIN ledger_transfers t ON t.id = e.transfer_id
  LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
  LEFT JOIN activities_awards w ON w.transfer_id = CASE WHEN o.id IS NULL THEN t.id ELSE o.id END
  LEFT JOIN activities c ON c.id = w.activity_id
  LEFT JOIN {REDEMPTION}
  LEFT JOIN shops s ON s.id = r.shop_id LEFT JOIN shops_goods g ON g.id = r.good_id
WHERE a.programme_id = %(programme)s AND a.address = %(address)s AND a.unit = 'PTS'
  AND (%(before)s::bigint IS NULL OR e.seq < %(before)s)
ORDER BY e.seq DESC LIMIT %(limit)s"""
PAGE = 30
NEARBY = 5


@dataclass(frozen=True, slots=True)
class Purse:
    """A volunteer's standing: what can be spent, what was ever earned, what was served."""

    code: str
    programme_id: int
    community: str
    balance: int
    held: int
    lifetime: int
    minutes: int
    tier: Tier
    expires_on: date | None
    expires_points: int | None
    noticed: int  # points that come when their notice is over
    noticed_from: date | None  # the first day on which some of them come

    @property
    def free(self) -> int:
        """Return what can be spent now: what is set aside is spoken for."""
        return self.balance - self.held

    @property
    def tail(self) -> str:
        """Return what may be shown of the booklet's number."""
        return self.code[-3:]


def purse(database: Database, *, volunteer_id: int, day: date) -> Purse:
    """Return the standing of a volunteer who exists, as of a day's rules."""
    row = database.call(PURSE, {"volunteer": volunteer_id})
    assert row is not None, volunteer_id
    rules = programmes.rule_set(database, row["programme_id"], day)
    return Purse(
        code=row["code"],
        programme_id=row["programme_id"],
        community=row["community"],
        balance=row["balance"],
        held=row["held"],
        lifetime=row["lifetime"],
        minutes=row["minutes"],
        tier=rules.tier(row["lifetime"]),
        expires_on=row["expires_on"],
        expires_points=row["expires_points"],
        noticed=row["noticed"],
        noticed_from=row["noticed_from"],
    )


def next_activity(database: Database, *, volunteer_id: int, now: datetime) -> dict[str, Any] | None:
    """Return the next activity that the volunteer leads or is signed up for, or None."""
    return database.call(NEXT, {"volunteer": volunteer_id, "now": now})


def goods_nearby(
    database: Database, *, programme_id: int, balance: int, day: date, limit: int = NEARBY
) -> list[dict[str, Any]]:
    """Return goods in stock: first what the points buy, nearest first; then what is just missed."""
    params = {"programme": programme_id, "balance": balance, "day": day, "limit": limit}
    return database.rows(GOODS, params)


def shop_count(database: Database, *, programme_id: int) -> int:
    """Return how many shops take part."""
    row = database.call(SHOPS, {"programme": programme_id})
    return row["n"] if row else 0


def history(database: Database, held: Purse, *, before: int | None = None) -> list[dict[str, Any]]:
    """Return a page of a volunteer's points, newest first, one row more than a page holds."""
    params = {"programme": held.programme_id, "address": f"volunteer:{held.code}"}
    return database.rows(HISTORY, {**params, "before": before, "limit": PAGE + 1})
