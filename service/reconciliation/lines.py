"""One line a wallet: what it was worth, what came and went, and whether its books agree."""

# A day holds what happened on it, and what came late for days that were signed before it: those
# transfers were written after the watermark of that signature. `closing` is the balance as the
# account keeps it, less what belongs to later days; everything else is summed from the entries.
# From `first` to `day`, both included; the wallets after a booklet's number, so many or all.
WALLET_LINES = """WITH wallets AS (
  SELECT v.code, a.id, a.posted, a.debt FROM people_volunteers v
    CROSS JOIN LATERAL (SELECT x.* FROM ledger_places q JOIN ledger_accounts x ON x.id = q.id
    WHERE q.programme_id = v.programme_id AND q.address = 'volunteer:' || v.code
      AND q.unit = 'PTS' OFFSET 0) a
  WHERE v.programme_id = :programme AND v.code > :after
    AND (CAST(:community AS bigint) IS NULL OR v.community_id = :community)
  ORDER BY v.code LIMIT :limit),
moves AS (
  SELECT w.id, e.amount, coalesce(o.kind, t.kind) AS kind, o.id IS NOT NULL AS back,
    CASE WHEN CAST(:signed_mark AS text) IS NULL THEN t.business_day < :first OR t.kind = 'open'
         ELSE t.business_day <= :signed_day AND t.xid < CAST(:signed_mark AS xid8) END AS before,
    t.business_day > :day AS later,
    t.xid >= pg_snapshot_xmin(pg_current_snapshot()) AS unsettled
  FROM wallets w JOIN ledger_entries e ON e.account_id = w.id
    JOIN ledger_transfers t ON t.id = e.transfer_id
    LEFT JOIN ledger_transfers o ON o.id = t.reverses_id),
sums AS (
  SELECT id, sum(amount) AS entries, sum(amount) FILTER (WHERE before) AS opening,
    sum(amount) FILTER (WHERE today AND kind = 'award' AND NOT back) AS earned,
    sum(amount) FILTER (WHERE today AND kind = 'manual' AND NOT back) AS manual,
    sum(amount) FILTER (WHERE today AND kind IN ('award', 'manual') AND back) AS reversed_awards,
    sum(amount) FILTER (WHERE today AND kind = 'redeem') AS redeemed,
    sum(amount) FILTER (WHERE today AND kind = 'expire') AS expired,
    sum(amount) FILTER (WHERE today AND kind NOT IN ('award', 'manual', 'redeem', 'expire'))
      AS adjusted,
    sum(amount) FILTER (WHERE later) AS later, bool_or(unsettled AND NOT later) AS unsettled
  FROM (SELECT *, NOT before AND NOT later AS today FROM moves) m GROUP BY id)
SELECT w.code, coalesce(s.opening, 0)::bigint AS opening, coalesce(s.earned, 0)::bigint AS earned,
  coalesce(s.manual, 0)::bigint AS manual,
  coalesce(s.reversed_awards, 0)::bigint AS reversed_awards,
  coalesce(s.redeemed, 0)::bigint AS redeemed, coalesce(s.expired, 0)::bigint AS expired,
  coalesce(s.adjusted, 0)::bigint AS adjusted,
  (w.posted - coalesce(s.later, 0))::bigint AS closing,
  w.posted = coalesce(s.entries, 0) AS kept,
  w.posted + w.debt = coalesce((SELECT sum(l.amount) FROM ledger_lots l
                                WHERE l.account_id = w.id), 0) AS in_lots,
  coalesce(s.unsettled, false) AS unsettled
FROM wallets w LEFT JOIN sums s USING (id) ORDER BY w.code"""
