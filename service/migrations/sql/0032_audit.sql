-- What the audit's rules found, and how far they have looked.

-- One row for what one rule says of one thing: a second look finds the same rows. Nothing is decided by a machine:
-- a person dismisses a finding with a reason, or opens a case of it.
CREATE TABLE audit_findings (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_audit_findings PRIMARY KEY,
  programme_id integer NOT NULL CONSTRAINT fk_audit_findings_programme_id_programmes REFERENCES programmes,
  community_id bigint NOT NULL CONSTRAINT fk_audit_findings_community_id_people_units REFERENCES people_units,
  rule         text NOT NULL,
  subject      text NOT NULL,              -- kind:code, as in the trail: volunteer:FM0011, shop:S06, activity:A1
  day          date NOT NULL,              -- the (last) business day that it is about
  key          text NOT NULL,
  weight       smallint NOT NULL CONSTRAINT ck_audit_findings_weight CHECK (weight BETWEEN 1 AND 3),  -- look, ask, act
  evidence     jsonb NOT NULL,             -- what it points at, by kind: awards, attendances, redemptions, …
  status       text NOT NULL DEFAULT 'open' CONSTRAINT ck_audit_findings_status CHECK (status IN ('open', 'dismissed', 'in_case')),
  found_at     timestamptz NOT NULL,
  decided_by   text,
  decided_at   timestamptz,
  reason       text,                       -- why it was dismissed
  case_id      bigint,
  CONSTRAINT uq_audit_findings_programme_id_rule_key UNIQUE (programme_id, rule, key),
  CONSTRAINT ck_audit_findings_decided CHECK ((status = 'open') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)
    AND (status = 'dismissed') = (reason IS NOT NULL) AND (status = 'in_case') = (case_id IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX ix_audit_findings_community_id_status_day ON audit_findings (community_id, status, day, id);
CREATE INDEX ix_audit_findings_community_id_rule_status_day ON audit_findings (community_id, rule, status, day, id);
CREATE INDEX ix_audit_findings_subject ON audit_findings (subject, id);
CREATE INDEX ix_audit_findings_case_id ON audit_findings (case_id) WHERE case_id IS NOT NULL;

-- A period that somebody asked to have looked at, all rules, whatever was looked at before.
CREATE TABLE audit_runs (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_audit_runs PRIMARY KEY,
  programme_id integer NOT NULL CONSTRAINT fk_audit_runs_programme_id_programmes REFERENCES programmes,
  since        date NOT NULL,
  until        date NOT NULL,              -- inclusive
  asked_by     text NOT NULL,
  asked_at     timestamptz NOT NULL,
  started_at   timestamptz,
  ended_at     timestamptz,
  done         integer NOT NULL DEFAULT 0 CONSTRAINT ck_audit_runs_done CHECK (done >= 0),  -- rules that have looked
  counts       jsonb NOT NULL DEFAULT '{}',  -- by rule: what it found, known or new
  CONSTRAINT ck_audit_runs_until CHECK (since <= until),
  CONSTRAINT ck_audit_runs_ended CHECK (ended_at IS NULL OR started_at IS NOT NULL)
);
CREATE INDEX ix_audit_runs_programme_id_id ON audit_runs (programme_id, id);
CREATE UNIQUE INDEX uq_audit_runs_open ON audit_runs (programme_id, since, until) WHERE ended_at IS NULL;

-- How far the incremental look has come, by table: the highest number that it saw, now and the time before.
CREATE TABLE audit_looks (
  programme_id integer CONSTRAINT pk_audit_looks PRIMARY KEY CONSTRAINT fk_audit_looks_programme_id_programmes REFERENCES programmes,
  seen         jsonb NOT NULL,
  seen_before  jsonb NOT NULL,
  at           timestamptz NOT NULL
);

-- Awards by hand are few among all; several rules look at them alone.
CREATE INDEX ix_activities_awards_manual ON activities_awards (programme_id, service_day) WHERE kind = 'manual';

GRANT SELECT, INSERT, UPDATE ON audit_findings, audit_runs, audit_looks TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
