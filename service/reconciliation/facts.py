"""Gathering what a run compares: set-based SQL over the slices that keep it, read-only."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from service import programmes
from service.reconciliation.rules import FLAGS, Entered, Facts, Flagged, Pair, Sheet, Shelf

COUNTED = """counted AS (
  SELECT DISTINCT ON (subject) subject, count, at FROM reconciliation_counts
  WHERE community_id = :community AND day = :day AND kind = '{kind}' ORDER BY subject, id DESC)"""
SHEETS = text(
    f"""WITH {COUNTED.format(kind="paper")}
SELECT t.code AS activity, c.count AS lines,
  (SELECT count(*) FROM activities_attendances n
   WHERE n.activity_id = t.id AND n.kind = 'service') AS attendances,
  ARRAY(SELECT v.code FROM people_volunteers v
    LEFT JOIN activities_signups s ON s.volunteer_id = v.id AND s.activity_id = t.id
    WHERE (s.status IN ('confirmed', 'no_show') OR v.id = t.leader_id)
      AND NOT EXISTS (SELECT FROM activities_attendances n
                      WHERE n.activity_id = t.id AND n.volunteer_id = v.id)
    ORDER BY s.turn) AS absent
FROM counted c JOIN activities t ON t.code = c.subject
WHERE t.community_id = :community ORDER BY t.code"""
)
# What should be on the shelf when it was counted: ours now, what was sold after the count, and what
# is set aside and not handed over. What was taken back since never left it, so it is in no sum.
SHELVES = text(
    f"""WITH {COUNTED.format(kind="stock")}
SELECT s.code AS shop, g.code AS good, c.count AS counted,
  g.stock + coalesce((SELECT sum(r.qty - r.returned_qty) FROM redemptions r
    WHERE r.shop_id = s.id AND r.good_id = g.id AND r.business_day >= :day
      AND (r.status = 'held' OR r.status IN ('captured', 'partly_reversed')
           AND r.occurred_at > c.at)), 0)::integer AS booked
FROM counted c JOIN shops s ON s.code = split_part(c.subject, '/', 1)
  JOIN shops_goods g ON g.shop_id = s.id AND g.code = split_part(c.subject, '/', 2)
WHERE s.community_id = :community ORDER BY s.code, g.code"""
)
PAIRS = text(
    """SELECT DISTINCT ON (r.occurred_at, r.id) s.code AS shop, g.code AS good,
  v.code AS volunteer, e.key AS earlier, r.key AS later, r.qty,
  (extract(epoch FROM r.occurred_at - e.occurred_at) / 60)::integer AS minutes
FROM redemptions r JOIN redemptions e ON e.volunteer_id = r.volunteer_id
    AND e.shop_id = r.shop_id AND e.good_id = r.good_id
    AND e.status IN ('captured', 'partly_reversed')
    AND e.business_day BETWEEN CAST(:day AS date) - 1 AND :day
    AND (e.occurred_at, e.id) < (r.occurred_at, r.id)
    AND e.occurred_at >= r.occurred_at - make_interval(mins => :minutes)
  JOIN shops s ON s.id = r.shop_id JOIN shops_goods g ON g.id = r.good_id
  JOIN people_holders v ON v.id = r.volunteer_id
WHERE r.business_day = :day AND r.status IN ('captured', 'partly_reversed')
  AND s.community_id = :community
ORDER BY r.occurred_at, r.id, e.occurred_at DESC, e.id DESC"""
)
ENTERED = text(
    """SELECT w.maker, v.code AS volunteer, array_agg(w.key ORDER BY w.id) AS keys,
  sum(w.points)::integer AS points
FROM activities_awards w JOIN people_holders v ON v.id = w.volunteer_id
WHERE w.service_day = :day AND w.kind = 'manual' AND w.status = 'posted'
  AND v.community_id = :community
GROUP BY w.maker, v.code HAVING count(*) > 1 ORDER BY v.code, w.maker"""
)
FLAGGED = text(
    """SELECT s.code AS shop, r.key, coalesce(v.code, r.tail) AS volunteer, r.points, r.flags
FROM redemptions r JOIN shops s ON s.id = r.shop_id
  LEFT JOIN people_holders v ON v.id = r.volunteer_id
WHERE r.business_day = :day
  AND (r.status IN ('captured', 'partly_reversed') OR r.status = 'refused' AND r.offline)
  AND r.flags && CAST(:flags AS text[]) AND s.community_id = :community ORDER BY r.id"""
)


@dataclass(frozen=True, slots=True)
class CommunityDay:
    """Whose day is meant."""

    programme_id: int
    community_id: int
    day: date


def gather(session: Session, of: CommunityDay) -> Facts:
    """Read everything that a run of this day compares, each part in one statement."""
    rules = programmes.rule_set(session, of.programme_id, of.day)
    params = {"community": of.community_id, "day": of.day, "flags": list(FLAGS)}
    params["minutes"] = rules.duplicate_minutes

    def read(statement: Any) -> list[dict[str, Any]]:
        return [dict(row._mapping) for row in session.execute(statement, params)]

    return Facts(
        sheets=tuple(Sheet(**{**row, "absent": tuple(row["absent"])}) for row in read(SHEETS)),
        shelves=tuple(Shelf(**row) for row in read(SHELVES)),
        pairs=tuple(Pair(**row) for row in read(PAIRS)),
        entered=tuple(Entered(**{**row, "keys": tuple(row["keys"])}) for row in read(ENTERED)),
        flagged=tuple(Flagged(**{**row, "flags": tuple(row["flags"])}) for row in read(FLAGGED)),
    )
