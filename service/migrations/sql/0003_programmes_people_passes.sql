-- Rank 1: whose rules count, who people are, and the codes that identify them.

-- ---------------------------------------------------------------- programmes
CREATE TABLE programmes (
  id   integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_programmes PRIMARY KEY,
  code text NOT NULL CONSTRAINT uq_programmes_code UNIQUE,
  name text NOT NULL,
  zone text NOT NULL                       -- business days are days in this time zone
);

CREATE TABLE programmes_rule_sets (
  id             integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_programmes_rule_sets PRIMARY KEY,
  programme_id   integer NOT NULL CONSTRAINT fk_programmes_rule_sets_programme_id_programmes REFERENCES programmes,
  code           text NOT NULL,
  effective_from date NOT NULL,
  effective_to   date,                     -- inclusive; NULL = until the next one begins
  figures        jsonb NOT NULL,           -- the rules as they were adopted, word for word
  digest         text NOT NULL,            -- SHA-256 of code, first day and figures: what readers remember them by
  CONSTRAINT uq_programmes_rule_sets_programme_id_code UNIQUE (programme_id, code),
  CONSTRAINT uq_programmes_rule_sets_programme_id_effective_from UNIQUE (programme_id, effective_from),
  CONSTRAINT ck_programmes_rule_sets_period CHECK (effective_to >= effective_from)
);

-- An adopted rule set is never edited: a new one takes over. Only its last day may be written.
CREATE FUNCTION programmes_refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_OP = 'DELETE' OR (NEW.id, NEW.programme_id, NEW.code, NEW.effective_from, NEW.figures, NEW.digest)
      IS DISTINCT FROM (OLD.id, OLD.programme_id, OLD.code, OLD.effective_from, OLD.figures, OLD.digest) THEN
    RAISE EXCEPTION 'rule set % is adopted and cannot be edited', OLD.code;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER adopted BEFORE UPDATE OR DELETE ON programmes_rule_sets
  FOR EACH ROW EXECUTE FUNCTION programmes_refuse_edit();

-- -------------------------------------------------------------------- people
CREATE TABLE people_units (
  id               bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_people_units PRIMARY KEY,
  kind             text NOT NULL CONSTRAINT ck_people_units_kind CHECK (kind IN ('district', 'subdistrict', 'community')),
  code             text NOT NULL CONSTRAINT uq_people_units_code UNIQUE,
  name             text NOT NULL,
  parent_id        bigint CONSTRAINT fk_people_units_parent_id_people_units REFERENCES people_units,
  record_unit      text,                   -- who signs the record of hours: the residents' committee
  practice_station text,
  programme_id     integer CONSTRAINT fk_people_units_programme_id_programmes REFERENCES programmes
);
CREATE INDEX ix_people_units_parent_id ON people_units (parent_id);

CREATE TABLE people_teams (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_people_teams PRIMARY KEY,
  code         text NOT NULL,
  community_id bigint NOT NULL CONSTRAINT fk_people_teams_community_id_people_units REFERENCES people_units,
  name         text NOT NULL,
  default_rule text,
  category     text,
  parent_name  text,
  CONSTRAINT uq_people_teams_community_id_code UNIQUE (community_id, code)
);

CREATE TABLE people_volunteers (
  id                     bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_people_volunteers PRIMARY KEY,
  code                   text NOT NULL CONSTRAINT uq_people_volunteers_code UNIQUE,  -- the booklet's number, FM0001
  programme_id           integer NOT NULL CONSTRAINT fk_people_volunteers_programme_id_programmes REFERENCES programmes,
  community_id           bigint NOT NULL CONSTRAINT fk_people_volunteers_community_id_people_units REFERENCES people_units,
  team_id                bigint CONSTRAINT fk_people_volunteers_team_id_people_teams REFERENCES people_teams,
  age_band               text NOT NULL,
  channel                text NOT NULL CONSTRAINT ck_people_volunteers_channel CHECK (channel IN ('phone', 'card')),
  guardian_id            bigint CONSTRAINT fk_people_volunteers_guardian_id_people_volunteers REFERENCES people_volunteers,
  guardian_consent       boolean NOT NULL,
  qualification_verified boolean NOT NULL,
  qualification          text,
  consent_notice         boolean NOT NULL, -- may stand by name in a public notice
  opening_lifetime       integer NOT NULL CONSTRAINT ck_people_volunteers_opening_lifetime CHECK (opening_lifetime >= 0),
  opening_minutes        integer NOT NULL CONSTRAINT ck_people_volunteers_opening_minutes CHECK (opening_minutes >= 0),
  created_at             timestamptz NOT NULL
);
CREATE INDEX ix_people_volunteers_community_id_code ON people_volunteers (community_id, code);
CREATE INDEX ix_people_volunteers_team_id ON people_volunteers (team_id);
CREATE INDEX ix_people_volunteers_guardian_id ON people_volunteers (guardian_id);

-- Who somebody is lies apart, so that it can be wiped while hours and points stay.
CREATE SCHEMA identity;
GRANT USAGE ON SCHEMA identity TO aixin_app;
CREATE TABLE identity.people_identities (
  volunteer_id bigint NOT NULL CONSTRAINT pk_people_identities PRIMARY KEY
    CONSTRAINT fk_people_identities_volunteer_id_people_volunteers REFERENCES people_volunteers,
  name         text NOT NULL,
  phone        text,
  id_no        text
);

CREATE TABLE people_staff (
  id            bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_people_staff PRIMARY KEY,
  code          text NOT NULL CONSTRAINT uq_people_staff_code UNIQUE,  -- also the sign-in name
  title         text NOT NULL,
  community_id  bigint CONSTRAINT fk_people_staff_community_id_people_units REFERENCES people_units,
  password_hash text,                      -- argon2id; NULL = cannot sign in yet
  volunteer_id  bigint CONSTRAINT fk_people_staff_volunteer_id_people_volunteers REFERENCES people_volunteers,
  active        boolean NOT NULL
);

CREATE TABLE people_roles (
  staff_id   bigint NOT NULL CONSTRAINT fk_people_roles_staff_id_people_staff REFERENCES people_staff,
  role       text NOT NULL CONSTRAINT ck_people_roles_role CHECK (role IN
    ('community_secretary', 'volunteer_admin', 'second_approver', 'association_officer', 'subdistrict_auditor', 'shop_owner')),
  scope_code text NOT NULL,                -- the unit, association or shop in which the role counts
  CONSTRAINT pk_people_roles PRIMARY KEY (staff_id, role, scope_code)
);

CREATE TABLE people_sessions (
  token_hash   bytea NOT NULL CONSTRAINT pk_people_sessions PRIMARY KEY,  -- SHA-256: a copy of the table opens nothing
  staff_id     bigint CONSTRAINT fk_people_sessions_staff_id_people_staff REFERENCES people_staff,
  volunteer_id bigint CONSTRAINT fk_people_sessions_volunteer_id_people_volunteers REFERENCES people_volunteers,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz NOT NULL,
  revoked_at   timestamptz,
  CONSTRAINT ck_people_sessions_one_person CHECK (num_nonnulls(staff_id, volunteer_id) = 1)
);
CREATE INDEX ix_people_sessions_staff_id ON people_sessions (staff_id);
CREATE INDEX ix_people_sessions_volunteer_id ON people_sessions (volunteer_id);

CREATE TABLE people_devices (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_people_devices PRIMARY KEY,
  profile      text NOT NULL CONSTRAINT ck_people_devices_profile CHECK (profile IN ('gate', 'till')),
  name         text NOT NULL,
  shop_id      bigint,                     -- a till's shop; shops stand above people and keep the key
  community_id bigint CONSTRAINT fk_people_devices_community_id_people_units REFERENCES people_units,
  token_hash   bytea NOT NULL CONSTRAINT uq_people_devices_token_hash UNIQUE,
  paired_at    timestamptz NOT NULL,
  paired_by    text NOT NULL,
  revoked_at   timestamptz,
  last_seen_at timestamptz,
  CONSTRAINT ck_people_devices_till_has_shop CHECK ((profile = 'till') = (shop_id IS NOT NULL))
);
CREATE INDEX ix_people_devices_shop_id ON people_devices (shop_id);

-- -------------------------------------------------------------------- passes
CREATE TABLE passes_cards (
  id               bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_passes_cards PRIMARY KEY,
  booklet_code     text NOT NULL,          -- many cards, one after the other, may be one booklet
  community_id     bigint NOT NULL CONSTRAINT fk_passes_cards_community_id_people_units REFERENCES people_units,
  volunteer_id     bigint CONSTRAINT fk_passes_cards_volunteer_id_people_volunteers REFERENCES people_volunteers,
  cid_hmac         bytea NOT NULL CONSTRAINT uq_passes_cards_cid_hmac UNIQUE,
  cid_tail         text NOT NULL,
  number           text NOT NULL CONSTRAINT uq_passes_cards_number UNIQUE
    CONSTRAINT ck_passes_cards_number CHECK (number ~ '^[0-9]{8}$'),
  pin_hash         bytea NOT NULL,         -- HMAC with a key of the server: the table alone guesses nothing
  pin_failures     integer NOT NULL,
  pin_locked_until timestamptz,
  status           text NOT NULL CONSTRAINT ck_passes_cards_status CHECK (status IN ('issued', 'active', 'lost', 'reissued', 'void')),
  issued_at        timestamptz NOT NULL,
  expires_on       date NOT NULL           -- the last day on which it works
);
CREATE INDEX ix_passes_cards_volunteer_id ON passes_cards (volunteer_id);
CREATE UNIQUE INDEX uq_passes_cards_booklet_code_alive ON passes_cards (booklet_code) WHERE status IN ('issued', 'active', 'lost');

CREATE TABLE passes_bindings (
  id           bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_passes_bindings PRIMARY KEY,
  pid          text NOT NULL CONSTRAINT uq_passes_bindings_pid UNIQUE,
  volunteer_id bigint NOT NULL CONSTRAINT fk_passes_bindings_volunteer_id_people_volunteers REFERENCES people_volunteers,
  created_at   timestamptz NOT NULL,
  revoked_at   timestamptz
);
CREATE UNIQUE INDEX uq_passes_bindings_volunteer_id_live ON passes_bindings (volunteer_id) WHERE revoked_at IS NULL;

CREATE TABLE passes_uses (
  pid     text NOT NULL,
  step    bigint NOT NULL,
  purpose text NOT NULL,
  used_at timestamptz NOT NULL,
  CONSTRAINT pk_passes_uses PRIMARY KEY (pid, step)
);

-- One code of a pass pays once. The same purpose (the sale's own key) may ask again and hears yes.
CREATE FUNCTION passes_claim(p_pid text, p_step bigint, p_purpose text, p_now timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE holder text; BEGIN
  INSERT INTO passes_uses (pid, step, purpose, used_at) VALUES (p_pid, p_step, p_purpose, p_now)
  ON CONFLICT (pid, step) DO NOTHING RETURNING purpose INTO holder;
  IF holder IS NULL THEN
    SELECT purpose INTO holder FROM passes_uses WHERE pid = p_pid AND step = p_step;
  END IF;
  RETURN holder = p_purpose;
END $$;

-- Try a PIN. The row lock puts parallel guesses in a queue; the 5th wrong one locks until p_until.
CREATE FUNCTION passes_try_pin(p_card bigint, p_pin_hash bytea, p_now timestamptz, p_until timestamptz,
  OUT status text, OUT tries_left integer) LANGUAGE plpgsql AS $$
DECLARE card passes_cards; BEGIN
  SELECT * INTO card FROM passes_cards WHERE id = p_card FOR NO KEY UPDATE;
  IF card.id IS NULL THEN
    status := 'wrong'; tries_left := 0; RETURN;
  ELSIF card.pin_locked_until > p_now THEN
    status := 'locked'; tries_left := 0; RETURN;
  ELSIF card.pin_locked_until IS NOT NULL THEN
    card.pin_failures := 0;                -- the lock is over: five new tries
  END IF;
  IF card.pin_hash = p_pin_hash THEN
    status := 'ok'; tries_left := 5;
    UPDATE passes_cards SET pin_failures = 0, pin_locked_until = NULL
      WHERE id = p_card AND (pin_failures <> 0 OR pin_locked_until IS NOT NULL);
  ELSE
    tries_left := greatest(0, 4 - card.pin_failures);
    status := CASE WHEN tries_left > 0 THEN 'wrong' ELSE 'locked' END;
    UPDATE passes_cards SET pin_failures = card.pin_failures + 1,
      pin_locked_until = CASE WHEN tries_left > 0 THEN NULL ELSE p_until END WHERE id = p_card;
  END IF;
END $$;

GRANT SELECT, INSERT, UPDATE ON programmes, programmes_rule_sets TO aixin_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON people_units, people_teams, people_volunteers, people_staff, people_roles,
  people_sessions, people_devices, identity.people_identities, passes_cards, passes_bindings, passes_uses TO aixin_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO aixin_app;
