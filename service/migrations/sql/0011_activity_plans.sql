-- Plans of activities: kinds, series, partners, outcomes, cancelling.

ALTER TABLE activities_templates
  ADD COLUMN kind text NOT NULL DEFAULT 'service' CONSTRAINT ck_activities_templates_kind
    CHECK (kind IN ('service', 'visit', 'training', 'event')),
  ADD COLUMN content text NOT NULL DEFAULT '',           -- what is done; goes into the service record
  ADD COLUMN counters text[] NOT NULL DEFAULT '{}',      -- names of outcome counters: households visited, …
  ADD COLUMN duration_minutes integer CONSTRAINT ck_activities_templates_duration CHECK (duration_minutes BETWEEN 1 AND 1440),
  ADD COLUMN active boolean NOT NULL DEFAULT true,       -- a kind that is no longer planned stays readable
  ADD COLUMN default_posts jsonb NOT NULL DEFAULT '[]';

ALTER TABLE activities_posts
  ADD COLUMN min_age integer NOT NULL DEFAULT 0 CONSTRAINT ck_activities_posts_min_age CHECK (min_age BETWEEN 0 AND 120),
  ADD COLUMN needs_qualification boolean NOT NULL DEFAULT false,
  ADD COLUMN needs_insurance boolean NOT NULL DEFAULT false,
  ADD COLUMN risk_text text,                             -- what the volunteer agrees to at sign-up
  ADD COLUMN team_only boolean NOT NULL DEFAULT false,   -- only for members of the activity's team
  ADD COLUMN per_team_max integer CONSTRAINT ck_activities_posts_per_team_max CHECK (per_team_max > 0);

-- The same activity on chosen weekdays. Its dates are made some weeks ahead, each once.
CREATE TABLE activities_series (
  id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_series PRIMARY KEY,
  code          text NOT NULL CONSTRAINT uq_activities_series_code UNIQUE,
  programme_id  integer NOT NULL CONSTRAINT fk_activities_series_programme_id_programmes REFERENCES programmes,
  community_id  bigint NOT NULL CONSTRAINT fk_activities_series_community_id_people_units REFERENCES people_units,
  template_id   bigint NOT NULL CONSTRAINT fk_activities_series_template_id_activities_templates REFERENCES activities_templates,
  team_id       bigint CONSTRAINT fk_activities_series_team_id_people_teams REFERENCES people_teams,
  leader_id     bigint NOT NULL CONSTRAINT fk_activities_series_leader_id_people_volunteers REFERENCES people_volunteers,
  title         text NOT NULL,
  place         text NOT NULL,
  content       text NOT NULL DEFAULT '',
  insurance_ref text,
  weekdays      smallint[] NOT NULL CONSTRAINT ck_activities_series_weekdays
    CHECK (cardinality(weekdays) BETWEEN 1 AND 7 AND weekdays <@ ARRAY[1, 2, 3, 4, 5, 6, 7]::smallint[]),  -- 1 is Monday
  starts        time NOT NULL,                           -- by the wall clock of the programme's zone
  ends          time NOT NULL,                           -- not after the start: on the next day
  from_day      date NOT NULL,
  until_day     date CONSTRAINT ck_activities_series_until_day CHECK (until_day >= from_day),
  skip_holidays boolean NOT NULL DEFAULT false,
  posts         jsonb NOT NULL,
  partners      bigint[] NOT NULL DEFAULT '{}',
  made_until    date,                                    -- dates up to this one have been looked at
  created_by    text NOT NULL,
  created_at    timestamptz NOT NULL,
  ended_at      timestamptz,
  ended_by      text
);
CREATE INDEX ix_activities_series_community_id ON activities_series (community_id, id);
CREATE INDEX ix_activities_series_programme_id ON activities_series (programme_id);
CREATE INDEX ix_activities_series_template_id ON activities_series (template_id);
CREATE INDEX ix_activities_series_team_id ON activities_series (team_id);
CREATE INDEX ix_activities_series_leader_id ON activities_series (leader_id);

ALTER TABLE activities
  ADD COLUMN series_id bigint CONSTRAINT fk_activities_series_id_activities_series REFERENCES activities_series,
  ADD COLUMN series_day date,                            -- the date of the series, also when this one is moved
  ADD COLUMN content text NOT NULL DEFAULT '',
  ADD COLUMN served integer CONSTRAINT ck_activities_served CHECK (served >= 0),   -- people served, as the leader says
  ADD COLUMN published_at timestamptz,
  ADD COLUMN cancelled_at timestamptz,
  ADD COLUMN cancelled_by text,
  ADD COLUMN cancel_reason text,
  ADD COLUMN revision integer NOT NULL DEFAULT 0,        -- counts what calendars must learn
  ADD COLUMN changed_at timestamptz,
  ADD CONSTRAINT uq_activities_series_id_series_day UNIQUE (series_id, series_day),
  ADD CONSTRAINT ck_activities_series CHECK ((series_id IS NULL) = (series_day IS NULL));
UPDATE activities SET published_at = created_at WHERE status <> 'draft';
CREATE INDEX ix_activities_community_id_status ON activities (community_id, status, business_day);

CREATE TABLE activities_partners (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_activities_partners PRIMARY KEY,
  community_id bigint NOT NULL CONSTRAINT fk_activities_partners_community_id_people_units REFERENCES people_units,
  name         text NOT NULL,
  kind         text NOT NULL CONSTRAINT ck_activities_partners_kind
    CHECK (kind IN ('public_body', 'enterprise', 'school', 'hospital', 'social_organisation', 'other')),
  note         text NOT NULL DEFAULT '',
  active       boolean NOT NULL DEFAULT true,
  created_by   text NOT NULL,
  created_at   timestamptz NOT NULL,
  CONSTRAINT uq_activities_partners_community_id_name UNIQUE (community_id, name)
);

CREATE TABLE activities_partnerships (
  activity_id bigint NOT NULL CONSTRAINT fk_activities_partnerships_activity_id_activities REFERENCES activities,
  partner_id  bigint NOT NULL CONSTRAINT fk_activities_partnerships_partner_id_activities_partners REFERENCES activities_partners,
  CONSTRAINT pk_activities_partnerships PRIMARY KEY (activity_id, partner_id)
);
CREATE INDEX ix_activities_partnerships_partner_id ON activities_partnerships (partner_id);

CREATE TABLE activities_outcomes (
  activity_id bigint NOT NULL CONSTRAINT fk_activities_outcomes_activity_id_activities REFERENCES activities,
  counter     text NOT NULL,
  value       integer NOT NULL CONSTRAINT ck_activities_outcomes_value CHECK (value >= 0),
  reported_by text NOT NULL,
  reported_at timestamptz NOT NULL,
  CONSTRAINT pk_activities_outcomes PRIMARY KEY (activity_id, counter)
);

-- A volunteer's own calendar: the link is the serial and a signature of it. Another serial ends the old link.
CREATE TABLE activities_feeds (
  volunteer_id bigint CONSTRAINT fk_activities_feeds_volunteer_id_people_volunteers REFERENCES people_volunteers,
  serial       text CONSTRAINT uq_activities_feeds_serial UNIQUE,    -- none: taken back
  changed_at   timestamptz NOT NULL,
  CONSTRAINT pk_activities_feeds PRIMARY KEY (volunteer_id)
);

-- Every place and every turn is given back once, nobody moves up, and those who had one are named.
-- The posts' rows are the gate, as for a sign-up: one that came first is told, one that comes later finds it cancelled.
CREATE FUNCTION activities_call_off(p_activity bigint, p_by text, p_reason text, p_now timestamptz)
  RETURNS SETOF bigint LANGUAGE plpgsql AS $$ BEGIN
  PERFORM FROM activities_posts p WHERE p.activity_id = p_activity ORDER BY p.id FOR NO KEY UPDATE;
  UPDATE activities a SET status = 'cancelled', cancelled_at = p_now, cancelled_by = p_by, cancel_reason = p_reason,
    revision = revision + 1, changed_at = p_now,
    published_at = CASE a.status WHEN 'published' THEN coalesce(a.published_at, a.created_at) END  -- none: nobody ever saw it
  WHERE a.id = p_activity AND a.status IN ('draft', 'published');
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE activities_posts p SET taken = 0 WHERE p.activity_id = p_activity AND p.taken > 0;
  RETURN QUERY UPDATE activities_signups s SET status = 'cancelled', cancelled_at = p_now
    WHERE s.activity_id = p_activity AND s.status IN ('confirmed', 'waiting') RETURNING s.volunteer_id;
END $$;

GRANT SELECT, INSERT, UPDATE ON activities_series, activities_partners, activities_outcomes, activities_feeds TO aixin_app;
GRANT SELECT, INSERT, DELETE ON activities_partnerships TO aixin_app;
GRANT DELETE ON activities_posts TO aixin_app;           -- of a plan that nobody has signed up for
