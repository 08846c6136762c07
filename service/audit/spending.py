"""Rules about how points are spent: by booklets that slept, and at once in one shop."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter

from service.audit.rule import ASK, LOOK, Finding, Rule
from service.i18n import N_
from service.programmes import RuleSet

# What the clock does by itself wakes nobody, and neither does what was awarded by hand just before:
# that is how a booklet that somebody found is filled.
WAKING = """WITH first AS (
  SELECT DISTINCT ON (r.volunteer_id) r.volunteer_id, r.id, r.key, r.transfer_id, r.points, r.via,
    s.code AS shop, r.business_day AS day
  FROM shops s JOIN redemptions r ON r.shop_id = s.id
    AND r.business_day BETWEEN %(since)s AND %(until)s
    AND r.status IN ('captured', 'partly_reversed') AND r.volunteer_id IS NOT NULL
  WHERE s.programme_id = %(programme)s ORDER BY r.volunteer_id, r.occurred_at, r.id)
SELECT f.id, f.key, f.transfer_id, f.points, f.via, f.shop, f.day,
  v.code AS volunteer, v.community_id,
  coalesce(last.day, (a.opened_at AT TIME ZONE 'Asia/Shanghai')::date) AS moved_on,
  last.transfer_id AS moved_by
FROM first f JOIN people_holders v ON v.id = f.volunteer_id
  CROSS JOIN LATERAL (SELECT x.id, x.opened_at
    FROM ledger_places q JOIN ledger_accounts x ON x.id = q.id
    WHERE q.programme_id = %(programme)s AND q.address = 'volunteer:' || v.code
      AND q.unit = 'PTS' OFFSET 0) a
  CROSS JOIN LATERAL (SELECT x.seq FROM ledger_entries x
    WHERE x.transfer_id = f.transfer_id AND x.account_id = a.id OFFSET 0) e
  LEFT JOIN LATERAL (SELECT t.id AS transfer_id, t.business_day AS day
    FROM ledger_entries p JOIN ledger_transfers t ON t.id = p.transfer_id
    WHERE p.account_id = a.id AND p.seq < e.seq
      AND t.kind NOT IN ('expire', 'adjust', 'reverse', 'void')
      AND (t.kind <> 'manual' OR t.business_day <= f.day - 30)
    ORDER BY p.seq DESC LIMIT 1) last ON true
WHERE f.day - coalesce(last.day, (a.opened_at AT TIME ZONE 'Asia/Shanghai')::date)
  >= %(dormant_days)s
ORDER BY f.id"""

# The whole month of whoever bought in the period: what is repeated shows only over time.
QUICK = """WITH touched AS (
  SELECT r.volunteer_id, r.shop_id, date_trunc('month', r.business_day)::date AS month
  FROM shops s JOIN redemptions r ON r.shop_id = s.id
    AND r.business_day BETWEEN %(since)s AND %(until)s
    AND r.status IN ('captured', 'partly_reversed') AND r.volunteer_id IS NOT NULL
  WHERE s.programme_id = %(programme)s GROUP BY 1, 2, 3),
often AS (
  SELECT * FROM (SELECT t.month, r.id, r.key, r.volunteer_id, r.shop_id, r.transfer_id, r.points,
      r.occurred_at, r.business_day AS day,
      count(*) OVER (PARTITION BY t.volunteer_id, t.shop_id, t.month) AS times
    FROM touched t CROSS JOIN LATERAL (SELECT * FROM redemptions r
        WHERE r.volunteer_id = t.volunteer_id AND r.business_day >= t.month
          AND r.business_day < t.month + interval '1 month' OFFSET 0) r
    WHERE r.shop_id = t.shop_id AND r.status IN ('captured', 'partly_reversed')) x
  WHERE times >= %(spree_times)s)
SELECT o.id, o.key, o.transfer_id, o.month, o.day, o.points, o.occurred_at, s.code AS shop,
  v.code AS volunteer, v.community_id, w.id AS award_transfer_id, w.recorded_at AS awarded_at
FROM often o JOIN people_holders v ON v.id = o.volunteer_id JOIN shops s ON s.id = o.shop_id
  CROSS JOIN LATERAL (SELECT e.account_id, e.seq FROM ledger_entries e
    JOIN ledger_accounts a ON a.id = e.account_id AND a.by_lots
    WHERE e.transfer_id = o.transfer_id OFFSET 0) e
  CROSS JOIN LATERAL (SELECT t.id, t.recorded_at
    FROM ledger_entries p JOIN ledger_transfers t ON t.id = p.transfer_id
    WHERE p.account_id = e.account_id AND p.seq BETWEEN e.seq - 3 AND e.seq - 1
      AND t.kind IN ('award', 'manual') AND t.recorded_at <= o.occurred_at
      AND t.recorded_at >= o.occurred_at - make_interval(mins => %(spree_minutes)s::integer)
    ORDER BY p.seq DESC LIMIT 1) w
ORDER BY v.code, s.code, o.month, o.occurred_at, o.id"""


@dataclass(frozen=True, slots=True)
class Waking:
    """The first sale of somebody in a period, and when points moved there before it."""

    id: int
    key: str
    transfer_id: int
    points: int
    via: str
    shop: str
    day: date
    volunteer: str
    community_id: int
    moved_on: date  # or the day the account was opened
    moved_by: int | None


@dataclass(frozen=True, slots=True)
class Quick:
    """A sale soon after an award."""

    id: int
    key: str
    transfer_id: int
    month: date
    day: date
    points: int
    occurred_at: datetime
    shop: str
    volunteer: str
    community_id: int
    award_transfer_id: int
    awarded_at: datetime


def wakes(facts: Iterable[Waking], rules: RuleSet) -> Iterator[Finding]:
    """Find booklets on which nothing moved for very long, and which then spend."""
    for sale in facts:
        slept = (sale.day - sale.moved_on).days
        if slept >= rules.audit.dormant_days:
            evidence = {
                "redemptions": [sale.key],
                "transfers": [one for one in (sale.moved_by, sale.transfer_id) if one],
                "shops": [sale.shop],
                "volunteers": [sale.volunteer],
                "days": slept,
                "points": sale.points,
                "via": sale.via,
            }
            subject = f"volunteer:{sale.volunteer}"
            yield Finding(str(sale.id), subject, sale.community_id, sale.day, evidence)


def sprees(facts: Iterable[Quick], rules: RuleSet) -> Iterator[Finding]:
    """Find who spends in one shop what was awarded within the hour, several times a month."""
    same = attrgetter("volunteer", "shop", "month")
    for (volunteer, shop, month), rows in groupby(facts, same):
        sales = list(rows)
        if len(sales) >= rules.audit.spree_times:
            evidence = {
                "redemptions": [one.key for one in sales],
                "transfers": sorted(
                    {each for one in sales for each in (one.award_transfer_id, one.transfer_id)}
                ),
                "shops": [shop],
                "volunteers": [volunteer],
                "points": sum(one.points for one in sales),
                "times": len(sales),
            }
            last = sales[-1]
            key = f"{volunteer}:{shop}:{month:%Y-%m}"
            yield Finding(key, f"volunteer:{volunteer}", last.community_id, last.day, evidence)


RULES = (
    Rule("dormant_booklet_wakes", N_("A booklet wakes up and spends"), LOOK, Waking, WAKING, wakes),
    Rule("spends_award_at_once", N_("Awards spent at once in one shop"), ASK, Quick, QUICK, sprees),
)
