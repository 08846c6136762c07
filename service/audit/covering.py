"""Rules about what stands behind the points: shelves, pledges, and all of them together."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from service.audit.rule import ACT, ASK, Finding, Rule
from service.i18n import N_
from service.programmes import RuleSet

# A shop that left was given its whole pledge back: nothing of its own stands in our books. What
# does not add up now is known by the day of the last sale, whichever of its days is looked at.
SHELVES = """WITH touched AS (
  SELECT s.id, s.code, s.community_id,
    (SELECT max(r.business_day) FROM redemptions r WHERE r.shop_id = s.id) AS day
  FROM shops s
  WHERE s.programme_id = %(programme)s AND s.status <> 'left' AND EXISTS (SELECT FROM redemptions r
    WHERE r.shop_id = s.id AND r.business_day BETWEEN %(since)s AND %(until)s)),
gone AS (
  SELECT r.good_id, sum(r.qty - r.returned_qty)::integer AS qty FROM redemptions r
  WHERE r.shop_id IN (SELECT id FROM touched)
    AND r.status IN ('held', 'captured', 'partly_reversed') GROUP BY r.good_id)
SELECT t.code AS shop, t.community_id, g.code AS good, t.day,
  NULL::bigint AS count_id, NULL AS actor, g.pledged_qty - coalesce(o.qty, 0) AS booked,
  g.stock AS found
FROM touched t JOIN shops_goods g ON g.shop_id = t.id LEFT JOIN gone o ON o.good_id = g.id
WHERE g.pledged_qty - coalesce(o.qty, 0) <> g.stock
UNION ALL
SELECT s.code, s.community_id, g.code, (c.at AT TIME ZONE 'Asia/Shanghai')::date, c.id, c.actor,
  c.expected, c.counted
FROM shops s JOIN shops_goods g ON g.shop_id = s.id JOIN shops_counts c ON c.good_id = g.id
WHERE s.programme_id = %(programme)s AND c.counted <> c.expected
  AND c.at >= %(since)s::date AT TIME ZONE 'Asia/Shanghai'
  AND c.at < (%(until)s::date + 1) AT TIME ZONE 'Asia/Shanghai'
ORDER BY 1, 3, 4, 5"""

# What a pledge's account holds now: what the sealer has summed, and what it has not seen yet.
# Entries of such an account are numbered by their transfers, so those since a day are found by key.
PLEDGES = """pledges AS MATERIALIZED (
  SELECT s.id, s.code, s.community_id, a.id AS account_id, a.posted + coalesce(u.fen, 0) AS fen
  FROM shops s CROSS JOIN LATERAL (SELECT x.id, x.posted
    FROM ledger_places q JOIN ledger_accounts x ON x.id = q.id
    WHERE q.programme_id = s.programme_id AND q.address = 'pledge:' || s.code
      AND q.unit = 'CNY' OFFSET 0) a
  LEFT JOIN (SELECT e.account_id, sum(e.amount) AS fen FROM ledger_unsealed u
    JOIN ledger_entries e ON e.transfer_id = u.transfer_id GROUP BY e.account_id) u
    ON u.account_id = a.id
  WHERE s.programme_id = %(programme)s)"""

# The first transfer of any day since one. What was sold offline comes later than its day, so the
# first of the first day alone is not it; asked for all days at once, every transfer before is read.
FIRST = """first AS (SELECT min(f.id) AS id
  FROM (SELECT max(business_day) AS day FROM ledger_transfers) newest
    CROSS JOIN LATERAL (SELECT g::date AS day
      FROM generate_series({since}, newest.day, interval '1 day') g OFFSET 0) d
    CROSS JOIN LATERAL (SELECT t.id FROM ledger_transfers t
      WHERE t.business_day = d.day AND t.programme_id = %(programme)s
      ORDER BY t.id LIMIT 1) f)"""

OVERDRAWN = f"""WITH {PLEDGES},
{FIRST.format(since="%(since)s::date")},
days AS (
  SELECT p.id, p.code, p.community_id, d.day,
    p.fen + d.fen - sum(d.fen) OVER (PARTITION BY p.id ORDER BY d.day DESC) AS left_fen
  FROM first f CROSS JOIN pledges p CROSS JOIN LATERAL (
    SELECT e.effective_on AS day, sum(e.amount) AS fen FROM ledger_entries e
    WHERE e.account_id = p.account_id AND e.seq >= f.id GROUP BY e.effective_on) d)
SELECT d.code AS shop, d.community_id, d.day, d.left_fen::bigint, r.key, r.transfer_id, r.offline
FROM days d JOIN redemptions r ON r.shop_id = d.id AND r.business_day = d.day
  AND r.transfer_id IS NOT NULL
WHERE d.day BETWEEN %(since)s AND %(until)s AND d.left_fen < 0 ORDER BY d.code, d.day, r.id"""

# What stands now less what moved since: wallets and pledges on the period's last evening. The log
# is summed by days already; only what came in the last minutes is read one by one.
STANDING = f"""WITH {PLEDGES},
{FIRST.format(since="%(until)s::date + 1")},
recent AS MATERIALIZED (
  SELECT l.transfer_id FROM ledger_leaves l
  WHERE l.index >= coalesce((SELECT next FROM reports_reach), 0)
  UNION ALL SELECT transfer_id FROM ledger_unsealed),
points AS (
  SELECT sum(posted) - (SELECT coalesce(sum(d.points), 0) FROM reports_days d
      JOIN people_units u ON u.id = d.community_id AND u.programme_id = %(programme)s
    WHERE d.day > %(until)s)
    - (SELECT coalesce(sum(m.points), 0) FROM recent r CROSS JOIN LATERAL (
        SELECT x.points FROM reports_moves x WHERE x.transfer_id = r.transfer_id
          AND x.programme_id = %(programme)s AND x.day > %(until)s OFFSET 0) m) AS points
  FROM ledger_accounts WHERE programme_id = %(programme)s AND by_lots),
covered AS (
  SELECT sum(p.fen) - coalesce(sum((SELECT sum(e.amount) FROM ledger_entries e
    WHERE e.account_id = p.account_id AND e.seq >= f.id
      AND e.effective_on > %(until)s)), 0) AS fen
  FROM first f CROSS JOIN pledges p)
SELECT p.code AS programme, u.id AS community_id, %(until)s::date AS day,
  coalesce(o.points, 0)::bigint AS points, coalesce(c.fen, 0)::bigint AS pledged_fen
FROM programmes p JOIN people_units u ON u.programme_id = p.id AND u.kind = 'community'
  CROSS JOIN points o CROSS JOIN covered c
WHERE p.id = %(programme)s ORDER BY u.id"""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What should be left of a good, beside the books' own figure or what somebody counted."""

    shop: str
    community_id: int
    good: str
    day: date
    count_id: int | None
    actor: str | None
    booked: int
    found: int


@dataclass(frozen=True, slots=True)
class Overdrawn:
    """A sale of a day on whose evening a shop had given more than it pledged."""

    shop: str
    community_id: int
    day: date
    left_fen: int
    key: str
    transfer_id: int
    offline: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """All points that can be spent, beside all that is pledged for them; a row a community."""

    programme: str
    community_id: int
    day: date
    points: int
    pledged_fen: int


def shelves(facts: Iterable[Shelf], rules: RuleSet) -> Iterator[Finding]:
    """Find goods whose figures do not add up, in the books or on the shelf."""
    for shelf in facts:
        if shelf.booked != shelf.found:
            evidence = {
                "shops": [shelf.shop],
                "goods": [shelf.good],
                "counts": [shelf.count_id] if shelf.count_id else [],
                "actors": [shelf.actor] if shelf.actor else [],
                "booked": shelf.booked,
                "found": shelf.found,
            }
            key = f"{shelf.shop}:{shelf.good}:" + (
                f"count-{shelf.count_id}" if shelf.count_id else f"{shelf.day:%Y-%m}"
            )
            subject = f"shop:{shelf.shop}"
            yield Finding(key, subject, shelf.community_id, shelf.day, evidence)


def overdrawn(facts: Iterable[Overdrawn], rules: RuleSet) -> Iterator[Finding]:
    """Find shops that gave more than they pledged: once a shop and month."""
    by_month = groupby(facts, lambda one: (one.shop, f"{one.day:%Y-%m}"))
    for (shop, month), rows in by_month:
        sales = list(rows)
        evidence = {
            "redemptions": [one.key for one in sales],
            "transfers": [one.transfer_id for one in sales],
            "shops": [shop],
            "over_fen": -min(one.left_fen for one in sales),
            "offline": sum(one.offline for one in sales),
        }
        first = sales[0]
        yield Finding(f"{shop}:{month}", f"shop:{shop}", first.community_id, first.day, evidence)


def uncovered(facts: Iterable[Standing], rules: RuleSet) -> Iterator[Finding]:
    """Find points for which too little is pledged; every community of the programme is told."""
    for standing in facts:
        needed = standing.points * 100 // rules.points_per_yuan
        if standing.pledged_fen * 100 < needed * rules.audit.solvency_pct:
            evidence = {
                "points": standing.points,
                "needed_fen": needed,
                "pledged_fen": standing.pledged_fen,
            }
            key = f"{standing.community_id}:{standing.day:%Y-%m}"
            subject = f"programme:{standing.programme}"
            yield Finding(key, subject, standing.community_id, standing.day, evidence)


RULES = (
    Rule("stock_does_not_foot", N_("Stock does not add up"), ASK, Shelf, SHELVES, shelves),
    Rule("pledge_over", N_("More given than pledged"), ASK, Overdrawn, OVERDRAWN, overdrawn),
    Rule(
        "points_beyond_pledges",
        N_("More points than pledges"),
        ACT,
        Standing,
        STANDING,
        uncovered,
    ),
)
