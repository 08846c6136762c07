-- Awards with evidence, notice days and reversal by two. Never edited, never deleted: by trigger too.
ALTER TABLE activities_awards
  ADD COLUMN evidence_file_id bigint CONSTRAINT fk_activities_awards_evidence_file_id_files REFERENCES files,
  ADD COLUMN spendable_on date,              -- with notice days: when the points come into the wallet
  ADD COLUMN refusal text;                   -- why the second person said no
ALTER TABLE activities_awards
  DROP CONSTRAINT ck_activities_awards_status,
  ADD CONSTRAINT ck_activities_awards_status CHECK (status IN ('waiting', 'noticed', 'posted', 'refused', 'reversed')),
  DROP CONSTRAINT ck_activities_awards_transfer,
  ADD CONSTRAINT ck_activities_awards_transfer CHECK (status NOT IN ('posted', 'reversed') OR (points > 0) = (transfer_id IS NOT NULL)
    OR (status = 'reversed' AND spendable_on IS NOT NULL)),  -- taken back before its points came
  ADD CONSTRAINT ck_activities_awards_noticed CHECK (status <> 'noticed' OR (spendable_on IS NOT NULL AND transfer_id IS NULL));
CREATE INDEX ix_activities_awards_evidence_file_id ON activities_awards (evidence_file_id) WHERE evidence_file_id IS NOT NULL;
CREATE INDEX ix_activities_awards_noticed ON activities_awards (programme_id, spendable_on) WHERE status = 'noticed';
CREATE INDEX ix_activities_awards_waiting ON activities_awards (id) WHERE status = 'waiting';
CREATE INDEX ix_activities_awards_volunteer_id_id ON activities_awards (volunteer_id, id);

-- What was said stays said; only where an award stands moves on, never back.
CREATE FUNCTION activities_guard_award() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'awards are never deleted' USING ERRCODE = 'AC010';
  END IF;
  IF (NEW.key, NEW.programme_id, NEW.kind, NEW.volunteer_id, NEW.activity_id, NEW.attendance_id, NEW.rule,
      NEW.present_minutes, NEW.minutes, NEW.service_day, NEW.service_month, NEW.maker, NEW.maker_id, NEW.flags,
      NEW.evidence, NEW.evidence_file_id, NEW.claimed_from, NEW.claimed_to, NEW.entered_at)
     IS DISTINCT FROM
     (OLD.key, OLD.programme_id, OLD.kind, OLD.volunteer_id, OLD.activity_id, OLD.attendance_id, OLD.rule,
      OLD.present_minutes, OLD.minutes, OLD.service_day, OLD.service_month, OLD.maker, OLD.maker_id, OLD.flags,
      OLD.evidence, OLD.evidence_file_id, OLD.claimed_from, OLD.claimed_to, OLD.entered_at)
     OR (OLD.status <> 'waiting' AND (NEW.points, NEW.cut, NEW.cut_by, NEW.approver, NEW.refusal, NEW.spendable_on)
         IS DISTINCT FROM (OLD.points, OLD.cut, OLD.cut_by, OLD.approver, OLD.refusal, OLD.spendable_on))
     OR (OLD.transfer_id IS NOT NULL AND NEW.transfer_id IS DISTINCT FROM OLD.transfer_id)
     OR NOT (NEW.status = OLD.status OR (OLD.status, NEW.status) IN (('waiting', 'posted'), ('waiting', 'noticed'),
             ('waiting', 'refused'), ('noticed', 'posted'), ('noticed', 'reversed'), ('posted', 'reversed'))) THEN
    RAISE EXCEPTION 'award % is never edited', OLD.key USING ERRCODE = 'AC010';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER never_edited BEFORE UPDATE OR DELETE ON activities_awards FOR EACH ROW EXECUTE FUNCTION activities_guard_award();

ALTER TABLE activities_paper_lines
  ADD COLUMN evidence_file_id bigint CONSTRAINT fk_activities_paper_lines_evidence_file_id_files REFERENCES files;
CREATE INDEX ix_activities_paper_lines_evidence_file_id ON activities_paper_lines (evidence_file_id) WHERE evidence_file_id IS NOT NULL;

-- One person's proposal to take an award back, and another's decision. At most one of an award waits or was approved.
CREATE TABLE activities_award_reversals (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_award_reversals PRIMARY KEY,
  award_id     bigint NOT NULL CONSTRAINT fk_activities_award_reversals_award_id_activities_awards REFERENCES activities_awards,
  reason       text NOT NULL CONSTRAINT ck_activities_award_reversals_reason CHECK (reason <> ''),
  proposed_by  text NOT NULL,
  proposer_id  bigint,                       -- the proposer as a volunteer, if the proposer is one
  proposed_at  timestamptz NOT NULL,
  decision     text CONSTRAINT ck_activities_award_reversals_decision CHECK (decision IN ('approved', 'refused')),
  decided_by   text,
  decided_at   timestamptz,
  refusal      text,                         -- why it was refused
  transfer_id  bigint CONSTRAINT fk_activities_award_reversals_transfer_id_ledger_transfers REFERENCES ledger_transfers,
  CONSTRAINT ck_activities_award_reversals_decided CHECK
    ((decision IS NULL) = (decided_by IS NULL) AND (decision IS NULL) = (decided_at IS NULL)),
  CONSTRAINT ck_activities_award_reversals_two_people CHECK (decided_by <> proposed_by)
);
CREATE UNIQUE INDEX uq_activities_award_reversals_standing ON activities_award_reversals (award_id)
  WHERE decision IS NULL OR decision = 'approved';
CREATE INDEX ix_activities_award_reversals_award_id ON activities_award_reversals (award_id, id);
CREATE INDEX ix_activities_award_reversals_transfer_id ON activities_award_reversals (transfer_id);
CREATE INDEX ix_activities_award_reversals_waiting ON activities_award_reversals (id) WHERE decision IS NULL;
GRANT SELECT, INSERT ON activities_award_reversals TO aixin_app;
GRANT UPDATE (decision, decided_by, decided_at, refusal, transfer_id) ON activities_award_reversals TO aixin_app;
GRANT USAGE ON SEQUENCE activities_award_reversals_id_seq TO aixin_app;
