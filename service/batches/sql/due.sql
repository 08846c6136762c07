-- Which batches there must be, and which have something new to look at.

-- name: OPEN
-- A shop's day becomes a batch when either side says anything of it. A file says it of all its days. Of what there is much
-- one line of each day is looked for: a month's lines would all be read to name its thirty days.
INSERT INTO reconciliation_batches (programme_id, community_id, shop_id, day)
SELECT s.programme_id, s.community_id, s.id, d.day FROM shops s CROSS JOIN LATERAL (
    SELECT n.day FROM (SELECT g::date AS day FROM generate_series(CAST(:since AS date), CAST(:until AS date), interval '1 day') g) n
      WHERE coalesce(
        (SELECT true FROM redemptions r WHERE r.shop_id = s.id AND r.business_day = n.day
          AND (r.transfer_id IS NOT NULL OR r.status = 'refused' AND r.offline) LIMIT 1),
        (SELECT true FROM redemptions_discounts r WHERE r.shop_id = s.id AND r.business_day = n.day LIMIT 1),
        (SELECT true FROM redemptions_day_words w WHERE w.shop_id = s.id AND w.business_day = n.day LIMIT 1),
        (SELECT true FROM evidence_rows r JOIN evidence_files f ON f.id = r.file_id AND f.status = 'loaded'
          WHERE r.shop_id = s.id AND r.business_day = n.day LIMIT 1), false)
    UNION SELECT (c.at AT TIME ZONE 'Asia/Shanghai')::date FROM shops_counts c JOIN shops_goods g ON g.id = c.good_id
      WHERE g.shop_id = s.id AND (c.at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN :since AND :until
    UNION SELECT c.day FROM reconciliation_counts c WHERE c.community_id = s.community_id AND c.day BETWEEN :since AND :until
      AND c.kind = 'stock' AND split_part(c.subject, '/', 1) = s.code
    UNION SELECT (f.read_at AT TIME ZONE 'Asia/Shanghai')::date FROM evidence_files f WHERE f.shop_id = s.id
      AND f.status = 'bad' AND (f.read_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN :since AND :until) d
WHERE NOT EXISTS (SELECT FROM reconciliation_batches b WHERE b.shop_id = s.id AND b.day = d.day)
ORDER BY d.day, s.id ON CONFLICT DO NOTHING

-- name: DUE
SELECT b.id FROM reconciliation_batches b WHERE b.status <> 'closed' AND b.day BETWEEN :since AND :until AND (
  b.status = 'open' OR b.asks > b.answered
  OR b.files <> (SELECT coalesce(jsonb_agg(encode(f.sha256, 'hex') ORDER BY f.sha256), '[]') FROM evidence_files f
      WHERE f.shop_id = b.shop_id AND f.status = 'loaded' AND b.day BETWEEN f.first_day AND f.last_day)
  OR EXISTS (SELECT FROM evidence_files f WHERE f.shop_id = b.shop_id AND f.read_at > b.checked_at
      AND (f.read_at AT TIME ZONE 'Asia/Shanghai')::date = b.day)
  OR EXISTS (SELECT FROM redemptions_day_words w WHERE w.shop_id = b.shop_id AND w.business_day = b.day AND w.at > b.checked_at)
  OR EXISTS (SELECT FROM redemptions r WHERE r.shop_id = b.shop_id AND r.business_day = b.day
      AND (r.recorded_at > b.checked_at OR r.undone_at > b.checked_at))
  OR EXISTS (SELECT FROM redemptions_discounts d WHERE d.shop_id = b.shop_id AND d.business_day = b.day AND d.recorded_at > b.checked_at)
  OR EXISTS (SELECT FROM shops_counts c JOIN shops_goods g ON g.id = c.good_id WHERE g.shop_id = b.shop_id AND c.at > b.checked_at
      AND (c.at AT TIME ZONE 'Asia/Shanghai')::date = b.day)
  OR EXISTS (SELECT FROM reconciliation_counts c JOIN shops s ON s.code = split_part(c.subject, '/', 1) WHERE s.id = b.shop_id
      AND c.community_id = b.community_id AND c.day = b.day AND c.kind = 'stock' AND c.at > b.checked_at)
  OR EXISTS (SELECT FROM reconciliation_pool p WHERE p.batch_id = b.id AND p.why = 'cut' AND p.taken_by IS NULL)
  OR jsonb_path_exists(b.said, '$.tablets'))
ORDER BY b.day, b.shop_id

-- name: LATE
-- Something came for a day that is closed: the shop's oldest open batch takes it.
SELECT DISTINCT ON (o.shop_id) o.id FROM reconciliation_batches c JOIN reconciliation_batches o
  ON o.shop_id = c.shop_id AND o.status <> 'closed' AND o.day > c.day AND o.day <= c.day + :late_days
WHERE c.status = 'closed' AND c.day BETWEEN :since AND :until AND (
  EXISTS (SELECT FROM evidence_files f WHERE f.shop_id = c.shop_id AND f.status = 'loaded' AND c.day BETWEEN f.first_day AND f.last_day
    AND f.read_at > c.frozen_at AND f.read_at > o.checked_at)
  OR EXISTS (SELECT FROM redemptions r WHERE r.shop_id = c.shop_id AND r.business_day = c.day
    AND greatest(r.recorded_at, r.undone_at) > greatest(c.frozen_at, o.checked_at))
  OR EXISTS (SELECT FROM redemptions_discounts d WHERE d.shop_id = c.shop_id AND d.business_day = c.day
    AND d.recorded_at > greatest(c.frozen_at, o.checked_at)))
ORDER BY o.shop_id, o.day

-- name: TURNS
SELECT id, nth, extract(epoch FROM checked_at)::bigint AS checked, asks FROM reconciliation_batches WHERE id = ANY(:ids)
