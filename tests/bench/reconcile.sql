-- name: GROUND
-- One programme and community; shops of which each sells two goods.
INSERT INTO shops (code, association_id, programme_id, community_id, name, kind, status, licence_checked, food_licence_required, pledge_fen, admitted_at)
SELECT 'S' || n, 1, 1, 1, 'Shop ' || n, 'grocer', 'admitted', true, false, 0, now() FROM generate_series(1, %(shops)s) n;
INSERT INTO shops_goods (shop_id, code, name, value_fen, points, pledged_qty, stock)
SELECT s.id, g.code, g.name, 400, 20, 1000000, 1000000 FROM shops s, (VALUES ('EGG', '鸡蛋'), ('OIL', '食用油')) g (code, name);

-- name: PLAN
-- Line i of n: one in two hundred has a fault of each class; which is said by i modulo 200.
CREATE UNLOGGED TABLE bench_plan AS
SELECT i, i %% 200 AS fault, (i / 200) %% %(shops)s + 1 AS shop, DATE '2025-09-01' + ((i / 200 / %(shops)s) %% 30)::int AS day,
  'R' || lpad(i::text, 9, '0') || '-' || substr(md5(i::text), 1, 6) AS key, 400 + i %% 50 * 20 AS fen,
  (i %% 200 = 7 OR i %% 200 BETWEEN 8 AND 27) AS is_discount,
  row_number() OVER (PARTITION BY (i / 200) %% %(shops)s, (i / 200 / %(shops)s) %% 30 ORDER BY i) AS nth
FROM generate_series(0, %(rows)s - 1) i;
ALTER TABLE bench_plan ADD COLUMN at timestamptz;
UPDATE bench_plan p SET at = (day + time '08:00' + nth * 46000 / m.many * interval '1 second') AT TIME ZONE 'Asia/Shanghai'
FROM (SELECT max(nth) AS many FROM bench_plan) m;

-- name: OURS
INSERT INTO redemptions (id, shop_id, key, request_hash, status, good_id, qty, points, value_fen, volunteer_id, tail, via, actor,
  flags, offline, occurred_at, recorded_at, business_day, transfer_id)
SELECT i + 1, shop, key, 'x', 'captured', (SELECT g.id FROM shops_goods g WHERE g.shop_id = p.shop AND g.code = 'EGG'), 1, fen / 20, fen,
  NULL, '0001', 'pass', 'device:1', CASE fault WHEN 31 THEN ARRAY['off_hours'] WHEN 32 THEN ARRAY['offline_overdraft']
    WHEN 33 THEN ARRAY['code_used'] WHEN 34 THEN ARRAY['limit_breach'] ELSE '{}' END, fault BETWEEN 31 AND 34, at, at, day, 10000000 + i
FROM bench_plan p WHERE NOT is_discount;
INSERT INTO redemptions_discounts (id, shop_id, key, request_hash, volunteer_id, tail, bill_fen, tier, pct, discount_fen, pay_fen, actor,
  occurred_at, recorded_at, business_day, nth, transfer_id) OVERRIDING SYSTEM VALUE
SELECT i + 1, shop, key, 'x', i, '0001', fen * 10, 'T2', 10, fen, fen * 9, 'device:1', at, at, day, 1, 10000000 + i
FROM bench_plan p WHERE is_discount;
INSERT INTO people_devices (profile, name, shop_id, token_hash, paired_at, paired_by, queued, queued_since)
SELECT 'till', 'Till', shop, convert_to(key, 'UTF8'), at, 'system', 1, at FROM bench_plan WHERE fault = 0;
INSERT INTO evidence_files (shop_id, sha256, name, kind, bytes, status, fault, sent_by, sent_at, read_at)
SELECT shop, sha256(convert_to(key, 'UTF8')), 'bad.csv', 'text', 1, 'bad', '{"slug": "no_head"}', 'staff:1', at, at FROM bench_plan WHERE fault = 0;
INSERT INTO ledger_accounts (programme_id, address, unit, tracked, opened_at)
SELECT 1, 'pledge:' || code, 'CNY', true, now() FROM shops;
-- No pledge lasts a day; on the last one, which only has what came after midnight, there is a new one.
INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
SELECT a.id, d + 1, 90000000 + a.id * 100 + d, CASE d WHEN 25 THEN 1000000 ELSE -1000 END, 0, DATE '2025-09-01' + d
FROM ledger_accounts a, generate_series(0, 25) d WHERE a.address LIKE 'pledge:S%%';

-- name: THEIRS
-- What the shop's file says; COPY writes it out, and the clock starts when it is read.
COPY (
SELECT to_char((CASE fault WHEN 28 THEN ((day + 1)::timestamp + interval '30 seconds') AT TIME ZONE 'Asia/Shanghai'
    ELSE at + CASE fault WHEN 30 THEN interval '20 seconds' ELSE interval '0' END END) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS') AS "完成时间",
  CASE WHEN fault IN (29, 30) THEN '' ELSE key END AS "兑换单号",
  CASE WHEN fault = 29 THEN lpad(((i + 1) %% 1000000)::text, 6, '0') ELSE '' END AS "小票后六位",
  CASE WHEN is_discount THEN '折扣' ELSE '兑换' END AS "类型", CASE WHEN is_discount THEN '' WHEN fault = 6 THEN '食用油' ELSE '鸡蛋' END AS "物品", 1 AS "数量",
  to_char((fen + CASE fault WHEN 3 THEN 100 WHEN 7 THEN -5 ELSE 0 END) / 100.0, 'FM9999990.00') AS "价值(元)",
  CASE fault WHEN 4 THEN '已退' ELSE '已完成' END AS "状态"
FROM bench_plan p, generate_series(1, CASE fault WHEN 1 THEN 0 WHEN 5 THEN 2 ELSE 1 END) WHERE shop = {shop}
UNION ALL
SELECT to_char(at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS'), 'X' || key, '', '兑换', '鸡蛋', 1, '7.77', '已完成'
FROM bench_plan p WHERE shop = {shop} AND fault = 2
ORDER BY 1, 2) TO STDOUT (FORMAT csv, HEADER)

-- name: BARE_OURS
-- Our lines with all that a comparison looks at.
SELECT 'good' AS kind, id, shop_id, business_day, key AS reference, good_id, qty, returned_qty, points, value_fen AS fen, status, flags, occurred_at FROM redemptions
UNION ALL SELECT 'discount', id, shop_id, business_day, key, NULL, 1, 0, 0, discount_fen, 'captured', '{}', occurred_at FROM redemptions_discounts

-- name: BARE_THEIRS
SELECT * FROM evidence_rows

-- name: BARE
-- The same rows by COPY, and one full outer hash join that counts occurrences and keeps what it finds: what it cannot be cheaper than.
CREATE TABLE bench_joined AS
SELECT coalesce(o.shop_id, t.shop_id) AS shop_id, coalesce(o.business_day, t.business_day) AS day, o.kind AS ours_kind, o.id AS ours_id, t.id AS theirs_id,
  o.status AS ours_status, t.status AS theirs_status, coalesce(t.amount_fen, 0) - coalesce(o.fen, 0) AS diff_fen
FROM (SELECT *, row_number() OVER (PARTITION BY shop_id, business_day, reference ORDER BY occurred_at, id) AS nth FROM bare_ours) o
FULL JOIN (SELECT *, row_number() OVER (PARTITION BY shop_id, business_day, reference ORDER BY occurred_at, id) AS nth FROM bare_theirs) t
  USING (shop_id, business_day, reference, nth)

-- name: LEAN_OURS
SELECT shop, key, at, fen FROM bench_plan

-- name: LEAN_THEIRS
SELECT shop_id AS shop, coalesce(reference, short_code, '') AS key, occurred_at AS at, amount_fen AS fen FROM evidence_rows

-- name: LEAN
-- Four columns of each row, and nothing kept but three counts: the least that can be called a comparison.
SELECT count(*) FILTER (WHERE t.key IS NULL), count(*) FILTER (WHERE o.key IS NULL), count(*) FILTER (WHERE o.fen <> t.fen)
FROM lean_ours o FULL JOIN (SELECT *, row_number() OVER (PARTITION BY shop, key ORDER BY at) AS occurrence FROM lean_theirs) t
  ON t.shop = o.shop AND t.key = o.key AND t.occurrence = 1

-- name: FOUND
SELECT kind, count(*) AS n FROM reconciliation_exceptions WHERE resolution IS DISTINCT FROM 'gone' GROUP BY kind

-- name: PLACES
-- Lines that are not in exactly one place.
SELECT (SELECT count(*) FROM (SELECT ours_kind, ours_id FROM reconciliation_matches WHERE status = 'confirmed' AND ours_id IS NOT NULL
    UNION ALL SELECT ours_kind, ours_id FROM reconciliation_exceptions WHERE ours_id IS NOT NULL AND resolution IS DISTINCT FROM 'gone'
    UNION ALL SELECT ours_kind, ours_id FROM reconciliation_pool WHERE ours_id IS NOT NULL AND taken_by IS NULL) h) - (SELECT count(*) FROM redemptions)
    - (SELECT count(*) FROM redemptions_discounts) AS ours,
  (SELECT count(*) FROM (SELECT theirs_id FROM reconciliation_matches WHERE status = 'confirmed' AND theirs_id IS NOT NULL
    UNION ALL SELECT theirs_id FROM reconciliation_exceptions WHERE theirs_id IS NOT NULL AND resolution IS DISTINCT FROM 'gone'
    UNION ALL SELECT theirs_id FROM reconciliation_pool WHERE theirs_id IS NOT NULL AND taken_by IS NULL) h) - (SELECT count(*) FROM evidence_rows) AS theirs,
  (SELECT sum((totals->'theirs'->>'fen')::bigint - (totals->'ours'->>'fen')::bigint - (totals->>'rounding_fen')::bigint - (totals->'pool'->>'fen')::bigint)
    FROM reconciliation_batches) - (SELECT sum(coalesce(theirs_fen, 0) - coalesce(ours_fen, 0)) FROM reconciliation_exceptions
    WHERE origin = 'batch' AND resolution IS DISTINCT FROM 'gone') AS fen
