-- What the posting bench needs beside the service's own functions: people and shops, the floor, and
-- a ledger that has been in use for years. Run by the superuser in a fresh database.

-- Programme 1 has many volunteers and shops; programmes 1001 to 2000 have one volunteer each.
CREATE FUNCTION bench_open(p_volunteers integer, p_shops integer) RETURNS void LANGUAGE sql AS $$
  INSERT INTO ledger_accounts (programme_id, address, unit, tracked, by_lots, floor, opened_at)
  SELECT 1, 'issued', 'PTS', false, false, NULL, now()
  UNION ALL SELECT 1, 'volunteer:' || v, 'PTS', true, true, 0, now() FROM generate_series(1, p_volunteers) v
  UNION ALL SELECT 1, 'redeemed:' || s, 'PTS', false, false, NULL, now() FROM generate_series(1, p_shops) s
  UNION ALL SELECT 1, side || s, 'CNY', false, false, NULL, now()
    FROM unnest(ARRAY['pledge:', 'given-goods:']) side, generate_series(1, p_shops) s
  UNION ALL SELECT p, 'issued', 'PTS', false, false, NULL, now() FROM generate_series(1001, 2000) p
  UNION ALL SELECT p, 'volunteer:1', 'PTS', true, true, 0, now() FROM generate_series(1001, 2000) p;
$$;

-- The rows of one award and nothing else: no lock, no key to claim, nothing asked, no leaf computed.
-- The tables are what they are for the real one, with their indexes, CHECKs and triggers.
CREATE FUNCTION bench_floor(p_key text, p_hash bytea, p_volunteer text, p_source text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE t bigint; wallet record; now_ timestamptz := now(); today date := current_date; BEGIN
  INSERT INTO ledger_transfers (programme_id, key, request_hash, kind, actor, source, occurred_at, recorded_at, business_day, effective_on, memo)
    VALUES (1, p_key, p_hash, 'award', 'system', p_source, now_, now_, today, today, '{"minutes": 60}') RETURNING id INTO t;
  UPDATE ledger_accounts SET posted = posted + 10, entries = entries + 1
    WHERE programme_id = 1 AND address = p_volunteer AND unit = 'PTS' RETURNING id, entries, posted INTO wallet;
  INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
    VALUES (1, t, t, -10, NULL, today), (wallet.id, wallet.entries, t, 10, wallet.posted, today);
  INSERT INTO ledger_lot_moves VALUES (t, wallet.id, today + 365, 10);
  INSERT INTO ledger_lots AS l VALUES (wallet.id, today + 365, 10)
    ON CONFLICT (account_id, expires_on) DO UPDATE SET amount = l.amount + 10;
  INSERT INTO ledger_unsealed VALUES (t, p_hash);
  RETURN t;
END $$;

-- Awards of years: transfers `p_first` to `p_last`, every volunteer in turn, as if long in the log.
-- To be run with triggers off; the sequence is set and accounts and lots hold the sums.
CREATE FUNCTION bench_fill(p_first bigint, p_last bigint, p_volunteers integer) RETURNS void LANGUAGE sql AS $$
  INSERT INTO ledger_transfers (id, programme_id, key, request_hash, kind, actor, source, occurred_at, recorded_at, business_day, effective_on, memo)
    OVERRIDING SYSTEM VALUE
    SELECT t, 1, 'award:' || lpad(t::text, 16, '0'), sha256(int8send(t)), 'award', 'system', 'attendance:' || lpad(t::text, 16, '0'),
      now() - interval '1 year', now() - interval '1 year', current_date - 365, current_date - 365, '{"minutes": 60}'
    FROM generate_series(p_first, p_last) t;
  INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
    SELECT 1, t, t, -10, NULL, current_date - 365 FROM generate_series(p_first, p_last) t;
  INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
    SELECT a.id, n + 1, n * p_volunteers + v, 10, (n + 1) * 10, current_date - 365
    FROM generate_series(1, p_volunteers) v JOIN ledger_accounts a ON a.programme_id = 1 AND a.address = 'volunteer:' || v,
         generate_series((p_first - 1) / p_volunteers, (p_last - 1) / p_volunteers) n
    WHERE n * p_volunteers + v BETWEEN p_first AND p_last ORDER BY 3;
  INSERT INTO ledger_lot_moves
    SELECT e.transfer_id, e.account_id, current_date + 365, 10 FROM ledger_entries e
    WHERE e.transfer_id BETWEEN p_first AND p_last AND e.amount > 0 ORDER BY 1;
$$;

-- What the rows above add up to.
CREATE FUNCTION bench_sum_up() RETURNS void LANGUAGE sql AS $$
  UPDATE ledger_accounts a SET posted = e.posted, entries = e.n
    FROM (SELECT account_id, sum(amount) AS posted, count(*) AS n FROM ledger_entries GROUP BY account_id) e WHERE a.id = e.account_id;
  INSERT INTO ledger_lots SELECT account_id, expires_on, sum(amount) FROM ledger_lot_moves GROUP BY account_id, expires_on;
  SELECT setval('ledger_transfers_id_seq', (SELECT max(id) FROM ledger_transfers));
$$;
