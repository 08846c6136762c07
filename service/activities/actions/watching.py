"""Looking for what no hand does: too many people too fast, or all in the same rhythm."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import text
from sqlmodel import Session

# Without activities: those whose gate is open or was an hour ago; a queue names its own.
BURSTS = text(
    """
WITH gates AS (
  SELECT a.id FROM activities a WHERE a.id = ANY(:ids)
  UNION SELECT a.id FROM activities a
  WHERE cardinality(:ids) = 0 AND a.opens_at <= :now AND a.closes_at > :now - interval '1 hour'
    AND a.late_at > :now - interval '2 days'
), seen AS (
  SELECT s.activity_id, s.actor, s.device, s.volunteer_id, coalesce(s.moment, s.occurred_at) AS at
  FROM activities_scans s JOIN gates g ON g.id = s.activity_id
  WHERE s.way = 'C1' AND s.status = 'ok' AND NOT s.already AND s.action IN ('in', 'out')
), counted AS (
  SELECT *, count(*) OVER (PARTITION BY activity_id, actor, device ORDER BY at
                           RANGE BETWEEN :within ::interval PRECEDING AND CURRENT ROW) AS people
  FROM seen
), marked AS (
  SELECT activity_id, actor, device, at, people, date_trunc('minute', at) AS minute FROM counted
  WHERE people > :people
)
INSERT INTO activities_watches (key, kind, activity_id, actor, device, detail, at)
SELECT 'burst:' || activity_id || ':' || actor || ':' || coalesce(device, '') || ':'
    || extract(epoch FROM minute)::bigint, 'burst', activity_id, actor, device,
  jsonb_build_object('people', max(people), 'seconds', extract(epoch FROM :within ::interval)::int,
                     'last', max(at)), :now
FROM marked GROUP BY activity_id, actor, device, minute
ON CONFLICT (key) DO NOTHING RETURNING id
"""
)
BURST_PEOPLE = 10
BURST_WITHIN = "30 seconds"

RHYTHMS = text(
    """
WITH gates AS (
  SELECT a.id FROM activities a WHERE a.id = ANY(:ids)
  UNION SELECT a.id FROM activities a
  WHERE cardinality(:ids) = 0 AND a.opens_at <= :now AND a.closes_at > :now - interval '1 hour'
    AND a.late_at > :now - interval '2 days'
), seen AS (
  SELECT s.id, s.activity_id, s.actor, s.device, coalesce(s.moment, s.occurred_at) AS at
  FROM activities_scans s JOIN gates g ON g.id = s.activity_id
  WHERE s.way = 'C1' AND s.status = 'ok' AND NOT s.already AND s.action IN ('in', 'out')
), gaps AS (
  SELECT *, round(extract(epoch FROM at - lag(at) OVER mine) * 10) AS gap,
    row_number() OVER mine AS place
  FROM seen WINDOW mine AS (PARTITION BY activity_id, actor, device ORDER BY at, id)
), runs AS (
  SELECT *, place - row_number() OVER (PARTITION BY activity_id, actor, device, gap
                                       ORDER BY at, id) AS run
  FROM gaps WHERE gap > 0
)
INSERT INTO activities_watches (key, kind, activity_id, actor, device, detail, at)
SELECT 'identical_gaps:' || activity_id || ':' || actor || ':' || coalesce(device, '') || ':'
    || extract(epoch FROM min(at))::bigint, 'identical_gaps', activity_id, actor, device,
  jsonb_build_object('people', count(*) + 1, 'tenths', gap, 'last', max(at)), :now
FROM runs GROUP BY activity_id, actor, device, gap, run HAVING count(*) >= :in_a_row
ON CONFLICT (key) DO NOTHING RETURNING id
"""
)
SAME_GAPS_IN_A_ROW = 6


def look_for_bursts(session: Session, *, now: datetime, activity_ids: Collection[int] = ()) -> int:
    """Write down, once each, what an audit should look at; return how many entries are new.

    Nobody is refused for it: a queue of ten people may well be quick.
    """
    params = {"ids": list(activity_ids), "now": now}
    fast = session.execute(BURSTS, params | {"people": BURST_PEOPLE, "within": BURST_WITHIN})
    even = session.execute(RHYTHMS, params | {"in_a_row": SAME_GAPS_IN_A_ROW})
    return len(fast.all()) + len(even.all())
