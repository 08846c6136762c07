-- The ordinary sale, straight down, as the ordinary award goes already: one wallet gives, three accounts
-- that are only summed take and give. It went the long way, through a loop over its four legs.

-- Post a transfer: claim the key, move the amounts, keep the lots. The same key again adds nothing.
--   Nearly every transfer is points of an untracked account for a wallet that owes nothing, or points of
-- such a wallet for a shop, with the value in yuan beside them. Both are posted by the first half, which does
-- what ledger_claim and ledger_apply would, in their order. Where anything is otherwise it has written
-- nothing yet, or the claim alone, and the second half goes on from there.
CREATE OR REPLACE FUNCTION ledger_post(p_programme integer, p_key text, p_hash bytea, p_kind text, p_addresses text[], p_units text[],
  p_amounts bigint[], p_actor text, p_source text, p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date,
  p_lot_expires_on date, p_may_owe boolean, p_reverses_id bigint, p_memo jsonb, p_effective_on date DEFAULT NULL,
  OUT transfer_id bigint, OUT replayed boolean) LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  claimed record; day date; giver bigint; taker bigint; fund bigint; goods bigint; wallet bigint; seq bigint; balance bigint;
  fields text[]; lots text[]; awarded boolean; sold boolean;
BEGIN
  awarded := cardinality(p_addresses) = 2 AND p_units = '{PTS,PTS}' AND cardinality(p_amounts) = 2 AND p_amounts[1] = -p_amounts[2]
     AND p_amounts[2] BETWEEN 1 AND 1000000000000000 AND p_lot_expires_on IS NOT NULL AND p_effective_on IS NULL
     AND p_kind IN ('award', 'open', 'manual', 'adjust');
  sold := NOT awarded AND p_kind = 'redeem' AND cardinality(p_addresses) = 4 AND p_units = '{PTS,PTS,CNY,CNY}'
     AND p_amounts = ARRAY[-p_amounts[2], p_amounts[2], -p_amounts[4], p_amounts[4]]
     AND p_amounts[2] BETWEEN 1 AND 1000000000000000 AND p_amounts[4] BETWEEN 1 AND 1000000000000000
     AND p_addresses[2] < p_addresses[1] COLLATE "C" AND p_addresses[4] < p_addresses[3] COLLATE "C"  -- as a leaf has them
     AND p_lot_expires_on IS NULL AND p_effective_on IS NULL;
  IF (awarded OR sold) AND pg_try_advisory_xact_lock_shared(7301, p_programme) THEN
    INSERT INTO ledger_transfers AS t (programme_id, key, request_hash, kind, actor, source, occurred_at, recorded_at, business_day,
                                       effective_on, memo)
    VALUES (p_programme, p_key, p_hash, p_kind, p_actor, p_source, p_occurred_at, p_recorded_at, p_business_day,
            greatest(p_business_day, (SELECT b.closed_through + 1 FROM ledger_books b WHERE b.programme_id = p_programme)),
            coalesce(p_memo, '{}'))
    ON CONFLICT DO NOTHING RETURNING t.id, t.effective_on, false INTO transfer_id, day, replayed;
    IF FOUND THEN
      fields := ARRAY[transfer_id::text, p_programme::text, p_key, encode(p_hash, 'hex'), p_kind, p_actor, p_source,
        ledger_instant(p_occurred_at), ledger_instant(p_recorded_at), to_char(p_business_day, 'YYYY-MM-DD'),
        to_char(day, 'YYYY-MM-DD'), '', '', '', coalesce(p_memo, '{}')::text];
      IF awarded THEN
        SELECT a.id INTO giver FROM ledger_accounts a WHERE a.programme_id = p_programme AND a.address = p_addresses[1]
          AND a.unit = 'PTS' AND NOT a.tracked AND a.closed_at IS NULL;
        UPDATE ledger_accounts a SET posted = a.posted + p_amounts[2], entries = a.entries + 1
          WHERE a.programme_id = p_programme AND a.address = p_addresses[2] AND a.unit = 'PTS' AND a.by_lots AND a.closed_at IS NULL
            AND a.posted >= 0 AND a.debt = 0 AND giver IS NOT NULL
          RETURNING a.id, a.entries, a.posted INTO wallet, seq, balance;
        IF FOUND THEN
          INSERT INTO ledger_lot_moves VALUES (transfer_id, wallet, p_lot_expires_on, p_amounts[2]);
          UPDATE ledger_lots l SET amount = l.amount + p_amounts[2] WHERE l.account_id = wallet AND l.expires_on = p_lot_expires_on;
          IF NOT FOUND THEN  -- nor can another add it meanwhile: the wallet is locked
            INSERT INTO ledger_lots VALUES (wallet, p_lot_expires_on, p_amounts[2]);
          END IF;
          INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on) VALUES
            (giver, transfer_id, transfer_id, p_amounts[1], NULL, day), (wallet, seq, transfer_id, p_amounts[2], balance, day);
          fields := fields || CASE WHEN p_addresses[1] < p_addresses[2] COLLATE "C"
            THEN ARRAY['2', p_addresses[1], 'PTS', transfer_id::text, p_amounts[1]::text, '',
                       p_addresses[2], 'PTS', seq::text, p_amounts[2]::text, balance::text,
                       '1', p_addresses[2], 'PTS', to_char(p_lot_expires_on, 'YYYY-MM-DD'), p_amounts[2]::text, '0']
            ELSE ARRAY['2', p_addresses[2], 'PTS', seq::text, p_amounts[2]::text, balance::text,
                       p_addresses[1], 'PTS', transfer_id::text, p_amounts[1]::text, '',
                       '1', p_addresses[2], 'PTS', to_char(p_lot_expires_on, 'YYYY-MM-DD'), p_amounts[2]::text, '0'] END;
          INSERT INTO ledger_unsealed VALUES (transfer_id, ledger_leaf(fields));
          RETURN;
        END IF;
      ELSE
        SELECT t.id, f.id, g.id INTO taker, fund, goods FROM ledger_accounts t, ledger_accounts f, ledger_accounts g
          WHERE t.programme_id = p_programme AND t.address = p_addresses[2] AND t.unit = 'PTS' AND NOT t.tracked AND t.closed_at IS NULL
            AND f.programme_id = p_programme AND f.address = p_addresses[3] AND f.unit = 'CNY' AND NOT f.tracked AND f.closed_at IS NULL
            AND g.programme_id = p_programme AND g.address = p_addresses[4] AND g.unit = 'CNY' AND NOT g.tracked AND g.closed_at IS NULL;
        UPDATE ledger_accounts a SET posted = a.posted + p_amounts[1], entries = a.entries + 1
          WHERE a.programme_id = p_programme AND a.address = p_addresses[1] AND a.unit = 'PTS' AND a.by_lots AND a.closed_at IS NULL
            AND a.posted + p_amounts[1] - a.held_out >= a.floor AND goods IS NOT NULL  -- so it owes nothing
          RETURNING a.id, a.entries, a.posted INTO wallet, seq, balance;
        IF FOUND THEN
          lots := ledger_take_lots(transfer_id, wallet, p_amounts[2], NULL, NULL);
          INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on) VALUES
            (goods, transfer_id, transfer_id, p_amounts[4], NULL, day), (fund, transfer_id, transfer_id, p_amounts[3], NULL, day),
            (taker, transfer_id, transfer_id, p_amounts[2], NULL, day), (wallet, seq, transfer_id, p_amounts[1], balance, day);
          fields := fields || ARRAY['4', p_addresses[4], 'CNY', transfer_id::text, p_amounts[4]::text, '',
                                    p_addresses[3], 'CNY', transfer_id::text, p_amounts[3]::text, '',
                                    p_addresses[2], 'PTS', transfer_id::text, p_amounts[2]::text, '',
                                    p_addresses[1], 'PTS', seq::text, p_amounts[1]::text, balance::text,
                                    (cardinality(lots) / 2)::text];
          FOR k IN 1 .. cardinality(lots) / 2 LOOP
            fields := fields || ARRAY[p_addresses[1], 'PTS', lots[2 * k - 1], lots[2 * k]];
          END LOOP;
          INSERT INTO ledger_unsealed VALUES (transfer_id, ledger_leaf(fields || '0'::text));
          RETURN;
        END IF;
      END IF;
    END IF;
  END IF;
  IF transfer_id IS NULL THEN
    claimed := ledger_claim(p_programme, p_key, p_hash, p_kind, p_actor, p_source, p_occurred_at, p_recorded_at,
      p_business_day, p_memo, p_effective_on, NULL, NULL, NULL);
    transfer_id := claimed.transfer_id; replayed := claimed.replayed; day := claimed.effective_on; fields := claimed.fields;
  END IF;
  IF replayed OR NOT ledger_are_legs(p_addresses, p_units, p_amounts) THEN RETURN; END IF;
  fields := fields || ledger_apply(transfer_id, p_programme, p_addresses, p_units, p_amounts, day, p_may_owe, p_lot_expires_on, NULL);
  INSERT INTO ledger_unsealed VALUES (transfer_id, ledger_leaf(fields));
END $$;
