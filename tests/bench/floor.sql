-- The rows of one redemption and nothing else: no key to claim, no lock order, no guard, no answer.
-- Triggers, foreign keys and indexes stand on the tables as they do for the real one.
CREATE FUNCTION floor_write(p_programme integer, p_volunteer bigint, p_code text, p_shop text, p_key text, p_step bigint)
  RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_seqscan = off AS $$
DECLARE t bigint; r bigint := nextval('redemptions_id_seq'); now_ timestamptz := now(); today date := now()::date; BEGIN
  INSERT INTO ledger_transfers (programme_id, key, request_hash, kind, actor, source, occurred_at, recorded_at, business_day, effective_on, memo)
    VALUES (p_programme, p_key, sha256(p_key::bytea), 'redeem', 'floor', 'redemption:' || r, now_, now_, today, today, '{"qty": 1}')
    RETURNING id INTO t;
  WITH moved AS (
    UPDATE ledger_accounts SET posted = posted - CASE unit WHEN 'PTS' THEN 5 ELSE 100 END, entries = entries + 1
    WHERE programme_id = p_programme AND (address = 'volunteer:' || p_code AND unit = 'PTS' OR address = 'pledge:' || p_shop AND unit = 'CNY')
    RETURNING id, entries, posted, CASE unit WHEN 'PTS' THEN -5 ELSE -100 END AS amount)
  INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
    SELECT id, entries, t, amount, posted, today FROM moved
    UNION ALL SELECT id, t, t, CASE unit WHEN 'PTS' THEN 5 ELSE 100 END, NULL, today FROM ledger_accounts
    WHERE programme_id = p_programme AND (address = 'redeemed:' || p_shop AND unit = 'PTS' OR address = 'given-goods:' || p_shop AND unit = 'CNY');
  WITH lot AS (
    UPDATE ledger_lots SET amount = amount - 5 FROM ledger_accounts a
    WHERE account_id = a.id AND a.programme_id = p_programme AND a.address = 'volunteer:' || p_code AND a.unit = 'PTS'
    RETURNING account_id, expires_on)
  INSERT INTO ledger_lot_moves SELECT t, account_id, expires_on, -5 FROM lot;
  INSERT INTO passes_uses SELECT pid, p_step, p_key, now_ FROM passes_bindings WHERE volunteer_id = p_volunteer;
  WITH shelf AS (
    UPDATE shops_goods g SET stock = stock - 1 FROM shops s
    WHERE s.id = g.shop_id AND s.code = p_shop AND g.code = p_shop || '-G1' RETURNING g.id, g.shop_id, g.stock)
  INSERT INTO redemptions (id, shop_id, key, request_hash, status, good_id, qty, points, value_fen, volunteer_id, tail, via,
      pid, step, actor, flags, offline, occurred_at, recorded_at, business_day, stock_left, transfer_id)
    SELECT r, shop_id, p_key, sha256(p_key::bytea), 'captured', id, 1, 5, 100, p_volunteer, '001', 'pass',
      'floor', p_step, 'floor', '{}', false, now_, now_, today, stock, t FROM shelf;
  INSERT INTO outbox_events (type, subject, payload, occurred_at, recorded_at)
    VALUES ('RedemptionCaptured', 'redemption:' || r, jsonb_build_object('redemption', r, 'key', p_key, 'points', 5), now_, now_);
  RETURN r;
END $$;
