-- Service records, working days, training, honours, evaluations, stars.

-- ---------------------------------------------------------------- working days
-- The days that the State Council moved. Who loads a corrected notice replaces a year as a whole.
CREATE TABLE programmes_working_days (
  day     date CONSTRAINT pk_programmes_working_days PRIMARY KEY,
  working boolean NOT NULL,                -- false: a holiday; true: a weekend day worked in its stead
  name    text NOT NULL CONSTRAINT ck_programmes_working_days_name CHECK (name <> ''),
  source  text NOT NULL CONSTRAINT ck_programmes_working_days_source CHECK (source <> '')
);
GRANT SELECT, INSERT, UPDATE, DELETE ON programmes_working_days TO aixin_app;

-- -------------------------------------------------------------------- honours
CREATE TABLE records_honour_kinds (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_records_honour_kinds PRIMARY KEY,
  programme_id integer NOT NULL CONSTRAINT fk_records_honour_kinds_programme_id_programmes REFERENCES programmes,
  name         text NOT NULL CONSTRAINT ck_records_honour_kinds_name CHECK (name <> ''),
  active       boolean NOT NULL DEFAULT true,
  created_by   text NOT NULL,
  created_at   timestamptz NOT NULL,
  CONSTRAINT uq_records_honour_kinds_programme_id_name UNIQUE (programme_id, name)
);
INSERT INTO records_honour_kinds (programme_id, name, created_by, created_at)
  SELECT p.id, k.name, 'system', now() FROM programmes p
    CROSS JOIN (VALUES ('道德文明使者'), ('党员示范户'), ('五美家庭'), ('优秀志愿者')) AS k (name);

CREATE TABLE records_honours (
  id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_records_honours PRIMARY KEY,
  key           text NOT NULL CONSTRAINT uq_records_honours_key UNIQUE,
  volunteer_id  bigint NOT NULL CONSTRAINT fk_records_honours_volunteer_id_people_volunteers REFERENCES people_volunteers,
  community_id  bigint NOT NULL CONSTRAINT fk_records_honours_community_id_people_units REFERENCES people_units,
  kind_id       bigint NOT NULL CONSTRAINT fk_records_honours_kind_id_records_honour_kinds REFERENCES records_honour_kinds,
  day           date NOT NULL,
  reason        text NOT NULL CONSTRAINT ck_records_honours_reason CHECK (reason <> ''),
  granted_by    text NOT NULL,
  granted_at    timestamptz NOT NULL,
  withdrawn_by  text,
  withdrawn_at  timestamptz,
  withdrawn_why text,
  CONSTRAINT ck_records_honours_withdrawn CHECK (num_nulls(withdrawn_by, withdrawn_at, withdrawn_why) IN (0, 3))
);
CREATE INDEX ix_records_honours_volunteer_id ON records_honours (volunteer_id, id);
CREATE INDEX ix_records_honours_community_id ON records_honours (community_id, id);
CREATE INDEX ix_records_honours_kind_id ON records_honours (kind_id);

-- ------------------------------------------------------------------- training
-- What no activity's list says: a course elsewhere, with its certificate.
CREATE TABLE records_trainings (
  id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_records_trainings PRIMARY KEY,
  key           text NOT NULL CONSTRAINT uq_records_trainings_key UNIQUE,
  volunteer_id  bigint NOT NULL CONSTRAINT fk_records_trainings_volunteer_id_people_volunteers REFERENCES people_volunteers,
  community_id  bigint NOT NULL CONSTRAINT fk_records_trainings_community_id_people_units REFERENCES people_units,
  kind          text NOT NULL CONSTRAINT ck_records_trainings_kind CHECK (kind IN ('induction', 'skill', 'safety', 'other')),
  title         text NOT NULL CONSTRAINT ck_records_trainings_title CHECK (title <> ''),
  day           date NOT NULL,
  minutes       integer NOT NULL CONSTRAINT ck_records_trainings_minutes CHECK (minutes BETWEEN 30 AND 60000),
  certificate   text NOT NULL DEFAULT '',
  entered_by    text NOT NULL,
  entered_at    timestamptz NOT NULL,
  withdrawn_by  text,
  withdrawn_at  timestamptz,
  withdrawn_why text,
  CONSTRAINT ck_records_trainings_withdrawn CHECK (num_nulls(withdrawn_by, withdrawn_at, withdrawn_why) IN (0, 3))
);
CREATE INDEX ix_records_trainings_volunteer_id ON records_trainings (volunteer_id, id);
CREATE INDEX ix_records_trainings_community_id ON records_trainings (community_id, id);

-- ---------------------------------------------------------------- evaluations
-- By the leader, of each who served; once, amended with a trail until the activity is archived.
CREATE TABLE records_evaluations (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_records_evaluations PRIMARY KEY,
  activity_id  bigint NOT NULL CONSTRAINT fk_records_evaluations_activity_id_activities REFERENCES activities,
  volunteer_id bigint NOT NULL CONSTRAINT fk_records_evaluations_volunteer_id_people_volunteers REFERENCES people_volunteers,
  grade        text NOT NULL CONSTRAINT ck_records_evaluations_grade CHECK (grade IN ('excellent', 'good', 'qualified', 'improve')),
  note         text NOT NULL DEFAULT '',
  made_by      text NOT NULL,
  made_at      timestamptz NOT NULL,
  amended_by   text,
  amended_at   timestamptz,
  CONSTRAINT uq_records_evaluations_activity_id_volunteer_id UNIQUE (activity_id, volunteer_id)
);
CREATE INDEX ix_records_evaluations_volunteer_id ON records_evaluations (volunteer_id);

-- By those who were served: nobody's name, only a mark of the browser that is good for one activity.
CREATE TABLE records_ratings (
  id          bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_records_ratings PRIMARY KEY,
  activity_id bigint NOT NULL CONSTRAINT fk_records_ratings_activity_id_activities REFERENCES activities,
  browser     bytea NOT NULL,               -- HMAC of its cookie and the activity: two activities cannot be joined by it
  grade       smallint NOT NULL CONSTRAINT ck_records_ratings_grade CHECK (grade BETWEEN 1 AND 5),
  day         date NOT NULL,                -- not the moment: who stood there then could be told
  CONSTRAINT uq_records_ratings_activity_id_browser UNIQUE (activity_id, browser)
);

-- ---------------------------------------------------------------------- stars
CREATE TABLE records_stars (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_records_stars PRIMARY KEY,
  volunteer_id bigint NOT NULL CONSTRAINT fk_records_stars_volunteer_id_people_volunteers REFERENCES people_volunteers,
  community_id bigint NOT NULL CONSTRAINT fk_records_stars_community_id_people_units REFERENCES people_units,
  level        integer NOT NULL CONSTRAINT ck_records_stars_level CHECK (level > 0),
  needed       integer NOT NULL CONSTRAINT ck_records_stars_needed CHECK (needed > 0),   -- minutes that the level asks for
  minutes      integer NOT NULL,             -- served when it was proposed
  proposed_at  timestamptz NOT NULL,
  notice_until date NOT NULL,                -- the last of its days; granted from the next day on
  status       text NOT NULL CONSTRAINT ck_records_stars_status CHECK (status IN ('proposed', 'granted', 'declined', 'withdrawn')),
  decided_by   text,
  decided_at   timestamptz,
  reason       text,
  review_at    timestamptz,                 -- hours fell below the level afterwards
  kept_minutes integer,                     -- so low the hours were when the secretary kept it all the same
  CONSTRAINT ck_records_stars_decided CHECK ((status = 'proposed') = (decided_at IS NULL)
    AND (decided_at IS NULL) = (decided_by IS NULL)),
  CONSTRAINT ck_records_stars_reason CHECK (status NOT IN ('declined', 'withdrawn') OR reason <> '')
);
CREATE UNIQUE INDEX uq_records_stars_once ON records_stars (volunteer_id, level) WHERE status <> 'withdrawn';
CREATE INDEX ix_records_stars_community_id ON records_stars (community_id, status, id);
CREATE INDEX ix_records_stars_volunteer_id ON records_stars (volunteer_id);

-- -------------------------------------------------------------------- exports
-- What left the house: how many lines, how many hours, and the digest of the very file.
CREATE TABLE records_exports (
  id              bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_records_exports PRIMARY KEY,
  programme_id    integer NOT NULL CONSTRAINT fk_records_exports_programme_id_programmes REFERENCES programmes,
  communities     bigint[] NOT NULL,
  upto            date NOT NULL,
  format          text NOT NULL CONSTRAINT ck_records_exports_format CHECK (format IN ('csv', 'xlsx', 'json')),
  lines           integer NOT NULL,
  scanned_minutes bigint NOT NULL,
  typed_minutes   bigint NOT NULL,
  sha256          bytea NOT NULL,
  by              text NOT NULL,
  at              timestamptz NOT NULL
);
CREATE INDEX ix_records_exports_programme_id ON records_exports (programme_id, id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON records_exports FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON records_exports FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON records_ratings FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON records_ratings FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

GRANT SELECT, INSERT, UPDATE (active) ON records_honour_kinds TO aixin_app;
GRANT SELECT, INSERT, UPDATE (withdrawn_by, withdrawn_at, withdrawn_why) ON records_honours, records_trainings TO aixin_app;
GRANT SELECT, INSERT, UPDATE (grade, note, amended_by, amended_at) ON records_evaluations TO aixin_app;
GRANT SELECT, INSERT ON records_ratings, records_exports TO aixin_app;
GRANT SELECT, INSERT, UPDATE (status, decided_by, decided_at, reason, review_at, kept_minutes) ON records_stars TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
