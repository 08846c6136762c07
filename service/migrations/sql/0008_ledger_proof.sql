-- The log: every transfer's leaf in one Merkle tree (RFC 6962), the signed heads over it, the keys
-- that signed them, and what was found whenever somebody had all of it verified.

CREATE TABLE ledger_leaves (
  index        bigint CONSTRAINT pk_ledger_leaves PRIMARY KEY CONSTRAINT ck_ledger_leaves_index CHECK (index >= 0),
  transfer_id  bigint NOT NULL CONSTRAINT uq_ledger_leaves_transfer_id UNIQUE,
  hash         bytea NOT NULL CONSTRAINT ck_ledger_leaves_hash CHECK (octet_length(hash) = 32)
);

-- Roots of the complete subtrees of 256, 256², 256³ … leaves. What lies between two levels is
-- reckoned from 256 hashes when it is asked for; keeping it all would double the log.
CREATE TABLE ledger_nodes (
  level        integer NOT NULL CONSTRAINT ck_ledger_nodes_level CHECK (level BETWEEN 1 AND 7),
  index        bigint NOT NULL CONSTRAINT ck_ledger_nodes_index CHECK (index >= 0),
  hash         bytea NOT NULL CONSTRAINT ck_ledger_nodes_hash CHECK (octet_length(hash) = 32),
  CONSTRAINT pk_ledger_nodes PRIMARY KEY (level, index)
);

CREATE TABLE ledger_heads (
  size         bigint CONSTRAINT pk_ledger_heads PRIMARY KEY CONSTRAINT ck_ledger_heads_size CHECK (size > 0),
  root         bytea NOT NULL CONSTRAINT ck_ledger_heads_root CHECK (octet_length(root) = 32),
  note         text NOT NULL,                -- the signed checkpoint: origin, size, root, signatures
  sealed_at    timestamptz NOT NULL
);

-- The public keys of all times: a head is believed long after its key has left the key file.
CREATE TABLE ledger_keys (
  vkey         text CONSTRAINT pk_ledger_keys PRIMARY KEY,
  since_size   bigint NOT NULL CONSTRAINT ck_ledger_keys_since_size CHECK (since_size >= 0),
  added_at     timestamptz NOT NULL,
  retired_at   timestamptz                   -- when it was first missing; NULL while it signs
);

CREATE TABLE ledger_verifications (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_ledger_verifications PRIMARY KEY,
  asked_by     text NOT NULL,
  asked_at     timestamptz NOT NULL,
  started_at   timestamptz,
  finished_at  timestamptz,
  size         bigint NOT NULL DEFAULT 0,    -- leaves in the log when it was read
  transfers    bigint NOT NULL DEFAULT 0,    -- to be read, those too that wait for the sealer
  entries      bigint NOT NULL DEFAULT 0,
  done         bigint NOT NULL DEFAULT 0,    -- transfers read so far
  faults       bigint NOT NULL DEFAULT 0,
  findings     jsonb NOT NULL DEFAULT '[]',  -- the first of the faults: kind, place, detail
  CONSTRAINT ck_ledger_verifications_done CHECK (done BETWEEN 0 AND transfers),
  CONSTRAINT ck_ledger_verifications_finished CHECK (finished_at IS NULL OR started_at IS NOT NULL)
);
-- One at a time: two would read the same, and find the same.
CREATE UNIQUE INDEX uq_ledger_verifications_open ON ledger_verifications (finished_at)
  NULLS NOT DISTINCT WHERE finished_at IS NULL;

DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['ledger_leaves', 'ledger_nodes', 'ledger_heads'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['ledger_keys', 'ledger_verifications'] LOOP
    EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['ledger_leaves', 'ledger_nodes', 'ledger_heads', 'ledger_keys', 'ledger_verifications'] LOOP
    EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', name);
  END LOOP;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OF vkey, since_size, added_at ON ledger_keys
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER finished_once BEFORE UPDATE ON ledger_verifications
  FOR EACH ROW WHEN (OLD.finished_at IS NOT NULL) EXECUTE FUNCTION ledger_refuse_change();

-- ---------------------------------------------------------------- sealing
-- Take the next transfers out of the queue and append their leaves: in the order of their ids, from
-- the first free index on. What they moved on accounts without a balance of their own is rolled up
-- in the same transaction, so that it is counted once: as an entry in the queue, or as posted.
-- Answers the first index and all leaves in one string, 32 bytes each; NULL when nothing waited.
CREATE FUNCTION ledger_seal_batch(p_limit integer, OUT first_index bigint, OUT leaves bytea) LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE ids bigint[]; hashes bytea[]; BEGIN
  PERFORM pg_advisory_xact_lock(7302);  -- one sealer at a time; what follows sees all that was appended
  WITH next AS (SELECT u.transfer_id FROM ledger_unsealed u ORDER BY u.transfer_id LIMIT p_limit),
  taken AS (DELETE FROM ledger_unsealed u USING next WHERE u.transfer_id = next.transfer_id RETURNING u.transfer_id, u.leaf)
  SELECT array_agg(t.transfer_id ORDER BY t.transfer_id), array_agg(t.leaf ORDER BY t.transfer_id),
         string_agg(t.leaf, '' ORDER BY t.transfer_id) INTO ids, hashes, leaves FROM taken t;
  IF ids IS NULL THEN RETURN; END IF;
  SELECT coalesce(max(l.index) + 1, 0) INTO first_index FROM ledger_leaves l;
  INSERT INTO ledger_leaves (index, transfer_id, hash)
    SELECT first_index + q.place - 1, q.id, q.hash FROM unnest(ids, hashes) WITH ORDINALITY AS q (id, hash, place);
  UPDATE ledger_accounts a SET posted = a.posted + moved.amount, entries = a.entries + moved.entries
    FROM (SELECT e.account_id, sum(e.amount)::bigint AS amount, count(*) AS entries
          FROM ledger_entries e WHERE e.transfer_id = ANY (ids) GROUP BY e.account_id) moved
    WHERE a.id = moved.account_id AND NOT a.tracked;
END $$;

-- Whether a signature by these keys may be believed: the first keys ever are, later ones only
-- beside a known one. So a stranger's key cannot take the log over.
CREATE FUNCTION ledger_check_signers(p_vkeys text[]) RETURNS void LANGUAGE plpgsql STABLE AS $$ BEGIN
  IF cardinality(p_vkeys) = 0 OR EXISTS (SELECT FROM ledger_keys)
     AND NOT EXISTS (SELECT FROM ledger_keys k WHERE k.vkey = ANY (p_vkeys)) THEN
    RAISE EXCEPTION 'none of these keys has signed before' USING ERRCODE = 'LG021';
  END IF;
END $$;

-- Write the head over all leaves, with the subtrees that they completed, and note who signed it.
CREATE FUNCTION ledger_write_head(p_size bigint, p_root bytea, p_note text, p_vkeys text[], p_levels integer[],
  p_indexes bigint[], p_hashes bytea[], p_now timestamptz) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN
  PERFORM pg_advisory_xact_lock(7302);
  IF p_size IS DISTINCT FROM (SELECT max(l.index) + 1 FROM ledger_leaves l) THEN
    RAISE EXCEPTION 'a head covers the whole log, not % leaves', p_size USING ERRCODE = 'LG020';
  END IF;
  PERFORM ledger_check_signers(p_vkeys);
  INSERT INTO ledger_nodes (level, index, hash) SELECT * FROM unnest(p_levels, p_indexes, p_hashes);
  INSERT INTO ledger_heads (size, root, note, sealed_at) VALUES (p_size, p_root, p_note, p_now);
  INSERT INTO ledger_keys (vkey, since_size, added_at) SELECT vkey, p_size, p_now FROM unnest(p_vkeys) AS vkey
    ON CONFLICT (vkey) DO NOTHING;
  UPDATE ledger_keys SET retired_at = CASE WHEN vkey = ANY (p_vkeys) THEN NULL ELSE p_now END
    WHERE (retired_at IS NULL) <> (vkey = ANY (p_vkeys));
END $$;

-- Seal a month that is closing: its entries are all in the log, and no month before it stands open.
CREATE FUNCTION ledger_seal_period(p_programme integer, p_month date, p_size bigint, p_root bytea, p_trial_root bytea,
  p_previous bytea, p_seal bytea, p_note text, p_vkeys text[], p_now timestamptz) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE last date := (p_month + interval '1 month' - interval '1 day')::date; BEGIN
  PERFORM pg_advisory_xact_lock(7302);
  PERFORM ledger_check_signers(p_vkeys);
  IF EXISTS (SELECT FROM ledger_unsealed u JOIN ledger_transfers t ON t.id = u.transfer_id
             WHERE t.programme_id = p_programme AND t.effective_on <= last) THEN
    RAISE EXCEPTION 'transfers of % are not in the log yet', p_month USING ERRCODE = 'LG020';
  END IF;
  IF p_size > 0 AND NOT EXISTS (SELECT FROM ledger_heads h WHERE h.size = p_size AND h.root = p_root) THEN
    RAISE EXCEPTION 'no head of size % has this root', p_size USING ERRCODE = 'LG020';
  END IF;
  IF p_previous IS DISTINCT FROM (SELECT s.seal FROM ledger_periods s WHERE s.programme_id = p_programme
                                  AND s.state = 'sealed' ORDER BY s.month DESC LIMIT 1) THEN
    RAISE EXCEPTION 'the seal of % does not follow the last one', p_month USING ERRCODE = 'LG020';
  END IF;
  UPDATE ledger_periods SET state = 'sealed', sealed_at = p_now, size = p_size, root = p_root, trial_root = p_trial_root,
      previous = p_previous, seal = p_seal, note = p_note
    WHERE programme_id = p_programme AND month = p_month AND state = 'closing'
      AND NOT EXISTS (SELECT FROM ledger_periods e WHERE e.programme_id = p_programme AND e.state = 'closing' AND e.month < p_month);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the month % is not the next to be sealed', p_month USING ERRCODE = 'LG022';
  END IF;
  INSERT INTO ledger_keys (vkey, since_size, added_at) SELECT vkey, p_size, p_now FROM unnest(p_vkeys) AS vkey
    WHERE NOT EXISTS (SELECT FROM ledger_keys);  -- before the first head; a later key waits for its head
END $$;

-- ---------------------------------------------------------------- verification
-- Ask for one, or find the one that is under way.
CREATE FUNCTION ledger_ask_verification(p_by text, p_now timestamptz) RETURNS bigint LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE found bigint; BEGIN
  WHILE found IS NULL LOOP  -- the one under way may end between the two statements
    INSERT INTO ledger_verifications (asked_by, asked_at) VALUES (p_by, p_now) ON CONFLICT DO NOTHING RETURNING id INTO found;
    IF found IS NULL THEN SELECT v.id INTO found FROM ledger_verifications v WHERE v.finished_at IS NULL; END IF;
  END LOOP;
  RETURN found;
END $$;

CREATE FUNCTION ledger_note_verification(p_id bigint, p_done bigint, p_transfers bigint, p_now timestamptz) RETURNS void
  LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE ledger_verifications SET started_at = coalesce(started_at, p_now), transfers = greatest(p_transfers, p_done),
    done = p_done WHERE id = p_id
$$;

CREATE FUNCTION ledger_finish_verification(p_id bigint, p_size bigint, p_transfers bigint, p_entries bigint, p_faults bigint,
  p_findings jsonb, p_now timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  UPDATE ledger_verifications SET started_at = coalesce(started_at, p_now), finished_at = p_now, size = p_size,
    transfers = p_transfers, done = p_transfers, entries = p_entries, faults = p_faults, findings = p_findings WHERE id = p_id
$$;

REVOKE ALL ON FUNCTION ledger_seal_batch, ledger_check_signers, ledger_write_head, ledger_seal_period,
  ledger_ask_verification, ledger_note_verification, ledger_finish_verification FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_seal_batch, ledger_write_head, ledger_seal_period,
  ledger_ask_verification, ledger_note_verification, ledger_finish_verification TO aixin_app;
GRANT SELECT ON ledger_leaves, ledger_nodes, ledger_heads, ledger_keys, ledger_verifications TO aixin_app;
