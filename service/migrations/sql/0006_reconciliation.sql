-- What people counted, what the runs found, what was answered, and which days are closed.

-- Append-only: a second count of the same thing stands beside the first; the latest one counts.
CREATE TABLE reconciliation_counts (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_reconciliation_counts PRIMARY KEY,
  programme_id integer NOT NULL,
  community_id bigint NOT NULL,
  day          date NOT NULL,
  kind         text NOT NULL CONSTRAINT ck_reconciliation_counts_kind CHECK (kind IN ('paper', 'stock')),
  subject      text NOT NULL,              -- A1: an activity; S06/S06-G1: a good of a shop
  count        integer NOT NULL CONSTRAINT ck_reconciliation_counts_count CHECK (count >= 0),
  actor        text NOT NULL,
  at           timestamptz NOT NULL        -- when it was counted
);
CREATE INDEX ix_reconciliation_counts_community_id_day ON reconciliation_counts (community_id, day, kind, subject, id);

CREATE TABLE reconciliation_runs (
  id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_reconciliation_runs PRIMARY KEY,
  programme_id  integer NOT NULL,
  community_id  bigint NOT NULL,
  day           date NOT NULL,
  status        text NOT NULL CONSTRAINT ck_reconciliation_runs_status CHECK (status IN ('queued', 'done')),
  digest        text,                      -- SHA-256 of everything that was compared
  same_as       bigint CONSTRAINT fk_reconciliation_runs_same_as_reconciliation_runs REFERENCES reconciliation_runs,
  exception_ids bigint[] NOT NULL,
  asked_by      text NOT NULL,
  asked_at      timestamptz NOT NULL,
  finished_at   timestamptz,
  CONSTRAINT ck_reconciliation_runs_done CHECK ((status = 'done') = (digest IS NOT NULL AND finished_at IS NOT NULL))
);
CREATE INDEX ix_reconciliation_runs_community_id_day ON reconciliation_runs (community_id, day, id);
CREATE INDEX ix_reconciliation_runs_same_as ON reconciliation_runs (same_as);

CREATE TABLE reconciliation_exceptions (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_reconciliation_exceptions PRIMARY KEY,
  programme_id integer NOT NULL,
  community_id bigint NOT NULL,
  day          date NOT NULL,
  kind         text NOT NULL CONSTRAINT ck_reconciliation_exceptions_kind CHECK (kind IN (
    'OURS_ONLY', 'THEIRS_ONLY', 'AMOUNT_DIFF', 'STATUS_DIFF', 'DUPLICATE', 'ITEM_DIFF', 'RATE_DIFF', 'CUTOFF',
    'OFFLINE_OVERDRAFT', 'OFFLINE_BAD', 'SEQ_GAP', 'LIMIT_BREACH', 'OFF_HOURS', 'PLEDGE_OVER', 'STOCK_DIFF',
    'MISSING_ATTENDANCE', 'MANUAL_AWARD_WATCH', 'POSSIBLE_DUPLICATE', 'FILE_BAD')),
  subject      text NOT NULL,              -- whose: an activity, a shop, a volunteer
  reference    text NOT NULL,              -- which: a volunteer, a redemption's key, a good
  detail       jsonb NOT NULL,
  status       text NOT NULL CONSTRAINT ck_reconciliation_exceptions_status CHECK (status IN ('open', 'assigned', 'resolved', 'carried')),
  opened_at    timestamptz NOT NULL,
  assigned_to  text,
  resolution   text CONSTRAINT ck_reconciliation_exceptions_resolution CHECK (resolution IN
    ('platform_prevails', 'shop_prevails', 'entered_late', 'reversed', 'adjusted', 'false_alarm', 'gone')),
  note         text,
  resolved_by  text,
  resolved_at  timestamptz,
  CONSTRAINT uq_reconciliation_exceptions_finding UNIQUE (community_id, day, kind, subject, reference),
  CONSTRAINT ck_reconciliation_exceptions_answered CHECK ((status = 'resolved') = (resolution IS NOT NULL)),
  CONSTRAINT ck_reconciliation_exceptions_by CHECK (status IN ('open', 'assigned') OR (resolved_by IS NOT NULL AND resolved_at IS NOT NULL))
);
CREATE INDEX ix_reconciliation_exceptions_unanswered ON reconciliation_exceptions (programme_id, day, id) WHERE status <> 'resolved';

CREATE TABLE reconciliation_days (
  community_id bigint NOT NULL,
  day          date NOT NULL,
  programme_id integer NOT NULL,
  status       text NOT NULL CONSTRAINT ck_reconciliation_days_status CHECK (status IN ('open', 'reconciled', 'closed')),
  run_id       bigint CONSTRAINT fk_reconciliation_days_run_id_reconciliation_runs REFERENCES reconciliation_runs,
  equation     jsonb,                      -- the figures as they were signed
  watermark    text,                       -- transfers before this xid are in; later ones belong to the next day
  note         text,
  seal         text,                       -- SHA-256 over all of this and the seal of the day closed before
  closed_at    timestamptz,
  closed_by    text,
  CONSTRAINT pk_reconciliation_days PRIMARY KEY (community_id, day),
  CONSTRAINT ck_reconciliation_days_signed CHECK ((status = 'closed') =
    (num_nonnulls(equation, watermark, seal, closed_at, closed_by) = 5)),
  CONSTRAINT ck_reconciliation_days_run CHECK (status = 'open' OR run_id IS NOT NULL)
);
CREATE INDEX ix_reconciliation_days_run_id ON reconciliation_days (run_id);
CREATE INDEX ix_reconciliation_days_unclosed ON reconciliation_days (day, community_id) WHERE status = 'reconciled';

CREATE FUNCTION reconciliation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION '%: what was signed is not changed', TG_TABLE_NAME USING ERRCODE = 'RC009';
END $$;
CREATE TRIGGER signed BEFORE UPDATE OR DELETE ON reconciliation_days
  FOR EACH ROW WHEN (OLD.status = 'closed') EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON reconciliation_counts
  FOR EACH ROW EXECUTE FUNCTION reconciliation_refuse_change();

GRANT SELECT, INSERT ON reconciliation_counts TO aixin_app;
GRANT SELECT, INSERT, UPDATE ON reconciliation_runs, reconciliation_exceptions, reconciliation_days TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
