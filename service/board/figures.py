"""A day of some shops in figures: what each gave, two weeks of it, and what it said of its day."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from service.board.reach import Reach
from service.db import Database

PAGE = 50
CHART_DAYS = 14
LIST_MAX = 8
KEPT = "status IN ('captured', 'partly_reversed')"  # goods that are out, as in every total
OF_DAY = f"""WITH sold AS (
  SELECT shop_id, count(*) AS sales, sum(points / qty * (qty - returned_qty)) AS points,
    sum(value_fen / qty * (qty - returned_qty)) AS goods_fen
  FROM redemptions
  WHERE shop_id = ANY (%(shops)s) AND business_day = %(day)s AND {KEPT} GROUP BY 1
), given AS (
  SELECT shop_id, count(*) AS bills, sum(discount_fen) AS discount_fen FROM redemptions_discounts
  WHERE shop_id = ANY (%(shops)s) AND business_day = %(day)s GROUP BY 1
), told AS (
  SELECT DISTINCT ON (shop_id) shop_id, agrees, counted, at FROM redemptions_day_words
  WHERE shop_id = ANY (%(shops)s) AND business_day = %(day)s ORDER BY shop_id, id DESC
), lines AS (
  SELECT s.id, s.code, s.name, s.community_id, coalesce(o.sales, 0) AS sales,
    coalesce(o.points, 0)::bigint AS points, coalesce(o.goods_fen, 0)::bigint AS goods_fen,
    coalesce(g.bills, 0) AS bills, coalesce(g.discount_fen, 0)::bigint AS discount_fen,
    t.agrees, t.counted, t.at
  FROM shops s LEFT JOIN sold o ON o.shop_id = s.id LEFT JOIN given g ON g.shop_id = s.id
    LEFT JOIN told t ON t.shop_id = s.id
  WHERE s.id = ANY (%(shops)s) AND (s.status = 'admitted' OR o.sales > 0 OR g.bills > 0)
) """
SUMS = """count(*) AS shops, count(*) FILTER (WHERE sales + bills > 0) AS busy,
  coalesce(sum(sales), 0)::bigint AS sales, coalesce(sum(points), 0)::bigint AS points,
  coalesce(sum(goods_fen), 0)::bigint AS goods_fen, coalesce(sum(bills), 0)::bigint AS bills,
  coalesce(sum(discount_fen), 0)::bigint AS discount_fen,
  count(*) FILTER (WHERE agrees) AS agree, count(*) FILTER (WHERE NOT agrees) AS differ"""
TOTALS = f"{OF_DAY} SELECT {SUMS} FROM lines"
PLACES = f"""{OF_DAY} SELECT u.code, u.name, {SUMS}
FROM lines JOIN people_units u ON u.id = lines.community_id
GROUP BY u.code, u.name ORDER BY u.code"""
LINES = f"{OF_DAY} SELECT * FROM lines WHERE code > %(after)s ORDER BY code LIMIT %(limit)s"
BUSIEST = f"""{OF_DAY} SELECT code, name, points FROM lines WHERE points > 0
ORDER BY points DESC, code LIMIT %(limit)s"""
DAYS = f"""SELECT d.day::date AS day, coalesce(r.sales, 0) AS sales,
  coalesce(r.points, 0)::bigint AS points, coalesce(g.bills, 0) AS bills,
  coalesce(g.discount_fen, 0)::bigint AS discount_fen
FROM generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d (day)
LEFT JOIN (SELECT business_day, count(*) AS sales,
    sum(points / qty * (qty - returned_qty)) AS points
  FROM redemptions WHERE shop_id = ANY (%(shops)s)
    AND business_day BETWEEN %(first)s AND %(last)s AND {KEPT}
  GROUP BY 1) r ON r.business_day = d.day::date
LEFT JOIN (SELECT business_day, count(*) AS bills, sum(discount_fen) AS discount_fen
  FROM redemptions_discounts WHERE shop_id = ANY (%(shops)s)
    AND business_day BETWEEN %(first)s AND %(last)s
  GROUP BY 1) g ON g.business_day = d.day::date
ORDER BY 1"""


@dataclass(frozen=True, slots=True)
class ShopLines:
    """One page of the shops of a day, and the code after which the next page begins."""

    rows: list[dict[str, Any]]
    following: str | None


def totals(database: Database, reach: Reach, day: date) -> dict[str, Any]:
    """Add up a day of all shops of a reader."""
    row = database.call(TOTALS, {**reach.params, "day": day})
    assert row is not None
    return row


def places(database: Database, reach: Reach, day: date) -> list[dict[str, Any]]:
    """Add up a day for each community, in the order of their codes."""
    return database.rows(PLACES, {**reach.params, "day": day})


def lines(database: Database, reach: Reach, day: date, *, after: str = "") -> ShopLines:
    """Return one page of the shops with their day, in the order of their codes."""
    params = {**reach.params, "day": day, "after": after, "limit": PAGE + 1}
    rows = database.rows(LINES, params)
    return ShopLines(rows[:PAGE], rows[PAGE - 1]["code"] if len(rows) > PAGE else None)


def busiest(database: Database, reach: Reach, day: date) -> list[dict[str, Any]]:
    """Return the shops that gave most points' worth on a day, in the order of their codes."""
    params = {**reach.params, "day": day, "limit": LIST_MAX}
    return sorted(database.rows(BUSIEST, params), key=lambda row: str(row["code"]))


def days(database: Database, reach: Reach, last: date) -> list[dict[str, Any]]:
    """Return two weeks of sales and discounts, the quiet days too."""
    first = last - timedelta(days=CHART_DAYS - 1)
    return database.rows(DAYS, {**reach.params, "first": first, "last": last})
