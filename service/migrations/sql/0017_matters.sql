-- Matters that residents raise, and how they are answered.

-- Somebody who walks a grid of streets and solves what is assigned there.
ALTER TABLE people_roles DROP CONSTRAINT ck_people_roles_role, ADD CONSTRAINT ck_people_roles_role CHECK (role IN
  ('community_secretary', 'volunteer_admin', 'second_approver', 'association_officer', 'subdistrict_auditor', 'shop_owner',
   'grid_worker'));

-- The last number given out of a community's day: FM-251018-003.
CREATE TABLE matters_days (
  community_id bigint NOT NULL CONSTRAINT fk_matters_days_community_id_people_units REFERENCES people_units,
  day          date NOT NULL,
  last         integer NOT NULL CONSTRAINT ck_matters_days_last CHECK (last > 0),
  CONSTRAINT pk_matters_days PRIMARY KEY (community_id, day)
);

CREATE TABLE matters (
  id                  bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_matters PRIMARY KEY,
  number              text NOT NULL CONSTRAINT uq_matters_number UNIQUE,
  token               text NOT NULL CONSTRAINT uq_matters_token UNIQUE,   -- of the resident's link: read and rate, nothing else
  community_id        bigint NOT NULL CONSTRAINT fk_matters_community_id_people_units REFERENCES people_units,
  kind                text NOT NULL CONSTRAINT ck_matters_kind CHECK (kind IN ('matter', 'help')),
  category            text NOT NULL,                                      -- one of service/matters/categories.json
  place               text NOT NULL,
  text                text NOT NULL,                                      -- may name people: staff and the assignee alone read it
  state               text NOT NULL CONSTRAINT ck_matters_state CHECK (state IN ('found', 'assigned', 'solved', 'answered')),
  activity_id         bigint CONSTRAINT fk_matters_activity_id_activities REFERENCES activities,      -- the visit
  found_team_id       bigint CONSTRAINT fk_matters_found_team_id_people_teams REFERENCES people_teams,
  raised_by           text NOT NULL,
  raised_volunteer_id bigint CONSTRAINT fk_matters_raised_volunteer_id_people_volunteers REFERENCES people_volunteers,
  raised_at           timestamptz NOT NULL,
  key                 text NOT NULL,
  staff_id            bigint CONSTRAINT fk_matters_staff_id_people_staff REFERENCES people_staff,     -- the grid worker, or …
  team_id             bigint CONSTRAINT fk_matters_team_id_people_teams REFERENCES people_teams,      -- … the team that solves it
  due_on              date NOT NULL,
  due_provisional     boolean NOT NULL,                                   -- counted over a year without an arrangement
  answer              text,                                               -- what the resident reads
  answered_at         timestamptz,
  rating              smallint CONSTRAINT ck_matters_rating CHECK (rating BETWEEN 1 AND 3),
  rating_text         text,
  rated_at            timestamptz,                                        -- the first time for this answer
  CONSTRAINT uq_matters_raised_by_key UNIQUE (raised_by, key),
  CONSTRAINT ck_matters_one_assignee CHECK (num_nonnulls(staff_id, team_id) = CASE state WHEN 'found' THEN 0 ELSE 1 END),
  CONSTRAINT ck_matters_answered CHECK (state <> 'answered' OR (answer IS NOT NULL AND answered_at IS NOT NULL)),
  CONSTRAINT ck_matters_rated CHECK ((rating IS NULL) = (rated_at IS NULL))
);
CREATE INDEX ix_matters_community_id ON matters (community_id, id);
CREATE INDEX ix_matters_waiting ON matters (community_id, due_on, id) WHERE state <> 'answered';
CREATE INDEX ix_matters_activity_id ON matters (activity_id, id);
CREATE INDEX ix_matters_raised_volunteer_id ON matters (raised_volunteer_id, id);
CREATE INDEX ix_matters_staff_id ON matters (staff_id, id);
CREATE INDEX ix_matters_team_id ON matters (team_id, id);
CREATE INDEX ix_matters_found_team_id ON matters (found_team_id, raised_at);
CREATE INDEX ix_matters_raised_at ON matters (community_id, raised_at);

-- Every step there ever was. `staff_id` and `team_id` say whose work it was about.
CREATE TABLE matters_steps (
  id        bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_matters_steps PRIMARY KEY,
  matter_id bigint NOT NULL CONSTRAINT fk_matters_steps_matter_id_matters REFERENCES matters,
  arrow     text NOT NULL CONSTRAINT ck_matters_steps_arrow CHECK (arrow IN
    ('raise', 'note', 'assign', 'reassign', 'return', 'solve', 'send_back', 'answer', 'reopen', 'rate', 'settle')),
  state     text NOT NULL CONSTRAINT ck_matters_steps_state CHECK (state IN ('found', 'assigned', 'solved', 'answered')),
  at        timestamptz NOT NULL,
  by        text NOT NULL,
  words     text NOT NULL,
  key       text NOT NULL,
  staff_id  bigint CONSTRAINT fk_matters_steps_staff_id_people_staff REFERENCES people_staff,
  team_id   bigint CONSTRAINT fk_matters_steps_team_id_people_teams REFERENCES people_teams,
  rating    smallint CONSTRAINT ck_matters_steps_rating CHECK (rating BETWEEN 1 AND 3),
  CONSTRAINT uq_matters_steps_matter_id_key UNIQUE (matter_id, key)
);
CREATE INDEX ix_matters_steps_matter_id ON matters_steps (matter_id, id);
CREATE INDEX ix_matters_steps_team_id ON matters_steps (team_id, at);
CREATE INDEX ix_matters_steps_staff_id ON matters_steps (staff_id);

-- Pictures of what was found, and of what was done about it.
CREATE TABLE matters_photos (
  step_id bigint NOT NULL CONSTRAINT fk_matters_photos_step_id_matters_steps REFERENCES matters_steps,
  file_id bigint NOT NULL CONSTRAINT fk_matters_photos_file_id_files REFERENCES files,
  CONSTRAINT pk_matters_photos PRIMARY KEY (step_id, file_id)
);
CREATE INDEX ix_matters_photos_file_id ON matters_photos (file_id);

-- Who solves for a team. One at a time; who it was before stays.
CREATE TABLE matters_leads (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_matters_leads PRIMARY KEY,
  team_id      bigint NOT NULL CONSTRAINT fk_matters_leads_team_id_people_teams REFERENCES people_teams,
  volunteer_id bigint NOT NULL CONSTRAINT fk_matters_leads_volunteer_id_people_volunteers REFERENCES people_volunteers,
  named_by     text NOT NULL,
  named_at     timestamptz NOT NULL,
  ended_by     text,
  ended_at     timestamptz,
  CONSTRAINT ck_matters_leads_ended CHECK ((ended_by IS NULL) = (ended_at IS NULL))
);
CREATE UNIQUE INDEX uq_matters_leads_team_id_now ON matters_leads (team_id) WHERE ended_at IS NULL;
CREATE INDEX ix_matters_leads_volunteer_id ON matters_leads (volunteer_id);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON matters_steps FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON matters_steps FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON matters_photos FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER never_truncated BEFORE TRUNCATE ON matters_photos FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- The arrows between two states, whatever a program says: see service/matters/rules.py.
CREATE FUNCTION matters_refuse_arrow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION 'no arrow leads from % to %', OLD.state, NEW.state USING ERRCODE = 'AC017';
END $$;
CREATE TRIGGER arrows BEFORE UPDATE ON matters FOR EACH ROW
  WHEN (OLD.state <> NEW.state AND (OLD.state || '>' || NEW.state) NOT IN
    ('found>assigned', 'assigned>found', 'assigned>solved', 'solved>assigned', 'solved>answered',
     'answered>found', 'found>answered'))
  EXECUTE FUNCTION matters_refuse_arrow();

GRANT SELECT, INSERT, UPDATE (last) ON matters_days TO aixin_app;
GRANT SELECT, INSERT, UPDATE (state, staff_id, team_id, due_on, due_provisional, answer, answered_at, rating, rating_text, rated_at)
  ON matters TO aixin_app;
GRANT SELECT, INSERT ON matters_steps, matters_photos TO aixin_app;
GRANT SELECT, INSERT, UPDATE (ended_by, ended_at) ON matters_leads TO aixin_app;
