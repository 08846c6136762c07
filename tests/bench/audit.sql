-- A programme's honest year: {volunteers} volunteers in groups of twenty serve every 24 days, earn 20 points
-- each time, and spend 20 points five times. Written as rows, as the functions would have written them: posting
-- them one by one would take a night. Nobody is near another's phone, at a closed door, or asleep for long.

-- name: GROUND
INSERT INTO people_units (id, kind, code, name, parent_id, programme_id) OVERRIDING SYSTEM VALUE
  SELECT 1, 'district', 'DI', 'District', NULL::bigint, NULL::integer UNION ALL SELECT 2, 'subdistrict', 'SD', 'Sub-district', 1, NULL
  UNION ALL SELECT 10 + c, 'community', 'C' || lpad(c::text, 2, '0'), 'Community ' || c, 2, 1 FROM generate_series(1, {communities}) c;
INSERT INTO people_teams (id, code, community_id, name) OVERRIDING SYSTEM VALUE
  SELECT c * 10 + t, 'T' || t, 11 + c, 'Team ' || t FROM generate_series(0, {communities} - 1) c, generate_series(1, 10) t;
INSERT INTO people_volunteers (id, code, programme_id, community_id, team_id, age_band, channel, guardian_consent, qualification_verified,
    consent_notice, opening_lifetime, opening_minutes, created_at) OVERRIDING SYSTEM VALUE
  SELECT v, 'V' || lpad(v::text, 7, '0'), 1, 11 + (v - 1) / 20 % {communities}, (v - 1) / 20 % {communities} * 10 + 1 + (v - 1) / 20 / {communities} % 10,
    '40-49', CASE v % 2 WHEN 0 THEN 'phone' ELSE 'card' END, false, false, v % 3 > 0, 0, 0, TIMESTAMPTZ '2024-12-20'
  FROM generate_series(1, {volunteers}) v;
INSERT INTO identity.people_identities (volunteer_id, name, phone)
  SELECT v, 'Volunteer ' || v, '1390' || lpad(v::text, 7, '0') FROM generate_series(1, {volunteers}) v;
INSERT INTO activities_templates (id, programme_id, code, name, rule, category, risk) OVERRIDING SYSTEM VALUE
  VALUES (1, 1, 'SWEEP', 'Sweeping', 'C', 'public', 'low');
INSERT INTO shops_associations (id, programme_id, code, name) OVERRIDING SYSTEM VALUE VALUES (1, 1, 'ASSOC', 'Association');
INSERT INTO shops (id, code, association_id, programme_id, community_id, name, kind, status, licence_checked, food_licence_required, pledge_fen, admitted_at)
  OVERRIDING SYSTEM VALUE
  SELECT s, 'S' || lpad(s::text, 4, '0'), 1, 1, 11 + (s - 1) % {communities}, 'Shop ' || s, 'grocer', 'admitted', true, false, 2400000, TIMESTAMPTZ '2024-12-20'
  FROM generate_series(1, {shops}) s;
INSERT INTO shops_goods (id, shop_id, code, name, value_fen, points, pledged_qty, stock) OVERRIDING SYSTEM VALUE
  SELECT (s - 1) * 2 + g, s, 'G' || g, CASE g WHEN 1 THEN '鸡蛋' ELSE '食用油' END, 400, 20, 3000, 3000
  FROM generate_series(1, {shops}) s, generate_series(1, 2) g;
INSERT INTO people_devices (id, profile, name, shop_id, community_id, token_hash, paired_at, paired_by) OVERRIDING SYSTEM VALUE
  SELECT s, 'till', 'Till', s, NULL::bigint, sha256(int8send(s)), TIMESTAMPTZ '2024-12-20', 'system' FROM generate_series(1, {shops}) s
  UNION ALL SELECT {shops} + c, 'gate', 'Gate', NULL, 10 + c, sha256(int8send({shops} + c)), TIMESTAMPTZ '2024-12-20', 'system'
  FROM generate_series(1, {communities}) c;
INSERT INTO ledger_accounts (id, programme_id, address, unit, tracked, by_lots, floor, opened_at) OVERRIDING SYSTEM VALUE
  SELECT 1, 1, 'issued', 'PTS', false, false, NULL::bigint, TIMESTAMPTZ '2024-12-20' UNION ALL SELECT 2, 1, 'fund', 'CNY', false, false, NULL, TIMESTAMPTZ '2024-12-20'
  UNION ALL SELECT 10 + (s - 1) * 3 + n, 1, a || ':S' || lpad(s::text, 4, '0'), unit, false, false, NULL, TIMESTAMPTZ '2024-12-20'
  FROM generate_series(1, {shops}) s, (VALUES (0, 'redeemed', 'PTS'), (1, 'pledge', 'CNY'), (2, 'given-goods', 'CNY')) k (n, a, unit)
  UNION ALL SELECT {wallets} + v, 1, 'volunteer:V' || lpad(v::text, 7, '0'), 'PTS', true, true, 0, TIMESTAMPTZ '2024-12-20'
  FROM generate_series(1, {volunteers}) v;

-- name: PLANS
-- Group g's k-th occasion is on day 24 k + g % 24 of the year, from nine to eleven; its first member leads.
INSERT INTO activities (id, code, programme_id, community_id, template_id, team_id, title, place, starts_at, ends_at, opens_at, late_at, closes_at,
    business_day, leader_id, status, onsite_secret, created_at, content) OVERRIDING SYSTEM VALUE
  SELECT k * {groups} + g + 1, 'A' || k * {groups} + g + 1, 1, 11 + g % {communities}, 1, g % {communities} * 10 + 1 + g / {communities} % 10, 'Sweeping', 'Yard',
    nine, nine + interval '2 hours', nine - interval '30 minutes', nine + interval '15 minutes', nine + interval '3 hours', nine::date, g * 20 + 1, 'confirmed',
    'secret', nine - interval '7 days', 'Snow'
  FROM generate_series(0, 14) k, generate_series(0, {groups} - 1) g,
    LATERAL (SELECT (DATE '2025-01-01' + k * 24 + g % 24) + interval '1 hour') x (nine);
INSERT INTO activities_attendances (id, activity_id, volunteer_id, kind, status, in_at, out_at, in_way, out_way, in_actor, out_actor, assurance) OVERRIDING SYSTEM VALUE
  SELECT (a.id - 1) * 20 + i + 1, a.id, a.leader_id + i, 'service', 'confirmed',
    a.starts_at - interval '28 minutes' + (i * 71 + (i * i * 13 + a.id * 7) % 41) * interval '1 second',
    a.ends_at + (20 + i * 67 + (i * i * 11 + a.id * 5) % 43) * interval '1 second', 'C1', 'C1',
    'device:' || {shops} + a.community_id - 10, 'device:' || {shops} + a.community_id - 10, 'A2'
  FROM activities a, generate_series(0, 19) i;

-- name: MOVES
-- Every movement of points in the order of time. Sale j takes the lot of occasion j: the oldest that is left.
CREATE UNLOGGED TABLE bench_moves AS
SELECT {pledges} + row_number() OVER (ORDER BY at, kind, ref) AS id, m.*, row_number() OVER own AS seq, sum(amount) OVER own AS balance FROM (
  SELECT 'award' AS kind, n.id AS ref, n.volunteer_id AS v, a.business_day + interval '4 hours' + n.id % 3600 * interval '1 second' AS at,
    a.business_day AS day, 20 AS amount, (date_trunc('month', a.business_day) + interval '2 years 1 month')::date - 1 AS expires_on
  FROM activities_attendances n JOIN activities a ON a.id = n.activity_id
  UNION ALL
  SELECT 'redeem', j * {volunteers}::bigint + v, v, day + interval '6 hours' + (v * 37 + j * 11) % 21600 * interval '1 second', day, -20,
    (date_trunc('month', DATE '2025-01-01' + j * 24 + (v - 1) / 20 % 24) + interval '2 years 1 month')::date - 1
  FROM generate_series(0, 4) j, generate_series(1, {volunteers}) v, LATERAL (SELECT DATE '2025-01-01' + 45 + j * 62 + v * 7 % 60) x (day)) m
WINDOW own AS (PARTITION BY v ORDER BY at, ref);
CREATE TEMP TABLE bench_sales AS SELECT m.id AS transfer_id, m.ref, m.v, m.at, m.day, s.id AS shop_id, s.code AS shop, (s.id - 1) * 2 + 1 + m.v % 2 AS good_id
FROM bench_moves m JOIN shops s ON s.id = 1 + (m.v - 1) / 20 % {communities} + {communities} * ((m.v / 20 + m.ref / {volunteers}) % ({shops} / {communities}))
WHERE m.kind = 'redeem';

-- name: LEDGER
INSERT INTO ledger_transfers (id, programme_id, key, request_hash, kind, actor, source, occurred_at, recorded_at, business_day, effective_on, memo) OVERRIDING SYSTEM VALUE
  SELECT g.id, 1, 'pledge:S' || lpad(g.shop_id::text, 4, '0') || ':' || g.code, sha256(int8send(g.id)), 'pledge', 'system', 'shop:S' || lpad(g.shop_id::text, 4, '0'),
    TIMESTAMPTZ '2025-01-01', TIMESTAMPTZ '2025-01-01', DATE '2025-01-01', DATE '2025-01-01', jsonb_build_object('good', g.code, 'qty', 3000) FROM shops_goods g
  UNION ALL SELECT m.id, 1, CASE m.kind WHEN 'award' THEN 'award:A-' || m.ref ELSE 'redeem:' || s.shop || ':R' || m.ref END, sha256(int8send(m.id)), m.kind,
    CASE m.kind WHEN 'award' THEN 'system' ELSE 'device:' || s.shop_id END, CASE m.kind WHEN 'award' THEN 'attendance:' ELSE 'redemption:' END || m.ref,
    m.at, m.at, m.day, m.day, CASE m.kind WHEN 'award' THEN '{{"rule": "C", "minutes": 120, "cut": 0}}'::jsonb ELSE '{{"qty": 1}}' END
  FROM bench_moves m LEFT JOIN bench_sales s ON s.transfer_id = m.id ORDER BY 1;
INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
  SELECT l.* FROM shops_goods g, LATERAL (VALUES (2, g.id, g.id, -1200000, NULL::bigint, DATE '2025-01-01'), (11 + (g.shop_id - 1) * 3, g.id, g.id, 1200000, NULL, DATE '2025-01-01')) l
  UNION ALL SELECT l.* FROM bench_moves m LEFT JOIN bench_sales s ON s.transfer_id = m.id, LATERAL (
    SELECT {wallets} + m.v, m.seq, m.id, m.amount, m.balance, m.day UNION ALL SELECT 1, m.id, m.id, -20, NULL, m.day WHERE m.kind = 'award'
    UNION ALL SELECT 10 + (s.shop_id - 1) * 3 + n, m.id, m.id, (ARRAY[20, -400, 400])[n + 1], NULL, m.day FROM generate_series(0, 2) n WHERE m.kind = 'redeem') l;
INSERT INTO ledger_lot_moves (transfer_id, account_id, expires_on, amount) SELECT id, {wallets} + v, expires_on, amount FROM bench_moves;
INSERT INTO ledger_lots (account_id, expires_on, amount)
  SELECT {wallets} + v, expires_on, sum(amount) FROM bench_moves GROUP BY v, expires_on HAVING sum(amount) > 0;
UPDATE ledger_accounts a SET posted = m.posted, entries = m.entries
  FROM (SELECT v, sum(amount) AS posted, count(*) AS entries FROM bench_moves GROUP BY v) m WHERE a.id = {wallets} + m.v;

-- name: HOUSE
INSERT INTO activities_awards (key, programme_id, kind, volunteer_id, activity_id, attendance_id, rule, present_minutes, minutes, points, cut, service_day, service_month,
    maker, maker_id, status, transfer_id, entered_at, decided_at)
  SELECT 'A-' || n.id, 1, 'attendance', n.volunteer_id, a.id, n.id, 'C', extract(epoch FROM n.out_at - n.in_at)::integer / 60, 120, 20, 0, a.business_day,
    date_trunc('month', a.business_day), CASE n.volunteer_id WHEN a.leader_id THEN 'staff:U-ADM' ELSE 'volunteer:V' || lpad(a.leader_id::text, 7, '0') END,
    CASE WHEN n.volunteer_id <> a.leader_id THEN a.leader_id END, 'posted', m.id, m.at, m.at
  FROM bench_moves m JOIN activities_attendances n ON n.id = m.ref JOIN activities a ON a.id = n.activity_id WHERE m.kind = 'award' ORDER BY n.id;
INSERT INTO redemptions (id, shop_id, key, request_hash, status, good_id, qty, points, value_fen, volunteer_id, tail, via, device_id, actor, flags, offline,
    occurred_at, recorded_at, business_day, transfer_id)
  SELECT s.ref, s.shop_id, 'R' || s.ref, sha256(int8send(s.ref)), 'captured', s.good_id, 1, 20, 400, s.v, lpad((s.v % 1000)::text, 3, '0'), 'pass', s.shop_id,
    'device:' || s.shop_id, '{{}}', false, s.at, s.at, s.day, s.transfer_id
  FROM bench_sales s ORDER BY s.transfer_id;
UPDATE shops_goods g SET stock = 3000 - r.qty FROM (SELECT good_id, count(*) AS qty FROM redemptions GROUP BY good_id) r WHERE r.good_id = g.id;
INSERT INTO shops_pledges (shop_id, key, kind, good_id, qty, fen, document, actor, business_day, at, transfer_id)
  SELECT shop_id, code, 'sign', id, 3000, 1200000, 'Contract', 'system', DATE '2025-01-01', TIMESTAMPTZ '2025-01-01', id FROM shops_goods;

-- name: SCANS
-- What the gates heard in the month that is looked at.
INSERT INTO activities_scans (activity_id, volunteer_id, action, way, code_hash, status, already, effective_at, actor, nonce, occurred_at, received_at, offline, assurance, moment)
  SELECT n.activity_id, n.volunteer_id, d.action, 'C1', sha256(int8send(n.id)), 'ok', false, d.at, n.in_actor, d.action || n.id, d.at, d.at, false, 'A2', d.at
  FROM activities a JOIN activities_attendances n ON n.activity_id = a.id, LATERAL (VALUES ('in', n.in_at), ('out', n.out_at)) d (action, at)
  WHERE a.business_day BETWEEN DATE '2025-10-01' AND DATE '2025-10-31' ORDER BY d.at;

-- name: READERS
-- A secretary of the first community, who may do whatever a community's people may; the sub-district's auditor; an officer.
INSERT INTO people_staff (id, code, title, community_id, active) OVERRIDING SYSTEM VALUE
  VALUES (1, 'U-SEC', 'Secretary', 11, true), (2, 'U-AUD', 'Auditor', NULL, true), (3, 'U-OFF', 'Officer', NULL, true);
INSERT INTO people_roles (staff_id, role, scope_code) VALUES (1, 'community_secretary', 'C01'), (1, 'second_approver', 'C01'),
  (1, 'volunteer_admin', 'C01'), (2, 'subdistrict_auditor', 'SD'), (3, 'association_officer', 'ASSOC');

-- name: LEAVES
-- The log of the month that is looked at is real; of the rest only its length is: a leaf costs a tenth of a millisecond.
INSERT INTO ledger_unsealed (transfer_id, leaf)
  SELECT id, CASE WHEN business_day BETWEEN DATE '2025-10-01' AND DATE '2025-10-31' THEN ledger_leaf(ledger_fields(id)) ELSE sha256(int8send(id)) END
  FROM ledger_transfers;

-- name: DONE
SELECT setval(pg_get_serial_sequence(t, 'id'), {later}) FROM unnest(ARRAY['ledger_transfers', 'ledger_accounts', 'activities', 'activities_attendances',
  'redemptions', 'people_volunteers', 'people_units', 'shops', 'shops_goods', 'people_devices', 'people_teams', 'people_staff', 'activities_templates', 'shops_associations']) t;
DROP TABLE bench_moves, bench_sales
