"""The points of a day from its sums: the sealed log is summed once, the rest as it is read."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from service.db import Database, one_row
from service.reports.scope import Scope
from service.scope import everywhere

CHART_DAYS = 14
ROLL_UP_LEAVES = 20_000
ROLL_UP = "SELECT reports_roll_up(%(limit)s) AS done"
# By key, one transfer at a time: what is in no sum yet is what the last minutes brought.
RECENT = """recent AS MATERIALIZED (
  SELECT l.transfer_id FROM ledger_leaves l
  WHERE l.index >= coalesce((SELECT next FROM reports_reach), 0)
  UNION ALL SELECT transfer_id FROM ledger_unsealed),
news AS MATERIALIZED (
  SELECT m.* FROM recent r CROSS JOIN LATERAL (
    SELECT * FROM reports_moves x WHERE x.transfer_id = r.transfer_id OFFSET 0) m)"""
DAYS = f"""{RECENT},
days AS (
  SELECT community_id, day, kind, back, points, moves FROM reports_days
  WHERE community_id = ANY (%(communities)s) AND day <= %(last)s
  UNION ALL
  SELECT community_id, day, kind, back, points, 1 FROM news
  WHERE community_id = ANY (%(communities)s) AND day <= %(last)s)"""
SUMS = f"""WITH {DAYS}
SELECT coalesce(sum(points) FILTER (WHERE day < %(first)s OR kind = 'open'), 0)::bigint AS opening,
  coalesce(sum(points) FILTER (WHERE kind = 'award' AND NOT back AND day >= %(first)s), 0)::bigint
    AS earned,
  coalesce(sum(points) FILTER (WHERE kind = 'manual' AND NOT back AND day >= %(first)s), 0)::bigint
    AS manual,
  coalesce(sum(points) FILTER (WHERE kind IN ('award', 'manual') AND back AND day >= %(first)s),
    0)::bigint AS reversed_awards,
  coalesce(sum(points) FILTER (WHERE kind = 'redeem' AND day >= %(first)s), 0)::bigint AS redeemed,
  coalesce(sum(points) FILTER (WHERE kind = 'expire' AND day >= %(first)s), 0)::bigint AS expired,
  coalesce(sum(points) FILTER (WHERE kind = 'adjust' AND day >= %(first)s), 0)::bigint AS adjusted,
  coalesce(sum(points), 0)::bigint AS closing
FROM days"""
CHART = f"""WITH {DAYS}
SELECT d.day::date AS day,
  coalesce(sum(m.points) FILTER (WHERE m.kind IN ('award', 'manual')), 0)::bigint AS issued,
  -coalesce(sum(m.points) FILTER (WHERE m.kind = 'redeem'), 0)::bigint AS redeemed
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d (day)
  LEFT JOIN days m ON m.day = d.day::date
GROUP BY 1 ORDER BY 1"""
# The whole programme: its accounts sum to zero, and its wallets hold what their entries say.
# An untracked account holds what the log has, and what still waits for the sealer.
ACROSS = everywhere(f"""WITH {RECENT}
SELECT coalesce(sum(a.posted + CASE WHEN a.tracked THEN 0 ELSE (
    SELECT coalesce(sum(e.amount), 0) FROM ledger_unsealed u
    JOIN ledger_entries e ON e.account_id = a.id AND e.seq = u.transfer_id) END), 0)::bigint
    AS rest,
  coalesce(sum(a.posted) FILTER (WHERE a.by_lots), 0)::bigint
    - (SELECT coalesce(sum(d.points), 0)::bigint FROM reports_days d
       JOIN people_units u ON u.id = d.community_id WHERE u.programme_id = %(programme)s)
    - (SELECT coalesce(sum(n.points), 0)::bigint FROM news n WHERE n.programme_id = %(programme)s)
    AS apart
FROM ledger_accounts a WHERE a.programme_id = %(programme)s AND a.unit = 'PTS'""")
GIVEN = """SELECT coalesce(sum(g.fen), 0)::bigint AS goods_value_fen,
  coalesce(sum(d.fen), 0)::bigint AS discount_fen,
  coalesce(sum(a.balance), 0)::bigint AS pledge_remaining_fen
FROM shops s
  LEFT JOIN ledger_balances a ON a.programme_id = s.programme_id AND a.unit = 'CNY'
    AND a.address = 'pledge:' || s.code
  LEFT JOIN LATERAL (SELECT sum(r.value_fen / r.qty * (r.qty - r.returned_qty)) AS fen
    FROM redemptions r JOIN people_holders v ON v.id = r.volunteer_id
    WHERE r.shop_id = s.id AND r.business_day BETWEEN %(first)s AND %(last)s
      AND r.status IN ('captured', 'partly_reversed') AND v.community_id = ANY (%(communities)s)
  ) g ON true
  LEFT JOIN LATERAL (SELECT sum(x.discount_fen) AS fen
    FROM redemptions_discounts x JOIN people_holders v ON v.id = x.volunteer_id
    WHERE x.shop_id = s.id AND x.business_day BETWEEN %(first)s AND %(last)s
      AND v.community_id = ANY (%(communities)s)) d ON true
WHERE s.programme_id = %(programme)s"""
WALLETS = """SELECT count(*) AS volunteers FROM people_volunteers
WHERE community_id = ANY (%(communities)s)"""
MOVED = ("earned", "manual", "reversed_awards", "redeemed", "expired", "adjusted")


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of the chart; heights are thousandths of the largest figure shown."""

    day: date
    issued: int
    redeemed: int
    issued_height: int
    redeemed_height: int


def roll_up(place: Session | Database, *, limit: int = ROLL_UP_LEAVES) -> int:
    """Sum the next leaves of the sealed log into their days; return how many. 0: all are in."""
    row = one_row(place, ROLL_UP, {"limit": limit})
    assert row is not None
    done: int = row["done"]
    return done


def points_of(database: Database, scope: Scope, first: date, last: date) -> dict[str, Any]:
    """Return the points equation of a scope over some days; what goes out is negative.

    opening + earned + manual + reversed_awards + redeemed + expired + adjusted = closing.
    """
    row = database.call(SUMS, {**scope.params, "first": first, "last": last})
    assert row is not None
    return row


def equation(database: Database, scope: Scope, day: date) -> dict[str, Any]:
    """Return a day's sums with what the shops gave, and whether the books balance: 4 queries."""
    params = {**scope.params, "first": day, "last": day}
    sums = points_of(database, scope, day, day)
    rest, given = database.call(ACROSS, params), database.call(GIVEN, params)
    wallets = database.call(WALLETS, params)
    assert rest is not None
    adds_up = sums["opening"] + sum(sums[name] for name in MOVED) == sums["closing"]
    balanced = adds_up and not rest["rest"] and not rest["apart"]
    return {**sums, **(given or {}), **(wallets or {}), "balanced": balanced}


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
