"""The points equation added up by the database: from the wallets, or from the days of the log."""

from datetime import timedelta

from sqlalchemy import text

from service.reconciliation.lines import WALLET_LINES
from service.scope import everywhere

FIGURES = (
    "opening", "earned", "manual", "reversed_awards", "redeemed", "expired", "adjusted", "closing"
)  # fmt: skip
HOLDS = f"kept AND in_lots AND {' + '.join(FIGURES[:-1])} = closing"
FAULTS_MAX = 20
WALLET_SUMS = ", ".join(f"coalesce(sum({name}), 0)::bigint AS {name}" for name in FIGURES)
DAY_SUMS = ", ".join(
    f"coalesce(sum(points) FILTER (WHERE name = '{name}'), 0)::bigint AS {name}"
    for name in FIGURES[:-1]
)
# Wallets that are added up one by one while somebody waits for a page.
LIVE_MAX = 500
# A head is written a moment after its transfers were seen: those around a signature are read anew.
SEALED_BEFORE = timedelta(minutes=2)
PATIENCE = text("SET LOCAL statement_timeout = '120s'")

BY_WALLETS = text(
    f"""SELECT {WALLET_SUMS}, count(*) AS volunteers,
  count(*) FILTER (WHERE NOT ({HOLDS})) AS wrong, coalesce(bool_or(unsettled), false) AS unsettled,
  coalesce((array_agg(code ORDER BY code) FILTER (WHERE NOT ({HOLDS})))[1:{FAULTS_MAX}], '{{}}')
    AS faults
FROM ({WALLET_LINES}) lines"""
)
# What the log is summed into, and one by one what is in no sum yet. After a signature a transfer of
# a signed day is one that came late: all that were written since are read again, and what was not
# yet there then moves from the opening to its own column.
BY_DAYS = text(
    f"""WITH here AS (SELECT id FROM people_units WHERE programme_id = :programme
  AND (CAST(:community AS bigint) IS NULL OR id = :community)),
reach AS (SELECT coalesce((SELECT next FROM reports_reach), 0) AS next),
since AS (SELECT least(next, CASE WHEN CAST(:signed_mark AS text) IS NOT NULL THEN coalesce(
    (SELECT max(size) FROM ledger_heads WHERE sealed_at <= :sealed_before), 0) END) AS first
  FROM reach),
news AS MATERIALIZED (
  SELECT l.transfer_id, l.index >= (SELECT next FROM reach) AS unsummed FROM ledger_leaves l
  WHERE l.index >= (SELECT first FROM since)
  UNION ALL SELECT transfer_id, true FROM ledger_unsealed),
recent AS (
  SELECT m.day, m.kind, m.back, m.points, n.unsummed,
    m.day <= :signed_day AND x.xid >= CAST(:signed_mark AS xid8) AS late
  FROM news n JOIN ledger_transfers x ON x.id = n.transfer_id CROSS JOIN LATERAL (
    SELECT v.* FROM reports_moves v WHERE v.transfer_id = n.transfer_id OFFSET 0) m
  WHERE m.community_id IN (SELECT id FROM here) AND m.day <= :day),
moves AS (
  SELECT d.day, d.kind, d.back, d.points, false AS late FROM reports_days d
  WHERE d.community_id IN (SELECT id FROM here) AND d.day <= :day
  UNION ALL SELECT day, kind, back, points, false FROM recent WHERE unsummed
  UNION ALL SELECT day, 'open', false, -points, false FROM recent WHERE late
  UNION ALL SELECT day, kind, back, points, true FROM recent WHERE late),
columns AS (
  SELECT points, CASE WHEN NOT late AND CASE WHEN CAST(:signed_mark AS text) IS NULL
      THEN day < :first OR kind = 'open' ELSE day <= :signed_day END THEN 'opening'
    WHEN kind IN ('award', 'manual') AND back THEN 'reversed_awards'
    WHEN kind = 'award' THEN 'earned' WHEN kind = 'manual' THEN 'manual'
    WHEN kind = 'redeem' THEN 'redeemed' WHEN kind = 'expire' THEN 'expired'
    ELSE 'adjusted' END AS name FROM moves)
SELECT {DAY_SUMS}, coalesce(sum(points), 0)::bigint AS closing FROM columns"""
)
WALLETS = text(
    """SELECT count(*) FROM people_volunteers v WHERE v.programme_id = :programme
  AND (CAST(:community AS bigint) IS NULL OR v.community_id = :community)"""
)
ALL_BY_WALLETS, ALL_BY_DAYS, ALL_WALLETS = (
    text(everywhere(query.text)) for query in (BY_WALLETS, BY_DAYS, WALLETS)
)
