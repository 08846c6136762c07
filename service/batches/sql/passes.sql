-- The passes over what has no other half under its reference: each pairs only what is unambiguous.
-- What stands alone and counts nothing is settled first. A pass takes its pairs out of the leftovers,
-- so the next sees only what is left; at the end an exception or the pool holds each that remains.

-- name: PINNED
-- Lines that somebody answered for, or that a closed batch holds, are in no pass.
CREATE TEMP TABLE run_pinned ON COMMIT DROP AS
SELECT x.ours_id, x.ours_kind, x.theirs_id FROM run_batches b
  CROSS JOIN LATERAL (SELECT * FROM reconciliation_exceptions WHERE batch_id = b.id OFFSET 0) x
WHERE (x.status = 'carried' OR x.status = 'resolved' AND x.resolution <> 'gone' OR x.suspended_fen <> 0)
  AND num_nonnulls(x.ours_id, x.theirs_id) > 0
UNION ALL
SELECT p.ours_id, p.ours_kind, p.theirs_id FROM run_batches b
  CROSS JOIN LATERAL (SELECT * FROM reconciliation_pool WHERE batch_id = b.id OFFSET 0) p
WHERE p.taken_by IS NOT NULL AND p.taken_by NOT IN (SELECT id FROM run_batches)

-- name: UNPIN_THEIRS
UPDATE run_lines l SET theirs_id = NULL, theirs_fen = NULL, theirs_alive = NULL, class = NULL
FROM run_pinned p WHERE p.theirs_id = l.theirs_id

-- name: UNPIN_OURS
UPDATE run_lines l SET ours_id = NULL, ours_kind = NULL, ours_fen = NULL, ours_alive = NULL,
  class = CASE l.class WHEN 'DUPLICATE' THEN l.class END
FROM run_pinned p WHERE p.ours_id = l.ours_id AND p.ours_kind = l.ours_kind

-- name: UNPINNED
DELETE FROM run_lines WHERE ours_id IS NULL AND theirs_id IS NULL

-- name: ROUNDED
-- What differs by a fen is rounded, up to a yuan a day; in a day beyond that each line is asked about.
UPDATE run_lines l SET class = CASE ours_kind WHEN 'discount' THEN 'RATE_DIFF' ELSE 'AMOUNT_DIFF' END
FROM (SELECT batch_id FROM run_lines WHERE class IS NULL AND theirs_fen <> ours_fen
      GROUP BY batch_id HAVING sum(abs(theirs_fen - ours_fen)) > :day_fen) b
WHERE l.batch_id = b.batch_id AND class IS NULL AND theirs_fen <> ours_fen

-- name: PAIRS
CREATE TEMP TABLE run_pairs (batch_id bigint, pass smallint, ours_batch bigint, ours_kind text, ours_id bigint,
  ours_fen bigint, theirs_batch bigint, theirs_id bigint, theirs_fen bigint) ON COMMIT DROP

-- name: OURS
-- A line of ours by all that it can be known by; `held` says where a line of an earlier day lies.
CREATE TEMP TABLE run_ours ON COMMIT DROP AS
WITH wanted AS (
  SELECT l.batch_id, b.shop_id, b.day, l.ours_kind, l.ours_id, l.ours_fen, NULL::text AS held, NULL::bigint AS held_id
  FROM run_lines l JOIN run_batches b ON b.id = l.batch_id
  WHERE l.theirs_id IS NULL AND l.ours_alive AND b.files <> '{}'
  UNION ALL SELECT f.batch_id, f.shop_id, f.day, f.ours_kind, f.ours_id, f.ours_fen, f.held, f.held_id
  FROM run_earlier f WHERE f.ours_id IS NOT NULL)
SELECT w.*, r.key AS reference, lpad((r.id % 1000000)::text, 6, '0') AS receipt, lower(right(r.key, 6)) AS tail,
  r.good_id, r.points / r.qty * (r.qty - r.returned_qty) AS points, r.occurred_at AS at
FROM wanted w JOIN redemptions r ON r.id = w.ours_id WHERE w.ours_kind = 'good'
UNION ALL
SELECT w.*, d.key, lpad((d.id % 1000000)::text, 6, '0'), lower(right(d.key, 6)), NULL, 0, d.occurred_at
FROM wanted w JOIN redemptions_discounts d ON d.id = w.ours_id WHERE w.ours_kind = 'discount'

-- name: THEIRS
-- One that bears a number of ours is that sale, so it is like no other: no short number, no time.
CREATE TEMP TABLE run_theirs ON COMMIT DROP AS
WITH wanted AS (
  SELECT l.batch_id, b.shop_id, b.day, l.theirs_id, l.theirs_fen, NULL::text AS held, NULL::bigint AS held_id
  FROM run_lines l JOIN run_batches b ON b.id = l.batch_id
  WHERE l.ours_id IS NULL AND l.theirs_alive AND l.class IS NULL
  UNION ALL SELECT f.batch_id, f.shop_id, f.day, f.theirs_id, f.theirs_fen, f.held, f.held_id
  FROM run_earlier f WHERE f.theirs_id IS NOT NULL)
SELECT w.*, e.reference, CASE WHEN k.named THEN NULL ELSE lower(e.short_code) END AS short, e.kind, n.good_id, e.points,
  CASE WHEN NOT k.named THEN e.occurred_at END AS like_at, e.occurred_at AS at, e.occurrence, e.line,
  row_number() OVER (PARTITION BY w.batch_id, coalesce(e.reference, e.id::text) ORDER BY e.occurred_at, e.kind, e.amount_fen, e.points, e.item, e.qty, e.occurrence, e.id) AS nth
FROM wanted w JOIN evidence_rows e ON e.id = w.theirs_id
  LEFT JOIN run_names n ON n.shop_id = w.shop_id AND n.word = lower(e.item)
  -- With LIMIT the few are looked up by key; EXISTS would be made a hash of every sale there is.
  CROSS JOIN LATERAL (SELECT coalesce((SELECT r.id FROM redemptions r WHERE r.shop_id = w.shop_id AND r.key = e.reference LIMIT 1),
    (SELECT d.id FROM redemptions_discounts d WHERE d.shop_id = w.shop_id AND d.key = e.reference LIMIT 1)) IS NOT NULL AS named) k

-- name: EARLIER
-- What earlier days left over, as long as nobody has answered for it. OFFSET keeps the planner at the batch's number: by an
-- index of what is open it would read what is open in every shop.
CREATE TEMP TABLE run_earlier ON COMMIT DROP AS
WITH days AS (SELECT DISTINCT e.id, e.shop_id, e.day FROM run_batches b JOIN reconciliation_batches e ON e.shop_id = b.shop_id
  AND e.day >= b.day - :leftover_days AND e.day < b.day WHERE e.id NOT IN (SELECT id FROM run_batches))
SELECT d.id AS batch_id, d.shop_id, d.day, p.ours_kind, p.ours_id, -p.fen AS ours_fen, p.theirs_id, p.fen AS theirs_fen,
  'pool' AS held, p.id AS held_id
FROM days d CROSS JOIN LATERAL (SELECT * FROM reconciliation_pool WHERE batch_id = d.id OFFSET 0) p WHERE p.taken_by IS NULL
UNION ALL
SELECT d.id, d.shop_id, d.day, x.ours_kind, x.ours_id, x.ours_fen, x.theirs_id, x.theirs_fen, 'exception', x.id
FROM days d CROSS JOIN LATERAL (SELECT * FROM reconciliation_exceptions WHERE batch_id = d.id OFFSET 0) x
WHERE x.kind IN ('OURS_ONLY', 'THEIRS_ONLY') AND x.status IN ('open', 'assigned') AND x.suspended_fen = 0
  AND NOT EXISTS (SELECT FROM reconciliation_answers a WHERE a.exception_id = x.id AND a.status = 'waiting')
  AND num_nonnulls(x.ours_id, x.theirs_id) = 1
  AND EXISTS (SELECT FROM reconciliation_batches b WHERE b.id = d.id AND b.status <> 'closed')

-- name: TAKE_OURS
DELETE FROM run_ours s USING run_pairs p WHERE p.ours_id = s.ours_id AND p.ours_kind = s.ours_kind

-- name: TAKE_THEIRS
DELETE FROM run_theirs s USING run_pairs p WHERE p.theirs_id = s.theirs_id

-- name: PAIR
INSERT INTO run_pairs
SELECT CASE WHEN o.day >= t.day THEN o.batch_id ELSE t.batch_id END, {number},
  o.batch_id, o.ours_kind, o.ours_id, o.ours_fen, t.batch_id, t.theirs_id, t.theirs_fen
FROM ({chosen}) c JOIN run_ours o ON o.ours_id = c.ours_id AND o.ours_kind = c.ours_kind
  JOIN run_theirs t ON t.theirs_id = c.theirs_id

-- name: SHORT
-- P2. The last six of the number, the amount and the day; nobody else on either side has them.
SELECT * FROM (SELECT *, count(*) OVER (PARTITION BY ours_id, ours_kind) AS mine,
    count(*) OVER (PARTITION BY theirs_id) AS yours
  FROM (SELECT o.ours_id, o.ours_kind, t.theirs_id FROM run_ours o JOIN run_theirs t ON t.batch_id = o.batch_id
        AND t.short = o.receipt AND t.kind = o.ours_kind AND t.theirs_fen = o.ours_fen WHERE t.held IS NULL
          AND (t.points IS NULL OR t.points = o.points)
      UNION SELECT o.ours_id, o.ours_kind, t.theirs_id FROM run_ours o JOIN run_theirs t ON t.batch_id = o.batch_id
        AND t.short = o.tail AND t.kind = o.ours_kind AND t.theirs_fen = o.ours_fen WHERE t.held IS NULL
          AND (t.points IS NULL OR t.points = o.points)) c) c
WHERE mine = 1 AND yours = 1

-- name: NEAR
-- P3. The same good and amount, each the other's nearest in time, and nobody as near.
WITH c AS (SELECT o.ours_id, o.ours_kind, t.theirs_id, abs(extract(epoch FROM t.like_at - o.at)) AS apart
    FROM run_ours o JOIN run_theirs t ON t.batch_id = o.batch_id AND t.kind = o.ours_kind AND t.theirs_fen = o.ours_fen
      AND (t.good_id = o.good_id OR t.kind = 'discount') AND t.like_at BETWEEN o.at - make_interval(mins => :near_minutes)
      AND o.at + make_interval(mins => :near_minutes)
    WHERE t.held IS NULL AND o.held IS NULL AND (t.points IS NULL OR t.points = o.points)),
  r AS (SELECT *, rank() OVER mine AS m, rank() OVER yours AS y, count(*) OVER (PARTITION BY ours_id, ours_kind, apart) AS ms,
      count(*) OVER (PARTITION BY theirs_id, apart) AS ys FROM c
    WINDOW mine AS (PARTITION BY ours_id, ours_kind ORDER BY apart), yours AS (PARTITION BY theirs_id ORDER BY apart))
SELECT ours_id, ours_kind, theirs_id FROM r WHERE m = 1 AND y = 1 AND ms = 1 AND ys = 1

-- name: CROSS
-- P4. The other half lies on another of the last days: first by its number, which is beyond doubt.
WITH c AS ({candidates}),
  best AS (SELECT c.ours_id, c.ours_kind, c.theirs_id, min(c.tier) AS tier FROM c
    JOIN run_ours o ON o.ours_id = c.ours_id AND o.ours_kind = c.ours_kind JOIN run_theirs t ON t.theirs_id = c.theirs_id
    WHERE CASE WHEN o.day > t.day THEN o.held ELSE t.held END IS NULL GROUP BY 1, 2, 3),
  r AS (SELECT *, rank() OVER mine AS m, rank() OVER yours AS y, count(*) OVER (PARTITION BY ours_id, ours_kind, tier) AS ms,
      count(*) OVER (PARTITION BY theirs_id, tier) AS ys FROM best
    WINDOW mine AS (PARTITION BY ours_id, ours_kind ORDER BY tier), yours AS (PARTITION BY theirs_id ORDER BY tier))
SELECT ours_id, ours_kind, theirs_id FROM r WHERE m = 1 AND y = 1 AND ms = 1 AND ys = 1

-- name: CROSS_NUMBER
SELECT o.ours_id, o.ours_kind, t.theirs_id, abs(t.day - o.day) AS tier FROM run_ours o JOIN run_theirs t
      ON t.shop_id = o.shop_id AND t.reference = o.reference AND t.nth = 1
      WHERE abs(t.day - o.day) BETWEEN 1 AND :leftover_days

-- name: CROSS_LIKE
SELECT o.ours_id, o.ours_kind, t.theirs_id, 1 AS tier FROM run_ours o JOIN run_theirs t
      ON t.shop_id = o.shop_id AND t.short = o.receipt AND t.kind = o.ours_kind AND t.theirs_fen = o.ours_fen
      WHERE abs(t.day - o.day) BETWEEN 1 AND :leftover_days
    UNION ALL SELECT o.ours_id, o.ours_kind, t.theirs_id, 1 FROM run_ours o JOIN run_theirs t
      ON t.shop_id = o.shop_id AND t.short = o.tail AND t.kind = o.ours_kind AND t.theirs_fen = o.ours_fen
      WHERE abs(t.day - o.day) BETWEEN 1 AND :leftover_days
    UNION ALL SELECT o.ours_id, o.ours_kind, t.theirs_id, 2 FROM run_ours o JOIN run_theirs t
      ON t.shop_id = o.shop_id AND t.kind = o.ours_kind AND t.theirs_fen = o.ours_fen
      AND (t.good_id = o.good_id OR t.kind = 'discount') AND t.like_at BETWEEN o.at - make_interval(mins => :near_minutes)
      AND o.at + make_interval(mins => :near_minutes) WHERE t.day <> o.day

-- name: SUMS
-- P5. Neighbours in time that together make one of theirs, exactly: somebody may look at them.
INSERT INTO reconciliation_matches (batch_id, pass, status, ours_kind, ours_id, theirs_id, diff_fen)
WITH o AS (SELECT batch_id, ours_kind, ours_id, ours_fen, at, row_number() OVER w AS n, sum(ours_fen) OVER w AS up_to
    FROM run_ours WHERE held IS NULL WINDOW w AS (PARTITION BY batch_id, ours_kind ORDER BY at, ours_id)),
  spans AS (SELECT t.theirs_id, a.batch_id, a.ours_kind, a.n AS first, z.n AS last, count(*) OVER (PARTITION BY t.theirs_id) AS ways
    FROM run_theirs t JOIN o a ON a.batch_id = t.batch_id AND a.ours_kind = t.kind
        AND a.at BETWEEN t.at - make_interval(mins => :near_minutes) AND t.at + make_interval(mins => :near_minutes)
      JOIN o z ON z.batch_id = a.batch_id AND z.ours_kind = a.ours_kind AND z.n BETWEEN a.n + 1 AND a.n + :sum_max - 1
        AND z.up_to - a.up_to + a.ours_fen = t.theirs_fen
    WHERE t.held IS NULL)
SELECT s.batch_id, 5, 'suggested', o.ours_kind, o.ours_id, s.theirs_id, 0
FROM spans s JOIN o ON o.batch_id = s.batch_id AND o.ours_kind = s.ours_kind AND o.n BETWEEN s.first AND s.last
WHERE s.ways = 1
