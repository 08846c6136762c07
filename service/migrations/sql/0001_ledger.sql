-- The double-entry ledger. It knows accounts, transfers, entries and lots; no volunteer, no shop.
-- Whoever runs this owns the tables; the application's role may only add to the append-only ones.

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aixin_app') THEN CREATE ROLE aixin_app; END IF;
END $$;
GRANT USAGE ON SCHEMA public TO aixin_app;

CREATE TABLE ledger_accounts (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_ledger_accounts PRIMARY KEY,
  programme_id integer NOT NULL,
  address      text NOT NULL,                -- e.g. volunteer:FM0001, redeemed:S01, issued
  unit         text NOT NULL CONSTRAINT ck_ledger_accounts_unit CHECK (unit IN ('PTS', 'CNY')),
  tracked      boolean NOT NULL,             -- false: entries only; nothing to lock at the hot end
  by_lots      boolean NOT NULL DEFAULT false,
  floor        bigint,                       -- the balance may not fall below it; NULL = no limit
  posted       bigint NOT NULL DEFAULT 0,
  held_out     bigint NOT NULL DEFAULT 0,    -- points set aside by open holds, not yet moved
  held_in      bigint NOT NULL DEFAULT 0,
  debt         bigint NOT NULL DEFAULT 0,    -- what a reversal or an honest offline sale left owing
  entries      bigint NOT NULL DEFAULT 0,
  opened_at    timestamptz NOT NULL,
  closed_at    timestamptz,
  CONSTRAINT uq_ledger_accounts_programme_id_address_unit UNIQUE (programme_id, address, unit),
  CONSTRAINT ck_ledger_accounts_floor_is_tracked CHECK (tracked OR (floor IS NULL AND NOT by_lots)),
  CONSTRAINT ck_ledger_accounts_held CHECK (held_out >= 0 AND held_in >= 0 AND debt >= 0),
  CONSTRAINT ck_ledger_accounts_covered CHECK (floor IS NULL OR posted - held_out >= floor - debt)
) WITH (fillfactor = 70);                    -- no updated column is indexed: updates stay in the page

CREATE TABLE ledger_transfers (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_ledger_transfers PRIMARY KEY,
  programme_id integer NOT NULL,
  key          text NOT NULL,                -- the reason, said once: award:…, redeem:S01:…
  request_hash bytea NOT NULL,
  kind         text NOT NULL CONSTRAINT ck_ledger_transfers_kind CHECK (kind IN
    ('open', 'award', 'manual', 'redeem', 'discount', 'void', 'reverse', 'expire', 'adjust', 'pledge')),
  actor        text NOT NULL,                -- who did it: staff:U-ADM, device:7, system
  source       text NOT NULL,                -- the document it rests on: attendance:12, redemption:9
  occurred_at  timestamptz NOT NULL,         -- when it happened
  recorded_at  timestamptz NOT NULL,         -- when we were told
  business_day date NOT NULL,
  effective_on date NOT NULL,
  reverses_id  bigint CONSTRAINT fk_ledger_transfers_reverses_id_ledger_transfers REFERENCES ledger_transfers,
  pending_id   bigint CONSTRAINT fk_ledger_transfers_pending_id_ledger_transfers REFERENCES ledger_transfers,
  memo         jsonb NOT NULL DEFAULT '{}',
  xid          xid8 NOT NULL DEFAULT pg_current_xact_id(),  -- commit order, for the sealer
  CONSTRAINT uq_ledger_transfers_programme_id_key UNIQUE (programme_id, key),
  CONSTRAINT ck_ledger_transfers_reverses CHECK ((kind IN ('reverse', 'void')) = (reverses_id IS NOT NULL))
);
CREATE UNIQUE INDEX uq_ledger_transfers_reverses_id ON ledger_transfers (reverses_id) WHERE reverses_id IS NOT NULL;
CREATE UNIQUE INDEX uq_ledger_transfers_pending_id ON ledger_transfers (pending_id) WHERE pending_id IS NOT NULL;
CREATE INDEX ix_ledger_transfers_programme_id_business_day ON ledger_transfers (programme_id, business_day, id);
CREATE INDEX ix_ledger_transfers_source ON ledger_transfers (source);

CREATE TABLE ledger_entries (
  account_id   bigint NOT NULL CONSTRAINT fk_ledger_entries_account_id_ledger_accounts REFERENCES ledger_accounts,
  seq          bigint NOT NULL,              -- 1..n for tracked accounts, else the transfer's id
  transfer_id  bigint NOT NULL CONSTRAINT fk_ledger_entries_transfer_id_ledger_transfers REFERENCES ledger_transfers,
  amount       bigint NOT NULL CONSTRAINT ck_ledger_entries_amount CHECK (amount <> 0),
  balance      bigint,                       -- after this entry; NULL where it is not tracked
  effective_on date NOT NULL,
  CONSTRAINT pk_ledger_entries PRIMARY KEY (account_id, seq)
);
CREATE INDEX ix_ledger_entries_transfer_id ON ledger_entries (transfer_id);

-- Points by the day they expire. Σ lots − debt = posted, for every account kept by lots.
CREATE TABLE ledger_lots (
  account_id   bigint NOT NULL CONSTRAINT fk_ledger_lots_account_id_ledger_accounts REFERENCES ledger_accounts,
  expires_on   date NOT NULL,
  amount       bigint NOT NULL CONSTRAINT ck_ledger_lots_amount CHECK (amount >= 0),
  CONSTRAINT pk_ledger_lots PRIMARY KEY (account_id, expires_on)
) WITH (fillfactor = 80);
CREATE INDEX ix_ledger_lots_expires_on ON ledger_lots (expires_on) WHERE amount > 0;

-- Which lots a transfer filled or took, so that a reversal can restore the very same ones.
CREATE TABLE ledger_lot_moves (
  transfer_id  bigint NOT NULL CONSTRAINT fk_ledger_lot_moves_transfer_id_ledger_transfers REFERENCES ledger_transfers,
  account_id   bigint NOT NULL CONSTRAINT fk_ledger_lot_moves_account_id_ledger_accounts REFERENCES ledger_accounts,
  expires_on   date NOT NULL,                -- 9999-12-31 is the debt lot
  amount       bigint NOT NULL CONSTRAINT ck_ledger_lot_moves_amount CHECK (amount <> 0),
  CONSTRAINT pk_ledger_lot_moves PRIMARY KEY (transfer_id, account_id, expires_on)
);
CREATE INDEX ix_ledger_lot_moves_account_id ON ledger_lot_moves (account_id, transfer_id);

-- Append-only, for everybody, the owner included.
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'LG009';
END $$;
DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['ledger_transfers', 'ledger_entries', 'ledger_lot_moves'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()', name);
    EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', name);
  END LOOP;
END $$;

-- What one statement adds to a transfer sums to zero in each unit; so every transfer does, always.
-- Per statement and at once: a deferred trigger for each row took a third of a posting's time.
CREATE FUNCTION ledger_check_balanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM added e JOIN ledger_accounts a ON a.id = e.account_id
             GROUP BY e.transfer_id, a.unit HAVING sum(e.amount) <> 0) THEN
    RAISE EXCEPTION 'a transfer does not balance' USING ERRCODE = 'LG002';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER balanced AFTER INSERT ON ledger_entries
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_check_balanced();

-- Open an account, or find it: an address is opened once a programme and unit.
CREATE FUNCTION ledger_open_account(p_programme integer, p_address text, p_unit text, p_tracked boolean,
  p_by_lots boolean, p_floor bigint, p_now timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE found bigint; BEGIN
  INSERT INTO ledger_accounts (programme_id, address, unit, tracked, by_lots, floor, opened_at)
  VALUES (p_programme, p_address, p_unit, p_tracked, p_by_lots, p_floor, p_now)
  ON CONFLICT (programme_id, address, unit) DO NOTHING RETURNING id INTO found;
  IF found IS NULL THEN
    SELECT id INTO found FROM ledger_accounts WHERE programme_id = p_programme AND address = p_address AND unit = p_unit;
  END IF;
  RETURN found;
END $$;

-- Lock tracked accounts in id order. A statement of its own: what follows reads what it protects.
CREATE FUNCTION ledger_lock(p_programme integer, p_addresses text[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  PERFORM FROM ledger_accounts WHERE programme_id = p_programme AND address = ANY (p_addresses) AND tracked
    ORDER BY id FOR NO KEY UPDATE;
END $$;

-- What can be spent now: posted less held; 0 for an address that was never opened.
CREATE FUNCTION ledger_available(p_programme integer, p_address text, p_unit text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT posted - held_out FROM ledger_accounts
                   WHERE programme_id = p_programme AND address = p_address AND unit = p_unit), 0)
$$;

-- Claim the key first: the unique index is the gate. A loser reads the winner in its next statement.
CREATE FUNCTION ledger_claim(p_programme integer, p_key text, p_hash bytea, p_kind text, p_actor text, p_source text,
  p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date, p_reverses_id bigint, p_memo jsonb,
  OUT transfer_id bigint, OUT replayed boolean) LANGUAGE plpgsql AS $$
DECLARE first_hash bytea; BEGIN
  INSERT INTO ledger_transfers (programme_id, key, request_hash, kind, actor, source, occurred_at, recorded_at,
                                business_day, effective_on, reverses_id, memo)
  VALUES (p_programme, p_key, p_hash, p_kind, p_actor, p_source, p_occurred_at, p_recorded_at,
          p_business_day, p_business_day, p_reverses_id, coalesce(p_memo, '{}'))
  ON CONFLICT (programme_id, key) DO NOTHING RETURNING id INTO transfer_id;
  replayed := transfer_id IS NULL;
  IF replayed THEN
    SELECT t.id, t.request_hash INTO transfer_id, first_hash
      FROM ledger_transfers t WHERE t.programme_id = p_programme AND t.key = p_key;
    IF first_hash <> p_hash THEN
      RAISE EXCEPTION 'key % was used for another request', p_key USING ERRCODE = 'LG001';
    END IF;
  END IF;
END $$;

-- Take points out of an account's lots: the named lot first, then the soonest to expire, then debt.
CREATE FUNCTION ledger_take_lots(p_transfer bigint, p_account bigint, p_amount bigint, p_first date)
  RETURNS void LANGUAGE plpgsql AS $$
DECLARE taken bigint; BEGIN
  WITH queue AS (
    SELECT expires_on, amount,
           sum(amount) OVER (ORDER BY (expires_on = p_first) IS NOT TRUE, expires_on) - amount AS before
    FROM ledger_lots WHERE account_id = p_account AND amount > 0),
  part AS (SELECT expires_on, least(amount, p_amount - before)::bigint AS amount FROM queue WHERE before < p_amount),
  emptied AS (UPDATE ledger_lots l SET amount = l.amount - part.amount FROM part
              WHERE l.account_id = p_account AND l.expires_on = part.expires_on),
  moved AS (INSERT INTO ledger_lot_moves SELECT p_transfer, p_account, expires_on, -amount FROM part RETURNING amount)
  SELECT -coalesce(sum(amount), 0) INTO taken FROM moved;
  IF taken < p_amount THEN
    INSERT INTO ledger_lot_moves VALUES (p_transfer, p_account, '9999-12-31', taken - p_amount);
  END IF;
END $$;

-- Put points into lots, soonest to expire first; the first `p_paid` of them only pay the debt.
CREATE FUNCTION ledger_fill_lots(p_transfer bigint, p_account bigint, p_expires date[], p_amounts bigint[], p_paid bigint)
  RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  IF p_paid > 0 THEN
    INSERT INTO ledger_lot_moves VALUES (p_transfer, p_account, '9999-12-31', p_paid);
  END IF;
  WITH queue AS (
    SELECT expires_on, sum(amount)::bigint AS amount,
           (sum(sum(amount)) OVER (ORDER BY expires_on))::bigint AS upto
    FROM unnest(p_expires, p_amounts) AS given (expires_on, amount) GROUP BY expires_on),
  part AS (SELECT expires_on, least(amount, upto - p_paid) AS amount FROM queue WHERE upto > p_paid),
  moved AS (INSERT INTO ledger_lot_moves SELECT p_transfer, p_account, expires_on, amount FROM part)
  INSERT INTO ledger_lots AS l SELECT p_account, expires_on, amount FROM part
  ON CONFLICT (account_id, expires_on) DO UPDATE SET amount = l.amount + excluded.amount;
END $$;

-- Whether legs are legs: two or more, each moves something, none twice, and each unit sums to zero.
CREATE FUNCTION ledger_check_legs(p_addresses text[], p_units text[], p_amounts bigint[]) RETURNS void
  LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE points numeric := 0; fen numeric := 0; BEGIN
  IF coalesce(cardinality(p_amounts), 0) < 2 THEN
    RAISE EXCEPTION 'a transfer needs two legs' USING ERRCODE = 'LG003';
  END IF;
  FOR i IN 1 .. cardinality(p_amounts) LOOP
    IF p_amounts[i] = 0 THEN RAISE EXCEPTION 'a leg moves nothing' USING ERRCODE = 'LG003'; END IF;
    FOR j IN 1 .. i - 1 LOOP
      IF p_addresses[i] = p_addresses[j] AND p_units[i] = p_units[j] THEN
        RAISE EXCEPTION 'an account stands on two legs' USING ERRCODE = 'LG003';
      END IF;
    END LOOP;
    IF p_units[i] = 'PTS' THEN points := points + p_amounts[i]; ELSE fen := fen + p_amounts[i]; END IF;
  END LOOP;
  IF points <> 0 OR fen <> 0 THEN RAISE EXCEPTION 'the legs do not sum to zero' USING ERRCODE = 'LG002'; END IF;
END $$;

-- Why legs could not be written: told after the fact, so that what is in order pays nothing for it.
CREATE FUNCTION ledger_refuse_legs(p_programme integer, p_addresses text[], p_units text[]) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT count(*) FROM unnest(p_addresses, p_units) AS l (address, unit) JOIN ledger_accounts a
      ON a.programme_id = p_programme AND a.address = l.address AND a.unit = l.unit AND a.closed_at IS NULL)
     < cardinality(p_addresses) THEN
    RAISE EXCEPTION 'an account is unknown or closed: %', p_addresses USING ERRCODE = 'LG004';
  END IF;
  RAISE EXCEPTION 'the balance does not cover it' USING ERRCODE = 'LG006';
END $$;

-- Move the amounts, and answer what has to go into lots or come out of them, with the debt before and after.
-- p_may_owe: a wallet may fall below its floor (a reversal, an honest offline sale).
CREATE FUNCTION ledger_apply(p_transfer bigint, p_programme integer, p_addresses text[], p_units text[],
  p_amounts bigint[], p_may_owe boolean, p_effective_on date)
  RETURNS TABLE (account bigint, amount bigint, paid bigint) LANGUAGE plpgsql AS $$
DECLARE
  written bigint;
  -- One index look-up each. A join would be planned by what the table held when the session began,
  -- and would go on reading all of it after it has grown.
  ids bigint[] := ARRAY(
    SELECT (SELECT a.id FROM ledger_accounts a
            WHERE a.programme_id = p_programme AND a.address = l.address AND a.unit = l.unit)
    FROM unnest(p_addresses, p_units) WITH ORDINALITY AS l (address, unit, place) ORDER BY l.place);
BEGIN
  PERFORM ledger_check_legs(p_addresses, p_units, p_amounts);
  -- 1. lock, in id order, a statement of its own: a wait inside a statement does not refresh its snapshot
  PERFORM FROM ledger_accounts a WHERE a.id = ANY (ids) AND a.tracked ORDER BY a.id FOR NO KEY UPDATE;
  -- 2. write what the locks protect, as far as it is covered
  FOR account, amount, paid, written IN
    WITH l AS (
      SELECT a.id, a.tracked, a.debt, l.amount FROM unnest(ids, p_amounts) AS l (id, amount),
        LATERAL (SELECT x.id, x.tracked, x.debt FROM ledger_accounts x WHERE x.id = l.id AND x.closed_at IS NULL OFFSET 0) a),
    moved AS (
      UPDATE ledger_accounts a SET posted = a.posted + l.amount, entries = a.entries + 1,
        debt = CASE WHEN a.floor IS NULL THEN 0
                    WHEN l.amount > 0 THEN greatest(0, a.debt - l.amount)
                    ELSE a.debt + greatest(0, a.floor - (a.posted - a.held_out + a.debt + l.amount)) END
      FROM l WHERE a.id = l.id AND l.tracked
        AND (p_may_owe OR l.amount > 0 OR a.floor IS NULL OR a.posted - a.held_out + l.amount >= a.floor - a.debt)
      RETURNING a.id, a.entries, l.amount, a.posted, a.by_lots, greatest(0, l.debt - a.debt) AS paid),
    legs AS (
      SELECT m.id, m.entries AS seq, m.amount, m.posted AS balance FROM moved m
      UNION ALL SELECT l.id, p_transfer, l.amount, NULL FROM l WHERE NOT l.tracked),
    total AS (SELECT count(*) AS n FROM legs),
    posted AS (  -- all of them or none: the check of the sum sees whole transfers only
      INSERT INTO ledger_entries (account_id, seq, transfer_id, amount, balance, effective_on)
      SELECT legs.id, legs.seq, p_transfer, legs.amount, legs.balance, p_effective_on FROM legs, total
      WHERE total.n = cardinality(p_amounts))
    SELECT m.id, m.amount, m.paid, total.n FROM total LEFT JOIN moved m ON m.by_lots
  LOOP
    IF written <> cardinality(p_amounts) THEN PERFORM ledger_refuse_legs(p_programme, p_addresses, p_units); END IF;
    IF account IS NOT NULL THEN RETURN NEXT; END IF;
  END LOOP;
END $$;

-- Post a transfer: claim the key, move the amounts, keep the lots. The same key again adds nothing.
-- Every statement below looks rows up by key, so one plan fits all calls. Left to choose, the server
-- plans the array arguments anew at each call, and hashes all accounts when it has no statistics yet.
CREATE FUNCTION ledger_post(p_programme integer, p_key text, p_hash bytea, p_kind text, p_addresses text[], p_units text[],
  p_amounts bigint[], p_actor text, p_source text, p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date,
  p_lot_expires_on date, p_may_owe boolean, p_reverses_id bigint, p_memo jsonb,
  OUT transfer_id bigint, OUT replayed boolean) LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE wallet record; BEGIN
  SELECT c.transfer_id, c.replayed INTO transfer_id, replayed FROM ledger_claim(p_programme, p_key, p_hash, p_kind,
    p_actor, p_source, p_occurred_at, p_recorded_at, p_business_day, p_reverses_id, p_memo) c;
  IF replayed THEN RETURN; END IF;
  FOR wallet IN SELECT * FROM ledger_apply(transfer_id, p_programme, p_addresses, p_units, p_amounts, p_may_owe, p_business_day) LOOP
    IF wallet.amount < 0 THEN
      PERFORM ledger_take_lots(transfer_id, wallet.account, -wallet.amount, p_lot_expires_on);
    ELSIF p_lot_expires_on IS NULL THEN
      RAISE EXCEPTION 'points need the day they expire' USING ERRCODE = 'LG003';
    ELSE
      PERFORM ledger_fill_lots(transfer_id, wallet.account, ARRAY[p_lot_expires_on], ARRAY[wallet.amount], wallet.paid);
    END IF;
  END LOOP;
END $$;

-- Reverse a transfer once: every leg the other way, every lot as it was.
CREATE FUNCTION ledger_reverse(p_programme integer, p_key text, p_hash bytea, p_kind text, p_of bigint, p_actor text, p_source text,
  p_occurred_at timestamptz, p_recorded_at timestamptz, p_business_day date, p_lot_expires_on date, p_memo jsonb,
  OUT transfer_id bigint, OUT replayed boolean) LANGUAGE plpgsql
  SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE legs record; wallet record; taken record; BEGIN
  IF EXISTS (SELECT FROM ledger_transfers WHERE reverses_id = p_of AND NOT (programme_id = p_programme AND key = p_key)) THEN
    RAISE EXCEPTION 'transfer % is reversed already', p_of USING ERRCODE = 'LG005';
  ELSIF NOT EXISTS (SELECT FROM ledger_transfers WHERE id = p_of AND programme_id = p_programme AND reverses_id IS NULL) THEN
    RAISE EXCEPTION 'transfer % cannot be reversed', p_of USING ERRCODE = 'LG007';
  END IF;
  SELECT c.transfer_id, c.replayed INTO transfer_id, replayed FROM ledger_claim(p_programme, p_key, p_hash, p_kind,
    p_actor, p_source, p_occurred_at, p_recorded_at, p_business_day, p_of, p_memo) c;
  IF replayed THEN RETURN; END IF;
  SELECT array_agg(a.address) AS addresses, array_agg(a.unit) AS units, array_agg(-e.amount) AS amounts INTO legs
    FROM ledger_entries e JOIN ledger_accounts a ON a.id = e.account_id WHERE e.transfer_id = p_of;
  FOR wallet IN SELECT * FROM ledger_apply(transfer_id, p_programme, legs.addresses, legs.units, legs.amounts, true, p_business_day) LOOP
    SELECT array_agg(CASE WHEN m.expires_on = '9999-12-31' THEN coalesce(p_lot_expires_on, p_business_day) ELSE m.expires_on END) AS expires,
           array_agg(-m.amount) AS amounts, min(m.expires_on) AS own INTO taken
      FROM ledger_lot_moves m WHERE m.transfer_id = p_of AND m.account_id = wallet.account;
    IF wallet.amount < 0 THEN
      PERFORM ledger_take_lots(transfer_id, wallet.account, -wallet.amount, taken.own);
    ELSE
      PERFORM ledger_fill_lots(transfer_id, wallet.account, taken.expires, taken.amounts, wallet.paid);
    END IF;
  END LOOP;
END $$;

GRANT SELECT ON alembic_version TO aixin_app;  -- the health page tells which revision this is
GRANT SELECT, INSERT ON ledger_transfers, ledger_entries, ledger_lot_moves TO aixin_app;
GRANT SELECT, INSERT, UPDATE ON ledger_accounts, ledger_lots TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
