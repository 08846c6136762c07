-- The lines of both sides, read once and laid beside each other by their reference.
-- From here on a run looks at nothing else: what happens meanwhile is the next run's. All statements
-- take a set of batches; a night's job has one, a year that is loaded at once has thousands.

-- name: SET
-- The batches that were asked for, and the days after them of which lines may change places.
CREATE TEMP TABLE run_batches ON COMMIT DROP AS
SELECT b.id, b.shop_id, b.day, b.programme_id, b.community_id, s.code AS shop, b.inputs AS before,
  b.nth, b.status, b.id = ANY(:ids) AS asked, (SELECT u.rate FROM unnest(CAST(:programmes AS int[]), CAST(:rates AS int[])) u (id, rate)
    WHERE u.id = b.programme_id) AS points_per_yuan,
  (SELECT u.minutes FROM unnest(CAST(:programmes AS int[]), CAST(:twice_minutes AS int[])) u (id, minutes)
    WHERE u.id = b.programme_id) AS twice_minutes,
  '{}'::jsonb AS said, ''::text AS inputs, '{}'::jsonb AS sides, false AS agreed, false AS waits,
  ARRAY(SELECT encode(f.sha256, 'hex') FROM evidence_files f
        WHERE f.shop_id = b.shop_id AND f.status = 'loaded' AND b.day BETWEEN f.first_day AND f.last_day
        ORDER BY f.sha256) AS files
FROM (SELECT unnest(CAST(:ids AS bigint[])) AS id UNION
    SELECT b.id FROM reconciliation_batches a JOIN reconciliation_batches b ON b.shop_id = a.shop_id
      AND b.day > a.day AND b.day <= a.day + :leftover_days AND b.status = 'prepared' WHERE a.id = ANY(:ids)) w
  JOIN reconciliation_batches b ON b.id = w.id JOIN shops s ON s.id = b.shop_id
WHERE b.status <> 'closed'

-- name: LOCK
SELECT id FROM reconciliation_batches WHERE shop_id IN (
  SELECT shop_id FROM reconciliation_batches WHERE id = ANY(:ids)) AND status <> 'closed'
  AND day >= (SELECT min(day) - :leftover_days FROM reconciliation_batches WHERE id = ANY(:ids))
  AND day <= (SELECT max(day) + :leftover_days FROM reconciliation_batches WHERE id = ANY(:ids))
ORDER BY id FOR NO KEY UPDATE

-- name: ANSWERED
-- Whoever asked for a comparison gets this one.
UPDATE reconciliation_batches SET answered = asks WHERE id = ANY(:ids) AND answered < asks AND status <> 'closed'

-- name: SAID
-- What the shop said of its evening, and tablets that hold what they could not send that day.
UPDATE run_batches b SET said = jsonb_strip_nulls(jsonb_build_object(
    'word', (SELECT to_jsonb(w) FROM (SELECT agrees, counted, redemptions, points, discounts, discount_fen
      FROM redemptions_day_words WHERE shop_id = b.shop_id AND business_day = b.day ORDER BY id DESC LIMIT 1) w),
    'tablets', (SELECT jsonb_agg(jsonb_build_object('device', d.id, 'queued', d.queued) ORDER BY d.id)
      FROM people_devices d WHERE d.shop_id = b.shop_id AND d.queued > 0
        AND (d.queued_since AT TIME ZONE 'Asia/Shanghai')::date = b.day),
    'bad_files', (SELECT jsonb_agg(encode(f.sha256, 'hex') ORDER BY f.sha256) FROM evidence_files f
      WHERE f.shop_id = b.shop_id AND f.status = 'bad' AND (f.read_at AT TIME ZONE 'Asia/Shanghai')::date = b.day))),
  -- The next day's file may still bring the other half of what was sold before midnight.
  waits = b.day + :leftover_days >= :today AND NOT EXISTS (SELECT FROM evidence_files f
      WHERE f.shop_id = b.shop_id AND f.status = 'loaded' AND b.day + 1 BETWEEN f.first_day AND f.last_day)

-- name: OVER
-- What a shop has given beyond its pledge by the end of the day.
UPDATE run_batches b SET said = said || jsonb_build_object('pledge_over', -p.left_fen) FROM (
  SELECT b.id, sum(d.fen) AS left_fen FROM run_batches b JOIN (
    SELECT a.programme_id, a.address, e.effective_on, sum(e.amount) AS fen FROM ledger_accounts a
      JOIN ledger_entries e ON e.account_id = a.id
    WHERE a.unit = 'CNY' AND (a.programme_id, a.address) IN (SELECT programme_id, 'pledge:' || shop FROM run_batches)
    GROUP BY 1, 2, 3) d ON d.programme_id = b.programme_id AND d.address = 'pledge:' || b.shop AND d.effective_on <= b.day
  GROUP BY b.id HAVING sum(d.fen) < 0) p WHERE p.id = b.id

-- name: SHELF
-- What was counted on the shelf that day, the last time, and what should have been there at that moment. A count of the
-- shop's own says what our books then had: less what had been sold and was recorded later, more what was set aside and
-- still lay there. One of the community's stands beside what our books have now, less what was changed since.
UPDATE run_batches b SET said = said || jsonb_build_object('shelf', k.shelf) FROM (
  WITH counts AS (
    SELECT DISTINCT ON (c.id, c.good_id) c.* FROM (
      SELECT b.id, b.day, g.id AS good_id, g.code, g.stock, c.at, c.counted, c.expected FROM run_batches b
        JOIN shops_goods g ON g.shop_id = b.shop_id JOIN shops_counts c ON c.good_id = g.id
        WHERE (c.at AT TIME ZONE 'Asia/Shanghai')::date = b.day
      UNION ALL
      SELECT b.id, b.day, g.id, g.code, g.stock, c.at, c.count, NULL FROM run_batches b
        JOIN reconciliation_counts c ON c.community_id = b.community_id AND c.day = b.day AND c.kind = 'stock'
          AND split_part(c.subject, '/', 1) = b.shop
        JOIN shops_goods g ON g.shop_id = b.shop_id AND g.code = split_part(c.subject, '/', 2)) c
    ORDER BY c.id, c.good_id, c.at DESC, c.expected NULLS LAST),
  booked AS (SELECT c.id, c.code, c.counted, CASE WHEN c.expected IS NULL THEN
      c.stock + coalesce((SELECT sum(r.qty - r.returned_qty) FROM redemptions r WHERE r.good_id = c.good_id AND r.business_day >= c.day
          AND (r.status = 'held' OR r.status IN ('captured', 'partly_reversed') AND r.occurred_at > c.at)), 0)
        - coalesce((SELECT sum(CASE p.kind WHEN 'end' THEN -p.qty ELSE p.qty END) FROM shops_pledges p
          WHERE p.good_id = c.good_id AND p.at > c.at), 0)
    ELSE c.expected + coalesce((SELECT sum(CASE WHEN r.occurred_at <= c.at AND r.recorded_at > c.at AND r.status <> 'held' THEN -r.qty
            WHEN r.recorded_at <= c.at AND (r.status = 'held' OR r.occurred_at > c.at) THEN r.qty ELSE 0 END)
          FROM redemptions r WHERE r.good_id = c.good_id AND r.business_day >= c.day - 1
            AND r.status IN ('held', 'captured', 'partly_reversed')), 0) END::integer AS booked FROM counts c)
  SELECT id, jsonb_agg(jsonb_build_object('good', code, 'counted', counted, 'booked', booked) ORDER BY code) AS shelf
  FROM booked GROUP BY id) k WHERE k.id = b.id

-- name: TWICE
-- Two sales of the same good to the same person within the minutes of the rules: the later may be the earlier one again.
UPDATE run_batches b SET said = said || jsonb_build_object('twice', k.pairs) FROM (
  SELECT b.id, jsonb_agg(jsonb_build_object('key', s.key, 'of', s.earlier, 'good', g.code, 'qty', s.qty,
      'minutes', (extract(epoch FROM s.apart) / 60)::integer) ORDER BY s.key) AS pairs
  FROM run_batches b JOIN (
    SELECT r.shop_id, r.business_day, r.good_id, r.key, r.qty, lag(r.key) OVER w AS earlier, r.occurred_at - lag(r.occurred_at) OVER w AS apart
    FROM (SELECT shop_id, day FROM run_batches UNION SELECT shop_id, day - 1 FROM run_batches) d
      JOIN redemptions r ON r.shop_id = d.shop_id AND r.business_day = d.day
    WHERE r.volunteer_id IS NOT NULL AND r.status IN ('captured', 'partly_reversed')
    WINDOW w AS (PARTITION BY r.shop_id, r.volunteer_id, r.good_id ORDER BY r.occurred_at, r.id)) s
    ON s.shop_id = b.shop_id AND s.business_day = b.day AND s.apart <= make_interval(mins => b.twice_minutes)
  JOIN shops_goods g ON g.id = s.good_id GROUP BY b.id) k WHERE k.id = b.id

-- name: LATE
-- What belongs to a closed day and came after it was closed; the shop's oldest open batch takes it.
CREATE TEMP TABLE run_late ON COMMIT DROP AS
WITH open AS (SELECT DISTINCT ON (b.shop_id) b.id, b.shop_id, b.day FROM reconciliation_batches b
    JOIN run_batches r ON r.shop_id = b.shop_id WHERE b.status <> 'closed' ORDER BY b.shop_id, b.day),
  shut AS (SELECT o.id AS batch_id, b.shop_id, b.day, b.frozen_at - interval '1 hour' AS since
    FROM open o JOIN run_batches r ON r.id = o.id JOIN reconciliation_batches b
      ON b.shop_id = o.shop_id AND b.status = 'closed' AND b.day BETWEEN o.day - :late_days AND o.day - 1),
  come AS (
    SELECT s.batch_id, 'good' AS ours_kind, r.id AS ours_id, NULL::bigint AS theirs_id FROM shut s
      JOIN redemptions r ON r.shop_id = s.shop_id AND r.business_day = s.day AND r.recorded_at >= s.since
      WHERE r.transfer_id IS NOT NULL
    UNION ALL SELECT s.batch_id, 'discount', d.id, NULL FROM shut s
      JOIN redemptions_discounts d ON d.shop_id = s.shop_id AND d.business_day = s.day AND d.recorded_at >= s.since
    UNION ALL SELECT s.batch_id, 'reversal', v.transfer_id, NULL FROM shut s
      JOIN redemptions r ON r.shop_id = s.shop_id AND r.business_day = s.day AND r.returned_qty > 0
      JOIN redemptions_reversals v ON v.redemption_id = r.id AND v.approved_at >= s.since + interval '1 hour'
      WHERE v.transfer_id IS NOT NULL
    UNION ALL SELECT s.batch_id, NULL, NULL, e.id FROM shut s
      JOIN evidence_rows e ON e.shop_id = s.shop_id AND e.business_day = s.day
      JOIN evidence_files f ON f.id = e.file_id AND f.status = 'loaded' AND f.read_at >= s.since)
SELECT c.* FROM come c WHERE NOT EXISTS (
    SELECT FROM reconciliation_matches m WHERE m.ours_id = c.ours_id AND m.ours_kind = c.ours_kind
      AND m.status = 'confirmed' AND m.batch_id <> c.batch_id)
  AND NOT EXISTS (SELECT FROM reconciliation_exceptions x WHERE x.ours_id = c.ours_id
      AND x.ours_kind = c.ours_kind AND x.resolution IS DISTINCT FROM 'gone' AND x.batch_id <> c.batch_id)
  AND NOT EXISTS (SELECT FROM reconciliation_pool p WHERE p.ours_id = c.ours_id AND p.ours_kind = c.ours_kind
      AND p.taken_by IS NULL AND p.batch_id <> c.batch_id)
  AND NOT EXISTS (SELECT FROM reconciliation_matches m WHERE m.theirs_id = c.theirs_id
      AND m.status = 'confirmed' AND m.batch_id <> c.batch_id)
  AND NOT EXISTS (SELECT FROM reconciliation_exceptions x WHERE x.theirs_id = c.theirs_id
      AND x.resolution IS DISTINCT FROM 'gone' AND x.batch_id <> c.batch_id)
  AND NOT EXISTS (SELECT FROM reconciliation_pool p WHERE p.theirs_id = c.theirs_id
      AND p.taken_by IS NULL AND p.batch_id <> c.batch_id)

-- name: NAMES
-- Words by which a shop's file may name one of its goods: what it cannot resolve says nothing.
CREATE TEMP TABLE run_names ON COMMIT DROP AS
SELECT shop_id, word, min(id) AS good_id FROM (
  SELECT shop_id, lower(code) AS word, id FROM shops_goods WHERE shop_id IN (SELECT shop_id FROM run_batches)
  UNION SELECT shop_id, lower(name), id FROM shops_goods WHERE shop_id IN (SELECT shop_id FROM run_batches)) n
GROUP BY shop_id, word HAVING count(*) = 1

-- name: REFUNDS
-- A sale and its refund under one reference undo each other: both count nothing.
CREATE TEMP TABLE run_refunds ON COMMIT DROP AS
WITH side AS (SELECT b.id AS batch_id, e.id, e.reference, e.status,
    row_number() OVER (PARTITION BY b.id, e.reference, e.status ORDER BY e.occurred_at, e.kind, e.amount_fen, e.points, e.item, e.qty, e.occurrence, e.id) AS nth
  FROM (SELECT DISTINCT shop_id, business_day, reference FROM evidence_rows
        WHERE status = 'reversed' AND shop_id IN (SELECT shop_id FROM run_batches)
          AND business_day IN (SELECT day FROM run_batches)) v
  JOIN evidence_rows e USING (shop_id, business_day, reference)
  JOIN evidence_files f ON f.id = e.file_id AND f.status = 'loaded'
  JOIN run_batches b ON b.shop_id = e.shop_id AND b.day = e.business_day)
SELECT d.id AS sale_id, r.id AS back_id FROM side d JOIN side r USING (batch_id, reference, nth)
WHERE d.status = 'done' AND r.status = 'reversed'

-- name: OURS
SELECT b.id AS batch_id, 'good' AS kind, r.id, r.key AS reference, r.good_id, r.occurred_at AS at,
    r.status IN ('captured', 'partly_reversed') AS alive,
    CASE WHEN r.status IN ('captured', 'partly_reversed') THEN r.value_fen / r.qty * (r.qty - r.returned_qty) ELSE 0 END AS fen,
    CASE WHEN r.status IN ('captured', 'partly_reversed') THEN r.points / r.qty * (r.qty - r.returned_qty) ELSE 0 END AS points,
    CASE r.flags WHEN '{}' THEN '' ELSE array_to_string(r.flags, ',') END AS flags
  FROM run_batches b JOIN redemptions r ON r.shop_id = b.shop_id AND r.business_day = b.day
  WHERE r.transfer_id IS NOT NULL
UNION ALL
SELECT b.id, 'discount', d.id, d.key, NULL, d.occurred_at, true, d.discount_fen, 0, ''
  FROM run_batches b JOIN redemptions_discounts d ON d.shop_id = b.shop_id AND d.business_day = b.day

-- name: OURS_LATE
-- Late lines are few and known by their numbers.
SELECT l.batch_id, 'good', r.id, r.key, r.good_id, r.occurred_at, r.status IN ('captured', 'partly_reversed'),
    CASE WHEN r.status IN ('captured', 'partly_reversed') THEN r.value_fen / r.qty * (r.qty - r.returned_qty) ELSE 0 END,
    CASE WHEN r.status IN ('captured', 'partly_reversed') THEN r.points / r.qty * (r.qty - r.returned_qty) ELSE 0 END,
    array_to_string(r.flags, ',')
  FROM run_late l JOIN redemptions r ON r.id = l.ours_id WHERE l.ours_kind = 'good'
UNION ALL
SELECT l.batch_id, 'discount', d.id, d.key, NULL, d.occurred_at, true, d.discount_fen, 0, ''
  FROM run_late l JOIN redemptions_discounts d ON d.id = l.ours_id WHERE l.ours_kind = 'discount'
UNION ALL
SELECT l.batch_id, 'reversal', v.transfer_id, NULL, r.good_id, v.approved_at, false, 0, 0, ''
  FROM run_late l JOIN redemptions_reversals v ON v.transfer_id = l.ours_id
    JOIN redemptions r ON r.id = v.redemption_id WHERE l.ours_kind = 'reversal'

-- name: THEIRS
SELECT b.id AS batch_id, b.points_per_yuan, e.* FROM run_batches b
  JOIN evidence_rows e ON e.shop_id = b.shop_id AND e.business_day = b.day
  JOIN evidence_files f ON f.id = e.file_id AND f.status = 'loaded'

-- name: THEIRS_LATE
SELECT b.id, b.points_per_yuan, e.* FROM run_late l JOIN run_batches b ON b.id = l.batch_id
  JOIN evidence_rows e ON e.id = l.theirs_id

-- name: LINES
-- P1. Every line of both sides, beside its other half if there is one of the same reference.
CREATE TEMP TABLE run_lines ON COMMIT DROP AS
SELECT coalesce(o.batch_id, t.batch_id) AS batch_id,
  o.kind AS ours_kind, o.id AS ours_id, o.fen AS ours_fen, o.points AS ours_points, o.alive AS ours_alive, o.hash AS ours_hash,
  t.id AS theirs_id, t.kind AS theirs_kind,
  CASE WHEN t.points = o.points AND t.unpriced THEN o.fen ELSE t.fen END AS theirs_fen, t.alive AS theirs_alive, t.hash AS theirs_hash,
  CASE WHEN o.id IS NULL OR t.id IS NULL THEN NULL
       WHEN o.alive <> t.alive THEN 'STATUS_DIFF'
       WHEN NOT o.alive THEN NULL
       WHEN o.kind <> t.kind OR t.good_id <> o.good_id THEN 'ITEM_DIFF'
       WHEN t.points <> o.points OR NOT t.unpriced AND abs(t.fen - o.fen) > :line_fen
         THEN CASE o.kind WHEN 'discount' THEN 'RATE_DIFF' ELSE 'AMOUNT_DIFF' END END AS class
FROM (SELECT o.batch_id, o.kind, o.id, o.reference, o.good_id, o.alive, o.fen, o.points,
    sha256(convert_to(concat_ws('|', o.kind, o.reference, o.good_id, o.fen, o.points, o.alive, o.flags), 'UTF8') || timestamptz_send(o.at)) AS hash
  FROM ({ours}) o) o
FULL JOIN (SELECT t.batch_id, t.id, t.kind, n.good_id, t.amount_fen IS NULL AS unpriced,
    CASE WHEN c.sale_id IS NOT NULL OR t.status = 'reversed' THEN 0 ELSE t.points END AS points,
    CASE WHEN v.back_id IS NULL THEN t.reference END AS reference,
    t.status = 'done' AND c.sale_id IS NULL AS alive,
    CASE WHEN t.status = 'done' AND c.sale_id IS NULL THEN coalesce(t.amount_fen, t.points * 100 / t.points_per_yuan) ELSE 0 END AS fen,
    sha256(convert_to(concat_ws('|', t.kind, t.reference, t.short_code, t.item, t.qty, t.amount_fen, t.bill_fen, t.points, t.status), 'UTF8')
      || coalesce(timestamptz_send(t.occurred_at), '')) AS hash
  FROM ({theirs}) t LEFT JOIN run_names n ON n.shop_id = t.shop_id AND n.word = lower(t.item)
    LEFT JOIN run_refunds c ON c.sale_id = t.id LEFT JOIN run_refunds v ON v.back_id = t.id) t
ON t.batch_id = o.batch_id AND t.reference = o.reference

-- name: DOUBLES
-- One of theirs to one of ours: of several with the reference of one sale the one like it stays.
WITH many AS (SELECT ours_id, ours_kind FROM run_lines WHERE ours_id IS NOT NULL AND theirs_id IS NOT NULL
    GROUP BY ours_id, ours_kind HAVING count(*) > 1),
  ranked AS (SELECT l.ctid AS place, row_number() OVER (PARTITION BY l.ours_id, l.ours_kind
      ORDER BY l.class IS NULL DESC, l.theirs_hash, l.theirs_id) AS nth FROM run_lines l JOIN many USING (ours_id, ours_kind))
UPDATE run_lines l SET ours_id = NULL, ours_kind = NULL, ours_fen = NULL, ours_points = NULL, ours_alive = NULL, ours_hash = NULL,
  class = CASE WHEN theirs_alive THEN 'DUPLICATE' END FROM ranked r WHERE l.ctid = r.place AND r.nth > 1

-- name: INPUTS
UPDATE run_batches b SET inputs = encode(sha256(convert_to(concat_ws('|', CAST(:version AS text), b.said, b.waits, b.files <> '{}'), 'UTF8')
    || coalesce(l.ours, '') || '\x00' || coalesce(l.theirs, '')), 'hex')
FROM run_batches a LEFT JOIN (SELECT batch_id, string_agg(ours_hash, '' ORDER BY ours_hash) AS ours,
  string_agg(theirs_hash, '' ORDER BY theirs_hash) AS theirs FROM run_lines GROUP BY batch_id) l ON l.batch_id = a.id
WHERE a.id = b.id

-- name: SAME
-- The same lines give the same result: it stays, unless a day before it has new ones.
DELETE FROM run_batches b WHERE status = 'prepared' AND inputs = before AND NOT EXISTS (
  SELECT FROM run_batches a WHERE a.shop_id = b.shop_id AND a.day < b.day AND a.day >= b.day - :leftover_days
    AND a.inputs IS DISTINCT FROM a.before) RETURNING id

-- name: FORGET
DELETE FROM run_lines WHERE batch_id = ANY(:same)

-- name: LOOKED
UPDATE reconciliation_batches SET checked_at = :now WHERE id = ANY(:same)

-- name: MARK
SELECT pg_snapshot_xmin(pg_current_snapshot())::text
