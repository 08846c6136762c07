-- The ordinary award, straight down. What the server does at a posting it does with cold caches, for
-- another session ran in between: each expression and each function called costs several times what a
-- loop over the same calls would show. So nearly every transfer gets by with few of both.

-- The same as before in one comparison: least() passes over the floor that is not there.
ALTER TABLE ledger_accounts DROP CONSTRAINT ck_ledger_accounts_covered,
  ADD CONSTRAINT ck_ledger_accounts_covered CHECK (least(held_out, held_in, debt, posted - held_out + debt - floor) >= 0);

-- What one statement adds to a transfer sums to zero in each unit; so every transfer does, always.
-- The transfer is a look-up of its own: joined, it would be read by its programme on a young table.
CREATE OR REPLACE FUNCTION ledger_check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE broken boolean; several boolean; BEGIN
  SELECT NOT bool_and((e.amount <> 0 AND a.programme_id = (  -- nothing is added to what stands
             SELECT t.programme_id FROM ledger_transfers t
             WHERE t.id = e.transfer_id AND t.effective_on = e.effective_on AND t.xid = pg_current_xact_id())) IS TRUE)
           OR sum(CASE a.unit WHEN 'PTS' THEN e.amount ELSE 0 END) <> 0 OR sum(e.amount) <> 0,
         min(e.transfer_id) < max(e.transfer_id) INTO broken, several
    FROM added e LEFT JOIN ledger_accounts a ON a.id = e.account_id;
  IF several AND NOT broken THEN  -- each for itself: one's surplus is not another's deficit
    broken := EXISTS (SELECT FROM added e JOIN ledger_accounts a ON a.id = e.account_id
                      GROUP BY e.transfer_id, a.unit HAVING sum(e.amount) <> 0);
  END IF;
  IF broken THEN RAISE EXCEPTION 'a transfer does not balance' USING ERRCODE = 'LG002'; END IF;
  RETURN NULL;
END $$;

-- Post a transfer: claim the key, move the amounts, keep the lots. The same key again adds nothing.
--   Nearly every transfer is points of an untracked account for a wallet that owes nothing. It is posted
-- by the first half, which does what ledger_claim and ledger_apply would, in their order. Where anything
-- is otherwise it has written nothing yet, or the claim alone, and the second half goes on from there.
CREATE OR REPLACE FUNCTION ledger_post(p_programme integer, p_key text, p_hash bytea, p_kind text, p_addresses text[], p_units text[],
  p_amounts bigint[], p_actor text, p_source text, p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date,
  p_lot_expires_on date, p_may_owe boolean, p_reverses_id bigint, p_memo jsonb, p_effective_on date DEFAULT NULL,
  OUT transfer_id bigint, OUT replayed boolean) LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE claimed record; day date; giver bigint; wallet bigint; seq bigint; balance bigint; fields text[]; BEGIN
  IF cardinality(p_addresses) = 2 AND p_units = '{PTS,PTS}' AND cardinality(p_amounts) = 2 AND p_amounts[1] = -p_amounts[2]
     AND p_amounts[2] BETWEEN 1 AND 1000000000000000 AND p_lot_expires_on IS NOT NULL AND p_effective_on IS NULL
     AND p_kind IN ('award', 'open', 'manual', 'adjust') AND pg_try_advisory_xact_lock_shared(7301, p_programme) THEN
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
DROP FUNCTION ledger_give(bigint, integer, text, text, bigint, date, date);
