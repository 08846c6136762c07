-- What a run leaves behind: matches, exceptions, the pool, and the batch's own figures.

-- name: RELEASE_1
-- The run before gives way; what people decided stays where it is.
DELETE FROM reconciliation_matches WHERE batch_id IN (SELECT id FROM run_batches)

-- name: RELEASE_2
DELETE FROM reconciliation_pool p WHERE batch_id IN (SELECT id FROM run_batches)
  AND (taken_by IS NULL OR taken_by IN (SELECT id FROM run_batches) AND NOT EXISTS (SELECT FROM run_pinned x
    WHERE x.theirs_id = p.theirs_id OR x.ours_id = p.ours_id AND x.ours_kind = p.ours_kind))

-- name: RELEASE_3
UPDATE reconciliation_pool p SET taken_by = NULL WHERE taken_by IN (SELECT id FROM run_batches)
  AND batch_id NOT IN (SELECT id FROM run_batches) AND NOT EXISTS (SELECT FROM run_pinned x
    WHERE x.theirs_id = p.theirs_id OR x.ours_id = p.ours_id AND x.ours_kind = p.ours_kind)

-- name: RELEASE_4
UPDATE reconciliation_exceptions SET ours_kind = NULL, ours_id = NULL, theirs_id = NULL
WHERE batch_id IN (SELECT id FROM run_batches) AND origin = 'batch' AND status IN ('open', 'assigned') AND suspended_fen = 0

-- name: RELEASE_5
UPDATE reconciliation_exceptions x SET ours_fen = l.ours_fen FROM run_lines l
WHERE x.ours_id = l.ours_id AND x.ours_kind = l.ours_kind AND x.batch_id = l.batch_id
  AND x.ours_fen <> l.ours_fen AND x.resolution IS DISTINCT FROM 'gone'

-- name: AGREED
-- Without a file the shop's word of the evening settles the day, if it was of the figures as they are.
UPDATE run_batches b SET agreed = coalesce(b.files = '{}' AND (b.said->'word'->>'agrees')::boolean
  AND (b.said->'word'->>'redemptions')::bigint = coalesce(l.goods, 0) AND (b.said->'word'->>'points')::bigint = coalesce(l.points, 0)
  AND (b.said->'word'->>'discounts')::bigint = coalesce(l.discounts, 0) AND (b.said->'word'->>'discount_fen')::bigint = coalesce(l.off, 0), false)
FROM run_batches a LEFT JOIN (SELECT batch_id, count(*) FILTER (WHERE ours_kind = 'good') AS goods,
  count(*) FILTER (WHERE ours_kind = 'discount') AS discounts, sum(ours_points) FILTER (WHERE ours_kind = 'good') AS points,
  sum(ours_fen) FILTER (WHERE ours_kind = 'discount') AS off FROM run_lines WHERE ours_alive
  AND batch_id = ANY(ARRAY(SELECT id FROM run_batches WHERE files = '{}')) GROUP BY batch_id) l ON l.batch_id = a.id
WHERE a.id = b.id

-- name: MATCHES
INSERT INTO reconciliation_matches (batch_id, pass, status, ours_kind, ours_id, theirs_id, diff_fen)
SELECT l.batch_id, CASE WHEN l.ours_id IS NULL OR l.theirs_id IS NULL THEN 0 ELSE 1 END, 'confirmed',
  l.ours_kind, l.ours_id, l.theirs_id, coalesce(l.theirs_fen - l.ours_fen, 0)
FROM run_lines l JOIN run_batches b ON b.id = l.batch_id WHERE class IS NULL AND (
  l.ours_id IS NOT NULL AND l.theirs_id IS NOT NULL
  OR l.ours_id IS NULL AND NOT l.theirs_alive
  OR l.theirs_id IS NULL AND (NOT l.ours_alive OR b.agreed))
UNION ALL
SELECT batch_id, pass, 'confirmed', ours_kind, ours_id, theirs_id, theirs_fen - ours_fen FROM run_pairs WHERE pass < 4

-- name: TAKEN
-- Leftovers of earlier days that found their half across the cut, and whose they are now.
CREATE TEMP TABLE run_taken ON COMMIT DROP AS
SELECT e.batch_id, e.held, e.held_id, p.batch_id AS taken_by FROM run_earlier e JOIN run_pairs p ON p.theirs_id = e.theirs_id WHERE p.pass = 4
UNION SELECT e.batch_id, e.held, e.held_id, p.batch_id FROM run_earlier e JOIN run_pairs p ON p.ours_id = e.ours_id AND p.ours_kind = e.ours_kind
WHERE p.pass = 4

-- name: TAKEN_1
-- The earlier half of a pair across the cut is left in its own batch's pool, with who took it.
UPDATE reconciliation_exceptions x SET status = 'resolved', resolution = 'gone', resolved_by = 'system', resolved_at = :now
FROM run_taken t WHERE t.held = 'exception' AND t.held_id = x.id

-- name: TAKEN_2
UPDATE reconciliation_pool x SET taken_by = t.taken_by FROM run_taken t WHERE t.held = 'pool' AND t.held_id = x.id

-- name: TAKEN_3
INSERT INTO reconciliation_pool (batch_id, why, ours_kind, ours_id, theirs_id, fen, taken_by)
SELECT ours_batch, 'cut', ours_kind, ours_id, NULL::bigint, -ours_fen, batch_id FROM run_pairs p WHERE pass = 4 AND ours_batch <> batch_id
  AND NOT EXISTS (SELECT FROM run_earlier e WHERE e.held = 'pool' AND e.ours_id = p.ours_id AND e.ours_kind = p.ours_kind)
UNION ALL
SELECT theirs_batch, 'cut', NULL::text, NULL::bigint, theirs_id, theirs_fen, batch_id FROM run_pairs p WHERE pass = 4 AND theirs_batch <> batch_id
  AND NOT EXISTS (SELECT FROM run_earlier e WHERE e.held = 'pool' AND e.theirs_id = p.theirs_id)

-- name: POOL
INSERT INTO reconciliation_pool (batch_id, why, ours_kind, ours_id, theirs_id, fen)
SELECT l.batch_id, 'unsaid', l.ours_kind, l.ours_id, NULL::bigint, -l.ours_fen FROM run_lines l JOIN run_batches b ON b.id = l.batch_id
WHERE b.files = '{}' AND NOT b.agreed AND l.ours_alive AND l.theirs_id IS NULL
UNION ALL
SELECT o.batch_id, 'cut', o.ours_kind, o.ours_id, NULL::bigint, -o.ours_fen FROM run_ours o JOIN run_batches b ON b.id = o.batch_id
WHERE o.held IS NULL AND b.waits AND o.at >= (b.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' - make_interval(mins => :cut_minutes)
UNION ALL
SELECT t.batch_id, 'cut', NULL::text, NULL::bigint, t.theirs_id, t.theirs_fen FROM run_theirs t JOIN run_batches b ON b.id = t.batch_id
WHERE t.held IS NULL AND t.nth = 1 AND b.waits AND t.at >= (b.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' - make_interval(mins => :cut_minutes)

-- name: FOUND
-- Every line that found no agreeing half, under the class that says why.
CREATE TEMP TABLE run_found ON COMMIT DROP AS
WITH lines AS (
  SELECT batch_id, class AS kind, ours_kind, ours_id, theirs_id, ours_fen, theirs_fen,
    coalesce(theirs_fen, 0) - coalesce(ours_fen, 0) AS amount_fen FROM run_lines WHERE class IS NOT NULL
  UNION ALL
  SELECT batch_id, 'CUTOFF', ours_kind, ours_id, theirs_id, CASE WHEN ours_batch = batch_id THEN ours_fen END,
    CASE WHEN theirs_batch = batch_id THEN theirs_fen END, theirs_fen - ours_fen FROM run_pairs WHERE pass = 4
  UNION ALL
  SELECT o.batch_id, 'OURS_ONLY', ours_kind, ours_id, NULL, ours_fen, NULL, -ours_fen FROM run_ours o
  WHERE held IS NULL AND NOT EXISTS (SELECT FROM reconciliation_pool p
    WHERE p.ours_id = o.ours_id AND p.ours_kind = o.ours_kind AND p.taken_by IS NULL)
  UNION ALL
  SELECT t.batch_id, CASE nth WHEN 1 THEN 'THEIRS_ONLY' ELSE 'DUPLICATE' END, NULL, NULL, theirs_id, NULL, theirs_fen, theirs_fen
  FROM run_theirs t WHERE held IS NULL AND NOT EXISTS (SELECT FROM reconciliation_pool p
    WHERE p.theirs_id = t.theirs_id AND p.taken_by IS NULL)),
named AS (SELECT l.*, coalesce(r.business_day, d.business_day, e.business_day) AS of_day,
    CASE WHEN l.kind = 'DUPLICATE' AND e.reference IS NOT NULL THEN e.reference || '#' ||
        row_number() OVER (PARTITION BY l.batch_id, l.kind, e.reference ORDER BY e.occurred_at, e.kind, e.amount_fen, e.points, e.item, e.qty, e.occurrence, e.id) + 1
      WHEN l.ours_kind = 'good' THEN r.key WHEN l.ours_kind = 'discount' THEN 'D/' || d.key
      ELSE coalesce(e.reference, '=' || left(md5(concat_ws('|', e.kind, e.item, e.qty, e.amount_fen, e.points, e.occurred_at)), 12)
        || '#' || e.occurrence) END AS reference,
    jsonb_strip_nulls(jsonb_build_object('key', coalesce(r.key, d.key), 'good', g.code, 'points', r.points, 'tail', coalesce(r.tail, d.tail),
      'at', coalesce(r.occurred_at, d.occurred_at), 'theirs', CASE WHEN e.id IS NOT NULL THEN jsonb_build_object('reference', e.reference,
        'file', e.file_id, 'line', e.line, 'item', e.item, 'qty', e.qty, 'points', e.points, 'at', e.occurred_at, 'status', e.status) END)) AS detail
  FROM lines l LEFT JOIN redemptions r ON r.id = l.ours_id AND l.ours_kind = 'good'
    LEFT JOIN redemptions_discounts d ON d.id = l.ours_id AND l.ours_kind = 'discount'
    LEFT JOIN evidence_rows e ON e.id = l.theirs_id LEFT JOIN shops_goods g ON g.id = r.good_id),
-- A shelf that agrees with the books shows that both sales of a pair were real; what it has too much is explained by the
-- pairs as far as they go. One that nobody counted shows nothing, so the pair is asked about.
shelf AS (SELECT b.id AS batch_id, s->>'good' AS good, (s->>'counted')::integer AS counted, (s->>'booked')::integer AS booked
  FROM run_batches b, jsonb_array_elements(b.said->'shelf') s),
twice AS (SELECT b.id AS batch_id, t, t->>'good' AS good, (t->>'qty')::integer AS qty
  FROM run_batches b CROSS JOIN jsonb_array_elements(b.said->'twice') t
    LEFT JOIN shelf s ON s.batch_id = b.id AND s.good = t->>'good' WHERE s.good IS NULL OR s.counted > s.booked),
rest AS (SELECT s.*, CASE WHEN counted > booked THEN greatest(0, counted - booked - coalesce((SELECT sum(t.qty) FROM twice t
      WHERE t.batch_id = s.batch_id AND t.good = s.good), 0)) ELSE counted - booked END AS difference FROM shelf s),
said AS (
  SELECT b.id AS batch_id, m.kind, r.key AS reference, CASE WHEN m.kind = 'OFFLINE_BAD' AND r.transfer_id IS NULL THEN r.value_fen END AS amount_fen,
    jsonb_build_object('key', r.key, 'points', r.points, 'flags', to_jsonb(r.flags), 'volunteer', coalesce(v.code, r.tail)) AS detail
  FROM run_batches b JOIN redemptions r ON r.shop_id = b.shop_id AND r.business_day = b.day
    JOIN LATERAL (SELECT DISTINCT x.kind FROM unnest(CAST(:flags AS text[]), CAST(:flag_kinds AS text[])) AS x (flag, kind)
      WHERE x.flag = ANY (r.flags)) m ON true
    LEFT JOIN people_volunteers v ON v.id = r.volunteer_id
  WHERE r.flags <> '{}' AND (r.status IN ('captured', 'partly_reversed') OR r.status = 'refused' AND r.offline)
  UNION ALL SELECT b.id, 'SEQ_GAP', 'device:' || (t->>'device'), NULL, t FROM run_batches b, jsonb_array_elements(b.said->'tablets') t
  UNION ALL SELECT b.id, 'FILE_BAD', left(f.sha256, 16), NULL, jsonb_build_object('sha256', f.sha256)
    FROM run_batches b, jsonb_array_elements_text(b.said->'bad_files') f (sha256)
  UNION ALL SELECT batch_id, 'STOCK_DIFF', good, NULL, to_jsonb(r) - 'batch_id' FROM rest r WHERE difference <> 0
  UNION ALL SELECT t.batch_id, 'POSSIBLE_DUPLICATE', t->>'key', NULL, t || jsonb_build_object('volunteer', coalesce(v.code, r.tail))
    FROM twice t JOIN run_batches b ON b.id = t.batch_id JOIN redemptions r ON r.shop_id = b.shop_id AND r.key = t->>'key'
      LEFT JOIN people_volunteers v ON v.id = r.volunteer_id
  UNION ALL SELECT b.id, 'PLEDGE_OVER', 'pledge', (said->>'pledge_over')::bigint, jsonb_build_object('over_fen', said->'pledge_over')
    FROM run_batches b WHERE said ? 'pledge_over'
  UNION ALL SELECT b.id, CASE WHEN (said->'word'->>'counted')::bigint < (said->'word'->>'redemptions')::bigint + (said->'word'->>'discounts')::bigint
      THEN 'OURS_ONLY' ELSE 'THEIRS_ONLY' END, 'word', NULL, said->'word'
    FROM run_batches b WHERE b.files = '{}' AND NOT (said->'word'->>'agrees')::boolean),
every AS (
  SELECT batch_id, of_day, kind, reference, ours_kind, ours_id, theirs_id, ours_fen, theirs_fen, amount_fen, detail FROM named
  UNION ALL SELECT batch_id, NULL, kind, reference, NULL, NULL, NULL, NULL, NULL, amount_fen, detail FROM said)
SELECT DISTINCT ON (b.community_id, b.shop, day, kind, reference) *, true AS fresh FROM (
  SELECT b.id AS batch_id, b.programme_id, b.community_id, b.shop_id, b.shop,
    CASE WHEN e.kind = 'CUTOFF' OR e.of_day IS NULL THEN b.day ELSE e.of_day END AS day, e.kind,
    CASE WHEN e.kind <> 'CUTOFF' AND e.of_day <> b.day THEN e.reference || '@' || b.day ELSE e.reference END AS reference,
    e.ours_kind, e.ours_id, e.theirs_id, e.ours_fen, e.theirs_fen, e.amount_fen, e.detail || jsonb_build_object('shop', b.shop) AS detail
  FROM every e JOIN run_batches b ON b.id = e.batch_id) b
ORDER BY b.community_id, b.shop, day, kind, reference, ours_id, theirs_id

-- name: KNOWN
UPDATE run_found f SET fresh = false FROM reconciliation_exceptions x WHERE x.community_id = f.community_id AND x.day = f.day
  AND x.kind = f.kind AND x.subject = f.shop AND x.reference = f.reference AND x.resolution IS DISTINCT FROM 'gone'

-- name: OPEN
INSERT INTO reconciliation_exceptions AS x (programme_id, community_id, day, kind, subject, reference, detail, status, opened_at,
  origin, shop_id, batch_id, ours_kind, ours_id, theirs_id, ours_fen, theirs_fen, amount_fen)
SELECT programme_id, community_id, day, kind, shop, reference, detail, 'open', :now,
  'batch', shop_id, batch_id, ours_kind, ours_id, theirs_id, ours_fen, theirs_fen, amount_fen FROM run_found
ON CONFLICT (community_id, day, kind, subject, reference) DO UPDATE SET shop_id = excluded.shop_id, batch_id = excluded.batch_id,
  detail = x.detail || excluded.detail, ours_kind = excluded.ours_kind, ours_id = excluded.ours_id, theirs_id = excluded.theirs_id,
  ours_fen = excluded.ours_fen, theirs_fen = excluded.theirs_fen, amount_fen = excluded.amount_fen,
  status = CASE x.resolution WHEN 'gone' THEN 'open' ELSE x.status END,
  resolved_by = CASE x.resolution WHEN 'gone' THEN NULL ELSE x.resolved_by END,
  resolved_at = CASE x.resolution WHEN 'gone' THEN NULL ELSE x.resolved_at END,
  note = CASE x.resolution WHEN 'gone' THEN NULL ELSE x.note END, resolution = nullif(x.resolution, 'gone')
WHERE x.status IN ('open', 'assigned') OR x.resolution = 'gone'

-- name: GONE
UPDATE reconciliation_exceptions x SET status = 'resolved', resolution = 'gone', resolved_by = 'system', resolved_at = :now
WHERE batch_id IN (SELECT id FROM run_batches) AND origin = 'batch' AND status IN ('open', 'assigned') AND suspended_fen = 0
  AND NOT EXISTS (SELECT FROM reconciliation_answers a WHERE a.exception_id = x.id AND a.status = 'waiting')
  AND NOT EXISTS (SELECT FROM run_found f WHERE x.community_id = f.community_id AND x.day = f.day
    AND x.kind = f.kind AND x.subject = f.shop AND x.reference = f.reference)
RETURNING x.id

-- name: GONE_WITH_YUAN
SELECT x.id FROM run_batches b CROSS JOIN LATERAL (SELECT * FROM reconciliation_exceptions WHERE batch_id = b.id OFFSET 0) x
WHERE x.origin = 'batch' AND x.status IN ('open', 'assigned') AND (x.suspended_fen <> 0 AND NOT x.kind = ANY(:line_kinds)
    OR x.suspended_fen = 0 AND EXISTS (SELECT FROM reconciliation_answers a WHERE a.exception_id = x.id AND a.status = 'waiting'))
  AND NOT EXISTS (SELECT FROM run_found f WHERE x.community_id = f.community_id AND x.day = f.day
    AND x.kind = f.kind AND x.subject = f.shop AND x.reference = f.reference) ORDER BY x.id

-- name: BAD
SELECT DISTINCT community_id, day FROM run_found WHERE kind = 'OFFLINE_BAD' AND fresh

-- name: ROUNDED
SELECT b.id FROM run_batches r JOIN reconciliation_batches b ON b.id = r.id
WHERE b.nth > 1 OR b.totals->'rounding'->>'good' <> '0' OR b.totals->'rounding'->>'discount' <> '0' ORDER BY b.id

-- name: TELL_OPENED
SELECT count(outbox_publish('ExceptionOpened', 'reconciliation:' || community_id, jsonb_build_object('day', day, 'kind', kind,
  'subject', shop, 'reference', reference, 'resolution', '', 'shop', shop, 'batch', batch_id, 'amount_fen', amount_fen), :now))
FROM run_found WHERE fresh

-- name: TELL_GONE
SELECT count(outbox_publish('ExceptionResolved', 'reconciliation:' || community_id, jsonb_build_object('day', day, 'kind', kind,
  'subject', subject, 'reference', reference, 'resolution', 'gone', 'shop', subject, 'batch', batch_id, 'amount_fen', amount_fen), :now))
FROM reconciliation_exceptions WHERE id = ANY(:gone)

-- name: TOTALS_OF_LINES
UPDATE run_batches b SET sides = jsonb_build_object(
  'ours', jsonb_build_object('lines', o_lines, 'fen', o_fen, 'points', o_points, 'good_lines', g_lines, 'good_fen', g_fen,
    'discount_lines', d_lines, 'discount_fen', d_fen),
  'theirs', jsonb_build_object('lines', t_lines, 'fen', t_fen))
FROM (SELECT a.id, count(ours_id) AS o_lines, coalesce(sum(ours_fen), 0) AS o_fen, coalesce(sum(ours_points), 0) AS o_points,
    count(*) FILTER (WHERE ours_kind = 'good' AND ours_alive) AS g_lines, coalesce(sum(ours_fen) FILTER (WHERE ours_kind = 'good'), 0) AS g_fen,
    count(*) FILTER (WHERE ours_kind = 'discount') AS d_lines, coalesce(sum(ours_fen) FILTER (WHERE ours_kind = 'discount'), 0) AS d_fen,
    count(theirs_id) AS t_lines, coalesce(sum(theirs_fen), 0) AS t_fen
  FROM run_batches a LEFT JOIN run_lines l ON l.batch_id = a.id GROUP BY a.id) l WHERE l.id = b.id

-- name: TOTALS
-- Looked up by the batches' numbers alone: whatever is said of the status in the words of an index of it would be looked
-- up there instead, among the lines of every batch there has been.
-- Of an earlier day whose leftover found its half only the pool and the exceptions have changed.
WITH touched AS (SELECT id FROM run_batches UNION SELECT batch_id FROM run_taken WHERE held = 'exception'),
  matched AS (SELECT batch_id, jsonb_object_agg(pass, n) AS passes, sum(off) AS off, sum(good_off) AS good_off FROM (
    SELECT batch_id, pass, count(*) AS n, sum(diff_fen) AS off, coalesce(sum(diff_fen) FILTER (WHERE ours_kind = 'good'), 0) AS good_off
    FROM reconciliation_matches WHERE status <> 'suggested' AND batch_id = ANY(ARRAY(SELECT id FROM run_batches)) GROUP BY 1, 2) m GROUP BY 1),
  pool AS (SELECT batch_id, count(*) AS n, sum(fen) AS fen FROM reconciliation_pool WHERE batch_id = ANY(ARRAY(SELECT id FROM touched)) GROUP BY 1),
  kinds AS (SELECT batch_id, jsonb_object_agg(kind, jsonb_build_object('n', n, 'fen', fen)) AS kinds,
      string_agg(lines, chr(10) ORDER BY kind) AS lines FROM (
    SELECT batch_id, kind, count(*) AS n, coalesce(sum(amount_fen), 0) AS fen, string_agg(concat_ws('|', kind, reference, day, ours_fen, theirs_fen,
      amount_fen), chr(10) ORDER BY day, reference COLLATE "C") AS lines
    FROM reconciliation_exceptions WHERE batch_id = ANY(ARRAY(SELECT id FROM touched)) AND origin = 'batch'
      AND resolution IS DISTINCT FROM 'gone' GROUP BY 1, 2) x GROUP BY 1),
  figures AS (SELECT c.id, coalesce(r.inputs, c.inputs) AS inputs, k.lines, CASE WHEN r.id IS NULL THEN c.totals
      ELSE r.sides || jsonb_build_object('matched', coalesce(m.passes, '{}'), 'rounding_fen', coalesce(m.off, 0), 'rounding',
      jsonb_build_object('good', coalesce(m.good_off, 0), 'discount', coalesce(m.off - m.good_off, 0))) END || jsonb_build_object(
      'pool', jsonb_build_object('lines', coalesce(p.n, 0), 'fen', coalesce(p.fen, 0)), 'exceptions', coalesce(k.kinds, '{}')) AS totals
    FROM touched t JOIN reconciliation_batches c ON c.id = t.id LEFT JOIN run_batches r ON r.id = t.id
      LEFT JOIN matched m ON m.batch_id = t.id LEFT JOIN pool p ON p.batch_id = t.id LEFT JOIN kinds k ON k.batch_id = t.id)
UPDATE reconciliation_batches b SET status = 'prepared', nth = b.nth + 1, rules = :version, inputs = f.inputs, totals = f.totals,
  digest = encode(sha256(convert_to(concat_ws('|', CAST(:version AS text), f.inputs, f.totals, f.lines), 'UTF8')), 'hex'),
  high_water = :mark, files = coalesce(to_jsonb(r.files), b.files), said = coalesce(r.said, b.said), frozen_at = :now, checked_at = :now
FROM figures f LEFT JOIN run_batches r ON r.id = f.id WHERE b.id = f.id

-- name: KEPT
INSERT INTO reconciliation_batch_runs (batch_id, nth, inputs, digest, totals, at)
SELECT id, nth, inputs, digest, totals, :now FROM reconciliation_batches WHERE frozen_at = :now AND checked_at = :now
  AND id = ANY(ARRAY(SELECT id FROM run_batches UNION SELECT batch_id FROM run_earlier)) ON CONFLICT DO NOTHING

-- name: TELL_RUN
SELECT count(outbox_publish('DayReconciled', 'batch:' || b.id, jsonb_build_object('run', b.nth, 'day', b.day, 'shop', r.shop,
  'batch', b.id, 'exceptions', (SELECT count(*) FROM reconciliation_exceptions x WHERE x.batch_id = b.id AND x.status IN ('open', 'assigned'))), :now))
FROM run_batches r JOIN reconciliation_batches b ON b.id = r.id
