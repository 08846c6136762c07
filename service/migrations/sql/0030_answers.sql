-- What becomes of an exception: who looks after it, how old it is, what is answered and by whom, and its yuan.

-- aged_from: the day from which its age is counted: its own, or the one to which it was carried over.
-- suspended_fen: what of it stands in suspense:SHOP; positive where the shop says more than the books.
ALTER TABLE reconciliation_exceptions
  ADD COLUMN aged_from date,
  ADD COLUMN suspended_fen bigint NOT NULL DEFAULT 0,
  ADD COLUMN assigned_by text,
  ADD COLUMN assigned_at timestamptz;
UPDATE reconciliation_exceptions SET aged_from = day;
ALTER TABLE reconciliation_exceptions ALTER COLUMN aged_from SET NOT NULL;

CREATE FUNCTION reconciliation_begin_age() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  NEW.aged_from := NEW.day;
  RETURN NEW;
END $$;
CREATE TRIGGER begins_to_age BEFORE INSERT ON reconciliation_exceptions
  FOR EACH ROW WHEN (NEW.aged_from IS NULL) EXECUTE FUNCTION reconciliation_begin_age();

CREATE INDEX ix_reconciliation_exceptions_waiting ON reconciliation_exceptions (community_id, aged_from, id) WHERE status <> 'resolved';
CREATE INDEX ix_reconciliation_exceptions_of_shop ON reconciliation_exceptions (shop_id, aged_from, id) WHERE status <> 'resolved';
CREATE INDEX ix_reconciliation_exceptions_mine ON reconciliation_exceptions (assigned_to, aged_from, id) WHERE status <> 'resolved';
CREATE INDEX ix_reconciliation_exceptions_answered ON reconciliation_exceptions (community_id, resolved_at, id) WHERE status = 'resolved';
CREATE INDEX ix_reconciliation_exceptions_answered_of_shop ON reconciliation_exceptions (shop_id, resolved_at, id) WHERE status = 'resolved';

-- Every answer that was given, also those that a second person declined; the one in force is said on the exception too.
CREATE TABLE reconciliation_answers (
  exception_id  bigint NOT NULL CONSTRAINT fk_reconciliation_answers_exception_id_reconciliation_exceptions REFERENCES reconciliation_exceptions,
  nth           integer NOT NULL CONSTRAINT ck_reconciliation_answers_nth CHECK (nth > 0),
  key           text,                      -- of the form: sent again, it answers nothing anew
  resolution    text NOT NULL CONSTRAINT ck_reconciliation_answers_resolution CHECK (resolution IN
    ('platform_prevails', 'shop_prevails', 'entered_late', 'reversed', 'adjusted', 'false_alarm', 'carried')),
  reason        text NOT NULL,
  note          text NOT NULL,
  fen           bigint,                    -- what the books take over by it; NULL = it is not about yuan
  carried_until date,
  file_id       bigint CONSTRAINT fk_reconciliation_answers_file_id_files REFERENCES files,
  status        text NOT NULL CONSTRAINT ck_reconciliation_answers_status CHECK (status IN ('waiting', 'in_force', 'declined')),
  proposed_by   text NOT NULL,
  proposed_at   timestamptz NOT NULL,
  decided_by    text,                      -- the second person; NULL where one was enough
  decided_at    timestamptz,
  transfer_id   bigint CONSTRAINT fk_reconciliation_answers_transfer_id_ledger_transfers REFERENCES ledger_transfers,
  CONSTRAINT pk_reconciliation_answers PRIMARY KEY (exception_id, nth),
  CONSTRAINT uq_reconciliation_answers_exception_id_key UNIQUE (exception_id, key),
  CONSTRAINT ck_reconciliation_answers_carried CHECK ((resolution = 'carried') = (carried_until IS NOT NULL)),
  CONSTRAINT ck_reconciliation_answers_decided CHECK ((decided_by IS NULL) = (decided_at IS NULL)
    AND (status <> 'waiting' OR decided_by IS NULL) AND (status <> 'declined' OR decided_by IS NOT NULL)),
  CONSTRAINT ck_reconciliation_answers_two CHECK (status <> 'in_force' OR decided_by IS DISTINCT FROM proposed_by)
);
CREATE UNIQUE INDEX uq_reconciliation_answers_waiting ON reconciliation_answers (exception_id) WHERE status = 'waiting';
CREATE INDEX ix_reconciliation_answers_file_id ON reconciliation_answers (file_id);
CREATE INDEX ix_reconciliation_answers_transfer_id ON reconciliation_answers (transfer_id);

-- An answer that was decided stays as it is.
CREATE TRIGGER decided BEFORE UPDATE OR DELETE ON reconciliation_answers
  FOR EACH ROW WHEN (OLD.status <> 'waiting') EXECUTE FUNCTION reconciliation_refuse_change();

GRANT SELECT, INSERT, UPDATE ON reconciliation_answers TO aixin_app;
