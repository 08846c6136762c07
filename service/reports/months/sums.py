"""One month beside the points: hours by kind and team, goods and discounts by shop and good."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from service import programmes
from service.db import Database
from service.reports.months.books import PLACES, WHOSE, is_large, last_of
from service.reports.months.subjects import Kind, Subject

SERVED = """FROM people_volunteers v LEFT JOIN people_teams m ON m.id = v.team_id
  LEFT JOIN people_units c ON c.id = m.community_id
  JOIN activities_awards w ON w.volunteer_id = v.id AND w.service_month = %(month)s
WHERE {whose} AND w.status IN ('noticed', 'posted') AND w.minutes > 0"""
# One reading of the month's awards, added up twice: by kind of service and by team.
HOURS = f"""SELECT GROUPING(w.rule) = 0 AS by_kind, w.rule, coalesce(m.code, '') AS team,
  coalesce(c.code, '') AS community, coalesce(max(m.name), '') AS name, count(*) AS lines,
  count(DISTINCT w.volunteer_id) AS people, sum(w.minutes)::bigint AS minutes
{SERVED} GROUP BY GROUPING SETS ((w.rule), (m.code, c.code)) ORDER BY minutes DESC, 2, 3"""
OF_ACTIVITY = """SELECT w.rule AS code, '' AS community, w.rule AS name, count(*) AS lines,
  count(DISTINCT w.volunteer_id) AS people, sum(w.minutes)::bigint AS minutes
FROM activities_awards w WHERE w.activity_id = ANY (%(ids)s) AND w.service_month = %(month)s
  AND w.status IN ('noticed', 'posted') AND w.minutes > 0 GROUP BY w.rule ORDER BY minutes DESC"""
NET = "sum(r.{name} / r.qty * (r.qty - r.returned_qty))::bigint"
GIVEN = f"""count(*) AS sales, sum(r.qty - r.returned_qty)::bigint AS pieces,
    {NET.format(name="points")} AS points, {NET.format(name="value_fen")} AS goods_fen"""
# What is out, as in every total; what came back later is left out of the month of its sale.
OUT = """r.status IN ('captured', 'partly_reversed')
    AND r.business_day BETWEEN %(month)s AND %(last)s"""
SHOPS = f"""WITH sold AS (
  SELECT r.shop_id, {GIVEN} FROM people_volunteers v JOIN redemptions r ON r.volunteer_id = v.id
  WHERE {{whose}} AND {OUT} GROUP BY 1),
off AS (
  SELECT d.shop_id, count(*) AS bills, sum(d.discount_fen)::bigint AS discount_fen
  FROM people_volunteers v JOIN redemptions_discounts d ON d.volunteer_id = v.id
  WHERE {{whose}} AND d.business_day BETWEEN %(month)s AND %(last)s GROUP BY 1)
SELECT s.code, s.name, coalesce(o.sales, 0) AS sales, coalesce(o.points, 0) AS points,
  coalesce(o.goods_fen, 0) AS goods_fen, coalesce(f.bills, 0) AS bills,
  coalesce(f.discount_fen, 0) AS discount_fen
FROM shops s LEFT JOIN sold o ON o.shop_id = s.id LEFT JOIN off f ON f.shop_id = s.id
WHERE o.shop_id IS NOT NULL OR f.shop_id IS NOT NULL ORDER BY s.code"""
GOODS = f"""SELECT g.code, g.name, {GIVEN} FROM redemptions r JOIN shops_goods g ON g.id = r.good_id
WHERE r.shop_id = ANY (%(ids)s) AND {OUT} GROUP BY 1, 2 ORDER BY points DESC, g.code"""
BILLS = """SELECT count(*) AS bills, coalesce(sum(bill_fen), 0)::bigint AS bill_fen,
  coalesce(sum(discount_fen), 0)::bigint AS discount_fen FROM redemptions_discounts
WHERE shop_id = ANY (%(ids)s) AND business_day BETWEEN %(month)s AND %(last)s"""


@dataclass(frozen=True, slots=True)
class Shares:
    """How a month of a subject falls into parts; an empty list is one that does not apply."""

    kinds: list[dict[str, Any]]
    teams: list[dict[str, Any]]
    shops: list[dict[str, Any]]
    goods: list[dict[str, Any]]
    bills: dict[str, Any] | None = None


def read(database: Database, subject: Subject, month: date) -> Shares:
    """Return the parts of a subject's month."""
    params = {"ids": list(subject.ids), "month": month, "last": last_of(month)}
    if subject.kind == Kind.SHOP:
        bills = database.call(BILLS, params)
        return Shares([], [], [], database.rows(GOODS, params), bills)
    if subject.kind == Kind.ACTIVITY:
        kinds = database.rows(OF_ACTIVITY, params)
        return Shares(named(database, subject, month, kinds), [], [], [])
    if subject.kind == Kind.SUBDISTRICT and is_large(database, subject):
        return Shares([], [], [], [])  # each of its communities tells its own
    whose = WHOSE[subject.kind]
    hours = database.rows(HOURS.format(whose=whose), params)
    kinds = [{**row, "code": row["rule"], "name": row["rule"]} for row in hours if row["by_kind"]]
    teams = [{**row, "code": row["team"]} for row in hours if not row["by_kind"]]
    return Shares(
        kinds=named(database, subject, month, kinds),
        teams=teams if subject.kind in PLACES else [],
        shops=database.rows(SHOPS.format(whose=whose), params),
        goods=[],
    )


def named(
    database: Database, subject: Subject, month: date, rows: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Call each kind of service what the month's rules call it."""
    if not rows:
        return rows
    rules = programmes.rule_set(database, subject.programme_id, last_of(month))
    rates = {row["code"]: rules.rate(row["code"]) for row in rows}
    return [{**row, "name": rate.name if (rate := rates[row["code"]]) else row["code"]}
            for row in rows]  # fmt: skip
