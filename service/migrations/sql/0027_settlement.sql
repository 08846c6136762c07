-- Who signed what: a shop's days and months, the lock of a month, and the points equation of every day and month.

-- A shop's day on its way to its close: what was prepared last, how far it is signed. Closed, it is never changed.
CREATE TABLE settlement_days (
  shop_id      bigint NOT NULL CONSTRAINT fk_settlement_days_shop_id_shops REFERENCES shops,
  day          date NOT NULL,
  programme_id integer NOT NULL,
  community_id bigint NOT NULL,
  version      integer NOT NULL CONSTRAINT ck_settlement_days_version CHECK (version > 0),  -- how often it was prepared
  step         text NOT NULL CONSTRAINT ck_settlement_days_step CHECK (step IN ('prepared', 'disputed', 'confirmed', 'reviewed', 'closed')),
  digest       text NOT NULL,              -- SHA-256 of the content, in canonical form
  content      jsonb NOT NULL,             -- matches, exceptions, totals, digests of files, high-water mark, rules
  waiting      integer NOT NULL,           -- exceptions of the day that nobody answered, when it was prepared
  silent_until date NOT NULL,              -- after this day silence is a yes
  seal         text,                       -- the hash of the signature that closed it
  CONSTRAINT pk_settlement_days PRIMARY KEY (shop_id, day),
  CONSTRAINT ck_settlement_days_seal CHECK ((step = 'closed') = (seal IS NOT NULL))
);
CREATE INDEX ix_settlement_days_unclosed ON settlement_days (day, shop_id) WHERE step <> 'closed';
CREATE INDEX ix_settlement_days_silent_until ON settlement_days (silent_until, shop_id, day) WHERE step IN ('prepared', 'disputed');

-- One chain of signatures a shop: each holds the hash of the one before, so none can be changed, left out or put between.
CREATE TABLE settlement_signatures (
  shop_id       bigint NOT NULL CONSTRAINT fk_settlement_signatures_shop_id_shops REFERENCES shops,
  seq           bigint NOT NULL CONSTRAINT ck_settlement_signatures_seq CHECK (seq > 0),
  day           date NOT NULL,
  version       integer NOT NULL,
  step          text NOT NULL CONSTRAINT ck_settlement_signatures_step CHECK (step IN ('prepared', 'disputed', 'confirmed', 'reviewed', 'closed')),
  digest        text NOT NULL,             -- of what was signed
  closed_before text NOT NULL,             -- the seal of the shop's day that was closed last
  previous      text NOT NULL,             -- the hash of the signature before
  hash          text NOT NULL,
  signed_by     text NOT NULL,
  at            timestamptz NOT NULL,
  by_default    boolean NOT NULL,          -- nobody spoke in the days for it
  note          text NOT NULL,
  CONSTRAINT pk_settlement_signatures PRIMARY KEY (shop_id, seq),
  CONSTRAINT uq_settlement_signatures_hash UNIQUE (hash)
);
CREATE INDEX ix_settlement_signatures_shop_id_day ON settlement_signatures (shop_id, day, seq);

-- A shop's month. Its content is fixed when it is issued; another version takes its place and the old one stays.
CREATE TABLE settlement_statements (
  id             bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_settlement_statements PRIMARY KEY,
  shop_id        bigint NOT NULL CONSTRAINT fk_settlement_statements_shop_id_shops REFERENCES shops,
  programme_id   integer NOT NULL,
  community_id   bigint NOT NULL,
  month          date NOT NULL CONSTRAINT ck_settlement_statements_month CHECK (extract(day FROM month) = 1),
  version        integer NOT NULL CONSTRAINT ck_settlement_statements_version CHECK (version > 0),
  number         text NOT NULL,
  status         text NOT NULL CONSTRAINT ck_settlement_statements_status
                   CHECK (status IN ('queued', 'prepared', 'disputed', 'confirmed', 'reviewed', 'closed', 'replaced')),
  asked_by       text NOT NULL,
  asked_at       timestamptz NOT NULL,
  issued_at      timestamptz,
  content        jsonb,
  digest         text,
  mark           text,                     -- transfers before this xid are in
  opening_fen    bigint,
  closing_fen    bigint,
  silent_until   date,
  signatures     integer NOT NULL DEFAULT 0,
  files          jsonb,                    -- SHA-256 by kind: pdf, csv, xlsx
  files_show     integer,                  -- how many signatures they show
  CONSTRAINT uq_settlement_statements_number UNIQUE (number),
  CONSTRAINT uq_settlement_statements_digest UNIQUE (digest),
  CONSTRAINT uq_settlement_statements_shop_id_month_version UNIQUE (shop_id, month, version),
  CONSTRAINT ck_settlement_statements_issued CHECK (status = 'queued'
    OR num_nonnulls(issued_at, content, digest, mark, opening_fen, closing_fen, silent_until) = 7)
);
CREATE UNIQUE INDEX uq_settlement_statements_present ON settlement_statements (shop_id, month) WHERE status <> 'replaced';
CREATE INDEX ix_settlement_statements_community_id_month ON settlement_statements (community_id, month, shop_id);
CREATE INDEX ix_settlement_statements_undone ON settlement_statements (month, id) WHERE files_show IS DISTINCT FROM signatures;
CREATE INDEX ix_settlement_statements_silent_until ON settlement_statements (silent_until, id) WHERE status IN ('prepared', 'disputed');

CREATE TABLE settlement_statement_signatures (
  statement_id bigint NOT NULL CONSTRAINT fk_settlement_statement_signatures_statement_id REFERENCES settlement_statements,
  nth          integer NOT NULL,
  step         text NOT NULL CONSTRAINT ck_settlement_statement_signatures_step
                 CHECK (step IN ('prepared', 'disputed', 'confirmed', 'reviewed', 'closed')),
  digest       text NOT NULL,
  previous     text NOT NULL,              -- the hash before; of the first: the digest of the statement that it follows on
  hash         text NOT NULL,
  signed_by    text NOT NULL,
  at           timestamptz NOT NULL,
  by_default   boolean NOT NULL,
  note         text NOT NULL,
  CONSTRAINT pk_settlement_statement_signatures PRIMARY KEY (statement_id, nth)
);

-- A community's month that was locked; a reopened one is locked again as its next version.
CREATE TABLE settlement_months (
  community_id bigint NOT NULL,
  month        date NOT NULL,
  version      integer NOT NULL,
  programme_id integer NOT NULL,
  content      jsonb NOT NULL,             -- the statements by number and digest, the closed days by seal, the points
  previous     text NOT NULL,              -- the seal of the month that was locked before
  seal         text NOT NULL,
  locked_by    text NOT NULL,
  locked_at    timestamptz NOT NULL,
  reopened_at  timestamptz,
  CONSTRAINT pk_settlement_months PRIMARY KEY (community_id, month, version)
);
CREATE UNIQUE INDEX uq_settlement_months_locked ON settlement_months (community_id, month) WHERE reopened_at IS NULL;

-- One person's wish to reopen one statement of a locked month, and another's answer.
CREATE TABLE settlement_reopenings (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_settlement_reopenings PRIMARY KEY,
  statement_id bigint NOT NULL CONSTRAINT fk_settlement_reopenings_statement_id_settlement_statements REFERENCES settlement_statements,
  reason       text NOT NULL,
  proposed_by  text NOT NULL,
  proposed_at  timestamptz NOT NULL,
  approved_by  text,
  approved_at  timestamptz,
  declined_by  text,
  declined_at  timestamptz,
  CONSTRAINT ck_settlement_reopenings_two CHECK (approved_by IS DISTINCT FROM proposed_by OR approved_by IS NULL),
  CONSTRAINT ck_settlement_reopenings_answer CHECK (approved_at IS NULL OR declined_at IS NULL)
);
CREATE INDEX ix_settlement_reopenings_statement_id ON settlement_reopenings (statement_id, id);
CREATE UNIQUE INDEX uq_settlement_reopenings_open ON settlement_reopenings (statement_id)
  WHERE approved_at IS NULL AND declined_at IS NULL;

-- The points equation as the night found it; community 0 is the whole programme.
CREATE TABLE settlement_equations (
  programme_id integer NOT NULL,
  community_id bigint NOT NULL,
  period       text NOT NULL CONSTRAINT ck_settlement_equations_period CHECK (period IN ('day', 'month')),
  first        date NOT NULL,
  last         date NOT NULL,
  figures      jsonb NOT NULL,
  volunteers   integer NOT NULL,
  wrong        integer NOT NULL,           -- how many wallets do not hold
  faults       text[] NOT NULL,            -- the first of them by name
  checked_at   timestamptz NOT NULL,
  CONSTRAINT pk_settlement_equations PRIMARY KEY (programme_id, community_id, period, first)
);

DO $$ DECLARE name text; BEGIN
  FOREACH name IN ARRAY ARRAY['settlement_signatures', 'settlement_statement_signatures'] LOOP
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change()', name);
    EXECUTE format('CREATE TRIGGER never_truncated BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()', name);
  END LOOP;
END $$;

CREATE TRIGGER signed BEFORE UPDATE OR DELETE ON settlement_days
  FOR EACH ROW WHEN (OLD.step = 'closed') EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER kept BEFORE DELETE ON settlement_statements FOR EACH ROW EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER issued BEFORE UPDATE ON settlement_statements FOR EACH ROW
  WHEN (OLD.digest IS NOT NULL AND (OLD.shop_id, OLD.month, OLD.version, OLD.number, OLD.digest, OLD.content, OLD.mark,
          OLD.opening_fen, OLD.closing_fen, OLD.issued_at)
        IS DISTINCT FROM (NEW.shop_id, NEW.month, NEW.version, NEW.number, NEW.digest, NEW.content, NEW.mark,
          NEW.opening_fen, NEW.closing_fen, NEW.issued_at))
  EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER kept BEFORE DELETE ON settlement_months FOR EACH ROW EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER locked BEFORE UPDATE ON settlement_months FOR EACH ROW
  WHEN (OLD.reopened_at IS NOT NULL OR (OLD.seal, OLD.content, OLD.previous, OLD.locked_by, OLD.locked_at)
        IS DISTINCT FROM (NEW.seal, NEW.content, NEW.previous, NEW.locked_by, NEW.locked_at))
  EXECUTE FUNCTION reconciliation_refuse_change();

GRANT SELECT, INSERT ON settlement_signatures, settlement_statement_signatures TO aixin_app;
GRANT SELECT, INSERT, UPDATE ON settlement_days, settlement_statements, settlement_months, settlement_reopenings,
  settlement_equations TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;

-- A closed batch is what was signed: no run, no hand changes it or what was matched in it.
CREATE TRIGGER signed BEFORE UPDATE OR DELETE ON reconciliation_batches
  FOR EACH ROW WHEN (OLD.status = 'closed') EXECUTE FUNCTION reconciliation_refuse_change();
-- Per statement: a run writes a million matches in one.
CREATE FUNCTION settlement_refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM (SELECT DISTINCT batch_id FROM changed) c JOIN reconciliation_batches b ON b.id = c.batch_id
             WHERE b.status = 'closed') THEN
    RAISE EXCEPTION '%: what was signed is not changed', TG_TABLE_NAME USING ERRCODE = 'RC009';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER signed_insert AFTER INSERT ON reconciliation_matches
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_closed();
CREATE TRIGGER signed_update AFTER UPDATE ON reconciliation_matches
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_closed();
CREATE TRIGGER signed_delete AFTER DELETE ON reconciliation_matches
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION settlement_refuse_closed();
-- An exception that was carried is answered later; what it is about stays.
CREATE FUNCTION settlement_refuse_other_figures() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (SELECT FROM reconciliation_batches b WHERE b.id = OLD.batch_id AND b.status = 'closed') THEN
    RAISE EXCEPTION '%: what was signed is not changed', TG_TABLE_NAME USING ERRCODE = 'RC009';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER signed BEFORE UPDATE ON reconciliation_exceptions FOR EACH ROW
  WHEN (OLD.batch_id IS NOT NULL AND (OLD.batch_id, OLD.day, OLD.kind, OLD.amount_fen, OLD.ours_fen, OLD.theirs_fen, OLD.ours_id, OLD.theirs_id)
        IS DISTINCT FROM (NEW.batch_id, NEW.day, NEW.kind, NEW.amount_fen, NEW.ours_fen, NEW.theirs_fen, NEW.ours_id, NEW.theirs_id))
  EXECUTE FUNCTION settlement_refuse_other_figures();
