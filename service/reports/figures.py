"""Volunteers, totals and shops over a period: the statements that everything must agree with."""

from collections.abc import Collection
from typing import Any

from service import programmes
from service.db import Database
from service.reports.scope import Period, Scope

PAGE_MAX = 500
# What each entry of a wallet was, seen from the volunteer: a reversal belongs to what it reverses.
WALLET_ENTRIES = """wallets AS (
  SELECT v.id, v.code, v.opening_lifetime, v.opening_minutes, a.id AS account_id
  FROM people_volunteers v
    CROSS JOIN LATERAL (SELECT x.* FROM ledger_places q JOIN ledger_accounts x ON x.id = q.id
    WHERE q.programme_id = v.programme_id AND q.address = 'volunteer:' || v.code
      AND q.unit = 'PTS' OFFSET 0) a
  WHERE v.programme_id = %(programme)s AND v.community_id = ANY (%(communities)s)
    AND (%(codes)s::text[] IS NULL OR v.code = ANY (%(codes)s)) AND v.code > %(after)s
  ORDER BY v.code LIMIT %(limit)s),
moves AS (
  SELECT w.id, e.amount, t.business_day, coalesce(o.kind, t.kind) AS kind, o.id IS NOT NULL AS back
  FROM wallets w JOIN ledger_entries e ON e.account_id = w.account_id
    JOIN ledger_transfers t ON t.id = e.transfer_id
    LEFT JOIN ledger_transfers o ON o.id = t.reverses_id
  WHERE t.business_day <= %(last)s)"""
VOLUNTEERS = f"""WITH {WALLET_ENTRIES},
sums AS (
  SELECT id,
    sum(amount) FILTER (WHERE business_day < %(first)s OR kind = 'open') AS opening,
    sum(amount) FILTER (WHERE kind = 'award' AND NOT back AND business_day >= %(first)s) AS earned,
    sum(amount) FILTER (WHERE kind = 'manual' AND NOT back AND business_day >= %(first)s) AS manual,
    sum(amount) FILTER (WHERE kind IN ('award', 'manual') AND back
                        AND business_day >= %(first)s) AS reversed_awards,
    sum(amount) FILTER (WHERE kind = 'redeem' AND business_day >= %(first)s) AS redeemed,
    sum(amount) FILTER (WHERE kind = 'expire' AND business_day >= %(first)s) AS expired,
    sum(amount) FILTER (WHERE kind = 'adjust' AND business_day >= %(first)s) AS adjusted,
    sum(amount) AS closing
  FROM moves GROUP BY id),
served AS (
  SELECT a.volunteer_id AS id, sum(a.minutes) AS minutes,
    sum(a.points) FILTER (WHERE a.status = 'posted') AS points,
    sum(a.minutes) FILTER (WHERE a.service_day >= %(first)s) AS minutes_period
  FROM activities_awards a JOIN wallets w ON w.id = a.volunteer_id
  WHERE a.status IN ('noticed', 'posted') AND a.service_day <= %(last)s GROUP BY a.volunteer_id)
SELECT w.code, coalesce(s.opening, 0)::bigint AS opening, coalesce(s.earned, 0)::bigint AS earned,
  coalesce(s.manual, 0)::bigint AS manual,
  coalesce(s.reversed_awards, 0)::bigint AS reversed_awards,
  coalesce(s.redeemed, 0)::bigint AS redeemed, coalesce(s.expired, 0)::bigint AS expired,
  coalesce(s.adjusted, 0)::bigint AS adjusted, coalesce(s.closing, 0)::bigint AS closing,
  (w.opening_lifetime + coalesce(r.points, 0))::bigint AS lifetime,
  coalesce(r.minutes_period, 0)::bigint AS minutes_period,
  (w.opening_minutes + coalesce(r.minutes, 0))::bigint AS minutes
FROM wallets w LEFT JOIN sums s USING (id) LEFT JOIN served r USING (id) ORDER BY w.code"""

# Look-ups by key, fenced: a plan made while the tables were young would read all entries for each.
LEDGER = f"""WITH {WALLET_ENTRIES},
touched AS MATERIALIZED (
  SELECT DISTINCT e.transfer_id FROM wallets w JOIN ledger_entries e ON e.account_id = w.account_id
  CROSS JOIN LATERAL (SELECT x.business_day FROM ledger_transfers x WHERE x.id = e.transfer_id
                      OFFSET 0) t
  WHERE t.business_day <= %(last)s),
legs AS MATERIALIZED (
  SELECT l.account_id, sum(l.amount) AS amount FROM touched
  CROSS JOIN LATERAL (SELECT x.account_id, x.amount FROM ledger_entries x
                      WHERE x.transfer_id = touched.transfer_id OFFSET 0) l
  GROUP BY l.account_id)
SELECT a.address, sum(l.amount)::bigint AS balance
FROM legs l JOIN ledger_places a ON a.id = l.account_id
WHERE a.unit = 'PTS' AND NOT a.by_lots GROUP BY a.address ORDER BY a.address"""
SERVED = """SELECT count(*) AS service_records,
  coalesce(sum(a.minutes), 0)::bigint AS service_minutes
FROM activities_awards a JOIN people_holders v ON v.id = a.volunteer_id
WHERE a.status IN ('noticed', 'posted') AND a.minutes > 0
  AND a.service_day BETWEEN %(first)s AND %(last)s AND v.programme_id = %(programme)s
  AND v.community_id = ANY (%(communities)s)
  AND (%(codes)s::text[] IS NULL OR v.code = ANY (%(codes)s))"""
GIVEN = """SELECT
  (SELECT coalesce(sum(r.value_fen / r.qty * (r.qty - r.returned_qty)), 0) FROM redemptions r
   JOIN people_holders v ON v.id = r.volunteer_id
   WHERE r.status IN ('captured', 'partly_reversed')
     AND r.business_day BETWEEN %(first)s AND %(last)s
     AND v.programme_id = %(programme)s AND v.community_id = ANY (%(communities)s)
     AND (%(codes)s::text[] IS NULL OR v.code = ANY (%(codes)s)))::bigint AS goods_value_fen,
  (SELECT coalesce(sum(d.discount_fen), 0) FROM redemptions_discounts d
   JOIN people_holders v ON v.id = d.volunteer_id
   WHERE d.business_day BETWEEN %(first)s AND %(last)s
     AND v.programme_id = %(programme)s AND v.community_id = ANY (%(communities)s)
     AND (%(codes)s::text[] IS NULL OR v.code = ANY (%(codes)s)))::bigint AS discount_fen,
  (SELECT coalesce(sum(a.balance), 0) FROM shops s JOIN ledger_balances a
     ON a.programme_id = s.programme_id AND a.unit = 'CNY' AND a.address = 'pledge:' || s.code
   WHERE s.programme_id = %(programme)s)::bigint AS pledge_remaining_fen"""
SHOPS = """SELECT s.code, s.name, coalesce(r.redemptions, 0) AS redemptions,
  coalesce(r.points, 0)::bigint AS points, coalesce(r.value_fen, 0)::bigint AS value_fen,
  coalesce(r.reversed, 0) AS reversed, coalesce(d.discounts, 0) AS discounts,
  coalesce(d.discount_fen, 0)::bigint AS discount_fen
FROM shops s
LEFT JOIN (SELECT shop_id,
    count(*) FILTER (WHERE status IN ('captured', 'partly_reversed')) AS redemptions,
    sum(points / nullif(qty, 0) * (qty - returned_qty))
      FILTER (WHERE status IN ('captured', 'partly_reversed')) AS points,
    sum(value_fen / nullif(qty, 0) * (qty - returned_qty))
      FILTER (WHERE status IN ('captured', 'partly_reversed')) AS value_fen,
    count(*) FILTER (WHERE status IN ('reversed', 'voided') AND transfer_id IS NOT NULL) AS reversed
  FROM redemptions WHERE business_day BETWEEN %(first)s AND %(last)s GROUP BY shop_id) r
  ON r.shop_id = s.id
LEFT JOIN (SELECT shop_id, count(*) AS discounts, sum(discount_fen) AS discount_fen
  FROM redemptions_discounts WHERE business_day BETWEEN %(first)s AND %(last)s GROUP BY shop_id) d
  ON d.shop_id = s.id
WHERE s.code > %(after)s AND (s.id = ANY (%(shops)s)
  OR %(shops)s::bigint[] IS NULL AND s.programme_id = %(programme)s)
ORDER BY s.code LIMIT %(limit)s"""


def volunteers(
    database: Database,
    scope: Scope,
    period: Period,
    *,
    codes: Collection[str] | None = None,
    after: str = "",
    limit: int = PAGE_MAX,
) -> list[dict[str, Any]]:
    """Return each volunteer's points over a period, by booklet number after `after`.

    opening + earned + manual + reversed_awards + redeemed + expired + adjusted = closing; what
    goes out is negative. `lifetime`, `minutes` and `tier` stand as on the last day.
    """
    params = {**scope.params, **period.params, "after": after, "limit": min(limit, PAGE_MAX)}
    rows = database.rows(VOLUNTEERS, {**params, "codes": list(codes) if codes else None})
    rules = programmes.rule_set(database, scope.programme_id, period.last)
    return [{**row, "tier": rules.tier(row["lifetime"]).code} for row in rows]


def totals(
    database: Database, scope: Scope, period: Period, *, codes: Collection[str] | None = None
) -> dict[str, Any]:
    """Return the sums of `volunteers`, what the shops gave, the service done and the ledger.

    `ledger` holds the balance of every account that stands across from these wallets; together
    with the wallets' closing balances they sum to zero.
    """
    rows = every_volunteer(database, scope, period, codes)
    params: dict[str, object] = {**scope.params, **period.params, "after": "", "limit": None}
    params["codes"] = list(codes) if codes else None
    sums = {name: sum(row[name] for row in rows) for name in SUMMED}
    ledger = {row["address"]: row["balance"] for row in database.rows(LEDGER, params)}
    served, given = database.call(SERVED, params), database.call(GIVEN, params)
    assert served is not None
    assert given is not None
    return {**sums, **served, **given, "ledger": ledger, "volunteers": len(rows)}


SUMMED = (
    "opening", "earned", "manual", "reversed_awards", "redeemed", "expired", "adjusted", "closing"
)  # fmt: skip


def every_volunteer(
    database: Database, scope: Scope, period: Period, codes: Collection[str] | None
) -> list[dict[str, Any]]:
    """Return all pages of `volunteers` together."""
    found: list[dict[str, Any]] = []
    while page := volunteers(
        database, scope, period, codes=codes, after=found[-1]["code"] if found else ""
    ):
        found += page
        if len(page) < PAGE_MAX:
            break
    return found


def shops(
    database: Database,
    programme_id: int,
    period: Period,
    *,
    shop_ids: Collection[int] | None = None,
    after: str = "",
) -> list[dict[str, Any]]:
    """Return what each shop gave over a period, by shop code: goods in points and fen, discounts.

    The shops are those that are named, of whatever programme, or else all of the programme.
    What was undone counts under `reversed` only.
    """
    params = {"programme": programme_id, **period.params, "after": after, "limit": PAGE_MAX}
    return database.rows(SHOPS, {**params, "shops": None if shop_ids is None else list(shop_ids)})
