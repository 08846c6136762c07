-- Cases and objections, from found to answered.

-- What is proposed with others of the same name is decided with them or not at all.
ALTER TABLE activities_award_reversals ADD COLUMN bundle text;
ALTER TABLE redemptions_reversals ADD COLUMN bundle text;

-- A suspension may end by itself: its last day. suspended_for: the case that it belongs to.
ALTER TABLE activities_rights
  ADD COLUMN suspended_until date,
  ADD COLUMN suspended_for text,
  ADD CONSTRAINT ck_activities_rights_until CHECK (suspended_at IS NOT NULL OR num_nonnulls(suspended_until, suspended_for) = 0);

CREATE TABLE cases (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_cases PRIMARY KEY,
  programme_id integer NOT NULL CONSTRAINT fk_cases_programme_id_programmes REFERENCES programmes,
  community_id bigint NOT NULL CONSTRAINT fk_cases_community_id_people_units REFERENCES people_units,
  year         integer NOT NULL,
  number       integer NOT NULL CONSTRAINT ck_cases_number CHECK (number > 0),  -- CASE-n, without gaps
  key          text NOT NULL CONSTRAINT uq_cases_key UNIQUE,
  origin       text NOT NULL CONSTRAINT ck_cases_origin CHECK (origin IN ('finding', 'objection', 'exception', 'hand')),
  title        text NOT NULL CONSTRAINT ck_cases_title CHECK (title <> ''),
  volunteer_id bigint CONSTRAINT fk_cases_volunteer_id_people_volunteers REFERENCES people_volunteers,  -- whose points or hours it is about
  status       text NOT NULL DEFAULT 'found' CONSTRAINT ck_cases_status CHECK (status IN ('found', 'assigned', 'solved', 'answered')),
  opened_by    text NOT NULL,
  opened_at    timestamptz NOT NULL,
  assigned_to  text,
  assigned_by  text,
  assigned_at  timestamptz,
  outcome      text CONSTRAINT ck_cases_outcome CHECK (outcome IN ('put_right', 'nothing_wrong', 'not_proven')),
  solution     text,
  solved_by    text,
  solved_at    timestamptz,
  answer       text,
  answered_by  text,
  answered_at  timestamptz,
  CONSTRAINT uq_cases_community_id_year_number UNIQUE (community_id, year, number),
  CONSTRAINT ck_cases_solved CHECK (num_nonnulls(outcome, solution, solved_by, solved_at) = CASE WHEN status IN ('solved', 'answered') THEN 4 ELSE 0 END),
  CONSTRAINT ck_cases_answered CHECK (num_nonnulls(answer, answered_by, answered_at) = CASE status WHEN 'answered' THEN 3 ELSE 0 END)
);
CREATE INDEX ix_cases_community_id ON cases (community_id, id);
CREATE INDEX ix_cases_programme_id ON cases (programme_id);
CREATE INDEX ix_cases_volunteer_id ON cases (volunteer_id, id);
CREATE INDEX ix_cases_waiting ON cases (community_id, id) WHERE status <> 'answered';
CREATE INDEX ix_cases_mine ON cases (assigned_to, id) WHERE status <> 'answered';

-- What a case rests on. Nothing of it is changed or taken away.
CREATE TABLE cases_evidence (
  id       bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_cases_evidence PRIMARY KEY,
  case_id  bigint NOT NULL CONSTRAINT fk_cases_evidence_case_id_cases REFERENCES cases,
  kind     text NOT NULL CONSTRAINT ck_cases_evidence_kind CHECK
    (kind IN ('finding', 'award', 'sale', 'attendance', 'exception', 'objection', 'note')),
  ref      text NOT NULL CONSTRAINT ck_cases_evidence_ref CHECK (ref <> ''),
  note     text NOT NULL DEFAULT '',
  file_id  bigint CONSTRAINT fk_cases_evidence_file_id_files REFERENCES files,
  added_by text NOT NULL,
  added_at timestamptz NOT NULL,
  CONSTRAINT uq_cases_evidence_case_id_kind_ref UNIQUE (case_id, kind, ref)
);
CREATE INDEX ix_cases_evidence_file_id ON cases_evidence (file_id);
CREATE INDEX ix_cases_evidence_kind_ref ON cases_evidence (kind, ref);

-- To take back several awards and sales at once: one person proposes, another decides about all of them.
CREATE TABLE cases_proposals (
  case_id     bigint NOT NULL CONSTRAINT fk_cases_proposals_case_id_cases REFERENCES cases,
  nth         integer NOT NULL CONSTRAINT ck_cases_proposals_nth CHECK (nth > 0),
  key         text NOT NULL,
  reason      text NOT NULL CONSTRAINT ck_cases_proposals_reason CHECK (reason <> ''),
  proposed_by text NOT NULL,
  proposer_id bigint,
  proposed_at timestamptz NOT NULL,
  decision    text CONSTRAINT ck_cases_proposals_decision CHECK (decision IN ('approved', 'refused')),
  decided_by  text,
  decided_at  timestamptz,
  refusal     text,
  CONSTRAINT pk_cases_proposals PRIMARY KEY (case_id, nth),
  CONSTRAINT uq_cases_proposals_case_id_key UNIQUE (case_id, key),
  CONSTRAINT ck_cases_proposals_decided CHECK (num_nonnulls(decision, decided_by, decided_at) IN (0, 3)),
  CONSTRAINT ck_cases_proposals_two CHECK (decided_by <> proposed_by)
);
CREATE UNIQUE INDEX uq_cases_proposals_waiting ON cases_proposals (case_id) WHERE decision IS NULL;

CREATE TABLE cases_proposal_items (
  id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_cases_proposal_items PRIMARY KEY,
  case_id       bigint NOT NULL,
  nth           integer NOT NULL,
  award_id      bigint CONSTRAINT fk_cases_proposal_items_award_id_activities_awards REFERENCES activities_awards,
  redemption_id bigint CONSTRAINT fk_cases_proposal_items_redemption_id_redemptions REFERENCES redemptions,
  points        bigint NOT NULL,           -- what a wallet loses (an award) or gets back (a sale, negative)
  minutes       integer NOT NULL,
  transfer_id   bigint CONSTRAINT fk_cases_proposal_items_transfer_id_ledger_transfers REFERENCES ledger_transfers,
  CONSTRAINT fk_cases_proposal_items_case_id_cases_proposals FOREIGN KEY (case_id, nth) REFERENCES cases_proposals,
  CONSTRAINT ck_cases_proposal_items_one CHECK (num_nonnulls(award_id, redemption_id) = 1)
);
CREATE INDEX ix_cases_proposal_items_case_id ON cases_proposal_items (case_id, nth, id);
CREATE INDEX ix_cases_proposal_items_award_id ON cases_proposal_items (award_id);
CREATE INDEX ix_cases_proposal_items_redemption_id ON cases_proposal_items (redemption_id);
CREATE INDEX ix_cases_proposal_items_transfer_id ON cases_proposal_items (transfer_id);

-- A volunteer says that something is wrong, and is answered in writing by somebody who did not make it (made_by).
CREATE TABLE cases_objections (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_cases_objections PRIMARY KEY,
  programme_id integer NOT NULL CONSTRAINT fk_cases_objections_programme_id_programmes REFERENCES programmes,
  community_id bigint NOT NULL CONSTRAINT fk_cases_objections_community_id_people_units REFERENCES people_units,
  year         integer NOT NULL,
  number       integer NOT NULL CONSTRAINT ck_cases_objections_number CHECK (number > 0),
  key          text NOT NULL CONSTRAINT uq_cases_objections_key UNIQUE,
  volunteer_id bigint NOT NULL CONSTRAINT fk_cases_objections_volunteer_id_people_volunteers REFERENCES people_volunteers,
  about_kind   text NOT NULL CONSTRAINT ck_cases_objections_about_kind CHECK (about_kind IN ('award', 'notice', 'star', 'exception')),
  about_ref    text NOT NULL,              -- the award's key, the notice's number, the star's or the exception's id
  notice_ref   text,                       -- the public notice in which it was read, if it was
  made_by      text[] NOT NULL DEFAULT '{}',
  text         text NOT NULL CONSTRAINT ck_cases_objections_text CHECK (text <> ''),
  file_id      bigint CONSTRAINT fk_cases_objections_file_id_files REFERENCES files,  -- the sheet of paper
  filed_by     text NOT NULL,
  filed_at     timestamptz NOT NULL,
  due_on       date NOT NULL,
  status       text NOT NULL DEFAULT 'open' CONSTRAINT ck_cases_objections_status CHECK (status IN ('open', 'upheld', 'rejected')),
  answer       text,
  answered_by  text,
  answered_at  timestamptz,
  case_id      bigint CONSTRAINT fk_cases_objections_case_id_cases REFERENCES cases,
  CONSTRAINT uq_cases_objections_community_id_year_number UNIQUE (community_id, year, number),
  CONSTRAINT ck_cases_objections_answered CHECK (num_nonnulls(answer, answered_by, answered_at) = CASE status WHEN 'open' THEN 0 ELSE 3 END),
  CONSTRAINT ck_cases_objections_upheld CHECK ((status = 'upheld') = (case_id IS NOT NULL)),
  CONSTRAINT ck_cases_objections_maker CHECK (answered_by IS NULL OR answered_by <> ALL (made_by))
);
CREATE UNIQUE INDEX uq_cases_objections_open ON cases_objections (volunteer_id, about_kind, about_ref) WHERE status = 'open';
CREATE INDEX ix_cases_objections_due ON cases_objections (community_id, due_on, id) WHERE status = 'open';
CREATE INDEX ix_cases_objections_community_id ON cases_objections (community_id, id);
CREATE INDEX ix_cases_objections_programme_id ON cases_objections (programme_id);
CREATE INDEX ix_cases_objections_volunteer_id ON cases_objections (volunteer_id, id);
CREATE INDEX ix_cases_objections_about ON cases_objections (about_kind, about_ref);
CREATE INDEX ix_cases_objections_notice_ref ON cases_objections (notice_ref) WHERE notice_ref IS NOT NULL;
CREATE INDEX ix_cases_objections_case_id ON cases_objections (case_id);
CREATE INDEX ix_cases_objections_file_id ON cases_objections (file_id);

-- What was decided or answered stays as it is.
CREATE FUNCTION cases_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION '% was decided and stays', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER answered BEFORE UPDATE ON cases FOR EACH ROW WHEN (OLD.status = 'answered') EXECUTE FUNCTION cases_refuse_change();
CREATE TRIGGER decided BEFORE UPDATE ON cases_proposals FOR EACH ROW WHEN (OLD.decision IS NOT NULL) EXECUTE FUNCTION cases_refuse_change();
CREATE TRIGGER answered BEFORE UPDATE ON cases_objections FOR EACH ROW WHEN (OLD.status <> 'open') EXECUTE FUNCTION cases_refuse_change();

GRANT SELECT, INSERT, UPDATE ON cases, cases_proposals, cases_objections TO aixin_app;
GRANT SELECT, INSERT ON cases_evidence, cases_proposal_items TO aixin_app;
GRANT UPDATE (transfer_id) ON cases_proposal_items TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
