-- A ledger of {transfers} awards to {wallets} volunteers over three years, written as rows: posting
-- them one by one would take an hour, and what is measured begins with the sealer.
SET session_replication_role = replica;  -- no trigger: these are the rows that the functions write
SET work_mem = '256MB';

INSERT INTO ledger_accounts (id, programme_id, address, unit, tracked, by_lots, floor, opened_at)
  OVERRIDING SYSTEM VALUE
  SELECT 1, 1, 'issued', 'PTS', false, false, NULL::bigint, timestamptz '2023-01-01'
  UNION ALL SELECT n + 1, 1, 'volunteer:FM' || lpad(n::text, 5, '0'), 'PTS', true, true, 0, timestamptz '2023-01-01'
  FROM generate_series(1, {wallets}) n;

-- Each round awards every volunteer once, in an order that looks like none.
CREATE UNLOGGED TABLE awards AS
  SELECT n AS id, (n::bigint * 7919 % {wallets}) + 2 AS wallet, round + 1 AS seq, 10 + 5 * (round % 3) AS points,
         45 * (round / 3) + (ARRAY[10, 25, 45])[round % 3 + 1] AS balance, day,
         (date_trunc('month', day) + interval '2 years 1 month - 1 day')::date AS expires_on
  FROM (SELECT n, (n - 1) / {wallets} AS round, date '2023-01-01' + (n::bigint * 1000 / {transfers})::integer AS day
        FROM generate_series(1, {transfers}) n) drawn;

INSERT INTO ledger_transfers (id, programme_id, key, request_hash, kind, actor, source, occurred_at, recorded_at,
                              business_day, effective_on, memo)
  OVERRIDING SYSTEM VALUE
  SELECT id, 1, 'award:attendance:' || id, sha256(int8send(id)), 'award', 'staff:U-ADM', 'attendance:' || id,
         day + time '04:00' + id % 3600 * interval '1 second', day + time '12:00' + id % 3600 * interval '1.001 second',
         day, day, '{{"activity": "扫雪", "hours": 2}}'
  FROM awards ORDER BY id;
INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
  SELECT leg.account, leg.seq, w.id, leg.amount, leg.balance, w.day
  FROM awards w, LATERAL (VALUES (1::bigint, w.id::bigint, -w.points, NULL::integer), (w.wallet, w.seq, w.points, w.balance))
    AS leg (account, seq, amount, balance);
INSERT INTO ledger_lot_moves (transfer_id, account_id, expires_on, amount)
  SELECT id, wallet, expires_on, points FROM awards;
INSERT INTO ledger_lots (account_id, expires_on, amount)
  SELECT wallet, expires_on, sum(points) FROM awards GROUP BY wallet, expires_on;
UPDATE ledger_accounts a SET posted = w.posted, entries = w.entries
  FROM (SELECT wallet, sum(points) AS posted, count(*) AS entries FROM awards GROUP BY wallet) w WHERE a.id = w.wallet;

INSERT INTO ledger_unsealed (transfer_id, leaf)
  SELECT w.id, ledger_leaf(ARRAY[t.id::text, '1', t.key, encode(t.request_hash, 'hex'), t.kind, t.actor, t.source,
      ledger_instant(t.occurred_at), ledger_instant(t.recorded_at), t.business_day::text, t.effective_on::text,
      '', '', '', t.memo::text,
      '2', 'issued', 'PTS', t.id::text, (-w.points)::text, '', a.address, 'PTS', w.seq::text, w.points::text, w.balance::text,
      '1', a.address, 'PTS', w.expires_on::text, w.points::text, '0'])
  FROM awards w JOIN ledger_transfers t ON t.id = w.id JOIN ledger_accounts a ON a.id = w.wallet ORDER BY w.id;
SELECT setval(pg_get_serial_sequence('ledger_transfers', 'id'), {transfers}),
       setval(pg_get_serial_sequence('ledger_accounts', 'id'), {wallets} + 1);
DROP TABLE awards;
