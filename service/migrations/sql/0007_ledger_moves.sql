-- The ledger, whole: amounts can be set aside first, periods close, every transfer leaves a leaf for
-- the log, and the application's role can write nothing but through the functions at the end.

-- ---------------------------------------------------------------- what a transfer can be
ALTER TABLE ledger_transfers ADD COLUMN expires_at timestamptz;  -- until when a hold stands

-- The server parses every CHECK of a table anew in every statement that writes it, 3 microseconds each:
-- a fifth of a posting. So one is left on each table that all postings write, the one about amounts.
-- What a row may be otherwise is said where rows are made: kinds in ledger_claim, accounts when opened.
ALTER TABLE ledger_transfers DROP CONSTRAINT ck_ledger_transfers_kind, DROP CONSTRAINT ck_ledger_transfers_reverses;
ALTER TABLE ledger_lot_moves DROP CONSTRAINT ck_ledger_lot_moves_amount;
DROP INDEX ix_ledger_lot_moves_account_id;  -- nobody asked for it
-- While the table is young, the planner takes any index that begins with the programme, and a session
-- goes on reading the whole programme with it: so none does but the key's.
DROP INDEX ix_ledger_transfers_programme_id_business_day;
CREATE INDEX ix_ledger_transfers_business_day_programme_id ON ledger_transfers (business_day, programme_id, id);
ALTER TABLE ledger_entries DROP CONSTRAINT ck_ledger_entries_amount;
ALTER TABLE ledger_accounts DROP CONSTRAINT ck_ledger_accounts_unit, DROP CONSTRAINT ck_ledger_accounts_floor_is_tracked,
  DROP CONSTRAINT ck_ledger_accounts_held, DROP CONSTRAINT ck_ledger_accounts_covered,
  ADD CONSTRAINT ck_ledger_accounts_covered CHECK (least(held_out, held_in, debt) >= 0 AND (floor IS NULL OR posted - held_out >= floor - debt));
CREATE FUNCTION ledger_check_account() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF NEW.unit NOT IN ('PTS', 'CNY') OR NOT NEW.tracked AND (NEW.floor IS NOT NULL OR NEW.by_lots) THEN
    RAISE EXCEPTION 'no account is kept like this: %', NEW.address USING ERRCODE = 'LG003';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER well_kept BEFORE INSERT ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION ledger_check_account();

-- A lot that is empty is gone. An index over the amount would have a new entry at every change of it.
DELETE FROM ledger_lots WHERE amount = 0;
DROP INDEX ix_ledger_lots_expires_on;
CREATE INDEX ix_ledger_lots_expires_on ON ledger_lots (expires_on);

-- What a hold sets aside; and the holds that are still open, the only ones with anything set aside.
CREATE TABLE ledger_hold_legs (
  transfer_id  bigint NOT NULL,
  account_id   bigint NOT NULL,
  amount       bigint NOT NULL CONSTRAINT ck_ledger_hold_legs_amount CHECK (amount <> 0),
  CONSTRAINT pk_ledger_hold_legs PRIMARY KEY (transfer_id, account_id)
);
CREATE TABLE ledger_holds (
  transfer_id  bigint CONSTRAINT pk_ledger_holds PRIMARY KEY,
  programme_id integer NOT NULL,
  expires_at   timestamptz NOT NULL
);
CREATE INDEX ix_ledger_holds_programme_id_expires_at ON ledger_holds (programme_id, expires_at, transfer_id);

-- Transfers that the log does not have yet, with their leaves. A queue, not a watermark over ids or
-- transaction numbers: who commits late is seen by a later run, who rolls back was never here, and
-- a restored dump, where transaction numbers begin anew, loses nothing.
CREATE TABLE ledger_unsealed (
  transfer_id  bigint CONSTRAINT pk_ledger_unsealed PRIMARY KEY,
  leaf         bytea NOT NULL                -- 32 bytes
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);  -- emptied all day long

-- Months: no row is open, closing takes no more transfers, sealed is signed. The watermark also
-- covers the months of a gap, in which nothing was ever closed.
CREATE TABLE ledger_books (
  programme_id integer CONSTRAINT pk_ledger_books PRIMARY KEY,
  closed_through date NOT NULL
);
CREATE TABLE ledger_periods (
  programme_id integer NOT NULL,
  month        date NOT NULL CONSTRAINT ck_ledger_periods_month CHECK (extract(day FROM month) = 1),
  state        text NOT NULL CONSTRAINT ck_ledger_periods_state CHECK (state IN ('closing', 'sealed')),
  closing_at   timestamptz NOT NULL,
  closed_by    text NOT NULL,
  sealed_at    timestamptz,
  size         bigint,                       -- leaves in the log when it was sealed
  root         bytea,                        -- of the log at that size
  trial_root   bytea,                        -- of the balances effective by the month's end
  previous     bytea,                        -- the seal before it; NULL for the first
  seal         bytea,                        -- SHA-256 of the signed text
  note         text,                         -- the signed text
  CONSTRAINT pk_ledger_periods PRIMARY KEY (programme_id, month),
  CONSTRAINT ck_ledger_periods_sealed CHECK
    ((state = 'sealed') = (num_nulls(sealed_at, size, root, trial_root, seal, note) = 0))
);

-- ---------------------------------------------------------------- what can never be changed
-- A foreign key would write a lock into the row of the busiest account at every posting, and cost a
-- third of its time. The trigger below looks the rows up anyway; what is reversed or settled is looked
-- up first; and neither accounts nor transfers are ever deleted.
ALTER TABLE ledger_entries DROP CONSTRAINT fk_ledger_entries_account_id_ledger_accounts,
  DROP CONSTRAINT fk_ledger_entries_transfer_id_ledger_transfers;
ALTER TABLE ledger_transfers DROP CONSTRAINT fk_ledger_transfers_reverses_id_ledger_transfers,
  DROP CONSTRAINT fk_ledger_transfers_pending_id_ledger_transfers;
ALTER TABLE ledger_lots DROP CONSTRAINT fk_ledger_lots_account_id_ledger_accounts;
ALTER TABLE ledger_lot_moves DROP CONSTRAINT fk_ledger_lot_moves_account_id_ledger_accounts,
  DROP CONSTRAINT fk_ledger_lot_moves_transfer_id_ledger_transfers;

CREATE OR REPLACE FUNCTION ledger_check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE total record; broken boolean; BEGIN
  SELECT bool_and(t.id IS NOT NULL AND e.amount <> 0) AS sound, min(e.transfer_id) < max(e.transfer_id) AS several,
         coalesce(sum(e.amount) FILTER (WHERE a.unit = 'PTS'), 0) AS points,
         coalesce(sum(e.amount) FILTER (WHERE a.unit = 'CNY'), 0) AS fen INTO total
    FROM added e LEFT JOIN ledger_accounts a ON a.id = e.account_id
    LEFT JOIN LATERAL (SELECT * FROM ledger_transfers x WHERE x.id = e.transfer_id OFFSET 0) t ON t.programme_id = a.programme_id
      AND t.effective_on = e.effective_on AND t.xid = pg_current_xact_id();  -- nothing is added to what stands
  broken := NOT total.sound OR total.points <> 0 OR total.fen <> 0;
  IF NOT broken AND total.several THEN  -- each for itself: one's surplus is not another's deficit
    broken := EXISTS (SELECT FROM added e JOIN ledger_accounts a ON a.id = e.account_id
                      GROUP BY e.transfer_id, a.unit HAVING sum(e.amount) <> 0);
  END IF;
  IF broken THEN RAISE EXCEPTION 'a transfer does not balance' USING ERRCODE = 'LG002'; END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_hold_legs
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON ledger_accounts
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OF id, programme_id, address, unit, tracked, by_lots, floor, opened_at ON ledger_accounts
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON ledger_periods
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER sealed_once BEFORE UPDATE ON ledger_periods
  FOR EACH ROW WHEN (OLD.state = 'sealed') EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON ledger_books
  FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_reopened BEFORE UPDATE ON ledger_books
  FOR EACH ROW WHEN (NEW.closed_through < OLD.closed_through OR NEW.programme_id <> OLD.programme_id)
  EXECUTE FUNCTION ledger_refuse_change();
DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['ledger_accounts', 'ledger_hold_legs', 'ledger_holds', 'ledger_lots', 'ledger_unsealed',
                              'ledger_books', 'ledger_periods'] LOOP
    EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', name);
  END LOOP;
END $$;

-- ---------------------------------------------------------------- the leaf of a transfer
CREATE FUNCTION ledger_instant(p_at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(p_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
$$;

CREATE FUNCTION ledger_counted(p_list text[], p_width integer) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY[(coalesce(cardinality(p_list), 0) / p_width)::text] || p_list
$$;

-- A transfer as the log knows it: its own fields, then its entries, lot moves and held legs, each
-- list after its length. The postings below build the same list from what they write; verification
-- reads it here, from what is stored.
CREATE FUNCTION ledger_fields(p_transfer bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT ARRAY[t.id::text, t.programme_id::text, t.key, encode(t.request_hash, 'hex'), t.kind, t.actor, t.source,
      ledger_instant(t.occurred_at), ledger_instant(t.recorded_at), to_char(t.business_day, 'YYYY-MM-DD'),
      to_char(t.effective_on, 'YYYY-MM-DD'), coalesce(t.reverses_id::text, ''), coalesce(t.pending_id::text, ''),
      coalesce(ledger_instant(t.expires_at), ''), t.memo::text]
    || ledger_counted((
      SELECT array_agg(f ORDER BY a.unit COLLATE "C", a.address COLLATE "C", n)
      FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id CROSS JOIN LATERAL
        unnest(ARRAY[a.address, a.unit, e.seq::text, e.amount::text, coalesce(e.balance::text, '')]) WITH ORDINALITY AS v (f, n)
      WHERE e.transfer_id = t.id), 5)
    || ledger_counted((
      SELECT array_agg(f ORDER BY a.unit COLLATE "C", a.address COLLATE "C", m.expires_on, n)
      FROM ledger_lot_moves m JOIN ledger_accounts a ON a.id = m.account_id CROSS JOIN LATERAL
        unnest(ARRAY[a.address, a.unit, to_char(m.expires_on, 'YYYY-MM-DD'), m.amount::text]) WITH ORDINALITY AS v (f, n)
      WHERE m.transfer_id = t.id), 4)
    || ledger_counted((
      SELECT array_agg(f ORDER BY a.unit COLLATE "C", a.address COLLATE "C", n)
      FROM ledger_hold_legs h JOIN ledger_accounts a ON a.id = h.account_id CROSS JOIN LATERAL
        unnest(ARRAY[a.address, a.unit, h.amount::text]) WITH ORDINALITY AS v (f, n)
      WHERE h.transfer_id = t.id), 3)
  FROM ledger_transfers t WHERE t.id = p_transfer
$$;

-- RFC 6962's leaf over version 1 of our bytes: each field after its length, four bytes, big end first.
-- That is what array_send writes of texts, behind 20 bytes that say what they are, for a UTF-8 client.
CREATE FUNCTION ledger_framed(p_fields text[]) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT string_agg(int4send(octet_length(f)) || convert_to(f, 'UTF8'), ''::bytea ORDER BY n) FROM unnest(p_fields) WITH ORDINALITY AS v (f, n)
$$;
CREATE FUNCTION ledger_leaf(p_fields text[]) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256('\x0001'::bytea || CASE WHEN pg_client_encoding() = 'UTF8' THEN substring(array_send(p_fields) FROM 21)
                                        ELSE ledger_framed(p_fields) END)
$$;

-- ---------------------------------------------------------------- posting
DROP FUNCTION ledger_post(integer, text, bytea, text, text[], text[], bigint[], text, text, timestamptz, timestamptz, date,
  date, boolean, bigint, jsonb);
DROP FUNCTION ledger_reverse(integer, text, bytea, text, bigint, text, text, timestamptz, timestamptz, date, date, jsonb);
DROP FUNCTION ledger_claim(integer, text, bytea, text, text, text, timestamptz, timestamptz, date, bigint, jsonb);
DROP FUNCTION ledger_apply(bigint, integer, text[], text[], bigint[], boolean, date);
DROP FUNCTION ledger_check_legs(text[], text[], bigint[]);
DROP FUNCTION ledger_take_lots(bigint, bigint, bigint, date);
DROP FUNCTION ledger_fill_lots(bigint, bigint, date[], bigint[], bigint);

-- The order in which legs stand in a leaf, and in which everybody locks accounts.
CREATE FUNCTION ledger_order(p_addresses text[], p_units text[]) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
  IF cardinality(p_addresses) = 2 AND p_units[1] = p_units[2] THEN
    RETURN CASE WHEN p_addresses[1] < p_addresses[2] COLLATE "C" THEN '{1,2}' ELSE '{2,1}' END;
  END IF;
  RETURN ARRAY(SELECT n FROM unnest(p_addresses, p_units) WITH ORDINALITY AS l (address, unit, n)
               ORDER BY unit COLLATE "C", address COLLATE "C");
END $$;
CREATE OR REPLACE FUNCTION ledger_lock(p_programme integer, p_addresses text[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  PERFORM pg_advisory_xact_lock_shared(7301, p_programme);  -- before any row: who closes a period waits for it alone
  PERFORM FROM ledger_accounts WHERE programme_id = p_programme AND address = ANY (p_addresses) AND tracked
    ORDER BY unit COLLATE "C", address COLLATE "C" FOR NO KEY UPDATE;
END $$;

-- Claim the key first: the unique indexes are the gate, for the key, for "reversed once" and for
-- "resolved once". A loser reads the winner in its next statement.
-- Whoever posts shares the programme's lock until its end, and closing a period takes that lock alone:
-- nothing that has read the old watermark is still on its way.
CREATE FUNCTION ledger_claim(p_programme integer, p_key text, p_hash bytea, p_kind text, p_actor text, p_source text,
  p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date, p_memo jsonb, p_effective_on date,
  p_reverses_id bigint, p_pending_id bigint, p_expires_at timestamptz,
  OUT transfer_id bigint, OUT effective_on date, OUT replayed boolean, OUT fields text[]) LANGUAGE plpgsql AS $$
DECLARE first_hash bytea; BEGIN
  IF p_kind IS NULL OR p_kind <> ALL ('{open,award,manual,redeem,discount,void,reverse,expire,adjust,pledge,hold,release}')
     OR (p_kind IN ('reverse', 'void')) <> (p_reverses_id IS NOT NULL) OR (p_kind = 'hold') <> (p_expires_at IS NOT NULL)
     OR p_kind = 'release' AND p_pending_id IS NULL THEN
    RAISE EXCEPTION 'a % is not posted like this', p_kind USING ERRCODE = 'LG003';
  END IF;
  IF NOT pg_try_advisory_xact_lock_shared(7301, p_programme) THEN  -- spares a statement when nobody is closing
    PERFORM pg_advisory_xact_lock_shared(7301, p_programme);
  END IF;
  INSERT INTO ledger_transfers AS t (programme_id, key, request_hash, kind, actor, source, occurred_at, recorded_at,
                                     business_day, effective_on, reverses_id, pending_id, expires_at, memo)
  VALUES (p_programme, p_key, p_hash, p_kind, p_actor, p_source, p_occurred_at, p_recorded_at, p_business_day,
          coalesce(p_effective_on, (SELECT greatest(p_business_day, b.closed_through + 1) FROM ledger_books b
                                    WHERE b.programme_id = p_programme), p_business_day),
          p_reverses_id, p_pending_id, p_expires_at, coalesce(p_memo, '{}'))
  ON CONFLICT DO NOTHING RETURNING t.id, t.effective_on INTO transfer_id, effective_on;
  replayed := transfer_id IS NULL;
  IF replayed THEN
    SELECT t.id, t.request_hash INTO transfer_id, first_hash
      FROM ledger_transfers t WHERE t.programme_id = p_programme AND t.key = p_key;
    IF first_hash <> p_hash THEN
      RAISE EXCEPTION 'key % was used for another request', p_key USING ERRCODE = 'LG001';
    ELSIF transfer_id IS NULL AND p_pending_id IS NOT NULL THEN
      RAISE EXCEPTION 'hold % is resolved already', p_pending_id USING ERRCODE = 'LG011';
    ELSIF transfer_id IS NULL THEN
      RAISE EXCEPTION 'transfer % is reversed already', p_reverses_id USING ERRCODE = 'LG005';
    END IF;
    RETURN;
  ELSIF p_effective_on IS NOT NULL THEN
    PERFORM FROM ledger_books b WHERE b.programme_id = p_programme AND b.closed_through >= p_effective_on;
    IF FOUND THEN RAISE EXCEPTION 'the books are closed for %', p_effective_on USING ERRCODE = 'LG008'; END IF;
  END IF;
  fields := ARRAY[transfer_id::text, p_programme::text, p_key, encode(p_hash, 'hex'), p_kind, p_actor, p_source,
    ledger_instant(p_occurred_at), ledger_instant(p_recorded_at), to_char(p_business_day, 'YYYY-MM-DD'),
    to_char(effective_on, 'YYYY-MM-DD'), coalesce(p_reverses_id::text, ''), coalesce(p_pending_id::text, ''),
    coalesce(ledger_instant(p_expires_at), ''), coalesce(p_memo, '{}')::text];
END $$;

-- Whether legs are legs: two or more, each moves something, none twice, and each unit sums to zero.
CREATE FUNCTION ledger_are_legs(p_addresses text[], p_units text[], p_amounts bigint[]) RETURNS boolean
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE points bigint := 0; fen bigint := 0; BEGIN
  IF cardinality(p_amounts) = 2 AND p_amounts[1] = -p_amounts[2] AND p_units[1] = p_units[2] AND p_addresses[1] <> p_addresses[2]
     AND (p_amounts[1] BETWEEN 1 AND 1000000000000000 OR p_amounts[2] BETWEEN 1 AND 1000000000000000) THEN
    RETURN true;  -- nearly all are like this
  END IF;
  IF coalesce(cardinality(p_amounts), 0) < 2 THEN
    RAISE EXCEPTION 'a transfer needs two legs' USING ERRCODE = 'LG003';
  END IF;
  FOR i IN 1 .. cardinality(p_amounts) LOOP
    IF p_amounts[i] = 0 THEN
      RAISE EXCEPTION 'a leg moves nothing' USING ERRCODE = 'LG003';
    ELSIF p_amounts[i] NOT BETWEEN -1000000000000000 AND 1000000000000000 THEN
      -- far from 64 bits: a sink has no limit of its own, and its roll-up must never overflow
      RAISE EXCEPTION 'an amount is larger than 10^15' USING ERRCODE = '22003';
    END IF;
    FOR j IN 1 .. i - 1 LOOP
      IF p_addresses[i] = p_addresses[j] AND p_units[i] = p_units[j] THEN
        RAISE EXCEPTION 'an account stands on two legs' USING ERRCODE = 'LG003';
      END IF;
    END LOOP;
    IF p_units[i] = 'PTS' THEN points := points + p_amounts[i]; ELSE fen := fen + p_amounts[i]; END IF;
  END LOOP;
  IF points <> 0 OR fen <> 0 THEN RAISE EXCEPTION 'the legs do not sum to zero' USING ERRCODE = 'LG002'; END IF;
  RETURN true;
END $$;

-- Why a leg could not be written: told after the fact, so that what is in order pays nothing for it.
CREATE OR REPLACE FUNCTION ledger_refuse_legs(p_programme integer, p_addresses text[], p_units text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE known integer; closed text; BEGIN
  SELECT count(a.id), min(l.address) FILTER (WHERE a.closed_at IS NOT NULL) INTO known, closed
    FROM unnest(p_addresses, p_units) AS l (address, unit)
    LEFT JOIN ledger_accounts a ON a.programme_id = p_programme AND a.address = l.address AND a.unit = l.unit;
  IF known < cardinality(p_addresses) THEN
    RAISE EXCEPTION 'an account is unknown: %', p_addresses USING ERRCODE = 'LG004';
  ELSIF closed IS NOT NULL THEN
    RAISE EXCEPTION 'account % is closed', closed USING ERRCODE = 'LG014';
  END IF;
  RAISE EXCEPTION 'the balance does not cover it' USING ERRCODE = 'LG006';
END $$;

-- Move the amounts, wallets with their lots, and write the entries; answers what the leaf says of them.
-- Account by account in one order: whoever needs the same rows waits at the first of them, so nobody
-- waits in a circle; and each update reads the newest version of its row.
--   p_may_owe   a wallet may fall below its floor (a reversal, an honest offline sale)
--   p_lot       the day on which credited points expire, or the lot to take from first
--   p_of        the transfer whose lots are to be as they were: this is its reversal
CREATE FUNCTION ledger_apply(p_transfer bigint, p_programme integer, p_addresses text[], p_units text[], p_amounts bigint[],
  p_effective_on date, p_may_owe boolean, p_lot date, p_of bigint) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  i integer; account record; amount bigint; seq bigint; after bigint; lots text[];
  ids bigint[] := '{}'; amounts bigint[] := '{}'; seqs bigint[] := '{}'; balances bigint[] := '{}';
  said text[] := '{}'; said_lots text[] := '{}';
BEGIN
  FOREACH i IN ARRAY ledger_order(p_addresses, p_units) LOOP
    SELECT a.id, a.tracked, a.by_lots, a.closed_at INTO account FROM ledger_accounts a
      WHERE a.programme_id = p_programme AND a.address = p_addresses[i] AND a.unit = p_units[i];
    amount := p_amounts[i]; seq := p_transfer; after := NULL;
    IF account.tracked THEN
      UPDATE ledger_accounts a SET posted = a.posted + amount, entries = a.entries + 1,
          debt = greatest(0, a.floor - (a.posted + amount - a.held_out))
        WHERE a.id = account.id AND a.closed_at IS NULL AND (amount > 0 OR a.floor IS NULL OR p_may_owe AND a.by_lots
              OR a.posted + amount - a.held_out >= a.floor)
        RETURNING a.entries, a.posted INTO seq, after;
    END IF;
    IF account.id IS NULL OR account.closed_at IS NOT NULL OR seq IS NULL THEN
      PERFORM ledger_refuse_legs(p_programme, p_addresses, p_units);
    ELSIF account.by_lots THEN
      IF amount < 0 THEN
        lots := ledger_take_lots(p_transfer, account.id, -amount, p_lot, p_of);
      ELSE
        lots := ledger_put_lots(p_transfer, account.id, amount, least(amount, greatest(0, amount - after)), p_lot, p_of);
      END IF;
      FOR k IN 1 .. cardinality(lots) / 2 LOOP
        said_lots := said_lots || ARRAY[p_addresses[i], p_units[i], lots[2 * k - 1], lots[2 * k]];
      END LOOP;
    END IF;
    ids := ids || account.id; amounts := amounts || amount; seqs := seqs || seq; balances := balances || after;
    said := said || ARRAY[p_addresses[i], p_units[i], seq::text, amount::text, coalesce(after::text, '')];
  END LOOP;
  IF cardinality(ids) = 2 THEN  -- the same, for less than an unnest costs
    INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on) VALUES
      (ids[1], seqs[1], p_transfer, amounts[1], balances[1], p_effective_on),
      (ids[2], seqs[2], p_transfer, amounts[2], balances[2], p_effective_on);
  ELSE
    INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
      SELECT l.id, l.seq, p_transfer, l.amount, l.balance, p_effective_on
      FROM unnest(ids, seqs, amounts, balances) AS l (id, seq, amount, balance);
  END IF;
  RETURN cardinality(ids)::text || said || (cardinality(said_lots) / 4)::text || said_lots || '0'::text;
END $$;

-- What one transfer moved in an account's lots, as day and amount in turn, by day.
CREATE FUNCTION ledger_moved_lots(p_transfer bigint, p_account bigint) RETURNS text[] LANGUAGE sql STABLE AS $$
  SELECT array_agg(f ORDER BY m.expires_on, n) FROM ledger_lot_moves m
    CROSS JOIN LATERAL unnest(ARRAY[to_char(m.expires_on, 'YYYY-MM-DD'), m.amount::text]) WITH ORDINALITY AS v (f, n)
  WHERE m.transfer_id = p_transfer AND m.account_id = p_account
$$;

-- Take points out of an account's lots: the named lot first, then the soonest to expire, then debt.
-- A reversal names the first lot that it filled.
CREATE FUNCTION ledger_take_lots(p_transfer bigint, p_account bigint, p_amount bigint, p_first date, p_of bigint)
  RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE lot record; wanted bigint := p_amount; taken bigint; BEGIN
  IF p_of IS NOT NULL THEN
    p_first := (SELECT min(m.expires_on) FROM ledger_lot_moves m WHERE m.transfer_id = p_of AND m.account_id = p_account);
  END IF;
  FOR lot IN SELECT expires_on, amount FROM ledger_lots WHERE account_id = p_account
             ORDER BY (expires_on = p_first) IS NOT TRUE, expires_on LOOP
    taken := least(lot.amount, wanted);
    IF taken < lot.amount THEN
      UPDATE ledger_lots SET amount = amount - taken WHERE account_id = p_account AND expires_on = lot.expires_on;
    ELSE
      DELETE FROM ledger_lots WHERE account_id = p_account AND expires_on = lot.expires_on;
    END IF;
    INSERT INTO ledger_lot_moves VALUES (p_transfer, p_account, lot.expires_on, -taken);
    wanted := wanted - taken;
    IF wanted = 0 AND taken = p_amount THEN RETURN ARRAY[to_char(lot.expires_on, 'YYYY-MM-DD'), (-taken)::text]; END IF;
    EXIT WHEN wanted = 0;
  END LOOP;
  IF wanted > 0 THEN INSERT INTO ledger_lot_moves VALUES (p_transfer, p_account, '9999-12-31', -wanted); END IF;
  RETURN ledger_moved_lots(p_transfer, p_account);
END $$;

-- Put points into an account's lots; the first `p_paid` of them only pay its debt. A reversal puts
-- them back where they were taken: those that were owed pay first, and have `p_lot` as their day otherwise.
CREATE FUNCTION ledger_put_lots(p_transfer bigint, p_account bigint, p_amount bigint, p_paid bigint, p_lot date, p_of bigint)
  RETURNS text[] LANGUAGE plpgsql AS $$ BEGIN
  IF p_lot IS NULL THEN RAISE EXCEPTION 'points need the day they expire' USING ERRCODE = 'LG003'; END IF;
  IF p_paid > 0 THEN INSERT INTO ledger_lot_moves VALUES (p_transfer, p_account, '9999-12-31', p_paid); END IF;
  IF p_of IS NOT NULL THEN
    WITH queue AS (
      SELECT CASE WHEN owed THEN p_lot ELSE expires_on END AS expires_on, amount,
             sum(amount) OVER (ORDER BY owed DESC, expires_on) AS upto
      FROM (SELECT m.expires_on, -m.amount AS amount, m.expires_on = '9999-12-31' AS owed FROM ledger_lot_moves m
            WHERE m.transfer_id = p_of AND m.account_id = p_account) taken),
    part AS (SELECT expires_on, sum(least(amount, upto - p_paid))::bigint AS amount FROM queue WHERE upto > p_paid GROUP BY expires_on),
    moved AS (INSERT INTO ledger_lot_moves SELECT p_transfer, p_account, expires_on, amount FROM part)
    INSERT INTO ledger_lots AS l SELECT p_account, expires_on, amount FROM part
    ON CONFLICT (account_id, expires_on) DO UPDATE SET amount = l.amount + excluded.amount;
  ELSIF p_amount > p_paid THEN
    INSERT INTO ledger_lot_moves VALUES (p_transfer, p_account, p_lot, p_amount - p_paid);
    INSERT INTO ledger_lots AS l VALUES (p_account, p_lot, p_amount - p_paid)
      ON CONFLICT (account_id, expires_on) DO UPDATE SET amount = l.amount + excluded.amount;
    IF p_paid = 0 THEN RETURN ARRAY[to_char(p_lot, 'YYYY-MM-DD'), p_amount::text]; END IF;
  END IF;
  RETURN ledger_moved_lots(p_transfer, p_account);
END $$;

-- Nearly every transfer: points of an untracked account for a wallet that owes nothing. The same as
-- ledger_apply above, written straight down, without its lists: plpgsql pays for every expression once a transaction.
-- Answers what the leaf says; or NULL, with nothing written, for what ledger_apply has to see to.
CREATE FUNCTION ledger_give(p_transfer bigint, p_programme integer, p_from text, p_to text, p_amount bigint,
  p_effective_on date, p_lot date) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE giver bigint; wallet record; BEGIN
  SELECT a.id INTO giver FROM ledger_accounts a
    WHERE a.programme_id = p_programme AND a.address = p_from AND a.unit = 'PTS' AND NOT a.tracked AND a.closed_at IS NULL;
  IF NOT FOUND THEN RETURN NULL; END IF;
  UPDATE ledger_accounts a SET posted = a.posted + p_amount, entries = a.entries + 1
    WHERE a.programme_id = p_programme AND a.address = p_to AND a.unit = 'PTS' AND a.by_lots AND a.closed_at IS NULL
      AND a.posted >= 0 AND a.debt = 0
    RETURNING a.id, a.entries AS seq, a.posted AS balance INTO wallet;
  IF NOT FOUND THEN RETURN NULL; END IF;
  INSERT INTO ledger_lot_moves VALUES (p_transfer, wallet.id, p_lot, p_amount);
  INSERT INTO ledger_lots AS l VALUES (wallet.id, p_lot, p_amount)
    ON CONFLICT (account_id, expires_on) DO UPDATE SET amount = l.amount + excluded.amount;
  INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on) VALUES
    (giver, p_transfer, p_transfer, -p_amount, NULL, p_effective_on),
    (wallet.id, wallet.seq, p_transfer, p_amount, wallet.balance, p_effective_on);
  RETURN CASE WHEN p_from < p_to COLLATE "C"
    THEN ARRAY['2', p_from, 'PTS', p_transfer::text, (-p_amount)::text, '', p_to, 'PTS', wallet.seq::text, p_amount::text, wallet.balance::text,
               '1', p_to, 'PTS', to_char(p_lot, 'YYYY-MM-DD'), p_amount::text, '0']
    ELSE ARRAY['2', p_to, 'PTS', wallet.seq::text, p_amount::text, wallet.balance::text, p_from, 'PTS', p_transfer::text, (-p_amount)::text, '',
               '1', p_to, 'PTS', to_char(p_lot, 'YYYY-MM-DD'), p_amount::text, '0'] END;
END $$;

-- Post a transfer: claim the key, move the amounts, keep the lots. The same key again adds nothing.
CREATE FUNCTION ledger_post(p_programme integer, p_key text, p_hash bytea, p_kind text, p_addresses text[], p_units text[],
  p_amounts bigint[], p_actor text, p_source text, p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date,
  p_lot_expires_on date, p_may_owe boolean, p_reverses_id bigint, p_memo jsonb, p_effective_on date DEFAULT NULL,
  OUT transfer_id bigint, OUT replayed boolean) LANGUAGE plpgsql AS $$
DECLARE claimed record; said text[]; BEGIN
  claimed := ledger_claim(p_programme, p_key, p_hash, p_kind, p_actor, p_source, p_occurred_at, p_recorded_at,
    p_business_day, p_memo, p_effective_on, NULL, NULL, NULL);
  transfer_id := claimed.transfer_id; replayed := claimed.replayed;
  IF replayed THEN RETURN; END IF;
  IF cardinality(p_addresses) = 2 AND p_units = '{PTS,PTS}' AND cardinality(p_amounts) = 2 AND p_amounts[1] = -p_amounts[2]
     AND p_amounts[2] BETWEEN 1 AND 1000000000000000 AND p_lot_expires_on IS NOT NULL THEN
    said := ledger_give(transfer_id, p_programme, p_addresses[1], p_addresses[2], p_amounts[2], claimed.effective_on, p_lot_expires_on);
  END IF;
  IF said IS NULL AND ledger_are_legs(p_addresses, p_units, p_amounts) THEN
    said := ledger_apply(transfer_id, p_programme, p_addresses, p_units, p_amounts, claimed.effective_on, p_may_owe, p_lot_expires_on, NULL);
  END IF;
  INSERT INTO ledger_unsealed VALUES (transfer_id, ledger_leaf(claimed.fields || said));
END $$;

-- What a call rests on is not there. If its key was used before, then that is what is wrong with it.
CREATE FUNCTION ledger_refuse_target(p_programme integer, p_key text, p_of bigint, p_state text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM ledger_transfers WHERE programme_id = p_programme AND key = p_key) THEN
    RAISE EXCEPTION 'key % was used for another request', p_key USING ERRCODE = 'LG001';
  END IF;
  RAISE EXCEPTION 'transfer % is not one for this', p_of USING ERRCODE = p_state;
END $$;

CREATE FUNCTION ledger_refuse_accounts(p_programme integer, p_addresses text[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM unnest(p_addresses) AS l (address) LEFT JOIN ledger_accounts a ON a.programme_id = p_programme
             AND a.address = l.address AND a.unit = 'PTS' WHERE a.id IS NULL OR a.closed_at IS NOT NULL) THEN
    PERFORM ledger_refuse_legs(p_programme, p_addresses, array_fill('PTS'::text, ARRAY[cardinality(p_addresses)]));
  END IF;
  RAISE EXCEPTION 'a credit goes from an untracked account to a wallet' USING ERRCODE = 'LG003';
END $$;

-- The transfer of a key. OFFSET 0 keeps it a look-up of its own, whatever it is joined with.
CREATE FUNCTION ledger_keyed(p_programme integer, p_key text) RETURNS SETOF ledger_transfers LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT * FROM ledger_transfers WHERE programme_id = p_programme AND key = p_key OFFSET 0
$$;

-- Credit many wallets from one untracked account, a transfer each, in a few statements for all of them:
-- the awards of a whole activity cost a third of what they cost one by one. The arrays are columns;
-- a wallet may stand in several lines, and a key that was posted before is answered again.
CREATE FUNCTION ledger_credit(p_programme integer, p_kind text, p_from text, p_actor text, p_recorded_at timestamptz, p_keys text[],
  p_hashes bytea[], p_addresses text[], p_amounts bigint[], p_sources text[], p_occurred timestamptz[], p_days date[], p_lots date[],
  p_memos jsonb[], p_effective date[]) RETURNS TABLE (place bigint, transfer_id bigint, replayed boolean) LANGUAGE plpgsql AS $$
DECLARE giver bigint; claimed bigint[]; closed date; BEGIN
  IF p_kind <> ALL ('{open,award,manual,adjust}') OR p_kind IS NULL OR array_position(p_lots, NULL) IS NOT NULL OR 0 >= ANY (p_amounts) THEN
    RAISE EXCEPTION 'these are no credits' USING ERRCODE = 'LG003';
  ELSIF 1000000000000000 < ANY (p_amounts) THEN
    RAISE EXCEPTION 'an amount is larger than 10^15' USING ERRCODE = '22003';
  END IF;
  PERFORM pg_advisory_xact_lock_shared(7301, p_programme);
  SELECT b.closed_through INTO closed FROM ledger_books b WHERE b.programme_id = p_programme;
  -- 1. claim the keys, in their order: two batches that share some do not wait for each other in a circle
  WITH new AS (
    INSERT INTO ledger_transfers AS t (programme_id, key, request_hash, kind, actor, source, occurred_at, recorded_at, business_day,
                                       effective_on, memo)
    SELECT p_programme, a.key, a.hash, p_kind, p_actor, a.source, a.occurred_at, p_recorded_at, a.day,
      coalesce(a.effective, CASE WHEN a.day <= closed THEN closed + 1 ELSE a.day END), coalesce(a.memo, '{}')
    FROM unnest(p_keys, p_hashes, p_sources, p_occurred, p_days, p_memos, p_effective) AS a (key, hash, source, occurred_at, day, memo, effective)
    ORDER BY a.key ON CONFLICT DO NOTHING RETURNING t.id, t.effective_on)
  SELECT array_agg(id), CASE WHEN min(effective_on) <= closed THEN closed END INTO claimed, closed FROM new;
  IF EXISTS (SELECT FROM unnest(p_keys, p_hashes) AS a (key, hash)
             JOIN ledger_keyed(p_programme, a.key) t ON true WHERE t.request_hash <> a.hash) THEN
    RAISE EXCEPTION 'a key was used for another request' USING ERRCODE = 'LG001';
  ELSIF closed IS NOT NULL THEN
    RAISE EXCEPTION 'the books are closed through %', closed USING ERRCODE = 'LG008';
  END IF;
  -- 2. lock the wallets; only new lines need theirs
  p_addresses := ARRAY(SELECT CASE WHEN t.id = ANY (claimed) THEN a.address END FROM unnest(p_keys, p_addresses) WITH ORDINALITY AS a (key, address, n)
                       JOIN ledger_keyed(p_programme, a.key) t ON true ORDER BY a.n);
  PERFORM FROM ledger_accounts a WHERE a.programme_id = p_programme AND a.address = ANY (p_addresses) AND a.unit = 'PTS' AND a.tracked
    ORDER BY a.address COLLATE "C" FOR NO KEY UPDATE;
  SELECT a.id INTO giver FROM ledger_accounts a
    WHERE a.programme_id = p_programme AND a.address = p_from AND a.unit = 'PTS' AND NOT a.tracked AND a.closed_at IS NULL;
  IF cardinality(claimed) > 0 AND (giver IS NULL OR EXISTS (
      SELECT FROM unnest(p_addresses) AS l (address) WHERE l.address IS NOT NULL AND (
        SELECT a.id FROM ledger_accounts a WHERE a.programme_id = p_programme AND a.address = l.address
          AND a.unit = 'PTS' AND a.by_lots AND a.closed_at IS NULL) IS NULL)) THEN
    PERFORM ledger_refuse_accounts(p_programme, array_remove(p_addresses, NULL) || p_from);
  END IF;
  -- 3. write what the locks protect
  RETURN QUERY WITH
    asked AS (
      SELECT DISTINCT ON (t.id) t.*, a.n, a.address, a.amount, a.lot
      FROM unnest(p_keys, p_addresses, p_amounts, p_lots) WITH ORDINALITY AS a (key, address, amount, lot, n)
      JOIN ledger_keyed(p_programme, a.key) t ON true
      WHERE t.id = ANY (claimed) ORDER BY t.id, a.n),
    line AS MATERIALIZED (
      SELECT q.*, a.id AS account_id, a.entries + row_number() OVER w AS seq, (a.posted + sum(q.amount) OVER w)::bigint AS after,
             least(q.amount, greatest(0, q.amount - a.posted - sum(q.amount) OVER w))::bigint AS paid
      FROM asked q JOIN ledger_accounts a ON a.programme_id = p_programme AND a.address = q.address AND a.unit = 'PTS'
      WINDOW w AS (PARTITION BY a.id ORDER BY q.n)),
    moved AS (
      UPDATE ledger_accounts a SET posted = a.posted + l.amount, entries = a.entries + l.lines,
        debt = greatest(0, a.floor - (a.posted + l.amount - a.held_out))
      FROM (SELECT account_id, sum(amount)::bigint AS amount, count(*) AS lines FROM line GROUP BY account_id) l WHERE a.id = l.account_id),
    legs AS (
      INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
      SELECT account_id, seq, id, amount, after, effective_on FROM line
      UNION ALL SELECT giver, id, id, -amount, NULL, effective_on FROM line),
    lots AS (
      INSERT INTO ledger_lots AS l SELECT account_id, lot, sum(amount - paid)::bigint FROM line WHERE amount > paid GROUP BY 1, 2
      ON CONFLICT (account_id, expires_on) DO UPDATE SET amount = l.amount + excluded.amount),
    lot_moves AS (
      INSERT INTO ledger_lot_moves SELECT id, account_id, lot, amount - paid FROM line WHERE amount > paid
      UNION ALL SELECT id, account_id, '9999-12-31', paid FROM line WHERE paid > 0),
    queue AS (
      INSERT INTO ledger_unsealed SELECT id, ledger_leaf(fields) FROM (SELECT id,
        ARRAY[id::text, programme_id::text, key, encode(request_hash, 'hex'), kind, actor, source, ledger_instant(occurred_at),
          ledger_instant(recorded_at), to_char(business_day, 'YYYY-MM-DD'), to_char(effective_on, 'YYYY-MM-DD'), '', '', '', memo::text, '2']
        || CASE WHEN p_from < address COLLATE "C" THEN ARRAY[p_from, 'PTS', id::text, (-amount)::text, ''] END
        || ARRAY[address, 'PTS', seq::text, amount::text, after::text]
        || CASE WHEN p_from >= address COLLATE "C" THEN ARRAY[p_from, 'PTS', id::text, (-amount)::text, ''] END
        || ((amount > paid)::integer + (paid > 0)::integer)::text
        || CASE WHEN amount > paid THEN ARRAY[address, 'PTS', to_char(lot, 'YYYY-MM-DD'), (amount - paid)::text] END
        || CASE WHEN paid > 0 THEN ARRAY[address, 'PTS', '9999-12-31', paid::text] END || '0'::text AS fields FROM line OFFSET 0) said)
  SELECT a.n, t.id, l.n IS DISTINCT FROM a.n FROM unnest(p_keys) WITH ORDINALITY AS a (key, n)
    JOIN ledger_keyed(p_programme, a.key) t ON true LEFT JOIN line l ON l.id = t.id ORDER BY a.n;
END $$;

-- Reverse a transfer once: every leg the other way, every lot as it was.
CREATE FUNCTION ledger_reverse(p_programme integer, p_key text, p_hash bytea, p_kind text, p_of bigint, p_actor text, p_source text,
  p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date, p_lot_expires_on date, p_memo jsonb,
  p_effective_on date DEFAULT NULL, OUT transfer_id bigint, OUT replayed boolean) LANGUAGE plpgsql AS $$
DECLARE claimed record; legs record; said text[]; BEGIN
  IF NOT EXISTS (SELECT FROM ledger_transfers t WHERE t.id = p_of AND t.programme_id = p_programme
                 AND t.kind NOT IN ('reverse', 'void', 'hold', 'release')) THEN
    PERFORM ledger_refuse_target(p_programme, p_key, p_of, 'LG007');
  END IF;
  claimed := ledger_claim(p_programme, p_key, p_hash, p_kind, p_actor, p_source, p_occurred_at, p_recorded_at,
    p_business_day, p_memo, p_effective_on, p_of, NULL, NULL);
  transfer_id := claimed.transfer_id; replayed := claimed.replayed;
  IF replayed THEN RETURN; END IF;
  SELECT array_agg(a.address) AS addresses, array_agg(a.unit) AS units, array_agg(-e.amount) AS amounts INTO legs
    FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id WHERE e.transfer_id = p_of;
  said := ledger_apply(transfer_id, p_programme, legs.addresses, legs.units, legs.amounts, claimed.effective_on, true,
    coalesce(p_lot_expires_on, p_business_day), p_of);
  INSERT INTO ledger_unsealed VALUES (transfer_id, ledger_leaf(claimed.fields || said));
END $$;

-- ---------------------------------------------------------------- holds
-- Set amounts aside until a time. Nothing is posted yet; what is held cannot be spent otherwise.
CREATE FUNCTION ledger_hold(p_programme integer, p_key text, p_hash bytea, p_addresses text[], p_units text[], p_amounts bigint[],
  p_actor text, p_source text, p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date, p_expires_at timestamptz,
  p_memo jsonb, OUT transfer_id bigint, OUT replayed boolean) LANGUAGE plpgsql AS $$
DECLARE claimed record; account record; i integer; said text[] := '{}'; BEGIN
  claimed := ledger_claim(p_programme, p_key, p_hash, 'hold', p_actor, p_source, p_occurred_at, p_recorded_at,
    p_business_day, p_memo, NULL, NULL, NULL, p_expires_at);
  transfer_id := claimed.transfer_id; replayed := claimed.replayed;
  IF replayed OR NOT ledger_are_legs(p_addresses, p_units, p_amounts) THEN RETURN; END IF;
  IF p_expires_at <= p_recorded_at THEN RAISE EXCEPTION 'the hold is over before it begins' USING ERRCODE = 'LG012'; END IF;
  FOREACH i IN ARRAY ledger_order(p_addresses, p_units) LOOP
    UPDATE ledger_accounts a SET held_out = a.held_out + greatest(0, -p_amounts[i]), held_in = a.held_in + greatest(0, p_amounts[i])
      WHERE a.programme_id = p_programme AND a.address = p_addresses[i] AND a.unit = p_units[i] AND a.tracked AND a.closed_at IS NULL
        AND (p_amounts[i] > 0 OR a.floor IS NULL OR a.posted - a.held_out + p_amounts[i] >= a.floor) RETURNING a.id INTO account;
    IF NOT FOUND THEN
      SELECT a.id INTO account FROM ledger_accounts a WHERE a.programme_id = p_programme AND a.address = p_addresses[i]
        AND a.unit = p_units[i] AND NOT a.tracked AND a.closed_at IS NULL;
    END IF;
    IF account.id IS NULL THEN PERFORM ledger_refuse_legs(p_programme, p_addresses, p_units); END IF;
    INSERT INTO ledger_hold_legs VALUES (transfer_id, account.id, p_amounts[i]);
    said := said || ARRAY[p_addresses[i], p_units[i], p_amounts[i]::text];
  END LOOP;
  INSERT INTO ledger_holds VALUES (transfer_id, p_programme, p_expires_at);
  INSERT INTO ledger_unsealed VALUES (transfer_id, ledger_leaf(claimed.fields || '{0,0}' || cardinality(p_amounts)::text || said));
END $$;

-- Give back what a hold set aside. The row of the hold is the gate: one resolver takes it.
CREATE FUNCTION ledger_unhold(p_programme integer, p_of bigint) RETURNS timestamptz LANGUAGE plpgsql AS $$
DECLARE leg record; ends timestamptz; BEGIN
  DELETE FROM ledger_holds h WHERE h.transfer_id = p_of AND h.programme_id = p_programme RETURNING h.expires_at INTO ends;
  IF NOT FOUND THEN RAISE EXCEPTION 'hold % is resolved already', p_of USING ERRCODE = 'LG011'; END IF;
  FOR leg IN SELECT a.id, h.amount FROM ledger_hold_legs h JOIN ledger_accounts a ON a.id = h.account_id
             WHERE h.transfer_id = p_of ORDER BY a.unit COLLATE "C", a.address COLLATE "C" LOOP
    UPDATE ledger_accounts a SET held_out = a.held_out - greatest(0, -leg.amount), held_in = a.held_in - greatest(0, leg.amount),
        debt = greatest(0, a.floor - (a.posted - a.held_out + greatest(0, -leg.amount)))
      WHERE a.id = leg.id AND a.tracked;
  END LOOP;
  RETURN ends;
END $$;

-- Post what a hold set aside, all of it or less; the rest is free again. It was promised: where a
-- reversal has taken the points meanwhile, the wallet owes them.
CREATE FUNCTION ledger_capture(p_programme integer, p_key text, p_hash bytea, p_kind text, p_of bigint, p_addresses text[], p_units text[],
  p_amounts bigint[], p_actor text, p_source text, p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date,
  p_lot_expires_on date, p_memo jsonb, p_effective_on date DEFAULT NULL, OUT transfer_id bigint, OUT replayed boolean) LANGUAGE plpgsql AS $$
DECLARE claimed record; held record; said text[]; BEGIN
  IF p_kind = 'release' THEN RAISE EXCEPTION 'a % is not posted like this', p_kind USING ERRCODE = 'LG003'; END IF;
  IF NOT EXISTS (SELECT FROM ledger_transfers t WHERE t.id = p_of AND t.programme_id = p_programme AND t.kind = 'hold') THEN
    PERFORM ledger_refuse_target(p_programme, p_key, p_of, 'LG010');
  END IF;
  PERFORM FROM ledger_holds h WHERE h.transfer_id = p_of FOR UPDATE;  -- everybody settles a hold from its row on
  claimed := ledger_claim(p_programme, p_key, p_hash, p_kind, p_actor, p_source, p_occurred_at, p_recorded_at,
    p_business_day, p_memo, p_effective_on, NULL, p_of, NULL);
  transfer_id := claimed.transfer_id; replayed := claimed.replayed;
  IF replayed THEN RETURN; END IF;
  SELECT array_agg(a.address) AS addresses, array_agg(a.unit) AS units, array_agg(h.amount) AS amounts INTO held
    FROM ledger_hold_legs h JOIN ledger_accounts a ON a.id = h.account_id WHERE h.transfer_id = p_of;
  IF p_amounts IS NULL THEN
    p_addresses := held.addresses; p_units := held.units; p_amounts := held.amounts;
  ELSIF ledger_are_legs(p_addresses, p_units, p_amounts) AND EXISTS (
      SELECT FROM unnest(p_addresses, p_units, p_amounts) AS l (address, unit, amount)
      LEFT JOIN unnest(held.addresses, held.units, held.amounts) AS h (address, unit, amount) USING (address, unit)
      WHERE h.amount IS NULL OR sign(h.amount) <> sign(l.amount) OR abs(l.amount) > abs(h.amount)) THEN
    RAISE EXCEPTION 'more than hold % set aside', p_of USING ERRCODE = 'LG016';
  END IF;
  IF ledger_unhold(p_programme, p_of) <= p_recorded_at THEN
    RAISE EXCEPTION 'hold % is over', p_of USING ERRCODE = 'LG012';
  END IF;
  said := ledger_apply(transfer_id, p_programme, p_addresses, p_units, p_amounts, claimed.effective_on, true, p_lot_expires_on, NULL);
  INSERT INTO ledger_unsealed VALUES (transfer_id, ledger_leaf(claimed.fields || said));
END $$;

-- Let a hold go, nothing posted: called off at any time, or, as `p_expired`, once its time is over.
CREATE FUNCTION ledger_release(p_programme integer, p_key text, p_hash bytea, p_of bigint, p_expired boolean, p_actor text, p_source text,
  p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date, p_memo jsonb,
  OUT transfer_id bigint, OUT replayed boolean) LANGUAGE plpgsql AS $$
DECLARE claimed record; BEGIN
  IF NOT EXISTS (SELECT FROM ledger_transfers t WHERE t.id = p_of AND t.programme_id = p_programme AND t.kind = 'hold') THEN
    PERFORM ledger_refuse_target(p_programme, p_key, p_of, 'LG010');
  END IF;
  PERFORM FROM ledger_holds h WHERE h.transfer_id = p_of FOR UPDATE;  -- everybody settles a hold from its row on
  claimed := ledger_claim(p_programme, p_key, p_hash, 'release', p_actor, p_source, p_occurred_at, p_recorded_at,
    p_business_day, p_memo, NULL, NULL, p_of, NULL);
  transfer_id := claimed.transfer_id; replayed := claimed.replayed;
  IF replayed THEN RETURN; END IF;
  IF ledger_unhold(p_programme, p_of) > p_recorded_at AND p_expired THEN
    RAISE EXCEPTION 'hold % is not over yet', p_of USING ERRCODE = 'LG013';
  END IF;
  INSERT INTO ledger_unsealed VALUES (transfer_id, ledger_leaf(claimed.fields || '{0,0,0}'));
END $$;

-- Let go of holds whose time is over, oldest first; those that somebody is settling now are left to him.
-- All rows are locked first, holds before accounts, so that nobody waits in a circle.
CREATE FUNCTION ledger_expire_holds(p_programme integer, p_zone text, p_now timestamptz, p_limit integer) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE one ledger_holds; over ledger_holds[]; BEGIN
  PERFORM pg_advisory_xact_lock_shared(7301, p_programme);
  over := ARRAY(SELECT h FROM ledger_holds h WHERE h.programme_id = p_programme AND h.expires_at <= p_now
                ORDER BY h.expires_at, h.transfer_id LIMIT p_limit FOR UPDATE SKIP LOCKED);
  PERFORM FROM ledger_accounts a WHERE a.tracked AND a.id IN
      (SELECT l.account_id FROM unnest(over) AS o JOIN ledger_hold_legs l ON l.transfer_id = o.transfer_id)
    ORDER BY a.unit COLLATE "C", a.address COLLATE "C" FOR NO KEY UPDATE;
  FOREACH one IN ARRAY over LOOP
    PERFORM ledger_release(p_programme, 'release:' || one.transfer_id, sha256(convert_to('release:' || one.transfer_id, 'UTF8')),
      one.transfer_id, true, 'system', 'hold:' || one.transfer_id, one.expires_at, p_now,
      (one.expires_at AT TIME ZONE p_zone)::date, NULL);
  END LOOP;
  RETURN cardinality(over);
END $$;

-- ---------------------------------------------------------------- the end of accounts and periods
-- Close an account for good; again changes nothing. A tracked one must be empty. An untracked one
-- keeps its sum: nobody may be posting meanwhile, so the programme's lock is taken alone.
CREATE FUNCTION ledger_close_account(p_programme integer, p_address text, p_unit text, p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE account ledger_accounts; BEGIN
  SELECT * INTO account FROM ledger_accounts WHERE programme_id = p_programme AND address = p_address AND unit = p_unit;
  IF account.id IS NULL THEN
    RAISE EXCEPTION 'an account is unknown: %', p_address USING ERRCODE = 'LG004';
  ELSIF NOT account.tracked THEN
    PERFORM pg_advisory_xact_lock(7301, p_programme);
  END IF;
  UPDATE ledger_accounts a SET closed_at = coalesce(a.closed_at, p_now) WHERE a.id = account.id
    AND (NOT a.tracked OR a.posted = 0 AND a.held_out = 0 AND a.held_in = 0);
  IF NOT FOUND OR NOT account.tracked AND EXISTS (SELECT FROM ledger_holds h JOIN ledger_hold_legs l USING (transfer_id)
                                                WHERE h.programme_id = p_programme AND l.account_id = account.id) THEN
    RAISE EXCEPTION 'account % is not empty', p_address USING ERRCODE = 'LG015';
  END IF;
END $$;

-- Take no more transfers for a month, nor for any day before its end. Again changes nothing.
CREATE FUNCTION ledger_close_period(p_programme integer, p_month date, p_actor text, p_now timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE last_day date := p_month + interval '1 month' - interval '1 day'; closed date; BEGIN
  PERFORM pg_advisory_xact_lock(7301, p_programme);
  SELECT closed_through INTO closed FROM ledger_books WHERE programme_id = p_programme;
  IF EXISTS (SELECT FROM ledger_periods WHERE programme_id = p_programme AND month = p_month) THEN
    RETURN;
  ELSIF last_day <= closed THEN
    RAISE EXCEPTION 'the books are closed through %', closed USING ERRCODE = 'LG008';
  END IF;
  INSERT INTO ledger_books VALUES (p_programme, last_day) ON CONFLICT (programme_id) DO UPDATE SET closed_through = excluded.closed_through;
  INSERT INTO ledger_periods (programme_id, month, state, closing_at, closed_by) VALUES (p_programme, p_month, 'closing', p_now, p_actor);
END $$;

-- What an account holds now: of an untracked one, what is rolled up and what the log does not have yet.
CREATE FUNCTION ledger_balance(p_account bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT a.posted + CASE WHEN a.tracked THEN 0 ELSE (
    SELECT coalesce(sum(e.amount), 0)::bigint FROM ledger_unsealed u JOIN ledger_entries e ON e.transfer_id = u.transfer_id
    WHERE e.account_id = a.id) END
  FROM ledger_accounts a WHERE a.id = p_account
$$;

-- ---------------------------------------------------------------- who may what
-- What was posted before there was a log enters it first.
INSERT INTO ledger_unsealed SELECT id, ledger_leaf(ledger_fields(id)) FROM ledger_transfers;

REVOKE ALL ON ledger_accounts, ledger_transfers, ledger_entries, ledger_lots, ledger_lot_moves FROM aixin_app;
REVOKE ALL ON SEQUENCE ledger_accounts_id_seq, ledger_transfers_id_seq FROM aixin_app;
GRANT SELECT ON ledger_accounts, ledger_transfers, ledger_entries, ledger_lots, ledger_lot_moves, ledger_hold_legs, ledger_holds,
  ledger_unsealed, ledger_books, ledger_periods TO aixin_app;

-- The application reads the tables, and writes through a few functions that act as their owner.
-- Every statement in them looks rows up by key, so one plan fits all calls. Left to choose, the server
-- plans array arguments anew at each call, and hashes all accounts when it has no statistics yet.
DO $$ DECLARE f record; BEGIN
  FOR f IN SELECT p.oid::regprocedure AS name, p.proname IN ('ledger_open_account', 'ledger_lock', 'ledger_post', 'ledger_credit', 'ledger_reverse', 'ledger_hold',
        'ledger_capture', 'ledger_release', 'ledger_expire_holds', 'ledger_close_account', 'ledger_close_period') AS entrance,
        p.proname NOT IN ('ledger_post', 'ledger_open_account', 'ledger_close_account', 'ledger_close_period') AS joins,
        p.proname IN ('ledger_available', 'ledger_balance', 'ledger_fields', 'ledger_leaf', 'ledger_framed', 'ledger_instant', 'ledger_counted') AS reads
      FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'ledger\_%' LOOP
    IF NOT f.reads THEN EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f.name); END IF;
    IF f.entrance THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO aixin_app', f.name);
      EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan'
                     ' SET enable_seqscan = off', f.name);
      IF f.joins THEN EXECUTE format('ALTER FUNCTION %s SET enable_hashjoin = off SET enable_mergejoin = off', f.name); END IF;
    END IF;
  END LOOP;
END $$;
